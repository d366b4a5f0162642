#[pooled(max_idle = 64, max_object = "64 KiB")]
/// Kept.
pub(crate) struct Frame<T: Ord, const N: usize> {
    body: Vec<u8>,
    items: Vec<T>,
    #[pool(reset = [1; N])]
    sums: [u64; N],
    #[pool(skip)]
    last: Option<T>,
    #[pool(keep)]
    grid: [u8; 64],
}
