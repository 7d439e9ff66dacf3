#[derive(drust::Portable)]
struct Guard {
    id: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        println!("{}", self.id);
    }
}

fn main() {}
