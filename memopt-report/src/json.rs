//! Reports as JSON, and back: `report`, `heap` and `concurrency`.
//!
//! Each text is one object whose first members are `format` and `version`; the members after them
//! are those of the type. `write` and `read` are the two halves of a serde format, `head` tells
//! what a text claims to be.
//!
//! # Why not `serde_json`
//!
//! It implements `PartialEq` between its values and the integers, strings and floats of the
//! standard library. A program that merely links it cannot write `assert_eq!(list, [])` any more
//! where the type of `[]` was inferred from the only implementation there was. Reading stands on
//! the lexer `hifijson`, which brings no other crate and no such implementation.

mod concurrency;
#[cfg(feature = "json")]
mod head;
mod heap;
#[cfg(feature = "json")]
mod read;
mod report;
#[cfg(feature = "json")]
mod write;

#[cfg(not(feature = "json"))]
use crate::Error;

/// What a kind of text is called, and the function that writes it.
pub(crate) struct Format {
    pub(crate) name: &'static str,
    /// The version that is written, and the highest one that is read.
    pub(crate) version: u32,
    pub(crate) writer: &'static str,
}

#[cfg(feature = "json")]
mod with {
    use super::{Format, head, read, write};
    use crate::Error;
    use serde::{Serialize, de::DeserializeOwned};

    #[derive(Serialize)]
    struct Document<'a, T> {
        format: &'static str,
        version: u32,
        #[serde(flatten)]
        value: &'a T,
    }

    impl Format {
        /// The value as one line, behind its format and version.
        pub(crate) fn write<T: Serialize>(&self, value: &T) -> String {
            text(&Document { format: self.name, version: self.version, value })
        }

        /// Reads what [`write`](Self::write) wrote, now or in an earlier version. What it allocates
        /// is not counted, as the values it makes are dropped likewise.
        pub(crate) fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, Error> {
            head::check(self, text)?;
            // What tells of a fault is dropped where it was made.
            crate::untracked(|| read::from_str(text).map_err(Error::corrupt))
        }
    }

    /// Any value of this crate as JSON.
    pub(crate) fn text<T: Serialize>(value: &T) -> String {
        match write::to_string(value) {
            Ok(text) => text,
            Err(error) => unreachable!("all maps of this crate have texts as keys: {error}"),
        }
    }
}

#[cfg(feature = "json")]
pub(crate) use self::with::text;

/// Any value of this crate as JSON; without the feature an object that says what is missing.
#[cfg(not(feature = "json"))]
pub(crate) fn text<T>(_: &T) -> String {
    "{\"missing_feature\":\"json\"}".to_owned()
}

#[cfg(not(feature = "json"))]
impl Format {
    /// A text of the right format that says what is missing; [`read`](Self::read) understands it.
    pub(crate) fn write<T>(&self, _: &T) -> String {
        format!(
            "{{\"format\":\"{}\",\"missing_feature\":\"json\",\"version\":{}}}",
            self.name, self.version
        )
    }

    pub(crate) fn read<T>(&self, _: &str) -> Result<T, Error> {
        Err(Error::missing_feature("json", format_args!("reading what `{}` wrote", self.writer)))
    }
}
