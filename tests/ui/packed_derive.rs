#[derive(drust::Portable)]
#[repr(C, packed)]
struct Header {
    kind: u8,
    len: u64,
}

fn main() {}
