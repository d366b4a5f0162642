#[memopt::lazy_load]
/// Kept.
#[derive(Debug)]
pub struct Doc<T: Clone> {
    path: T,
    /// Read by all.
    #[lazy(load = Self::read, error = io::Error)]
    pub body: Vec<u8>,
    #[lazy(load = Self::fetch, async, weigh = weigh)]
    words: Vec<String>,
    #[lazy(load = Self::count, idle = "30s")]
    count: u64,
}
