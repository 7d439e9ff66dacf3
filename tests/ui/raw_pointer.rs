use drust::Box;

fn main() {
    let number = 5;
    drop(Box::new(&raw const number));
}
