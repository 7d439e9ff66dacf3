#[derive(drust::Portable)]
struct Names {
    list: std::vec::Vec<u64>,
}

fn main() {
    drop(Names { list: vec![] }.list);
}
