//! The text: files below a directory, shared out evenly; and text made up where there is none.

use std::cmp::Reverse;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file to be counted.
pub struct File {
    path: String,
    bytes: u64,
}

/// All regular files below a directory, or the one file that the path names; and how many names are not UTF-8, so that
/// they were passed over. Directories that cannot be read are passed over too; links are not followed.
pub fn files(root: &Path) -> io::Result<(Vec<File>, u64)> {
    let (mut files, mut odd) = (Vec::new(), 0);
    let mut folders = Vec::new();
    let mut visit = |path: PathBuf, kind: fs::Metadata, folders: &mut Vec<PathBuf>| {
        if kind.is_dir() {
            folders.push(path);
        } else if kind.is_file() {
            match path.into_os_string().into_string() {
                Ok(path) => files.push(File { path, bytes: kind.len() }),
                Err(_) => odd += 1,
            }
        }
    };
    visit(root.to_owned(), fs::metadata(root)?, &mut folders);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if let Ok(kind) = entry.metadata() {
                visit(entry.path(), kind, &mut folders);
            }
        }
    }
    Ok((files, odd))
}

/// Shares of about equal size: the largest file first, each to the share that has least.
pub fn share_out(mut files: Vec<File>, shares: usize) -> Vec<Vec<String>> {
    files.sort_by(|a, b| (Reverse(a.bytes), &a.path).cmp(&(Reverse(b.bytes), &b.path)));
    let mut cut: Vec<(u64, Vec<String>)> = (0..shares.max(1)).map(|_| (0, Vec::new())).collect();
    for file in files {
        let least = cut.iter_mut().min_by_key(|share| share.0).expect("there is a share");
        least.0 += file.bytes;
        least.1.push(file.path);
    }
    cut.into_iter().map(|share| share.1).collect()
}

/// A directory of generated text, removed when dropped.
pub struct Generated(PathBuf);

impl Generated {
    /// Writes so many files of so many words each, out of `vocabulary` words: a third of the text goes through all of
    /// them in turn, the rest has the frequent ones far more often than the others. The same text in every run.
    pub fn new(files: u64, words: u64, vocabulary: u64) -> io::Result<Generated> {
        let made = Generated(std::env::temp_dir().join(format!("drust-wordcount-{}", std::process::id())));
        fs::create_dir_all(&made.0)?;
        for file in 0..files {
            let mut out = io::BufWriter::new(fs::File::create(made.0.join(format!("{file}.txt")))?);
            let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(file + 1);
            for place in 0..words {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let share = (state >> 11) as f64 / (1_u64 << 53) as f64;
                let often = (vocabulary as f64).powf(share) as u64;
                // Every third word is the next one of the vocabulary.
                let word = if place % 3 == 0 { (file * words + place) / 3 % vocabulary } else { often };
                write_word(&mut out, word)?;
                out.write_all(if place % 12 == 11 { b"\n" } else { b" " })?;
            }
            out.flush()?;
        }
        Ok(made)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

fn write_word(out: &mut impl Write, mut number: u64) -> io::Result<()> {
    const SYLLABLES: [&[u8]; 16] = [
        b"ka", b"lo", b"mi", b"nu", b"re", b"sa", b"te", b"vi", b"bo", b"du", b"fe", b"gi", b"ho", b"ju", b"pa", b"zy",
    ];
    loop {
        out.write_all(SYLLABLES[number as usize % 16])?;
        number /= 16;
        if number == 0 {
            return Ok(());
        }
    }
}

impl Drop for Generated {
    fn drop(&mut self) {
        // A file left behind in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
