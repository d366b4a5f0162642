//! One function under each attribute that instruments. The program that uses this library decides
//! whether they do.

/// The words of a text.
#[memopt::track_alloc(name = "annotated words", budget(bytes <= "64 KiB"))]
pub fn words(text: &str) -> Vec<String> {
    #[presize]
    let mut words = Vec::new();
    words.extend(text.split_whitespace().map(str::to_owned));
    words
}

/// The letters of the longest word.
#[memopt::arena(reuse)]
pub fn longest(text: &str) -> usize {
    words(text).iter().map(String::len).max().unwrap_or(0)
}

/// The words, one at a time.
#[memopt::streamed]
#[memopt::track_alloc]
pub fn stream(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for word in text.split_whitespace() {
        out.push(word.to_owned());
    }
    out
}

/// The words, later.
#[expect(clippy::unused_async, reason = "its site is what is asked for")]
#[memopt::track_alloc]
pub async fn later(text: &str) -> Vec<String> {
    words(text)
}
