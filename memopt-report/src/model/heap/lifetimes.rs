//! What the counts of lifetimes say: mean, quantiles, shares.

use super::{Contents, Lifetimes};

impl Lifetimes {
    /// So many freed blocks, the sum of their lifetimes in ns, and how many lived less than 2, 4,
    /// 8, .. ns.
    pub fn new(blocks: u64, total_ns: f64, powers: Vec<u64>) -> Self {
        Self { blocks, total_ns, powers }
    }

    /// The mean lifetime, ns; `None` where no block was freed.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::Lifetimes;
    ///
    /// let lifetimes = Lifetimes::new(4, 1000.0, vec![0, 0, 0, 0, 0, 0, 0, 4]);
    /// assert_eq!(lifetimes.mean_ns(), Some(250.0));
    /// ```
    pub fn mean_ns(&self) -> Option<f64> {
        (self.blocks > 0).then(|| self.total_ns / self.blocks as f64)
    }

    /// The lifetime, ns, that the share `q` (0 to 1) of the blocks did not reach; `None` where no
    /// block was freed.
    ///
    /// # Limits
    ///
    /// Within a factor of two: between the borders of a power the blocks are taken to lie evenly,
    /// on a scale of ratios.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::Lifetimes;
    ///
    /// // Ten blocks lived between 128 and 256 ns.
    /// let lifetimes = Lifetimes::new(10, 1900.0, vec![0, 0, 0, 0, 0, 0, 0, 10]);
    /// assert_eq!(lifetimes.quantile_ns(0.5), Some(181)); // 128 × √2
    /// ```
    pub fn quantile_ns(&self, q: f64) -> Option<u64> {
        let blocks: u64 = self.powers.iter().sum();
        let rank = q.clamp(0.0, 1.0) * blocks as f64;
        let mut below = 0;
        for (power, &count) in self.powers.iter().enumerate().filter(|(_, count)| **count > 0) {
            if rank <= (below + count) as f64 {
                let inside = (rank - below as f64) / count as f64;
                return Some((power as f64 + inside).exp2() as u64);
            }
            below += count;
        }
        None
    }

    /// Blocks that lived shorter than 2^`power` ns.
    pub fn below(&self, power: usize) -> u64 {
        self.powers.iter().take(power).sum()
    }

    /// Adds those of other blocks.
    pub fn add(&mut self, other: &Self) {
        self.blocks += other.blocks;
        self.total_ns += other.total_ns;
        self.powers.resize(self.powers.len().max(other.powers.len()), 0);
        for (sum, count) in self.powers.iter_mut().zip(&other.powers) {
            *sum += count;
        }
    }
}

impl Contents {
    /// Adds those of other blocks.
    pub fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.looked_at += other.looked_at;
        self.never_written += other.never_written;
        self.zero += other.zero;
        self.duplicate += other.duplicate;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_in_the_power_that_holds_their_rank() {
        // 3 blocks of 8..16 ns, 1 of 1024..2048 ns.
        let mut powers = vec![0; 11];
        (powers[3], powers[10]) = (3, 1);
        let lifetimes = Lifetimes { blocks: 4, total_ns: 0.0, powers };
        assert_eq!(lifetimes.quantile_ns(0.75), Some(16));
        assert!((8..16).contains(&lifetimes.quantile_ns(0.5).unwrap()));
        assert_eq!(lifetimes.quantile_ns(1.0), Some(2048));
        assert_eq!((lifetimes.below(10), lifetimes.below(11)), (3, 4));
    }

    #[test]
    fn nothing_freed_has_no_lifetime() {
        assert_eq!(Lifetimes::default().quantile_ns(0.5), None);
        assert_eq!(Lifetimes::default().mean_ns(), None);
    }

    #[test]
    fn sums_take_the_longer_list() {
        let mut sum = Lifetimes { blocks: 1, total_ns: 1.0, powers: vec![1] };
        sum.add(&Lifetimes { blocks: 2, total_ns: 12.0, powers: vec![0, 0, 2] });
        assert_eq!(sum, Lifetimes { blocks: 3, total_ns: 13.0, powers: vec![1, 0, 2] });
    }
}
