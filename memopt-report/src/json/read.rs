//! The reading half: a serde deserializer over the tokens of `hifijson`, which says what is wrong
//! and where.

use hifijson::SliceLexer;
use hifijson::num::LexWrite as _;
use hifijson::str::LexAlloc as _;
use hifijson::token::Lex as _;
use serde::de::value::{BorrowedStrDeserializer, StringDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;
use std::fmt;

/// Objects and lists inside each other, at most: what is deeper is no report, and must not take all
/// of the stack.
const MAX_DEPTH: u32 = 64;

/// Letters of what is said of a fault, at most.
const LONGEST_MESSAGE: usize = 160;

/// Reads all of a text.
pub(super) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut reader = Reader::new(text);
    let read = T::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|failure| failure.locate(text))
}

/// What is wrong, and where in the text and in the value.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    line: usize,
    column: usize,
    path: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, line, column, path } = self;
        write!(f, "{message} at line {line} column {column}")?;
        if path.is_empty() { Ok(()) } else { write!(f, ", in `{path}`") }
    }
}

/// A fault on its way out: the path grows from its end.
#[derive(Debug)]
pub(super) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    /// In bytes; none where a type refused a value and the reader has not yet said where.
    offset: Option<usize>,
    path: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    Member(String),
    Item(usize),
}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let mut message = message.to_string();
        // What it quotes may be as long as the text.
        if let Some((end, _)) = message.char_indices().nth(LONGEST_MESSAGE) {
            message.truncate(end);
            message.push('…');
        }
        Self(Box::new(Inner { message, offset: None, path: Vec::new() }))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    fn at(mut self, offset: usize) -> Self {
        self.0.offset.get_or_insert(offset);
        self
    }

    fn within(mut self, step: Step) -> Self {
        self.0.path.push(step);
        self
    }

    pub(super) fn locate(self, text: &str) -> Fault {
        let Inner { message, offset, path } = *self.0;
        // The last character that was looked at; at the end of the text its last one.
        let offset = offset.unwrap_or(0).min(text.len().saturating_sub(1));
        let before = &text.as_bytes()[..offset];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = 1 + text[..start].lines().count();
        // All but the continuations of UTF-8.
        let column = 1 + before[start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let mut written = String::new();
        for step in path.iter().rev() {
            match step {
                Step::Member(name) if written.is_empty() => written.clone_from(name),
                Step::Member(name) => written.extend([".", name]),
                Step::Item(index) => written.extend(["[", &index.to_string(), "]"]),
            }
        }
        Fault { message, line, column, path: written }
    }
}

