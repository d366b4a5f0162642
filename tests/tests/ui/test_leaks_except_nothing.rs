#[memopt::test(no_leaks(except()))]
fn every_site_may_keep() {}

fn main() {}
