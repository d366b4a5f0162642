//! A metrics histogram gathers raw samples in blocks until an exporter drains them; none was
//! installed.

use crate::harness::{Leaking, Program};

/// Samples of one block, as many as exporters commonly take at once.
const BLOCK: usize = 512;

/// Samples a round.
const SAMPLES: u32 = 3000;

pub(crate) const LEAK: Leaking = Leaking { per_second: SAMPLES as u64 * 8, per_call: Some(8) };

struct Block {
    samples: [f64; BLOCK],
    filled: usize,
    next: Option<Box<Block>>,
}

#[derive(Default)]
struct Histogram {
    newest: Option<Box<Block>>,
}

impl Histogram {
    #[memopt::track_alloc(name = "record")]
    fn record(&mut self, value: f64) {
        if self.newest.as_ref().is_none_or(|block| block.filled == BLOCK) {
            let next = self.newest.take();
            self.newest = Some(Box::new(Block { samples: [0.0; BLOCK], filled: 0, next }));
        }
        let block = self.newest.as_mut().expect("there is room by now");
        block.samples[block.filled] = value;
        block.filled += 1;
    }

    /// For a status line: it reads and leaves all where it is.
    fn mean(&self) -> f64 {
        let blocks = std::iter::successors(self.newest.as_deref(), |block| block.next.as_deref());
        let (sum, count) = blocks.fold((0.0, 0), |(sum, count), block| {
            (sum + block.samples[..block.filled].iter().sum::<f64>(), count + block.filled)
        });
        sum / count as f64
    }
}

pub(crate) fn program() -> Program {
    let mut latency = Histogram::default();
    Box::new(move |_| {
        (0..SAMPLES).for_each(|i| latency.record(f64::from(i)));
        assert_eq!(latency.mean(), 1499.5);
    })
}
