use drust::Box;
use std::fmt::Display;

fn show(value: &Box<dyn Display>) -> String {
    value.to_string()
}

fn main() {
    let _ = show;
}
