//! Least squares of several columns, by Householder's reflections: they keep digits that the normal
//! equations lose. G. H. Golub, "Numerical methods for solving linear least squares problems",
//! Numerische Mathematik 7 (1965).

/// The coefficients with which columns add up to `y` most closely; `None` if a column is (nearly) a
/// sum of others, or there are fewer rows than columns.
///
/// # Cost
///
/// rows · columns².
pub fn least_squares(columns: &[Vec<f64>], y: &[f64]) -> Option<Vec<f64>> {
    let (rows, count) = (y.len(), columns.len());
    if rows < count || columns.iter().any(|column| column.len() != rows) {
        return None;
    }
    let mut columns = columns.to_vec();
    let mut y = y.to_vec();
    let mut diagonal = vec![0.0; count];
    for k in 0..count {
        let (done, rest) = columns.split_at_mut(k + 1);
        let pivot = &mut done[k];
        let whole = norm(pivot);
        let length = norm(&pivot[k..]);
        if length.is_nan() || length <= whole * 1e-12 {
            return None;
        }
        let length = if pivot[k] > 0.0 { -length } else { length };
        diagonal[k] = length;
        pivot[k] -= length;
        let square: f64 = pivot[k..].iter().map(|v| v * v).sum();
        for other in rest.iter_mut().chain([&mut y]) {
            let dot: f64 = pivot[k..].iter().zip(&other[k..]).map(|(a, b)| a * b).sum();
            let scale = 2.0 * dot / square;
            for (value, v) in other[k..].iter_mut().zip(&pivot[k..]) {
                *value -= scale * v;
            }
        }
    }
    let mut found = vec![0.0; count];
    for k in (0..count).rev() {
        let above: f64 = (k + 1..count).map(|j| columns[j][k] * found[j]).sum();
        found[k] = (y[k] - above) / diagonal[k];
    }
    found.iter().all(|value| value.is_finite()).then_some(found)
}

/// Columns of length 1, at right angles, that span what the given ones do; `None` if one of these
/// is (nearly) a sum of others. By Gram and Schmidt's way, done twice so that no digits are lost.
///
/// # Cost
///
/// rows · columns².
pub fn orthonormal(columns: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut rest = column.clone();
        for q in basis.iter().chain(&basis) {
            let dot: f64 = q.iter().zip(&rest).map(|(q, r)| q * r).sum();
            rest.iter_mut().zip(q).for_each(|(r, q)| *r -= dot * q);
        }
        let length = norm(&rest);
        if length.is_nan() || length <= norm(column) * 1e-9 {
            return None;
        }
        rest.iter_mut().for_each(|value| *value /= length);
        basis.push(rest);
    }
    Some(basis)
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// What columns and coefficients leave of `y`.
pub fn residuals(columns: &[Vec<f64>], found: &[f64], y: &[f64]) -> Vec<f64> {
    let mut rest = y.to_vec();
    for (column, factor) in columns.iter().zip(found) {
        for (value, x) in rest.iter_mut().zip(column) {
            *value -= factor * x;
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_columns_are_taken_apart() {
        let columns = vec![vec![1.0; 4], vec![0.0, 1.0, 2.0, 4.0]];
        let found = least_squares(&columns, &[3.0, 5.0, 7.0, 11.0]).unwrap();
        assert!((found[0] - 3.0).abs() < 1e-14 && (found[1] - 2.0).abs() < 1e-14, "{found:?}");
        let rest = residuals(&columns, &found, &[3.0, 5.0, 7.0, 11.0]);
        assert!(rest.iter().all(|value| value.abs() < 1e-13));
    }

    #[test]
    fn an_orthonormal_basis_has_right_angles() {
        let columns = [vec![1.0; 5], vec![0.0, 1.0, 2.0, 3.0, 4.0], vec![0.0, 0.0, 1.0, 1.0, 1.0]];
        let basis = orthonormal(&columns).unwrap();
        for (i, one) in basis.iter().enumerate() {
            for (j, other) in basis.iter().enumerate() {
                let dot: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((dot - expected).abs() < 1e-14, "{i} {j} {dot}");
            }
        }
        assert!(orthonormal(&[vec![1.0; 4], vec![2.0; 4]]).is_none());
    }

    #[test]
    fn columns_that_are_one_have_no_answer() {
        let column = vec![1.0, 2.0, 3.0];
        assert!(least_squares(&[column.clone(), column], &[1.0, 2.0, 4.0]).is_none());
        assert!(least_squares(&[vec![0.0; 3]], &[1.0, 2.0, 4.0]).is_none());
        assert!(least_squares(&[vec![1.0]], &[]).is_none());
    }
}
