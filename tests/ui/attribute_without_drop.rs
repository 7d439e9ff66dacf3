#[derive(drust::Portable)]
#[portable(drop)]
struct Plain {
    id: u64,
}

fn main() {
    let _ = Plain { id: 1 }.id;
}
