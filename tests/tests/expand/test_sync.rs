#[memopt::test(max_allocs = 10, max_bytes = "64 KiB", no_leaks)]
#[should_panic(expected = "x")]
#[ignore = "slow"]
fn r#loop() -> Result<(), Error> {
    parse()?;
    Ok(())
}
