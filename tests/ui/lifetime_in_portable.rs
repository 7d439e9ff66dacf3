use drust::Ref;

#[derive(drust::Portable)]
struct View<'a> {
    part: Ref<'a, u64>,
}

fn main() {}
