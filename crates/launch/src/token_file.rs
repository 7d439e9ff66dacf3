//! The file that a job's token lies in, for nodes that are started by hand: 64 hex digits, for its owner only.
//!
//! No message shows what such a file holds.

use crate::secret::Token;
use std::fmt;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What is read of a file at most; a token is much shorter.
const MOST: u64 = 4096;
/// Whatever users other than the owner may do.
const OTHERS: u32 = 0o077;
const OWNER_ONLY: u32 = 0o600;

/// Reads a token; white space around it does not matter.
///
/// # Errors
/// Where there is no such file, other users can read or write it, or it holds anything but 64 hex digits.
pub fn read(path: &Path) -> Result<Token, TokenFileError> {
    let fail = |fault| TokenFileError { path: path.to_path_buf(), fault };
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => fail(TokenFault::Missing),
        kind => fail(TokenFault::Unreadable(kind)),
    };
    // A pipe without a writer would let the opening wait for ever.
    let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(fail(TokenFault::NoFile));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(fail(TokenFault::Exposed(mode)));
    }
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    if text.is_empty() {
        return Err(fail(TokenFault::Empty));
    }
    Token::from_hex(text).ok_or_else(|| fail(TokenFault::NoToken { characters: text.chars().count() }))
}

/// Writes a new token into a new file that only its owner may read.
///
/// # Errors
/// Where there is such a file already, which is left as it is, or none can be written there.
pub fn create(path: &Path) -> Result<(), TokenFileError> {
    let fail = |error: std::io::Error| {
        let fault = match error.kind() {
            ErrorKind::AlreadyExists => TokenFault::Exists,
            kind => TokenFault::Unwritable(kind),
        };
        TokenFileError { path: path.to_path_buf(), fault }
    };
    let token = Token::random().map_err(fail)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(OWNER_ONLY).open(path).map_err(fail)?;
    write(&mut file, &token).map_err(|error| {
        // Half a token is worse than none; where this fails too, the first error says why.
        let _ = std::fs::remove_file(path);
        fail(error)
    })
}

fn write(file: &mut File, token: &Token) -> std::io::Result<()> {
    // The mask of the process may have taken rights from the owner.
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))?;
    writeln!(file, "{}", token.to_hex())?;
    file.sync_all()
}

/// A token file that cannot be used, or made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub fault: TokenFault,
}

/// What is wrong with a token file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TokenFault {
    /// There is none.
    Missing,
    /// It cannot be read.
    Unreadable(ErrorKind),
    /// It is a folder, a pipe or a device.
    NoFile,
    /// With this mode other users can read or write it.
    Exposed(u32),
    /// There is nothing in it.
    Empty,
    /// There is something else in it.
    NoToken {
        /// How long that is, without the white space around it.
        characters: usize,
    },
    /// There is one already, where a new one was to be made.
    Exists,
    /// A new one cannot be written.
    Unwritable(ErrorKind),
}

impl fmt::Display for TokenFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match self.fault {
            TokenFault::Missing => write!(
                f,
                "there is no token file {path}; make one by `drust token`, and copy it to the machine of every node"
            ),
            TokenFault::Unreadable(kind) => write!(f, "the token file {path} cannot be read: {kind}"),
            TokenFault::NoFile => write!(f, "the token file {path} is no regular file; a token lies in one"),
            TokenFault::Exposed(mode) => write!(
                f,
                "the token file {path} is open to other users (mode {mode:03o}); \
                 close it by `chmod 600 {path}`, and make a new token if others may have read it"
            ),
            TokenFault::Empty => write!(f, "the token file {path} is empty; make another by `drust token`"),
            TokenFault::NoToken { characters } => write!(
                f,
                "the token file {path} must hold 64 hex digits and nothing else, \
                 but holds {characters} characters, not shown; make another by `drust token`"
            ),
            TokenFault::Exists => write!(f, "{path} exists already, and was left as it is; remove it or name another"),
            TokenFault::Unwritable(kind) => write!(f, "the token file {path} cannot be written: {kind}"),
        }
    }
}

impl std::error::Error for TokenFileError {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A folder of this test's own, removed when it ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("drust-token-{name}-{}", std::process::id()));
            fs::create_dir(&path).expect("a folder can be made");
            Folder(path)
        }

        fn file(&self, name: &str, text: &[u8], mode: u32) -> PathBuf {
            let path = self.0.join(name);
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn fault(path: &Path) -> TokenFault {
        read(path).expect_err("it is refused").fault
    }

    #[test]
    fn what_is_made_can_be_read_and_differs() {
        let folder = Folder::new("made");
        let (one, other) = (folder.0.join("one"), folder.0.join("other"));
        create(&one).unwrap();
        create(&other).unwrap();
        assert_eq!(fs::metadata(&one).unwrap().permissions().mode() & 0o7777, OWNER_ONLY);
        assert_ne!(read(&one).unwrap(), read(&other).unwrap());
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = Folder::new("kept");
        let path = folder.file("notes", b"mine", 0o644);
        assert_eq!(create(&path).unwrap_err().fault, TokenFault::Exists);
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        assert_eq!(create(&folder.0.join("no/token")).unwrap_err().fault, TokenFault::Unwritable(ErrorKind::NotFound));
    }

    #[test]
    fn white_space_around_a_token_does_not_matter() {
        let folder = Folder::new("space");
        let path = folder.file("token", format!("\n {} \r\n", "0aF9".repeat(16)).as_bytes(), 0o400);
        assert_eq!(read(&path).unwrap().to_hex(), "0af9".repeat(16));
    }

    #[test]
    fn files_open_to_others_are_refused_with_the_cure() {
        let folder = Folder::new("open");
        let token = "00".repeat(32);
        for mode in [0o604, 0o640, 0o602, 0o620, 0o777] {
            let path = folder.file(&format!("{mode:o}"), token.as_bytes(), mode);
            assert_eq!(fault(&path), TokenFault::Exposed(mode));
        }
        let message = read(&folder.0.join("640")).unwrap_err().to_string();
        assert!(message.contains("(mode 640)") && message.contains("chmod 600 /"), "{message}");
    }

    #[test]
    fn what_is_no_token_is_refused_and_not_shown() {
        let folder = Folder::new("wrong");
        assert_eq!(fault(&folder.0.join("none")), TokenFault::Missing);
        assert_eq!(fault(&folder.0), TokenFault::NoFile);
        assert_eq!(fault(&folder.file("empty", b" \n", 0o600)), TokenFault::Empty);
        let cases: [(&[u8], usize); 4] = [(b"hunter2", 7), (&[0xFF; 64], 64), (&[b'0'; 63], 63), (&[b'0'; 9999], 4096)];
        for (bytes, characters) in cases {
            let error = read(&folder.file("wrong", bytes, 0o600)).unwrap_err();
            assert_eq!(error.fault, TokenFault::NoToken { characters });
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_pipe_is_no_token_file_and_is_not_waited_for() {
        let folder = Folder::new("pipe");
        let path = folder.0.join("pipe");
        let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&path).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: there is no mkfifo");
            return;
        }
        assert_eq!(fault(&path), TokenFault::NoFile);
    }
}
