fn main() {
    let scope = memopt::scope!("decode");
    std::thread::spawn(move || drop(scope));
}
