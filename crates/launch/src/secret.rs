//! The job's number and its token. The token never appears on a command line, in a message or in `Debug` output.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

/// Names one run of a program; 16 hex digits. It is no secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Job(pub [u8; 8]);

/// What the nodes of a job prove their membership with; 64 hex digits. A secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub [u8; 32]);

impl Job {
    /// A new one, from the system's random numbers.
    ///
    /// # Errors
    /// Where `/dev/urandom` cannot be read.
    pub fn random() -> io::Result<Job> {
        random().map(Job)
    }

    /// Reads 16 hex digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Job> {
        from_hex(text).map(Job)
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job({self})")
    }
}

impl Token {
    /// A new one, from the system's random numbers.
    ///
    /// # Errors
    /// Where `/dev/urandom` cannot be read.
    pub fn random() -> io::Result<Token> {
        random().map(Token)
    }

    /// Reads 64 hex digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Token> {
        from_hex(text).map(Token)
    }

    /// The 64 hex digits, for the environment of a child and nothing else.
    #[must_use]
    pub fn to_hex(&self) -> String {
        to_hex(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_there_and_back() {
        let job = Job([0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        assert_eq!(job.to_string(), "0123456789abcdef");
        assert_eq!(Job::from_hex("0123456789ABCDEF"), Some(job));
        let token = Token([7; 32]);
        assert_eq!(Token::from_hex(&token.to_hex()), Some(token));
    }

    #[test]
    fn what_is_not_hex_of_the_right_length_is_refused() {
        for text in ["", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "+123456789abcdef"] {
            assert_eq!(Job::from_hex(text), None, "{text}");
        }
    }

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", Token([7; 32])), "Token(..)");
    }

    #[test]
    fn random_ones_differ() {
        assert_ne!(Token::random().unwrap(), Token::random().unwrap());
        assert_ne!(Job::random().unwrap(), Job::random().unwrap());
    }
}
