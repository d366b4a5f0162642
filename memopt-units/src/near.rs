//! The name that a misspelt one was probably meant to be.

/// The candidate that is nearest to `name`, if one is near: within two edits (one for a name of two
/// or three letters, none for a single letter), or where one contains the other. Upper and lower
/// case are the same.
///
/// # Examples
///
/// ```
/// use memopt_units::nearest;
///
/// assert_eq!(nearest("nmae", ["name", "skip"]), Some("name"));
/// assert_eq!(nearest("label", ["name", "skip"]), None);
/// ```
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match name.chars().count() {
        0 | 1 => 0,
        2 | 3 => 1,
        _ => 2,
    };
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= allowed || holds(name, candidate))
        // Of two that are equally near, the one of the same length has the same letters.
        .min_by_key(|(distance, candidate)| (*distance, candidate.len().abs_diff(name.len())))
        .map(|(_, candidate)| candidate)
}

/// The end of an error message: ``; did you mean `budget`?``, or nothing where no candidate is
/// near.
///
/// # Examples
///
/// ```
/// use memopt_units::did_you_mean;
///
/// assert_eq!(did_you_mean("bugdet", ["name", "budget"]), "; did you mean `budget`?");
/// ```
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates).map(|known| format!("; did you mean `{known}`?")).unwrap_or_default()
}

/// The number of edits between two names: a letter inserted, removed or replaced, or two neighbours
/// swapped. Upper and lower case are the same.
pub fn distance(left: &str, right: &str) -> usize {
    strsim::osa_distance(&left.to_lowercase(), &right.to_lowercase())
}

/// `alloc` for `max_allocs`, `skipped` for `skip`.
fn holds(name: &str, candidate: &str) -> bool {
    let (short, long) =
        if name.len() < candidate.len() { (name, candidate) } else { (candidate, name) };
    short.len() >= 4 && long.to_lowercase().contains(&short.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, distance, nearest};

    #[test]
    fn one_edit_each() {
        assert_eq!(distance("name", "name"), 0);
        assert_eq!(distance("nme", "name"), 1);
        assert_eq!(distance("naem", "name"), 1);
        assert_eq!(distance("bugdet", "budget"), 1);
        assert_eq!(distance("skip", "name"), 4);
        assert_eq!(distance("KIB", "kib"), 0);
    }

    #[test]
    fn suggests_only_what_is_close() {
        let keys = ["name", "skip", "budget"];
        assert_eq!(nearest("nmae", keys), Some("name"));
        assert_eq!(nearest("skipped", keys), Some("skip"));
        assert_eq!(nearest("label", keys), None);
        assert_eq!(nearest("", keys), None);
        assert_eq!(nearest("alloc", ["max_bytes", "max_allocs"]), Some("max_allocs"));
        assert_eq!(did_you_mean("label", keys), "");
    }

    #[test]
    fn of_two_that_are_equally_near_the_same_letters_win() {
        assert_eq!(nearest("kbi", ["kB", "KiB"]), Some("KiB"));
        assert_eq!(nearest("kbi", ["KiB", "kB"]), Some("KiB"));
    }

    #[test]
    fn short_candidates_are_not_found_inside_long_names() {
        assert_eq!(nearest("fortnight", ["h", "s", "min"]), None);
    }
}
