#[derive(drust::Portable)]
union Bits {
    integer: u32,
    float: f32,
}

fn main() {}
