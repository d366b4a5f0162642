#[memopt::main(report = "text")]
fn main() -> Result<(), Error> {
    run()?;
    Ok(())
}
