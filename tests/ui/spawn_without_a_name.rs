fn main() {
    let (a, b) = (1, 2);
    drust::spawn!([a] || a + b);
}
