#[drust::main]
async fn main() {}
