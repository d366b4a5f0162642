//! The program that is measured: a small search engine, the way one first writes such a thing.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;

/// A file and its text.
pub(crate) struct Document {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// Where each word occurs.
#[derive(Default)]
pub(crate) struct Index {
    documents: Vec<Document>,
    /// For each word the documents that have it, and how often.
    postings: HashMap<String, BTreeMap<usize, u32>>,
}

#[memopt::track_alloc]
impl Index {
    /// Reads all sources.
    pub(crate) fn build(sources: &[PathBuf]) -> io::Result<Self> {
        let mut index = Self::default();
        for source in sources {
            let text = read(source)?;
            index.add(Document { path: source.clone(), text });
        }
        Ok(index)
    }

    fn add(&mut self, document: Document) {
        let number = self.documents.len();
        for word in words(&document.text) {
            *self.postings.entry(word).or_default().entry(number).or_default() += 1;
        }
        self.documents.push(document);
    }

    /// The best documents for a query, as a page of text.
    pub(crate) fn search(&self, query: &str) -> String {
        let words = words(query);
        let mut hits: Vec<(usize, f64)> = self.matches(&words).into_iter().collect();
        hits.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        hits.truncate(10);
        let mut page = String::new();
        for (number, score) in hits {
            page += &self.entry(number, score, &words);
        }
        page
    }

    /// Documents with one of the words; a rare word weighs more.
    fn matches(&self, words: &[String]) -> HashMap<usize, f64> {
        let mut scores = HashMap::new();
        for word in words {
            let Some(documents) = self.postings.get(word) else { continue };
            let rarity = (self.documents.len() as f64 / documents.len() as f64).ln_1p();
            for (document, times) in documents {
                *scores.entry(*document).or_default() += f64::from(*times).sqrt() * rarity;
            }
        }
        scores
    }

    fn entry(&self, number: usize, score: f64, words: &[String]) -> String {
        let document = &self.documents[number];
        let lines = excerpt(&document.text, words);
        format!("{} ({score:.1})\n{}\n", document.path.display(), lines.join("\n"))
    }
}

#[memopt::track_alloc]
fn read(source: &PathBuf) -> io::Result<String> {
    std::fs::read_to_string(source)
}

/// The words of a text, in lower case.
#[memopt::track_alloc]
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            words.push(word.to_lowercase());
        }
    }
    words
}

/// The first lines that hold one of the words.
#[memopt::track_alloc]
fn excerpt(text: &str, words: &[String]) -> Vec<String> {
    let has = |line: &&String| words.iter().any(|word| line.contains(word.as_str()));
    let lines: Vec<String> = text.lines().map(str::to_lowercase).collect();
    lines.iter().filter(has).take(3).map(|line| mark(line, words)).collect()
}

/// A line with the words in brackets.
#[memopt::track_alloc]
fn mark(line: &str, words: &[String]) -> String {
    let mut marked = line.to_owned();
    for word in words {
        marked = marked.replace(word.as_str(), &format!("[{word}]"));
    }
    marked
}
