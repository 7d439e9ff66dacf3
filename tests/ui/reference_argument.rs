use drust::thread;

fn main() {
    let number = 5;
    thread::scope(|s| {
        s.spawn((&number,), |(n,)| *n);
    });
}
