//! Least squares: a line with its intervals, and removing one.
//!
//! `slope = Sxy ÷ Sxx`, its standard error `√((Syy − slope · Sxy) ÷ (n − 2) ÷ Sxx)`, its interval
//! by Student's t with n − 2 degrees. Any textbook; for instance D. C. Montgomery and others,
//! "Introduction to Linear Regression Analysis" (2012), 2.2 to 2.4. The interval is for errors that
//! are independent: those of memory seldom are, and then it is too narrow.

use super::distribution::{student_quantile, student_tail};
use super::quantile::mean;

/// A line through points.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fit {
    /// Rise of y for each unit of x.
    pub slope: f64,
    /// y where x is 0.
    pub intercept: f64,
    /// Pearson's correlation, −1 to 1; 0 where y does not vary.
    pub r: f64,
    /// Standard error of the slope.
    pub slope_error: f64,
    /// Standard error of the intercept.
    pub intercept_error: f64,
    /// Two-sided probability of a slope so far from 0, if there is none.
    pub p: f64,
    /// Points less two: degrees of freedom.
    pub freedom: f64,
}

impl Fit {
    /// The interval of the slope that holds the true one with this probability: 0.95.
    pub fn interval(&self, confidence: f64) -> (f64, f64) {
        let reach = student_quantile(f64::midpoint(1.0, confidence), self.freedom);
        let half = if self.slope_error > 0.0 { reach * self.slope_error } else { 0.0 };
        (self.slope - half, self.slope + half)
    }

    /// y of the line at x.
    pub fn at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }
}

/// The line of least squares; `None` of less than three points, or if x does not vary.
///
/// # Cost
///
/// n.
pub fn least_squares(x: &[f64], y: &[f64]) -> Option<Fit> {
    let count = x.len().min(y.len());
    let (x, y) = (&x[..count], &y[..count]);
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut sxx, mut sxy, mut syy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        sxx += x * x;
        sxy += x * y;
        syy += y * y;
    }
    if count < 3 || sxx.is_nan() || sxx <= 0.0 || !(sxy + syy).is_finite() {
        return None;
    }
    let freedom = (count - 2) as f64;
    let slope = sxy / sxx;
    let r = if syy > 0.0 { (sxy / (sxx * syy).sqrt()).clamp(-1.0, 1.0) } else { 0.0 };
    let error = ((syy - slope * sxy).max(0.0) / freedom / sxx).sqrt();
    let t = if slope == 0.0 { 0.0 } else { (slope / error).abs() };
    Some(Fit {
        slope,
        intercept: mean_y - slope * mean_x,
        r,
        slope_error: error,
        intercept_error: error * (sxx / count as f64 + mean_x * mean_x).sqrt(),
        p: (2.0 * student_tail(t, freedom)).min(1.0),
        freedom,
    })
}

/// y less its line of least squares; less its mean where there is none.
pub fn detrend(x: &[f64], y: &[f64]) -> Vec<f64> {
    match least_squares(x, y) {
        Some(fit) => x.iter().zip(y).map(|(x, y)| y - fit.at(*x)).collect(),
        None => y.iter().map(|value| value - mean(y)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_exactly() {
        let fit = least_squares(&[0.0, 1.0, 2.0, 3.0], &[1.0, 3.0, 5.0, 7.0]).unwrap();
        assert_eq!((fit.slope, fit.intercept, fit.r), (2.0, 1.0, 1.0));
        assert_eq!(fit.interval(0.95), (2.0, 2.0));
        assert!(fit.p < 1e-12);
    }

    #[test]
    fn without_a_spread_there_is_no_line() {
        assert!(least_squares(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]).is_none());
        assert!(least_squares(&[1.0, 2.0], &[1.0, 2.0]).is_none());
        assert!(least_squares(&[1.0, 2.0, f64::NAN], &[1.0, 2.0, 3.0]).is_none());
        let flat = least_squares(&[1.0, 2.0, 3.0], &[5.0; 3]).unwrap();
        assert_eq!((flat.slope, flat.r, flat.p), (0.0, 0.0, 1.0));
        assert_eq!(detrend(&[], &[]), [0.0; 0]);
    }
}
