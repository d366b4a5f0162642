//! A gate: let a test, or a program, refuse memory use it did not expect.
//!
//! Three ways, from the smallest to the most general: a budget on the function, limits on a test,
//! and a recording whose report any code can judge.
//!
//! ```text
//! cargo run --example gate       # shows the recordings of both versions
//! cargo test --example gate      # the gates themselves
//! ```
#![forbid(unsafe_code)]

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// The obvious way to turn a title into a file name.
#[memopt::track_alloc]
fn slug(title: &str) -> String {
    let words: Vec<String> = title.split_whitespace().map(str::to_lowercase).collect();
    words.join("-")
}

/// The careful way, with what it may cost written beside it: every call is held against it and the
/// report says how many broke it.
#[memopt::track_alloc(budget(allocs <= 1))]
fn lean_slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    for word in title.split_whitespace() {
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.extend(word.chars().map(|c| c.to_ascii_lowercase()));
    }
    slug
}

const TITLE: &str = "The Way of One Allocation";

fn main() {
    for (name, function) in [("slug", slug as fn(&str) -> String), ("lean_slug", lean_slug)] {
        // Only what runs inside the closure, on this thread or under its `Context`, is in this
        // report.
        let recording = memopt::record(|| function(TITLE));
        match recording.report.site(name) {
            Ok(site) => println!(
                "{name}({TITLE:?}) = {:?}: blocks {}, bytes {}, most held at a time {}",
                recording.value,
                site.allocs.total(),
                site.bytes.total(),
                site.peak.max(),
            ),
            Err(error) => println!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TITLE, lean_slug, slug};

    /// Fails, naming the sites, where one allocation or 25 bytes are not enough, or a byte stays
    /// behind.
    #[memopt::test(max_allocs = 1, max_bytes = 25, no_leaks)]
    fn a_lean_slug_is_one_block_as_long_as_the_title() {
        assert_eq!(lean_slug(TITLE), "the-way-of-one-allocation");
    }

    #[test]
    fn both_ways_agree_and_the_lean_one_saves_six_blocks() {
        let plain = memopt::record(|| slug(TITLE));
        let lean = memopt::record(|| lean_slug(TITLE));
        assert_eq!(plain.value, lean.value);
        // Five words, the list of them, and the joined text.
        assert_eq!(plain.report.site("slug").unwrap().allocs.max(), 7);
        assert_eq!(lean.report.site("lean_slug").unwrap().allocs.max(), 1);
        assert_eq!(lean.report.total().bytes, 25);
    }
}
