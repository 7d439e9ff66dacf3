//! Round trips of every frame, and the refusal of every way in which one can be malformed.

use super::*;

const TASK: TaskId = TaskId { rank: Rank(0x0201), seq: 0x0A09_0807_0605_0403 };

fn spawn(flags: SpawnFlags, args_len: u64) -> Frame {
    Frame::Spawn { task: TASK, flags, depth: 5, trampoline: 0x40, function: u64::MAX, args_len }
}

fn done(outcome: Outcome, result_len: u64, lent_len: u64) -> Frame {
    Frame::Done { task: TASK, outcome, result_len, lent_len, load: Load { tasks: 0x0201, workers: 0x0403 } }
}

fn fetch(mode: FetchMode) -> Frame {
    let descriptor = DescriptorId(NonZeroU32::new(0x0403_0201).unwrap());
    Frame::Fetch { id: 6, mode, descriptor, address: Address::inside(0x0001_0000_0000_0043), elements: 9 }
}

fn fetched(image_len: u64, along_len: u64) -> Frame {
    Frame::Fetched { id: 6, align: 4, image_len, along_len }
}

fn frames() -> Vec<Frame> {
    vec![
        spawn(SpawnFlags::NONE, 0),
        spawn(SpawnFlags::PINNED.with(SpawnFlags::LENDS), 3),
        done(Outcome::Returned, 2, 5),
        done(Outcome::Panicked, 9, 0),
        Frame::FreeBatch { count: 1 },
        Frame::FreeBatch { count: Frame::FREES_MAX },
        Frame::Fence { id: 1 },
        Frame::FenceAck { id: u64::MAX },
        Frame::Query { id: 2, what: Question::Counters },
        Frame::Query { id: 3, what: Question::Live },
        Frame::Query { id: 4, what: Question::Quiesce },
        Frame::Answer { id: 4, len: 17 },
        Frame::Leave { code: -1 },
        Frame::Leave { code: 113 },
        Frame::LeaveAck,
        Frame::Idle { load: Load { tasks: 1, workers: u16::MAX } },
        fetch(FetchMode::Copy),
        fetch(FetchMode::Move),
        fetched(0, 0),
        fetched(8, 3),
        share(Family::Count, 0),
        share(Family::Grant, 5),
        share(Family::Migrate, 3),
        Frame::Shared { outcome: u8::MAX, number: 7, id: 8, a: u64::MAX, b: 1, len: 3 },
    ]
}

fn share(family: Family, len: u64) -> Frame {
    let address = Address::inside(0x0001_0000_0000_0040);
    Frame::Share { family, op: 0x0201, number: 0x0605_0403, id: 9, address, a: 10, b: u64::MAX, len }
}

fn message(frame: Frame) -> Vec<u8> {
    let mut header = [0xEE; HEADER_MAX];
    let len = frame.encode(&mut header);
    let mut bytes = header[..len].to_vec();
    bytes.extend((0..frame.body_len()).map(|i| i as u8));
    bytes
}

fn refused_field(bytes: &[u8]) -> &'static str {
    match Frame::decode_header(bytes) {
        Err(WireError::Field { field, .. }) => field,
        other => panic!("expected a refused field, got {other:?}"),
    }
}

#[test]
fn frames_come_back_as_they_were() {
    for frame in frames() {
        let bytes = message(frame);
        let (decoded, body) = Frame::decode(&bytes).unwrap();
        assert_eq!(decoded, frame);
        assert_eq!(body.len() as u64, frame.body_len());
        let (again, header) = Frame::decode_header(&bytes).unwrap();
        assert_eq!((again, &bytes[header..]), (frame, body));
    }
}

