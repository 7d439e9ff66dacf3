#[derive(drust::Portable)]
#[portable(skip)]
struct Header {
    kind: u8,
}

fn main() {}
