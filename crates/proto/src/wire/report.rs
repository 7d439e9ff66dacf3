//! What a node says of itself to the controller on rank 0.

use super::WireError;
use super::bytes::{Reader, Writer};

/// How a node stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Report {
    /// Bytes of its partition that are taken, whole pages counted.
    pub used: u64,
    /// Bytes that its partition may take.
    pub limit: u64,
    /// Of a thousand, how much of its workers' time was spent since the report before.
    pub cpu: u16,
    /// Tasks that may go elsewhere: some that nobody has begun, and those that go between their steps and were not told
    /// to yet. There may be more.
    pub may_go: u16,
    /// Tasks that nobody has begun.
    pub queued: u32,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that may run at once.
    pub workers: u32,
}

impl Report {
    /// Bytes of a record.
    pub const LEN: usize = 32;

    /// The record's bytes.
    ///
    /// ```
    /// use drust_proto::wire::Report;
    /// let report = Report { used: 1 << 20, limit: 1 << 30, cpu: 950, may_go: 5, queued: 7, running: 2, workers: 2 };
    /// assert_eq!(Report::decode(&report.encode()), Ok(report));
    /// ```
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        let mut out = Writer::new(&mut bytes);
        out.u64(self.used).u64(self.limit).u16(self.cpu).u16(self.may_go);
        out.u32(self.queued).u32(self.running).u32(self.workers);
        bytes
    }

    /// Reads the record that is all of `bytes`.
    ///
    /// # Errors
    /// [`WireError`]: too few bytes or too many, or more of a thousand than there is.
    pub fn decode(bytes: &[u8]) -> Result<Report, WireError> {
        let mut fields = Reader::new(bytes, Self::LEN, "report")?;
        if bytes.len() > Self::LEN {
            return Err(WireError::Trailing { what: "report", extra: (bytes.len() - Self::LEN) as u64 });
        }
        let (used, limit, cpu) = (fields.u64(), fields.u64(), fields.u16());
        if cpu > 1000 {
            return Err(fields.bad("cpu", cpu.into()));
        }
        let (may_go, queued, running, workers) = (fields.u16(), fields.u32(), fields.u32(), fields.u32());
        Ok(Report { used, limit, cpu, may_go, queued, running, workers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        Report { used: 0x0102, limit: u64::MAX, cpu: 1000, may_go: 2, queued: 3, running: 4, workers: 5 }
    }

    #[test]
    fn a_report_comes_back_as_it_was() {
        let bytes = report().encode();
        assert_eq!(Report::decode(&bytes), Ok(report()));
        assert_eq!(bytes[..9], [0x02, 0x01, 0, 0, 0, 0, 0, 0, 0xFF]);
        assert_eq!(bytes[16..], [0xE8, 3, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0]);
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let bytes = report().encode();
        for have in 0..Report::LEN {
            let error = WireError::Truncated { what: "report", need: 32, have: have as u64 };
            assert_eq!(Report::decode(&bytes[..have]), Err(error));
        }
        let long: Vec<u8> = bytes.iter().copied().chain([0]).collect();
        assert_eq!(Report::decode(&long), Err(WireError::Trailing { what: "report", extra: 1 }));
        let mut spoilt = bytes;
        spoilt[16] = 0xE9;
        assert!(matches!(Report::decode(&spoilt), Err(WireError::Field { field: "cpu", .. })));
    }
}
