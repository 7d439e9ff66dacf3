//! NumPy's files of matrices: headers by the crate `npyz`, numbers in bands of as many as the caller has room for.
//!
//! Read are versions 1 to 3 of the format, numbers of either order of bytes, by rows or by columns (Fortran's order).
//! Written are numbers with the lowest byte first, by rows.

use crate::element::{Dtype, Element};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// The longest header that is read, in bytes, as by NumPy; one of a matrix has about a hundred.
const LONGEST_HEADER: usize = 10_000;

/// Bytes that are turned into numbers at once.
const CHUNK: usize = 1 << 20;

/// Which numbers follow each other in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Those of a row.
    ByRows,
    /// Those of a column.
    ByColumns,
}

/// What a file's header says of its matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Its numbers.
    pub dtype: Dtype,
    /// How they follow each other.
    pub order: Order,
    /// Whether each begins with its highest byte.
    pub big_endian: bool,
}

/// A matrix's file that is being read.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    header: Header,
}

impl Reader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// It cannot be read, is none of NumPy's, is shorter than its header says, or holds something else than a matrix of
    /// `float32`, `float64` or `int32`.
    pub fn open(path: &Path) -> Result<Reader> {
        let say = |why: String| Error::new(format!("{}: {why}", path.display()));
        let file = File::open(path).map_err(|error| say(error.to_string()))?;
        let mut file = BufReader::with_capacity(CHUNK, file);
        let header = read_header(&mut file).map_err(say)?;
        let reader = Reader { path: path.to_owned(), file, header };
        reader.check_length()?;
        Ok(reader)
    }

    /// What the header says.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// The next numbers of the file.
    ///
    /// # Errors
    /// The file ends before, or cannot be read.
    ///
    /// # Panics
    /// Where its numbers are of another type.
    pub fn read<T: Element>(&mut self, count: usize) -> Result<Vec<T>> {
        assert_eq!(T::DTYPE, self.header.dtype, "the numbers of {}", self.path.display());
        let size = T::DTYPE.bytes();
        let mut numbers = Vec::with_capacity(count);
        let mut bytes = vec![0; CHUNK.min(count * size)];
        while numbers.len() < count {
            let more = &mut bytes[..CHUNK.min((count - numbers.len()) * size)];
            self.file.read_exact(more).map_err(|error| self.failed(&error))?;
            numbers.extend(more.chunks_exact(size).map(|bytes| T::from_bytes(bytes, self.header.big_endian)));
        }
        Ok(numbers)
    }

    /// A file that was cut short is told before anything is computed; what is no file has no length.
    fn check_length(&self) -> Result<()> {
        let Header { rows, cols, dtype, .. } = self.header;
        let metadata = self.file.get_ref().metadata().map_err(|error| self.failed(&error))?;
        let mut file = self.file.get_ref();
        if metadata.is_file() {
            let read = file.stream_position().map_err(|error| self.failed(&error))? - self.file.buffer().len() as u64;
            let (has, needs) = (metadata.len() - read.min(metadata.len()), rows * cols * dtype.bytes());
            if has < needs as u64 {
                let path = self.path.display();
                let what =
                    format!("{path}: it has {has} bytes of numbers, and {rows} by {cols} of {dtype} are {needs}");
                return Err(Error::new(format!("{what}: was it cut short?")));
            }
        }
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        let why = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "it ends before its last number: was it cut short?".to_owned(),
            _ => error.to_string(),
        };
        Error::new(format!("{}: {why}", self.path.display()))
    }
}

/// Reads a header, and tells what is wrong with it.
fn read_header(file: &mut impl Read) -> std::result::Result<Header, String> {
    let bytes = header_bytes(file)?;
    size_fits(&bytes)?;
    let header = npyz::NpyHeader::from_reader(&bytes[..]).map_err(|error| format!("its header: {error}"))?;
    let [rows, cols] = *header.shape() else {
        let dims = header.shape().len();
        return Err(format!("it has {dims} dimension(s), and a matrix has 2: `reshape` it first"));
    };
    let npyz::DType::Plain(type_of) = header.dtype() else {
        return Err("its numbers are records, and not float32, float64 or int32".to_owned());
    };
    let type_of = type_of.to_string();
    let (sign, code) = type_of.split_at_checked(1).unwrap_or(("", &type_of));
    let unknown = || format!("its numbers are {type_of}, and not float32, float64 or int32: `astype` makes them so");
    let dtype = Dtype::of_code(code).ok_or_else(unknown)?;
    let order = if header.order() == npyz::Order::Fortran { Order::ByColumns } else { Order::ByRows };
    Ok(Header { rows: rows as usize, cols: cols as usize, dtype, order, big_endian: sign == ">" })
}

