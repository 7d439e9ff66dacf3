use drust::Box;

fn main() {
    let mut pair = Box::new((1, 2));
    let first = &mut pair.0;
    let second = &mut pair.1;
    std::mem::swap(first, second);
}
