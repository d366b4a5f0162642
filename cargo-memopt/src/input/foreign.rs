//! What a file is that memopt did not write, or wrote for another tool. Each text continues a
//! sentence that begins with the file's name.

const REMEDY: &str = "give the JSON that memopt writes: `MEMOPT_REPORT=json:PATH`, or what `cargo \
                      memopt run` left in `target/memopt`";

/// A file that is no text.
pub(super) fn binary(head: &[u8]) -> (String, &'static str) {
    let what = match head {
        [0x1f, 0x8b, ..] => "is compressed, as profiles for pprof are",
        [0x7f, b'E', b'L', b'F', ..] => "is a program and no report",
        _ => "is no text",
    };
    (what.to_owned(), REMEDY)
}

/// A text that is none of memopt's.
pub(super) fn text(head: &str) -> (String, &'static str) {
    let start = head.trim_start_matches('\u{feff}').trim_start();
    let what = if start.starts_with('{') {
        let known = [
            ("\"dhatFileVersion\"", "is a DHAT profile"),
            ("speedscope.app", "is a speedscope profile"),
            ("\"traceEvents\"", "is a Chrome trace"),
            ("\"nodes\"", "is a JavaScript profile"),
        ];
        let of = known.iter().find(|(mark, _)| head.contains(mark));
        of.map_or("is JSON of another tool: it has no member `format` of memopt", |(_, what)| what)
    } else if start.starts_with('[') {
        "is a JSON list and no report"
    } else if start.starts_with("<?xml") || start.starts_with("<svg") {
        "is a picture and no report"
    } else if start.starts_with("desc:") {
        "is a massif profile"
    } else {
        "is no JSON"
    };
    (what.to_owned(), REMEDY)
}
