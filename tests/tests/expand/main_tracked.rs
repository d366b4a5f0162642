#[memopt::main(report = "text")]
#[track_alloc]
fn main() -> Result<(), Error> {
    run()
}
