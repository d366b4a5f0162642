//! Medians and quartiles: nothing here is averaged, because the noise of a shared machine has one
//! long tail.

/// The three cuts that say where the middle half of some values lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter of the values is below.
    pub low: f64,
    /// Half of the values is below.
    pub median: f64,
    /// Three quarters of the values are below.
    pub high: f64,
}

impl Quartiles {
    /// The cuts of these values, interpolated between neighbours; `None` of none.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let cut = |share: f64| {
            let at = share * (sorted.len() - 1) as f64;
            let (below, above) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
            below + (above - below) * at.fract()
        };
        Some(Self { low: cut(0.25), median: cut(0.5), high: cut(0.75) })
    }
}

#[cfg(test)]
mod tests {
    use super::Quartiles;

    #[test]
    fn five_values_are_cut_at_the_second_third_and_fourth() {
        let cuts = Quartiles::of(&[5.0, 1.0, 4.0, 2.0, 3.0]).unwrap();
        assert_eq!(cuts, Quartiles { low: 2.0, median: 3.0, high: 4.0 });
    }

    #[test]
    fn two_values_are_cut_between_them() {
        let cuts = Quartiles::of(&[0.0, 4.0]).unwrap();
        assert_eq!(cuts, Quartiles { low: 1.0, median: 2.0, high: 3.0 });
    }

    #[test]
    fn no_values_have_no_cuts() {
        assert_eq!(Quartiles::of(&[]), None);
    }
}
