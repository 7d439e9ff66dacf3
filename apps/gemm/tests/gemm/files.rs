//! The program itself: files of every form that NumPy writes, and what it says where there is no product.

use drust_gemm::npy::{Order, Reader, Writer};
use drust_gemm::random::at;
use drust_gemm::{Dtype, Element};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Runs the program on so many nodes of a carrier.
fn gemm(nodes: u16, carrier: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gemm"));
    command.env("DRUST_CARRIER", carrier).args(["--nodes", &nodes.to_string()]).args(arguments);
    command.output().expect("the program starts")
}

fn done(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it says as it fails.
fn failed(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(TempDir::new().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn name(&self, name: &str) -> String {
        self.path(name).to_str().expect("UTF-8").to_owned()
    }

    fn generate(&self, name: &str, shape: &str, dtype: &str, seed: &str) {
        let output = self.name(name);
        done(&gemm(1, "shm", &["generate", shape, "--dtype", dtype, "--seed", seed, "-o", &output]));
    }

    fn multiply(&self, nodes: u16, carrier: &str, more: &[&str]) -> Output {
        let (a, b, c) = (self.name("a.npy"), self.name("b.npy"), self.name("c.npy"));
        gemm(nodes, carrier, &[&["multiply", &a, &b, "-o", &c], more].concat())
    }

    /// What is there besides the two factors.
    fn others(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let names = names.map(|name| name.to_string_lossy().into_owned());
        names.filter(|name| name != "a.npy" && name != "b.npy").collect()
    }
}

fn read<T: Element>(path: &Path) -> (usize, usize, Vec<T>) {
    let mut file = Reader::open(path).expect("it was written");
    let header = file.header();
    assert_eq!((header.order, header.dtype), (Order::ByRows, T::DTYPE));
    (header.rows, header.cols, file.read(header.rows * header.cols).expect("it is whole"))
}

/// A file as NumPy writes it, in an order and with a type of its own.
fn write_raw(path: &Path, descr: &str, fortran: bool, shape: &str, numbers: &[u8]) {
    let order = if fortran { "True" } else { "False" };
    let text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend_from_slice(&u16::try_from(text.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(numbers);
    std::fs::write(path, bytes).expect("a file");
}

#[test]
fn two_files_become_a_third() {
    let files = Files::new();
    files.generate("a.npy", "90x70", "i32", "1");
    files.generate("b.npy", "70x110", "i32", "2");
    let mut products = Vec::new();
    for (nodes, carrier, more) in
        [(1, "shm", "--twin"), (1, "shm", "--tile=20"), (2, "tcp", "--tile=9"), (4, "shm", "--tile=32")]
    {
        let said = done(&files.multiply(nodes, carrier, &[more]));
        assert!(said.contains("90 by 110 of int32") && said.contains("all 90 rows are right"), "{said}");
        products.push(read::<i32>(&files.path("c.npy")));
        assert_eq!(files.others(), ["c.npy"]);
    }
    assert!(products.iter().all(|product| *product == products[0] && (product.0, product.1) == (90, 110)));
}

#[test]
fn the_product_may_take_a_factors_place() {
    let files = Files::new();
    files.generate("a.npy", "20x20", "f32", "1");
    files.generate("b.npy", "20x20", "f32", "2");
    let (a, b) = (files.name("a.npy"), files.name("b.npy"));
    let said = done(&gemm(1, "shm", &["multiply", &a, &b, "-o", &a, "--no-check"]));
    assert!(said.ends_with("not checked\n"), "{said}");
    assert_eq!(read::<f32>(&files.path("a.npy")).0, 20);
}

#[test]
fn columns_and_high_bytes_may_come_first() {
    let files = Files::new();
    let (rows, inner) = (7, 5);
    let numbers: Vec<f64> = (0..rows * inner).map(|place| f64::random(at(3, place as u64))).collect();
    let mut by_columns = Vec::new();
    for col in 0..inner {
        (0..rows).for_each(|row| by_columns.extend_from_slice(&numbers[row * inner + col].to_be_bytes()));
    }
    write_raw(&files.path("a.npy"), ">f8", true, "(7, 5)", &by_columns);
    let unit: Vec<u8> = (0..25).flat_map(|place| f64::from(u8::from(place % 6 == 0)).to_le_bytes()).collect();
    write_raw(&files.path("b.npy"), "<f8", false, "(5, 5)", &unit);
    done(&files.multiply(2, "shm", &["--tile", "2"]));
    assert_eq!(read::<f64>(&files.path("c.npy")), (rows, inner, numbers));
}

#[test]
fn empty_matrices_multiply() {
    let files = Files::new();
    for (a, b, shape) in
        [("3x0", "0x4", (3, 4)), ("0x3", "3x4", (0, 4)), ("3x4", "4x0", (3, 0)), ("0x0", "0x0", (0, 0))]
    {
        files.generate("a.npy", a, "f64", "1");
        files.generate("b.npy", b, "f64", "1");
        done(&files.multiply(2, "shm", &[]));
        let (rows, cols, numbers) = read::<f64>(&files.path("c.npy"));
        assert_eq!((rows, cols), shape);
        assert!(numbers.len() == rows * cols && numbers.iter().all(|number| *number == 0.0));
    }
}

#[test]
fn infinities_are_told() {
    let files = Files::new();
    let numbers = [f64::INFINITY, 1.0, 2.0, 3.0].map(f64::to_le_bytes).concat();
    write_raw(&files.path("a.npy"), "<f8", false, "(2, 2)", &numbers);
    write_raw(&files.path("b.npy"), "<f8", false, "(2, 2)", &numbers);
    let said = done(&files.multiply(1, "shm", &[]));
    assert!(said.contains("of 2 rows, 2 have infinities or no numbers"), "{said}");
    assert_eq!(read::<f64>(&files.path("c.npy")).2, [f64::INFINITY, f64::INFINITY, f64::INFINITY, 11.0]);
}

#[test]
fn what_does_not_fit_is_told() {
    let files = Files::new();
    files.generate("a.npy", "3x4", "f64", "1");
    files.generate("b.npy", "3x4", "f64", "1");
    assert!(failed(&files.multiply(2, "shm", &[])).contains("b.npy 3 by 4: the first must have as many columns"));
    files.generate("b.npy", "4x3", "f32", "1");
    assert!(failed(&files.multiply(1, "shm", &[])).contains("a.npy has numbers of float64, and"));
    std::fs::remove_file(files.path("b.npy")).unwrap();
    assert!(failed(&files.multiply(1, "shm", &[])).contains("b.npy: No such file or directory"));
    assert_eq!(files.others(), [""; 0]);
}

#[test]
fn what_is_no_matrix_is_told() {
    let files = Files::new();
    files.generate("b.npy", "4x4", "f64", "1");
    let tell = |descr, shape, numbers: usize| {
        write_raw(&files.path("a.npy"), descr, false, shape, &vec![0; numbers]);
        failed(&files.multiply(1, "shm", &[]))
    };
    let cut = tell("<f8", "(4, 4)", 127);
    assert!(cut.contains("it has 127 bytes of numbers, and 4 by 4 of float64 are 128: was it cut short?"), "{cut}");
    assert!(tell("<f8", "(4,)", 32).contains("it has 1 dimension(s), and a matrix has 2: `reshape` it first"));
    assert!(tell("<i8", "(4, 4)", 128).contains("its numbers are <i8, and not float32, float64 or int32"));
    assert!(tell("<f8", "(4611686018427387904, 4)", 128).contains("is no memory's"));
    assert!(tell("<f8", "(1099511627776, 4)", 128).contains("was it cut short?"));
    std::fs::write(files.path("a.npy"), "1 2\n3 4\n").unwrap();
    assert!(failed(&files.multiply(1, "shm", &[])).contains("it is no .npy file"));
    assert_eq!(files.others(), [""; 0]);
}

#[test]
fn a_matrix_that_no_memory_holds_is_told() {
    let files = Files::new();
    write_raw(&files.path("a.npy"), "<f4", false, "(4294967296, 0)", &[]);
    write_raw(&files.path("b.npy"), "<f4", false, "(0, 4294967296)", &[]);
    assert!(failed(&files.multiply(1, "shm", &[])).contains("4294967296 of float32 fits no memory"));
    let output = files.name("c.npy");
    let huge = gemm(1, "shm", &["generate", "9999999999x9999999999", "-o", &output]);
    assert!(failed(&huge).contains("of float64 fits no memory"));
    assert!(failed(&gemm(1, "shm", &["generate", "3*4", "-o", &output])).contains("3*4 is no shape"));
    assert!(failed(&gemm(1, "shm", &["generate", "3x4", "--dtype", "f16", "-o", &output])).contains("f16 is none of"));
    let nowhere = files.name("none/c.npy");
    assert!(failed(&gemm(1, "shm", &["generate", "3x4", "-o", &nowhere])).contains("No such file or directory"));
    assert_eq!(files.others(), [""; 0]);
}

#[test]
fn a_file_that_ends_while_it_is_read_is_told() {
    let files = Files::new();
    let path = files.path("a.npy");
    let mut file = Writer::create::<f32>(&path, 2, 3).unwrap();
    file.write(&[1.0_f32; 6]).unwrap();
    file.finish().unwrap();
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(reader.header().dtype, Dtype::F32);
    assert!(
        reader.read::<f32>(7).unwrap_err().to_string().ends_with("it ends before its last number: was it cut short?")
    );
}

#[test]
fn the_bench_prints_figures() {
    let said = done(&gemm(2, "shm", &["bench", "--size", "200", "--dtype", "f32", "--rounds", "2", "--json"]));
    let figures: serde_json::Value = serde_json::from_str(&said).expect("one object");
    assert_eq!((&figures["nodes"], &figures["size"]), (&2.into(), &200.into()));
    assert_eq!(figures["compared_with_twin"], true);
    assert!(
        figures["gflop_per_s"].as_f64().unwrap() > 0.0 && figures["fetched_bytes"].as_u64().unwrap() >= 200 * 200 * 4
    );
    let said = done(&gemm(1, "shm", &["bench", "--size", "100", "--dtype", "i32", "--twin"]));
    assert!(said.starts_with("100 by 100 of int32, multiplied with std's types in "), "{said}");
}
