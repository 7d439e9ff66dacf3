//! Replies, in the version of the protocol that the client has asked for.

/// Replies that are to be sent.
#[derive(Default, Debug)]
pub struct Replies {
    bytes: Vec<u8>,
    /// Whether the client speaks version 3.
    pub resp3: bool,
}

impl Replies {
    /// What is to be sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets what was sent; keeps some room.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(1 << 20);
    }

    /// A word, such as OK.
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// An error, whose first word is its kind. Line ends become blanks.
    pub fn error(&mut self, text: &str) {
        let text: Vec<u8> = text.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect();
        self.line(b'-', &text);
    }

    /// A whole number.
    pub fn integer(&mut self, number: i64) {
        self.head(b':', number);
    }

    /// Any bytes.
    pub fn bulk(&mut self, bytes: &[u8]) {
        self.head(b'$', bytes.len() as i64);
        self.bytes.extend_from_slice(bytes);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Text that people read.
    pub fn verbatim(&mut self, text: &str) {
        if !self.resp3 {
            return self.bulk(text.as_bytes());
        }
        self.head(b'=', text.len() as i64 + 4);
        self.bytes.extend_from_slice(b"txt:");
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Nothing.
    pub fn null(&mut self) {
        self.bytes.extend_from_slice(if self.resp3 { b"_\r\n" } else { b"$-1\r\n" });
    }

    /// So many replies follow that belong together.
    pub fn array(&mut self, count: usize) {
        self.head(b'*', count as i64);
    }

    /// So many pairs of replies follow.
    pub fn map(&mut self, pairs: usize) {
        if self.resp3 { self.head(b'%', pairs as i64) } else { self.array(2 * pairs) }
    }

    fn head(&mut self, kind: u8, number: i64) {
        self.line(kind, itoa::Buffer::new().format(number).as_bytes());
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        self.bytes.push(kind);
        self.bytes.extend_from_slice(text);
        self.bytes.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(resp3: bool) -> String {
        let mut replies = Replies { resp3, ..Replies::default() };
        replies.simple("OK");
        replies.error("ERR no\r\nway");
        replies.integer(-7);
        replies.bulk(b"a\r\nb");
        replies.verbatim("text");
        replies.null();
        replies.array(0);
        replies.map(1);
        String::from_utf8(replies.bytes().to_vec()).unwrap()
    }

    #[test]
    fn each_version_has_its_own_forms() {
        let both = "+OK\r\n-ERR no  way\r\n:-7\r\n$4\r\na\r\nb\r\n";
        assert_eq!(written(false), format!("{both}$4\r\ntext\r\n$-1\r\n*0\r\n*2\r\n"));
        assert_eq!(written(true), format!("{both}=8\r\ntxt:text\r\n_\r\n*0\r\n%1\r\n"));
    }
}