/// A place in a text.
pub(super) struct Reader<'de> {
    lexer: SliceLexer<'de>,
    text: &'de str,
    depth: u32,
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { lexer: SliceLexer::new(text.as_bytes()), text, depth: 0 }
    }

    fn offset(&self) -> usize {
        self.text.len() - self.lexer.as_slice().len()
    }

    fn fail(&self, message: impl fmt::Display) -> Failure {
        <Failure as de::Error>::custom(message).at(self.offset())
    }

    /// The first byte of the next token, which is not taken.
    pub(super) fn peek(&mut self) -> Result<u8, Failure> {
        self.lexer.ws_peek().ok_or_else(|| self.fail("the text ends early"))
    }

    /// Takes a byte of punctuation.
    pub(super) fn take(&mut self, byte: u8) -> Result<(), Failure> {
        if self.peek()? != byte {
            return Err(self.fail(format_args!("`{}` expected", char::from(byte))));
        }
        self.lexer.discarded();
        Ok(())
    }

    /// Takes a comma, or the byte that ends a list or an object: whether it has ended.
    pub(super) fn ends(&mut self, end: u8, first: bool) -> Result<bool, Failure> {
        match self.peek()? {
            byte if byte == end => {
                self.lexer.discarded();
                Ok(true)
            }
            _ if first => Ok(false),
            b',' => {
                self.lexer.discarded();
                Ok(false)
            }
            _ => Err(self.fail(format_args!("`,` or `{}` expected", char::from(end)))),
        }
    }

    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Failure> {
        self.take(b'"')?;
        if let Some(plain) = self.plain() {
            return Ok(Cow::Borrowed(plain));
        }
        self.lexer.str_string().map_err(|error| self.fail(error))
    }

    /// Takes the rest of a text that stands there as it is, with its end; others are left to the
    /// lexer.
    ///
    /// PERF: such are the names of all members, and the lexer looks at each for UTF-8 once more.
    /// With this and with histograms that are made when they are asked for, 16 MB of 10,000 sites
    /// are read in 65 ms in place of 152.
    fn plain(&mut self) -> Option<&'de str> {
        let rest = self.lexer.as_slice();
        let len = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
        if rest[len] != b'"' {
            return None;
        }
        let start = self.offset();
        let plain = self.text.get(start..start + len)?;
        self.lexer = SliceLexer::new(&rest[len + 1..]);
        Some(plain)
    }

    pub(super) fn end(&mut self) -> Result<(), Failure> {
        match self.lexer.ws_peek() {
            None => Ok(()),
            Some(_) => Err(self.fail("the text goes on after its end")),
        }
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Failure> {
        if let Some(number) = self.digits() {
            return visitor.visit_u64(number);
        }
        let number = self.lexer.num_string().validated();
        let (digits, parts) = number.map_err(|error| self.fail(error))?;
        if parts.is_int() {
            if let Ok(number) = digits.parse() {
                return visitor.visit_u64(number);
            }
            if let Ok(number) = digits.parse() {
                return visitor.visit_i64(number);
            }
        }
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(self.fail(format_args!("the number {digits} is out of range"))),
        }
    }

    /// Takes a number that is digits alone and surely fits; others are left to the lexer.
    ///
    /// PERF: nearly all of a report is such numbers. A report of 1,000 sites is read with 524 M
    /// instead of 799 M instructions; `serde_json` takes 490 M.
    fn digits(&mut self) -> Option<u64> {
        const SURE: usize = 19;
        let rest = self.lexer.as_slice();
        let (mut number, mut len) = (0_u64, 0);
        while let Some(digit) = rest.get(len).map(|byte| byte.wrapping_sub(b'0'))
            && digit < 10
        {
            if len == SURE {
                return None;
            }
            number = number * 10 + u64::from(digit);
            len += 1;
        }
        let more = rest.get(len).is_some_and(|byte| matches!(byte, b'.' | b'e' | b'E'));
        if len == 0 || more || (rest[0] == b'0' && len > 1) {
            return None;
        }
        self.lexer = SliceLexer::new(&rest[len..]);
        Some(number)
    }

    fn word<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Failure> {
        match self.lexer.null_or_bool() {
            Some(None) => visitor.visit_unit(),
            Some(Some(value)) => visitor.visit_bool(value),
            None => Err(self.fail("value expected")),
        }
    }

    /// Reads what stands between two brackets, one level deeper.
    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.depth == MAX_DEPTH {
            return Err(self.fail(format_args!("more than {MAX_DEPTH} levels inside each other")));
        }
        self.depth += 1;
        self.lexer.discarded();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let first = self.peek()?;
        let start = self.offset();
        let read = match first {
            b'"' => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            b'-' | b'0'..=b'9' => self.number(visitor),
            b'[' => self.deeper(|reader| {
                let mut items = Items { reader, index: 0, ended: false };
                let value = visitor.visit_seq(&mut items)?;
                if items.ended { Ok(value) } else { items.reader.take(b']').map(|()| value) }
            }),
            b'{' => self.deeper(|reader| {
                let mut members = Members { reader, name: None, first: true };
                visitor.visit_map(&mut members)
            }),
            _ => self.word(visitor),
        };
        read.map_err(|failure| failure.at(start))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.peek()? == b'n' { self.deserialize_any(visitor) } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let first = self.peek()?;
        let start = self.offset();
        if first == b'{' {
            return self.deeper(|reader| {
                let value = visitor.visit_enum(Variant(&mut *reader))?;
                reader.take(b'}').map(|()| value)
            });
        }
        if first != b'"' {
            return Err(self.fail("a name or an object expected"));
        }
        let name = self.string()?.into_owned();
        visitor.visit_enum(name.into_deserializer()).map_err(|failure: Failure| failure.at(start))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    index: usize,
    ended: bool,
}

impl<'de> de::SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure> {
        self.ended = self.ended || self.reader.ends(b']', self.index == 0)?;
        if self.ended {
            return Ok(None);
        }
        let read = seed.deserialize(&mut *self.reader);
        let item = read.map_err(|failure| failure.within(Step::Item(self.index)))?;
        self.index += 1;
        Ok(Some(item))
    }
}

struct Members<'a, 'de> {
    reader: &'a mut Reader<'de>,
    name: Option<Cow<'de, str>>,
    first: bool,
}

impl<'de> de::MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        if self.reader.ends(b'}', self.first)? {
            return Ok(None);
        }
        self.first = false;
        let name = self.name.insert(self.reader.string()?);
        let key = match name {
            Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => seed.deserialize(StringDeserializer::new(name.clone())),
        };
        key.map(Some).map_err(|failure: Failure| failure.at(self.reader.offset()))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        self.reader.take(b':')?;
        seed.deserialize(&mut *self.reader).map_err(|failure| {
            let name = self.name.take().unwrap_or_default();
            failure.within(Step::Member(name.into_owned()))
        })
    }
}

/// The one member of an object that stands for a variant.
struct Variant<'a, 'de>(&'a mut Reader<'de>);

impl<'a, 'de> de::EnumAccess<'de> for Variant<'a, 'de> {
    type Error = Failure;
    type Variant = &'a mut Reader<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Failure> {
        let name = self.0.string()?.into_owned();
        let variant = seed.deserialize(StringDeserializer::<Failure>::new(name));
        let variant = variant.map_err(|failure| failure.at(self.0.offset()))?;
        self.0.take(b':')?;
        Ok((variant, self.0))
    }
}

impl<'de> de::VariantAccess<'de> for &mut Reader<'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        de::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        de::Deserializer::deserialize_any(self, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        de::Deserializer::deserialize_any(self, visitor)
    }
}

#[cfg(test)]
mod tests;
