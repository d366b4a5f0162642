//! Tables of settings: one description of each is the source of its reading, its template, its
//! schema and the names of its environment variables.

use super::fault::{Fault, Origin, place};
use super::value::{Field, Raw, Scalar, Shape};
use memopt_units::did_you_mean;
use std::collections::BTreeMap;
use toml_span::Value;
use toml_span::value::{Table, ValueInner};

/// A table of settings.
pub(crate) trait Section: Sized + Default {
    /// Its keys.
    fn fields() -> Vec<Field>;

    /// Takes over what a table says.
    fn read(&mut self, reader: &mut Reader<'_>, path: &str, table: &Table<'_>);

    /// Sets one value, named by its path within this table.
    fn set(&mut self, path: &str, raw: &Raw<'_>) -> Result<(), SetError>;

    /// Adds each value as TOML, with its path.
    fn show(&self, path: &str, into: &mut Vec<(String, Option<String>)>);
}

/// Why one value was not set.
pub(crate) enum SetError {
    /// There is no such key.
    Unknown,
    /// It must not be this.
    Value(String),
}

/// Takes over a file.
pub(crate) struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// The paths of all keys outside of lists of tables.
    known: &'a [String],
    pub(crate) faults: Vec<Fault>,
    pub(crate) origins: BTreeMap<String, Origin>,
}

/// The table of the file that `cargo memopt check` reads, and the monitor does not.
pub(crate) const OF_THE_COMMAND: &str = "gate";

/// The path of a key in a table.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str, known: &'a [String]) -> Self {
        Self { file, text, known, faults: Vec::new(), origins: BTreeMap::new() }
    }

    pub(crate) fn origin(&self, offset: usize) -> Origin {
        let (line, column) = place(self.text, offset);
        Origin::File { file: self.file.to_owned(), line, column }
    }

    /// Where a value begins: a text at its quotes, which its span leaves out.
    fn beginning(&self, value: &Value<'_>) -> usize {
        let start = value.span.start;
        let before = self.text.as_bytes().get(..start).unwrap_or_default();
        let quotes = before.iter().rev().take_while(|byte| matches!(byte, b'"' | b'\'')).count();
        if value.as_str().is_some() { start - quotes.min(3) } else { start }
    }

    fn refuse(&mut self, path: &str, offset: usize, message: String) {
        let origin = Some(self.origin(offset));
        self.faults.push(Fault { origin, path: path.to_owned(), message });
    }

    /// A key that the table does not have.
    pub(crate) fn unknown(&mut self, path: &str, key: &str, offset: usize, names: &[&str]) {
        if path.is_empty() && key == OF_THE_COMMAND {
            return;
        }
        let near = did_you_mean(key, names.iter().copied());
        let hint = if near.is_empty() {
            let suffix = format!(".{key}");
            match self.known.iter().find(|known| known.ends_with(&suffix)) {
                Some(known) if !path.contains('[') => {
                    format!("; it belongs in `[{}]`", &known[..known.len() - suffix.len()])
                }
                _ => format!(
                    "; known are {}",
                    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                ),
            }
        } else {
            near
        };
        let of = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
        self.refuse(&join(path, key), offset, format!("unknown key `{key}`{of}{hint}"));
    }

    pub(crate) fn one<T: Scalar>(&mut self, path: &str, to: &mut T, value: &Value<'_>) {
        let offset = self.beginning(value);
        match T::take(&raw(value)) {
            Ok(read) => {
                *to = read;
                self.origins.insert(path.to_owned(), self.origin(offset));
            }
            Err(message) => self.refuse(path, offset, format!("`{path}`: {message}")),
        }
    }

    pub(crate) fn table<T: Section>(&mut self, path: &str, to: &mut T, value: &Value<'_>) {
        let offset = self.beginning(value);
        match value.as_table() {
            Some(table) => {
                self.origins.insert(path.to_owned(), self.origin(offset));
                to.read(self, path, table);
            }
            None => {
                self.refuse(path, offset, format!("`{path}`: a table belongs here: `[{path}]`"));
            }
        }
    }

    pub(crate) fn tables<T: Section>(&mut self, path: &str, to: &mut Vec<T>, value: &Value<'_>) {
        let items = value.as_array();
        let all_tables = items.filter(|items| items.iter().all(|item| item.as_table().is_some()));
        let Some(items) = all_tables else {
            let message = format!("`{path}`: a list of tables belongs here: `[[{path}]]`");
            let offset = self.beginning(value);
            return self.refuse(path, offset, message);
        };
        to.clear();
        for (index, item) in items.iter().enumerate() {
            let mut read = T::default();
            self.table(&format!("{path}[{index}]"), &mut read, item);
            to.push(read);
        }
    }
}

/// A value of the file.
fn raw<'a>(value: &'a Value<'_>) -> Raw<'a> {
    match value.as_ref() {
        ValueInner::String(text) => Raw::Text(text),
        ValueInner::Integer(number) => Raw::Integer(*number),
        ValueInner::Float(number) => Raw::Float(*number),
        ValueInner::Boolean(value) => Raw::Bool(*value),
        ValueInner::Array(items) => Raw::List(items.iter().map(raw).collect()),
        ValueInner::Table(table) => {
            Raw::Table(table.iter().map(|(key, value)| (key.name.as_ref(), raw(value))).collect())
        }
    }
}

