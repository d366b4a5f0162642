//! What can go wrong, in one opaque type.

use std::fmt;

/// An error of memopt; its text says what, where and how to mend it.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: Message,
    /// Where in the data, in bytes.
    offset: Option<u64>,
    source: Option<std::io::Error>,
}

/// A text that is never counted, wherever an error is made and wherever it goes.
struct Message(String);

impl Message {
    fn new(text: &str) -> Self {
        Self(crate::untracked(|| text.to_owned()))
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        crate::untracked(|| drop(std::mem::take(&mut self.0)));
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text is no report.
    Format,
    /// A report was written by a later memopt.
    NewerVersion,
    /// A report was cut or changed.
    Corrupt,
    /// A setting has a value that means nothing.
    Setting,
    /// A file could not be written or read.
    Io,
    /// A line or record is longer than its limit.
    TooLong,
    /// Bytes are no text.
    NotUtf8,
    /// A value could not be written in bytes, or read back from them.
    Encoding,
}

impl Error {
    pub fn new(kind: Kind, message: impl AsRef<str>) -> Self {
        Self { kind, message: Message::new(message.as_ref()), offset: None, source: None }
    }

    pub fn not_a_report(reason: impl fmt::Display, writer: &str) -> Self {
        let rule = format!("expected the text that `{writer}` returns");
        Self::new(Kind::Format, format!("not a memopt report: {reason}; {rule}"))
    }

    pub fn newer_version(found: u64, known: u32) -> Self {
        let message = format!(
            "the report has version {found}, this memopt reads up to {known}; update memopt to \
             read it"
        );
        Self::new(Kind::NewerVersion, message)
    }

    pub fn corrupt(reason: impl fmt::Display) -> Self {
        Self::new(Kind::Corrupt, format!("the report is corrupt: {reason}; write it again"))
    }

    /// A thing this build of the crate cannot do.
    pub fn missing_feature(feature: &str, what: impl fmt::Display) -> Self {
        let of_memopt = if feature == "json" { "track" } else { feature };
        let message = format!(
            "{what} needs the feature `{feature}` of `memopt-report`, which is off in this build; \
             enable it, or `{of_memopt}` of `memopt`"
        );
        Self::new(Kind::Setting, message)
    }

    pub fn too_long(offset: u64, limit: usize) -> Self {
        let message = format!(
            "a line or record at byte {offset} is longer than the limit of {limit} bytes; raise it \
             with `ChunkReader::limit`, or check the delimiter"
        );
        Self { offset: Some(offset), ..Self::new(Kind::TooLong, message) }
    }

    pub fn not_utf8(offset: u64) -> Self {
        let message =
            format!("a line is not UTF-8 at byte {offset}; read it as bytes with `next_record`");
        Self { offset: Some(offset), ..Self::new(Kind::NotUtf8, message) }
    }

    pub fn unreadable(offset: u64, source: std::io::Error) -> Self {
        let message = format!("cannot read at byte {offset}: {source}");
        Self { offset: Some(offset), source: Some(source), ..Self::new(Kind::Io, message) }
    }

    pub fn unwritable(offset: u64, source: std::io::Error) -> Self {
        let message = format!("cannot write at byte {offset} of a temporary file: {source}");
        Self { offset: Some(offset), source: Some(source), ..Self::new(Kind::Io, message) }
    }

    /// A file or a thread that the system did not give.
    pub fn failed(what: impl fmt::Display, source: std::io::Error) -> Self {
        let message = format!("cannot {what}: {source}");
        Self { source: Some(source), ..Self::new(Kind::Io, message) }
    }

    pub fn encoding(message: impl AsRef<str>) -> Self {
        Self::new(Kind::Encoding, message)
    }

    /// Whether a line or record was longer than its limit.
    pub fn is_too_long(&self) -> bool {
        self.kind == Kind::TooLong
    }

    /// Whether bytes that should be text were not UTF-8.
    pub fn is_not_utf8(&self) -> bool {
        self.kind == Kind::NotUtf8
    }

    /// Whether a value could not be written in bytes, or read back from them.
    pub fn is_encoding(&self) -> bool {
        self.kind == Kind::Encoding
    }

    /// Where in the data it happened, in bytes from its beginning.
    pub fn offset(&self) -> Option<u64> {
        self.offset
    }

    /// Whether a text was not a report this version can read, for any of the reasons below or
    /// because it is something else altogether.
    pub fn is_format(&self) -> bool {
        matches!(self.kind, Kind::Format | Kind::NewerVersion | Kind::Corrupt)
    }

    /// Whether a report was written by a later memopt than this one.
    pub fn is_newer_version(&self) -> bool {
        self.kind == Kind::NewerVersion
    }

    /// Whether a text is a report of memopt that was cut or changed.
    pub fn is_corrupt(&self) -> bool {
        self.kind == Kind::Corrupt
    }

    /// Whether a setting (an argument or an environment variable) could not be understood.
    pub fn is_setting(&self) -> bool {
        self.kind == Kind::Setting
    }

    /// Whether a file could not be written or read.
    pub fn is_io(&self) -> bool {
        self.kind == Kind::Io
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message.0)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// With the kind of the I/O error it came from; other errors are
/// [`InvalidData`](std::io::ErrorKind::InvalidData).
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        let kind = error.source.as_ref().map_or(std::io::ErrorKind::InvalidData, Self::kind);
        Self::new(kind, error)
    }
}
