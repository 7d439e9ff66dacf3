//! Cursors that write and read little-endian fields in order.

use super::WireError;

/// Writes fields one after another into a buffer that is large enough by construction.
pub(super) struct Writer<'a> {
    into: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(into: &'a mut [u8]) -> Writer<'a> {
        Writer { into, at: 0 }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.into[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
        self
    }

    pub(super) fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    pub(super) fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    /// Bytes written so far.
    pub(super) fn len(&self) -> usize {
        self.at
    }
}

/// Reads fields one after another; running out is an error that names what was being read.
pub(super) struct Reader<'a> {
    from: &'a [u8],
    at: usize,
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads `what`, which takes `len` bytes, from the start of `from`.
    pub(super) fn new(from: &'a [u8], len: usize, what: &'static str) -> Result<Reader<'a>, WireError> {
        if from.len() < len {
            return Err(WireError::Truncated { what, need: len as u64, have: from.len() as u64 });
        }
        Ok(Reader { from: &from[..len], at: 0, what })
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.from[self.at..self.at + N]);
        self.at += N;
        bytes
    }

    pub(super) fn u8(&mut self) -> u8 {
        self.bytes::<1>()[0]
    }

    pub(super) fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes())
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    pub(super) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// Checks that `value`, a reserved field, is zero.
    pub(super) fn zero(&self, field: &'static str, value: u64) -> Result<(), WireError> {
        if value == 0 { Ok(()) } else { Err(WireError::Field { what: self.what, field, value }) }
    }

    /// The error for a field whose value means nothing.
    pub(super) fn bad(&self, field: &'static str, value: u64) -> WireError {
        WireError::Field { what: self.what, field, value }
    }
}
