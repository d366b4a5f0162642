#[memopt::track_alloc(name = "ingest", budget(allocs <= 3, bytes <= "4 KiB"))]
fn parse() {}
