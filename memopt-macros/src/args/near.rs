//! The known name a misspelt one was probably meant to be.

/// `; did you mean `known`?`, or nothing.
pub(super) fn hint<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    nearest(word, candidates).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// The candidate within two edits of `word` (one for words of up to three letters), the closest first.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = if word.len() <= 3 { 1 } else { 2 };
    candidates
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed || extends(word, candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `max_alloc` for `max_allocs` or `alloc` for `max_allocs`: one holds the other.
fn extends(word: &str, candidate: &str) -> bool {
    word.len() >= 4 && (candidate.contains(word) || word.contains(candidate))
}

/// Levenshtein distance with a swap of two neighbours counted as one edit (optimal string alignment).
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).collect()];
    for (i, from) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in right.iter().enumerate() {
            let substitute = rows[i][j] + usize::from(from != to);
            let mut best = substitute.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == right[j - 1] && left[i - 1] == *to {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn one_edit_each() {
        assert_eq!(distance("name", "name"), 0);
        assert_eq!(distance("nme", "name"), 1);
        assert_eq!(distance("naem", "name"), 1);
        assert_eq!(distance("bugdet", "budget"), 1);
        assert_eq!(distance("skip", "name"), 4);
    }

    #[test]
    fn suggests_only_what_is_close() {
        let keys = ["name", "skip", "budget"];
        assert_eq!(nearest("nmae", keys.into_iter()), Some("name"));
        assert_eq!(nearest("skipped", keys.into_iter()), Some("skip"));
        assert_eq!(nearest("label", keys.into_iter()), None);
    }
}
