#[memopt::lazy_load(idle = "30s")]
/// Kept.
pub fn dictionary() -> Dictionary {
    read()
}
