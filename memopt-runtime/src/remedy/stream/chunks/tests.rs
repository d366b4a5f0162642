//! The reader beside `lines`, `split` and `chunks` of the whole.

use super::ChunkReader;
use crate::remedy::stream::tests::Random;
use std::io::{self, BufRead, Read};

/// Gives out a few bytes at a time, and fails in between.
struct Halting<'a> {
    bytes: &'a [u8],
    random: Random,
    fails: bool,
}

impl Read for Halting<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.random.below(10) {
            0 => return Err(io::ErrorKind::Interrupted.into()),
            1 if self.fails => return Err(io::Error::other("unplugged")),
            _ => {}
        }
        let most = buffer.len().min(1 + self.random.below(9));
        self.bytes.read(&mut buffer[..most])
    }
}

fn lines(text: &str, chunk: usize, random: &mut Random) -> Vec<String> {
    let source = Halting { bytes: text.as_bytes(), random: random.fork(), fails: true };
    let mut reader = ChunkReader::with_chunk(chunk, source);
    let mut lines = Vec::new();
    loop {
        match reader.next_line() {
            Ok(Some(line)) => lines.push(line.to_owned()),
            Ok(None) => break,
            // Read again: nothing is lost.
            Err(error) => {
                assert!(error.is_io() && error.offset() <= Some(text.len() as u64), "{error}");
            }
        }
    }
    assert_eq!(reader.offset(), text.len() as u64);
    lines
}

#[test]
fn lines_are_those_of_the_standard_library() {
    let mut random = Random::new(1);
    for _ in 0..if cfg!(miri) { 10 } else { 500 } {
        let text: String = (0..random.below(60))
            .map(|_| ["\n", "\r\n", "ab", "ü", "\r"][random.below(5)])
            .collect();
        let expected: Vec<String> = text.as_bytes().lines().map(Result::unwrap).collect();
        let chunk = 1 + random.below(20);
        assert_eq!(lines(&text, chunk, &mut random), expected, "{text:?} by {chunk}");
    }
}

#[test]
fn records_and_chunks_are_those_of_the_whole() {
    let mut random = Random::new(2);
    for _ in 0..if cfg!(miri) { 10 } else { 500 } {
        let bytes: Vec<u8> = (0..random.below(100)).map(|_| b"ab;\0"[random.below(4)]).collect();
        let chunk = 1 + random.below(20);
        let mut source = || Halting { bytes: &bytes, random: random.fork(), fails: false };
        let mut reader = ChunkReader::with_chunk(chunk, source());
        for expected in BufRead::split(bytes.as_slice(), b';').map(Result::unwrap) {
            assert_eq!(reader.next_record(b';').unwrap(), Some(&expected[..]));
        }
        assert_eq!(reader.next_record(b';').unwrap(), None);
        let mut reader = ChunkReader::with_chunk(chunk, source());
        for expected in bytes.chunks(chunk) {
            assert_eq!(reader.next_chunk().unwrap(), Some(expected));
        }
        assert_eq!(reader.next_chunk().unwrap(), None);
    }
}

#[test]
fn a_line_over_the_limit_is_an_error_and_the_next_one_follows() {
    let text = "ab\nabcdefghijk\nabc\nabcd";
    for chunk in 1..30 {
        let mut reader = ChunkReader::with_chunk(chunk, text.as_bytes()).limit(3);
        assert_eq!(reader.next_line().unwrap(), Some("ab"));
        let error = reader.next_line().unwrap_err();
        assert!(error.is_too_long());
        assert_eq!(error.offset(), Some(3));
        assert_eq!(
            error.to_string(),
            "a line or record at byte 3 is longer than the limit of 3 bytes; raise it with \
             `ChunkReader::limit`, or check the delimiter"
        );
        assert_eq!(reader.next_line().unwrap(), Some("abc"));
        assert_eq!(reader.next_line().unwrap_err().offset(), Some(19));
        assert_eq!(reader.next_line().unwrap(), None);
    }
}

/// Never answers.
struct Broken;
impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::TimedOut, "no answer"))
    }
}

#[test]
fn errors_say_where() {
    let mut reader = ChunkReader::with_chunk(4, &b"ok\nno\xff\nok"[..]);
    assert_eq!(reader.next_line().unwrap(), Some("ok"));
    let error = reader.next_line().unwrap_err();
    assert!(error.is_not_utf8());
    assert_eq!(error.offset(), Some(5));
    assert_eq!(reader.next_line().unwrap(), Some("ok"));

    let mut reader = ChunkReader::new((&b"abc"[..]).chain(Broken));
    let error = reader.next_line().unwrap_err();
    assert_eq!(error.to_string(), "cannot read at byte 3: no answer");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
}
