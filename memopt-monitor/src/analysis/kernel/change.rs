//! Where the level of a series changes.
//!
//! The changes are those that make `Σ squares around the mean of each part + penalty · parts`
//! smallest. Found exactly by PELT: R. Killick, P. Fearnhead and I. A. Eckley, "Optimal detection
//! of changepoints with a linear computational cost", JASA 107 (2012).

/// Sums of squares around the mean of any part, from running sums.
struct Squares {
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Squares {
    fn of(values: &[f64]) -> Self {
        let middle = super::quantile::mean(values);
        let (mut sums, mut squares) = (vec![0.0], vec![0.0]);
        let (mut sum, mut square) = (0.0, 0.0);
        for value in values {
            sum += value - middle;
            square += (value - middle) * (value - middle);
            sums.push(sum);
            squares.push(square);
        }
        Self { sums, squares }
    }

    fn cost(&self, start: usize, end: usize) -> f64 {
        let sum = self.sums[end] - self.sums[start];
        (self.squares[end] - self.squares[start] - sum * sum / (end - start) as f64).max(0.0)
    }
}

/// Indices at which a new level begins, in order; `shortest` values at least in each part.
///
/// A penalty of `2 σ² ln n` to `4 σ² ln n` suits white noise of deviation σ.
///
/// # Cost
///
/// n where changes are many, n² where there is none: give it a thinned series.
pub fn changes(values: &[f64], penalty: f64, shortest: usize) -> Vec<usize> {
    let n = values.len();
    let shortest = shortest.max(1);
    if n < 2 * shortest {
        return Vec::new();
    }
    let squares = Squares::of(values);
    let mut best = vec![f64::INFINITY; n + 1];
    let mut before = vec![0; n + 1];
    best[0] = 0.0;
    // Where the last part may begin, and from which end on it may not any longer.
    let mut starts: Vec<(usize, usize)> = Vec::new();
    for end in shortest..=n {
        if best[end - shortest].is_finite() {
            starts.push((end - shortest, usize::MAX));
        }
        for (start, _) in &starts {
            let cost = best[*start] + squares.cost(*start, end) + penalty;
            if cost < best[end] {
                best[end] = cost;
                before[end] = *start;
            }
        }
        for (start, gone) in &mut starts {
            if best[*start] + squares.cost(*start, end) > best[end] && *gone == usize::MAX {
                *gone = end + shortest;
            }
        }
        starts.retain(|(_, gone)| *gone > end + 1);
    }
    back(&before, n)
}

/// The indices at which new levels begin if there are so many changes: those that leave the least
/// squares. Fewer where the values are too few.
///
/// # Cost
///
/// n² · changes.
pub fn divide(values: &[f64], count: usize, shortest: usize) -> Vec<usize> {
    let n = values.len();
    let shortest = shortest.max(1);
    let count = count.min((n / shortest).saturating_sub(1));
    if count == 0 {
        return Vec::new();
    }
    let squares = Squares::of(values);
    let mut best: Vec<f64> = (0..=n)
        .map(|end| if end >= shortest { squares.cost(0, end) } else { f64::INFINITY })
        .collect();
    let mut rows = Vec::with_capacity(count);
    for parts in 2..=count + 1 {
        let mut next = vec![f64::INFINITY; n + 1];
        let mut before = vec![0; n + 1];
        for end in parts * shortest..=n {
            let first = (parts - 1) * shortest;
            for (start, so_far) in best[..=end - shortest].iter().enumerate().skip(first) {
                let cost = so_far + squares.cost(start, end);
                if cost < next[end] {
                    next[end] = cost;
                    before[end] = start;
                }
            }
        }
        best = next;
        rows.push(before);
    }
    let mut found = Vec::with_capacity(count);
    let mut end = n;
    for before in rows.iter().rev() {
        end = before[end];
        found.push(end);
    }
    found.reverse();
    found
}

fn back(before: &[usize], n: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut end = before[n];
    while end > 0 {
        found.push(end);
        end = before[end];
    }
    found.reverse();
    found
}

/// What is left of values once the mean of each part is taken off.
pub fn residuals(values: &[f64], changes: &[usize]) -> Vec<f64> {
    let mut rest = Vec::with_capacity(values.len());
    let mut start = 0;
    for end in changes.iter().copied().chain([values.len()]) {
        let part = &values[start.min(end)..end];
        let middle = super::quantile::mean(part);
        rest.extend(part.iter().map(|value| value - middle));
        start = end;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(values: &[f64], found: &[usize], penalty: f64) -> f64 {
        let squares: f64 = residuals(values, found).iter().map(|value| value * value).sum();
        squares + penalty * (found.len() + 1) as f64
    }

    #[test]
    fn two_steps_are_found() {
        let mut values = vec![1.0; 10];
        values.extend([5.0; 10]);
        values.extend([2.0; 10]);
        assert_eq!(changes(&values, 3.0, 2), [10, 20]);
        assert_eq!(divide(&values, 2, 2), [10, 20]);
        assert_eq!(divide(&values, 1, 2), [10]);
    }

    #[test]
    fn no_other_division_costs_less() {
        // All divisions of twelve values with parts of two at least, tried one by one.
        let mut state = 5u64;
        for _ in 0..50 {
            let values: Vec<f64> = (0..12)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 61) as f64
                })
                .collect();
            let found = total(&values, &changes(&values, 4.0, 2), 4.0);
            let least = (0..1u32 << 11)
                .map(|bits| (1..12usize).filter(|i| bits >> (i - 1) & 1 == 1).collect::<Vec<_>>())
                .filter(|cuts| {
                    let ends = cuts.iter().copied().chain([12]);
                    let starts = [0].into_iter().chain(cuts.iter().copied());
                    starts.zip(ends).all(|(start, end)| end - start >= 2)
                })
                .map(|cuts| total(&values, &cuts, 4.0))
                .fold(f64::INFINITY, f64::min);
            assert!((found - least).abs() < 1e-9, "{found} {least} {values:?}");
        }
    }

    #[test]
    fn few_or_equal_values_have_no_change() {
        assert!(changes(&[], 1.0, 2).is_empty() && changes(&[1.0; 3], 1.0, 2).is_empty());
        assert!(changes(&[7.0; 50], 1e-9, 2).is_empty());
        assert!(divide(&[1.0], 3, 2).is_empty() && divide(&[], 3, 2).is_empty());
        assert_eq!(residuals(&[1.0, 3.0], &[]), [-1.0, 1.0]);
    }
}
