#[memopt::track_alloc(budget(allocs <= 3, bytes <= "4 KiB", peak <= 4096, retained <= 0))]
fn parse() {}
