fn main() {
    let _site = memopt::site!("fetch", budget(allocs <= 3));
}