#[test]
fn the_bytes_are_those_of_the_drawing() {
    let bytes = message(spawn(SpawnFlags::LENDS, 1));
    assert_eq!(bytes[..16], [1, 2, 1, 2, 5, 0, 0, 0, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(bytes[16..24], [0x40, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(message(Frame::Leave { code: 113 }), [8, 0, 0, 0, 113, 0, 0, 0]);
    assert_eq!(message(Frame::LeaveAck), [9, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(message(done(Outcome::Panicked, 0, 0))[..8], [2, 1, 1, 2, 1, 2, 3, 4]);
    assert_eq!(message(Frame::Idle { load: Load::new(7, 2) }), [14, 0, 0, 0, 7, 0, 2, 0]);
    assert_eq!(message(fetch(FetchMode::Move))[..8], [10, 1, 0, 0, 1, 2, 3, 4]);
    assert_eq!(message(fetch(FetchMode::Copy))[16..24], [0x43, 0, 0, 0, 0, 0, 1, 0]);
}

#[test]
fn every_truncation_is_refused_and_so_is_every_excess() {
    for frame in frames() {
        let mut bytes = message(frame);
        for have in 0..bytes.len() {
            let refused = Frame::decode(&bytes[..have]);
            assert!(
                matches!(refused, Err(WireError::Truncated { have: h, need, .. }) if h == have as u64 && need > h),
                "{frame:?} cut to {have} gave {refused:?}"
            );
        }
        bytes.push(0);
        assert_eq!(Frame::decode(&bytes), Err(WireError::Trailing { what: frame.name(), extra: 1 }));
    }
}

#[test]
fn every_unknown_kind_is_refused() {
    for kind in (0..=u8::MAX).filter(|kind| !(SPAWN..=IDLE).contains(kind)) {
        assert_eq!(Frame::decode(&[kind; HEADER_MAX]), Err(WireError::UnknownKind { kind }));
    }
}

#[test]
fn values_that_mean_nothing_are_refused() {
    let with = |frame, at: usize, value: u8| {
        let mut bytes = message(frame);
        bytes[at] = value;
        refused_field(&bytes)
    };
    assert_eq!(with(spawn(SpawnFlags::NONE, 0), 1, 4), "flags");
    assert_eq!(with(done(Outcome::Returned, 0, 0), 1, 2), "outcome");
    assert_eq!(with(Frame::Query { id: 0, what: Question::Live }, 1, 3), "question");
    assert_eq!(with(fetch(FetchMode::Copy), 1, 2), "mode");
    assert_eq!(with(Frame::FreeBatch { count: 1 }, 4, 0), "count");
    assert_eq!(with(Frame::FreeBatch { count: Frame::FREES_MAX }, 4, 1), "count");
    assert_eq!(with(fetched(0, 0), 1, Frame::ALIGN_MAX + 1), "alignment");
    assert_eq!(with(share(Family::Count, 0), 1, 0), "family");
    assert_eq!(with(share(Family::Count, 0), 1, Family::ALL.len() as u8 + 1), "family");
    let mut nameless = message(fetch(FetchMode::Copy));
    nameless[4..8].fill(0);
    assert_eq!(refused_field(&nameless), "descriptor");
}

#[test]
fn reserved_bytes_must_be_zero() {
    for (frame, used) in [
        (done(Outcome::Returned, 0, 0), 1..8),
        (Frame::FreeBatch { count: 1 }, 4..8),
        (Frame::Fence { id: 0 }, 0..0),
        (Frame::FenceAck { id: 0 }, 0..0),
        (Frame::Query { id: 0, what: Question::Live }, 1..2),
        (Frame::Answer { id: 0, len: 0 }, 0..0),
        (Frame::Leave { code: 0 }, 4..8),
        (Frame::LeaveAck, 0..0),
        (Frame::Idle { load: Load::default() }, 4..8),
        (fetched(0, 0), 1..2),
        (share(Family::Lock, 0), 1..8),
    ] {
        for at in (1..8).filter(|at| !used.contains(at)) {
            let mut bytes = message(frame);
            bytes[at] = 1;
            assert_eq!(refused_field(&bytes), "reserved", "byte {at} of {frame:?}");
        }
    }
    for at in [2, 3] {
        let mut bytes = message(Frame::Shared { outcome: 0, number: 0, id: 0, a: 0, b: 0, len: 0 });
        bytes[at] = 1;
        assert_eq!(refused_field(&bytes), "reserved", "byte {at} of a Shared");
    }
}

#[test]
fn lengths_that_overflow_are_refused() {
    let mut header = [0; HEADER_MAX];
    done(Outcome::Returned, u64::MAX, 1).encode(&mut header);
    assert_eq!(refused_field(&header), "lent length");
    fetched(u64::MAX, 1).encode(&mut header);
    assert_eq!(refused_field(&header), "length of what comes along");
    let len = spawn(SpawnFlags::NONE, u64::MAX).encode(&mut header);
    assert!(matches!(Frame::decode(&header[..len]), Err(WireError::Truncated { need: u64::MAX, .. })));
}

/// Half a million headers from a fixed seed: whatever is accepted is written back as it was read.
#[test]
fn no_header_has_two_spellings() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut accepted = 0;
    for _ in 0..500_000 {
        let mut bytes: [u8; HEADER_MAX] = std::array::from_fn(|_| random().to_le_bytes()[3]);
        bytes[0] %= IDLE + 2;
        for byte in &mut bytes[1..8] {
            *byte &= if random() & 7 == 0 { 3 } else { 0 };
        }
        let Ok((frame, len)) = Frame::decode_header(&bytes) else { continue };
        let mut again = [0; HEADER_MAX];
        assert_eq!(frame.encode(&mut again), len);
        assert_eq!(again[..len], bytes[..len], "{frame:?}");
        accepted += 1;
    }
    assert!(accepted > 100_000, "only {accepted} headers were well formed");
}

#[test]
fn flags_are_a_set() {
    let both = SpawnFlags::PINNED.with(SpawnFlags::LENDS);
    assert!(both.has(SpawnFlags::PINNED) && both.has(SpawnFlags::LENDS) && both.has(SpawnFlags::NONE));
    assert!(!SpawnFlags::PINNED.has(SpawnFlags::LENDS));
}

#[test]
#[should_panic(expected = "a batch of 0 frees")]
fn an_empty_batch_is_never_encoded() {
    Frame::FreeBatch { count: 0 }.encode(&mut [0; HEADER_MAX]);
}
