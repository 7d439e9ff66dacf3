use drust::thread;

fn main() {
    let factor = 3;
    thread::spawn((5,), |(n,): (i32,)| n * factor);
}
