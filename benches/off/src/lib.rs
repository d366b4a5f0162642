//! Functions as people annotate them. This file is compiled twice, with the feature `annotated` and
//! without, and the two must give the same instructions: with memopt's `track` off an attribute
//! costs nothing.
//!
//! The attribute stands on a line of its own in both builds, so that the places named in panics are
//! the same too.

// Also without the feature: code that both could share is taken from the crates they depend on.
use memopt as _;

/// Plain function, with allocations and an early return.
#[cfg_attr(feature = "annotated", memopt::track_alloc)]
#[inline(never)]
pub fn words(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    text.split_whitespace().map(str::to_lowercase).collect()
}

/// With a name, a budget, and `?`.
///
/// # Errors
///
/// When a part is not a number.
#[cfg_attr(feature = "annotated", memopt::track_alloc(name = "numbers", budget(allocs <= 3, bytes <= "4 KiB")))]
#[inline(never)]
pub fn numbers(text: &str) -> Result<Vec<u64>, std::num::ParseIntError> {
    let mut numbers = Vec::new();
    for part in text.split(',') {
        numbers.push(part.trim().parse()?);
    }
    Ok(numbers)
}

/// Generic, with a pattern in its parameters.
#[cfg_attr(feature = "annotated", memopt::track_alloc)]
#[inline(never)]
pub fn largest<T: Ord + Clone>((first, second): (&[T], &[T])) -> Option<T> {
    first.iter().chain(second).max().cloned()
}

/// Keeps an instantiation of [`largest`] in this crate.
pub fn largest_name(first: &[String], second: &[String]) -> Option<String> {
    largest((first, second))
}

/// A type with a whole impl annotated.
#[derive(Debug, Default)]
pub struct Store {
    lines: Vec<String>,
}

#[cfg_attr(feature = "annotated", memopt::track_alloc)]
impl Store {
    /// Keeps a line.
    #[inline(never)]
    pub fn keep(&mut self, line: &str) -> usize {
        self.lines.push(line.to_owned());
        self.lines.len()
    }

    /// All lines as one text.
    #[inline(never)]
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }
}

#[cfg_attr(feature = "annotated", memopt::track_alloc)]
impl Extend<String> for Store {
    #[inline(never)]
    fn extend<I: IntoIterator<Item = String>>(&mut self, lines: I) {
        self.lines.extend(lines);
    }
}

/// Keeps an instantiation of the trait's method in this crate.
pub fn fill(store: &mut Store, lines: Vec<String>) {
    store.extend(lines);
}

/// An async function; its state machine is in the output through [`boxed`].
#[cfg_attr(feature = "annotated", memopt::track_alloc)]
pub async fn later(text: &str, turn: std::future::Ready<u32>) -> String {
    let count = turn.await;
    text.repeat(count as usize)
}

/// The state machine behind a pointer, so that its `poll` is compiled here.
pub fn boxed(text: &str) -> Box<dyn Future<Output = String> + '_> {
    Box::new(later(text, std::future::ready(3)))
}
