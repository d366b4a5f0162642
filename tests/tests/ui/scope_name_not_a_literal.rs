fn main() {
    let name = "decode";
    let _scope = memopt::scope!(name);
}