/// The bytes before the first number: a magic word, a version, a length of 2 or 4 bytes, and a text as long.
fn header_bytes(file: &mut impl Read) -> std::result::Result<Vec<u8>, String> {
    let foreign = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "it is no .npy file: it ends within the header".to_owned(),
        _ => error.to_string(),
    };
    let mut bytes = vec![0; 10];
    file.read_exact(&mut bytes).map_err(foreign)?;
    if !bytes.starts_with(b"\x93NUMPY") {
        return Err("it is no .npy file: it does not begin as one".to_owned());
    }
    let mut length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    if bytes[6] > 1 {
        let mut high = [0; 2];
        file.read_exact(&mut high).map_err(foreign)?;
        length += usize::from(u16::from_le_bytes(high)) << 16;
        bytes.extend_from_slice(&high);
    }
    if length > LONGEST_HEADER {
        return Err(format!("its header has {length} bytes, and that of a matrix has about a hundred"));
    }
    let begin = bytes.len();
    bytes.resize(begin + length, 0);
    file.read_exact(&mut bytes[begin..]).map_err(foreign)?;
    Ok(bytes)
}

/// Whether the shape in a header is one that a memory can hold: the crate that reads it multiplies it out unchecked.
fn size_fits(bytes: &[u8]) -> std::result::Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let shape = text.split_once("shape").and_then(|(_, rest)| rest.split_once('(')).map_or("", |(_, rest)| rest);
    let shape = shape.split_once(')').map_or("", |(shape, _)| shape);
    let dims = shape.split(',').map(|dim| dim.trim().trim_end_matches('L')).filter(|dim| !dim.is_empty());
    let most = isize::MAX as u64 / 16;
    // A dimension of 0 makes the whole product none, but not every part of it.
    let product = dims
        .map(|dim| dim.parse::<u64>().ok())
        .try_fold(1_u64, |product, dim| product.checked_mul(dim?.max(1)).filter(|product| *product <= most));
    product.map(drop).ok_or_else(|| format!("its shape, ({shape}), is no memory's"))
}

/// A matrix's file that is being written, under another name until it is whole.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    /// Where it is written; none once it is whole.
    partial: Option<PathBuf>,
    file: BufWriter<File>,
    left: usize,
}