/// How each kind of member sets one value.
pub(crate) mod set {
    use super::{Raw, Scalar, Section, SetError};

    pub(crate) fn one<T: Scalar>(to: &mut T, rest: &str, raw: &Raw<'_>) -> Result<(), SetError> {
        if !rest.is_empty() {
            return Err(SetError::Unknown);
        }
        *to = T::take(raw).map_err(SetError::Value)?;
        Ok(())
    }

    pub(crate) fn table<T: Section>(to: &mut T, rest: &str, raw: &Raw<'_>) -> Result<(), SetError> {
        to.set(rest, raw)
    }

    pub(crate) fn tables<T>(_: &mut Vec<T>, _: &str, _: &Raw<'_>) -> Result<(), SetError> {
        Err(SetError::Value("a list of tables is set in the file or by the builder".to_owned()))
    }
}

/// How each kind of member is described: its shape and its default.
pub(crate) mod describe {
    use super::{Scalar, Section, Shape};

    pub(crate) fn one<T: Scalar>(default: &T) -> (Shape, Option<String>) {
        (T::shape(), default.show())
    }

    pub(crate) fn table<T: Section>(_: &T) -> (Shape, Option<String>) {
        (Shape::Table(T::fields()), None)
    }

    pub(crate) fn tables<T: Section>(_: &Vec<T>) -> (Shape, Option<String>) {
        (Shape::Tables(T::fields()), None)
    }
}

/// How each kind of member is shown.
pub(crate) mod show {
    use super::{Scalar, Section};

    type Shown = Vec<(String, Option<String>)>;

    pub(crate) fn one<T: Scalar>(value: &T, path: &str, into: &mut Shown) {
        into.push((path.to_owned(), value.show()));
    }

    pub(crate) fn table<T: Section>(value: &T, path: &str, into: &mut Shown) {
        value.show(path, into);
    }

    pub(crate) fn tables<T: Section>(values: &[T], path: &str, into: &mut Shown) {
        for (index, value) in values.iter().enumerate() {
            value.show(&format!("{path}[{index}]"), into);
        }
    }
}

/// A table of settings. Each line is `name: KIND TYPE = DEFAULT`, where the kind is `one` value, a
/// `table` or a list of `tables`; `name as "for"` has another name in the file.
macro_rules! section {
    (@name $name:ident) => { stringify!($name) };
    (@name $name:ident $rename:literal) => { $rename };
    ($(#[$meta:meta])* pub struct $section:ident {
        $(
            $(#[doc = $doc:literal])+
            $name:ident $(as $rename:literal)?: $kind:ident $type:ty = $default:expr
        ),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct $section {
            $($(#[doc = $doc])+ pub $name: $type),+
        }

        impl Default for $section {
            fn default() -> Self {
                Self { $($name: $default),+ }
            }
        }

        impl $crate::config::section::Section for $section {
            fn fields() -> Vec<$crate::config::value::Field> {
                let default = Self::default();
                vec![$({
                    let (shape, default) =
                        $crate::config::section::describe::$kind(&default.$name);
                    $crate::config::value::Field {
                        name: section!(@name $name $($rename)?),
                        doc: vec![$($doc),+],
                        shape,
                        default,
                    }
                }),+]
            }

            fn read(
                &mut self,
                reader: &mut $crate::config::section::Reader<'_>,
                path: &str,
                table: &toml_span::value::Table<'_>,
            ) {
                const NAMES: &[&str] = &[$(section!(@name $name $($rename)?)),+];
                for (key, value) in table {
                    let name: &str = &key.name;
                    let full = $crate::config::section::join(path, name);
                    match name {
                        $(section!(@name $name $($rename)?) => {
                            reader.$kind(&full, &mut self.$name, value);
                        })+
                        _ => reader.unknown(path, name, key.span.start, NAMES),
                    }
                }
            }

            fn set(
                &mut self,
                path: &str,
                raw: &$crate::config::value::Raw<'_>,
            ) -> Result<(), $crate::config::section::SetError> {
                let (head, rest) = path.split_once('.').unwrap_or((path, ""));
                match head {
                    $(section!(@name $name $($rename)?) => {
                        $crate::config::section::set::$kind(&mut self.$name, rest, raw)
                    })+
                    _ => Err($crate::config::section::SetError::Unknown),
                }
            }

            fn show(&self, path: &str, into: &mut Vec<(String, Option<String>)>) {
                $($crate::config::section::show::$kind(
                    &self.$name,
                    &$crate::config::section::join(path, section!(@name $name $($rename)?)),
                    into,
                );)+
            }
        }
    };
}
pub(crate) use section;

/// The paths of all values outside of lists of tables.
pub(crate) fn paths(fields: &[Field], path: &str, into: &mut Vec<String>) {
    for field in fields {
        let full = join(path, field.name);
        match &field.shape {
            Shape::Table(fields) => paths(fields, &full, into),
            Shape::Tables(_) => {}
            _ => into.push(full),
        }
    }
}
