//! The normal distribution and Student's t: tails and quantiles.
//!
//! - The normal tail by the error function: its power series below 2.5, its continued fraction
//!   above (Abramowitz and Stegun, 1964, 7.1.6 and 7.1.14).
//! - Student's t by the incomplete beta function (26.7.1, 26.5.8), with ln Γ by Lanczos' series.
//! - Quantiles by halving: the tails fall steadily.

use std::f64::consts::{PI, SQRT_2};

/// `P(Z > z)` of the normal distribution.
pub fn normal_tail(z: f64) -> f64 {
    if z.is_nan() {
        return f64::NAN;
    }
    let x = z.abs() / SQRT_2;
    let tail = if x < 2.5 { 0.5 * (1.0 - erf_series(x)) } else { 0.5 * erfc_fraction(x) };
    if z >= 0.0 { tail } else { 1.0 - tail }
}

/// `2 ÷ √π · e^(−x²) · Σ 2ⁿ x^(2n+1) ÷ (1 · 3 · … · (2n+1))`: all terms are positive.
fn erf_series(x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (x, x, 0.0);
    while term > sum * 1e-17 && n < 200.0 {
        n += 1.0;
        term *= 2.0 * x * x / (2.0 * n + 1.0);
        sum += term;
    }
    2.0 / PI.sqrt() * (-x * x).exp() * sum
}

/// `e^(−x²) ÷ √π ÷ (x + ½ ÷ (x + 1 ÷ (x + 3⁄2 ÷ (x + …))))`, from the inside.
fn erfc_fraction(x: f64) -> f64 {
    let mut inner = x;
    for k in (1..=120).rev() {
        inner = x + f64::from(k) / 2.0 / inner;
    }
    (-x * x).exp() / PI.sqrt() / inner
}

/// The value that a share `p` of normal values lies below.
pub fn normal_quantile(p: f64) -> f64 {
    if !(p > 0.0 && p < 1.0) {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let tail = p.min(1.0 - p);
    let z = invert(normal_tail, tail);
    if p < 0.5 { -z } else { z }
}

/// `ln Γ(x)` for `x > 0`: Lanczos' series with g = 7 and nine terms.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let sum = TERMS
        .iter()
        .zip(1..)
        .fold(0.999_999_999_999_809_9, |sum, (term, i)| sum + term / (x + f64::from(i)));
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// `ln B(a, ½)`. For large `a` the difference of two gammas would lose its digits, so Stirling's
/// series of `Γ(a) ÷ Γ(a + ½)` stands in.
fn ln_beta_half(a: f64) -> f64 {
    if a < 40.0 {
        return ln_gamma(a) + ln_gamma(0.5) - ln_gamma(a + 0.5);
    }
    let i = 1.0 / a;
    // Tricomi and Erdélyi (1951): Γ(a + ½) ÷ Γ(a) = √a (1 − i/8 + i²/128 + 5i³/1024 − …).
    let series = 1.0
        + i * (-1.0 / 8.0
            + i * (1.0 / 128.0
                + i * (5.0 / 1024.0
                    + i * (-21.0 / 32_768.0
                        + i * (-399.0 / 262_144.0 + i * (869.0 / 4_194_304.0))))));
    0.5 * PI.ln() - 0.5 * a.ln() - series.ln()
}

/// The regularised incomplete beta function of `a`, ½ at `x`, by its continued fraction, evaluated
/// by Lentz's way.
fn beta_half(a: f64, x: f64) -> f64 {
    let b = 0.5;
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    let front = (a * x.ln() + b * (-x).ln_1p() - ln_beta_half(a)).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let safe = |value: f64| if value.abs() < 1e-300 { 1e-300 } else { value };
    let (mut over, mut under) = (1.0, 1.0 / safe(1.0 - (a + b) * x / (a + 1.0)));
    let mut result = under;
    for round in 1..2000 {
        let m = f64::from(round);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for step in [even, odd] {
            under = 1.0 / safe(1.0 + step * under);
            over = safe(1.0 + step / over);
            last = over * under;
            result *= last;
        }
        if (last - 1.0).abs() < 1e-16 {
            break;
        }
    }
    result
}

/// `P(T > t)` of Student's t with `freedom` degrees.
pub fn student_tail(t: f64, freedom: f64) -> f64 {
    if t.is_nan() || freedom.is_nan() || freedom <= 0.0 {
        return f64::NAN;
    }
    let square = t * t;
    if !square.is_finite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let tail = 0.5 * beta_half(freedom / 2.0, freedom / (freedom + square));
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The value that a share `p` of Student's t with `freedom` degrees lies below.
pub fn student_quantile(p: f64, freedom: f64) -> f64 {
    if p.is_nan() || freedom.is_nan() || freedom <= 0.0 {
        return f64::NAN;
    }
    if !(p > 0.0 && p < 1.0) {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let t = invert(|t| student_tail(t, freedom), p.min(1.0 - p));
    if p < 0.5 { -t } else { t }
}

/// Where a tail that falls from ½ at 0 is `wanted`.
fn invert(tail: impl Fn(f64) -> f64, wanted: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > wanted && high < 1e300 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if tail(middle) > wanted { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_values() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((student_quantile(0.975, 10.0) - 2.228_138_851_986).abs() < 1e-9);
        assert!((normal_tail(0.0) - 0.5).abs() < 1e-16);
    }

    #[test]
    fn no_number_gives_no_number() {
        assert!(normal_tail(f64::NAN).is_nan() && student_tail(1.0, -1.0).is_nan());
        assert!(student_quantile(0.5, f64::NAN).is_nan());
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert!(student_tail(1e200, 3.0).abs() < 1e-300);
    }
}
