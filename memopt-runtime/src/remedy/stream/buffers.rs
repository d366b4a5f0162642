//! The pool of byte buffers that readers share.
//!
//! None it keeps is large, so that a program which opens one reader after another does not ask the
//! allocator for the same block each time. Reports show the pool as `read buffers`.

use crate::remedy::{Pool, PoolGuard, Recycle};

/// Buffers kept, over all threads, so that one of eight threads keeps 4 in a list; bytes of them;
/// and bytes of one that is worth keeping.
const KEPT: usize = 32;
const KEPT_BYTES: usize = 16 << 20;
const LARGEST: usize = 1 << 20;

static BUFFERS: Pool<Bytes> = Pool::new(Bytes::default)
    .name("read buffers")
    .max_idle(KEPT)
    .max_bytes(KEPT_BYTES)
    .max_object(LARGEST);

/// A buffer whose bytes are what the last reader left.
pub(super) type Buffer = PoolGuard<Bytes>;

/// Bytes of any value.
#[derive(Default)]
pub(super) struct Bytes(Vec<u8>);

/// Nothing is cleared: a reader looks only at what it has read.
impl Recycle for Bytes {
    fn recycle(&mut self) {}

    fn held_bytes(&self) -> usize {
        self.0.capacity()
    }
}

impl Bytes {
    #[inline]
    pub(super) fn get(&self) -> &[u8] {
        &self.0
    }

    #[inline]
    pub(super) fn get_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// Doubles the length and keeps what is there.
    pub(super) fn double(&mut self) {
        self.0.resize(self.0.len() * 2, 0);
    }
}

/// A buffer of `len` bytes of any value.
pub(super) fn take(len: usize) -> Buffer {
    let mut buffer = BUFFERS.take_or(|| Bytes(vec![0; len]));
    if buffer.0.capacity() < len {
        // Not grown: that would copy what nobody reads.
        buffer.0 = Vec::new();
        buffer.0 = vec![0; len];
    }
    // Longer ones are cut: what is read at once must be what was asked for.
    buffer.0.resize(len, 0);
    buffer
}

#[cfg(test)]
mod tests {
    use super::{BUFFERS, Bytes, KEPT, LARGEST, take};
    use crate::remedy::{Pool, Recycle};

    #[test]
    fn a_buffer_comes_back_with_its_length_and_not_with_its_contents() {
        std::thread::spawn(|| {
            let mut buffer = take(1000);
            buffer.get_mut().fill(7);
            // Another test may have given back a longer one.
            let (place, held) = (buffer.get().as_ptr(), buffer.held_bytes());
            assert!(held >= 1000, "{held}");
            drop(buffer);
            let again = take(500);
            assert_eq!(
                (again.get().as_ptr(), again.get().len(), again.held_bytes()),
                (place, 500, held)
            );
            drop(again);
            let longer = take(held + 1000);
            assert_eq!((longer.get().len(), longer.held_bytes()), (held + 1000, held + 1000));
        })
        .join()
        .unwrap();
        let report = BUFFERS.report();
        assert_eq!(report.name, "read buffers");
        assert!(report.hits >= 2 && report.misses >= 1, "{report:?}");
    }

    #[test]
    fn large_ones_and_more_than_are_kept_are_freed() {
        // As `BUFFERS`, which other tests use meanwhile.
        static ALONE: Pool<Bytes> = Pool::new(Bytes::default).max_idle(KEPT).max_object(LARGEST);
        drop(ALONE.take_or(|| Bytes(vec![0; LARGEST + 1])));
        assert_eq!((ALONE.report().idle, ALONE.report().released), (0, 1));
        let many: Vec<_> = (0..2 * KEPT).map(|_| ALONE.take_or(|| Bytes(vec![0; 8]))).collect();
        drop(many);
        let report = ALONE.report();
        assert!(report.idle <= KEPT as u64 && report.idle > 0, "{report:?}");
        assert_eq!(report.idle + report.released, 2 * KEPT as u64 + 1);
    }
}