impl Writer {
    /// Begins a file of a matrix of `T`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create<T: Element>(path: &Path, rows: usize, cols: usize) -> Result<Writer> {
        let say = |error: std::io::Error| Error::new(format!("{}: {error}", path.display()));
        let name = path.file_name().ok_or_else(|| Error::new(format!("{}: it names no file", path.display())))?;
        let mut partial = name.to_owned();
        partial.push(format!(".{}.partial", std::process::id()));
        let partial = path.with_file_name(partial);
        let file = BufWriter::with_capacity(CHUNK, File::create(&partial).map_err(say)?);
        let mut writer = Writer { path: path.to_owned(), partial: Some(partial), file, left: rows * cols };
        let header = header_of::<T>(rows, cols).map_err(say)?;
        writer.file.write_all(&header).map_err(say)?;
        Ok(writer)
    }

    /// Writes the next numbers, by rows.
    ///
    /// # Errors
    /// They cannot be written.
    ///
    /// # Panics
    /// Where they are more than the matrix has.
    pub fn write<T: Element>(&mut self, numbers: &[T]) -> Result<()> {
        self.left = self.left.checked_sub(numbers.len()).expect("as many numbers as the matrix has");
        let mut bytes = Vec::with_capacity(CHUNK);
        for numbers in numbers.chunks(CHUNK / T::DTYPE.bytes()) {
            bytes.clear();
            numbers.iter().for_each(|number| number.put_bytes(&mut bytes));
            self.file.write_all(&bytes).map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    /// Gives the file its name, in place of what has it.
    ///
    /// # Errors
    /// It cannot be written.
    ///
    /// # Panics
    /// Where numbers are missing.
    pub fn finish(mut self) -> Result<()> {
        assert_eq!(self.left, 0, "numbers that were not written");
        self.file.flush().map_err(|error| self.failed(&error))?;
        let partial = self.partial.as_ref().expect("it is finished once");
        std::fs::rename(partial, &self.path).map_err(|error| self.failed(&error))?;
        self.partial = None;
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::new(format!("{}: {error}", self.path.display()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(partial) = &self.partial {
            // It is in nobody's way but for the room it takes; why the rest was not written has been told.
            let _ = std::fs::remove_file(partial);
        }
    }
}

/// The header of a matrix of `T`.
fn header_of<T: Element>(rows: usize, cols: usize) -> std::io::Result<Vec<u8>> {
    use npyz::WriterBuilder;
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::<T>::new().default_dtype().shape(&[rows as u64, cols as u64]);
    drop(options.writer(&mut bytes).begin_nd()?);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(descr: &str, fortran: &str, shape: &str) -> Vec<u8> {
        let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&(text.len() as u16).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    fn why(descr: &str, shape: &str) -> String {
        read_header(&mut &file(descr, "False", shape)[..]).unwrap_err()
    }

    #[test]
    fn headers_of_matrices_are_read() {
        let header = read_header(&mut &file(">f8", "True", "(2, 3)")[..]).unwrap();
        let dtype = Dtype::F64;
        assert_eq!(header, Header { rows: 2, cols: 3, dtype, order: Order::ByColumns, big_endian: true });
        let header = read_header(&mut &file("<i4", "False", "(0, 7)")[..]).unwrap();
        let dtype = Dtype::I32;
        assert_eq!(header, Header { rows: 0, cols: 7, dtype, order: Order::ByRows, big_endian: false });
    }

    #[test]
    fn what_is_no_matrix_is_told() {
        assert!(why("<f4", "(3,)").starts_with("it has 1 dimension(s)"));
        assert!(why("<f4", "()").starts_with("it has 0 dimension(s)"));
        assert!(why("<f4", "(1, 2, 3)").starts_with("it has 3 dimension(s)"));
        assert!(why("<f2", "(1, 2)").starts_with("its numbers are <f2"));
        assert!(why("|O", "(1, 2)").contains("numbers are |O") || why("|O", "(1, 2)").contains("header"));
        assert!(why("<f4", "(4294967296, 4294967296)").ends_with("is no memory's"));
        assert!(why("<f4", "(-1, 2)").ends_with("is no memory's"));
        assert!(why("<f4", "(99999999999999999999, 0)").ends_with("is no memory's"));
    }

    #[test]
    fn what_is_no_file_of_numpys_is_told() {
        let told = |bytes: &[u8]| read_header(&mut &bytes[..]).unwrap_err();
        assert!(told(b"").starts_with("it is no .npy file: it ends"));
        assert!(told(b"PK\x03\x04 a zip of arrays").starts_with("it is no .npy file: it does not begin"));
        let whole = file("<f4", "False", "(1, 2)");
        for end in 0..whole.len() {
            assert!(!told(&whole[..end]).is_empty());
        }
        let deep = "(".repeat(LONGEST_HEADER - 1);
        let mut nested = b"\x93NUMPY\x01\x00".to_vec();
        nested.extend_from_slice(&(deep.len() as u16).to_le_bytes());
        nested.extend_from_slice(deep.as_bytes());
        assert!(told(&nested).starts_with("its header"));
        let mut long = b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec();
        long.resize(100, b' ');
        assert!(told(&long).starts_with("its header has 4294967295 bytes"));
    }

    /// A stranger's file is read or refused, and no byte of it makes the program panic or ask for much memory.
    #[test]
    fn spoilt_headers_are_read_or_refused() {
        let whole = file("<f4", "False", "(12, 3)");
        for place in 0..whole.len() {
            for byte in [0, b'\n', b' ', b'(', b')', b'{', b'[', b'\'', b',', b'-', b'9', b'L', 0x80, 0xff] {
                let mut spoilt = whole.clone();
                spoilt[place] = byte;
                if let Ok(header) = read_header(&mut &spoilt[..]) {
                    assert!(header.rows.checked_mul(header.cols).is_some(), "{header:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let header = header_of::<f32>(3, 5).unwrap();
        assert!(header.len().is_multiple_of(16));
        let read = read_header(&mut &header[..]).unwrap();
        assert_eq!((read.rows, read.cols, read.dtype, read.order), (3, 5, Dtype::F32, Order::ByRows));
        assert!(!read.big_endian);
    }
}
