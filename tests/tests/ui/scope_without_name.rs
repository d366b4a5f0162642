fn main() {
    let _scope = memopt::scope!();
}
