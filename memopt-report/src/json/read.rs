//! The reading half: a serde deserializer over the tokens of a text, which says what is wrong and
//! where.

mod cursor;
mod fault;

use self::cursor::Cursor;
pub(super) use self::fault::Failure;
use self::fault::{Fault, Step};
use crate::model::stat::PAIRS;
use hifijson::SliceLexer;
use hifijson::num::LexWrite as _;
use hifijson::str::LexAlloc as _;
use hifijson::token::Lex as _;
use serde::de::value::{BorrowedStrDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::borrow::Cow;
use std::fmt;

/// Objects and lists inside each other, at most: what is deeper is no report, and must not take all
/// of the stack.
const MAX_DEPTH: u32 = 64;

/// Reads all of a text.
pub(super) fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut reader = Reader::new(text);
    let read = T::deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|failure| failure.locate(text))
}

/// What reads a text.
///
/// PERF: what is taken for each member and number is inlined, and what tells of faults is not. With
/// that 28 MB of 10,000 sites are read with 641 M in place of 1,090 M instructions.
pub(super) struct Reader<'de> {
    cursor: Cursor<'de>,
    depth: u32,
    /// The list of pairs that is being read.
    pairs: Vec<u64>,
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str) -> Self {
        Self { cursor: Cursor::new(text), depth: 0, pairs: Vec::new() }
    }

    #[cold]
    fn fail(&self, message: impl fmt::Display) -> Failure {
        <Failure as de::Error>::custom(message).at(self.cursor.offset())
    }

    /// The first byte of the next token, which is not taken.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<u8, Failure> {
        match self.cursor.peek() {
            Some(byte) => Ok(byte),
            None => Err(self.fail("the text ends early")),
        }
    }

    #[cold]
    fn lacks(&self, byte: u8) -> Failure {
        self.fail(format_args!("`{}` expected", char::from(byte)))
    }

    /// Takes a byte of punctuation.
    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> Result<(), Failure> {
        if self.peek()? != byte {
            return Err(self.lacks(byte));
        }
        self.cursor.skip();
        Ok(())
    }

    /// Takes a comma, or the byte that ends a list or an object: whether it has ended.
    #[inline]
    pub(super) fn ends(&mut self, end: u8, first: bool) -> Result<bool, Failure> {
        match self.peek()? {
            byte if byte == end => {
                self.cursor.skip();
                Ok(true)
            }
            _ if first => Ok(false),
            b',' => {
                self.cursor.skip();
                Ok(false)
            }
            _ => Err(self.fail(format_args!("`,` or `{}` expected", char::from(end)))),
        }
    }

    #[inline]
    pub(super) fn string(&mut self) -> Result<Cow<'de, str>, Failure> {
        self.take(b'"')?;
        match self.cursor.plain() {
            Some(plain) => Ok(Cow::Borrowed(plain)),
            None => self.lexed_string(),
        }
    }

    #[cold]
    fn lexed_string(&mut self) -> Result<Cow<'de, str>, Failure> {
        self.cursor.lexed(SliceLexer::str_string).map_err(|error| self.fail(error))
    }

    pub(super) fn end(&mut self) -> Result<(), Failure> {
        match self.cursor.peek() {
            None => Ok(()),
            Some(_) => Err(self.fail("the text goes on after its end")),
        }
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Failure> {
        if let Some(number) = self.cursor.digits() {
            return visitor.visit_u64(number);
        }
        let number = self.cursor.lexed(|lexer| lexer.num_string().validated());
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

    /// A number where one without a sign is expected.
    #[inline]
    fn unsigned<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Failure> {
        self.peek()?;
        let start = self.cursor.offset();
        match self.cursor.digits() {
            Some(number) => visitor.visit_u64(number).map_err(|failure: Failure| failure.at(start)),
            None => de::Deserializer::deserialize_any(self, visitor),
        }
    }

    fn word<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Failure> {
        match self.cursor.lexed(SliceLexer::null_or_bool) {
            Some(None) => visitor.visit_unit(),
            Some(Some(value)) => visitor.visit_bool(value),
            None => Err(self.fail("value expected")),
        }
    }

    /// Reads what stands between two brackets, one level deeper.
    #[inline]
    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.depth == MAX_DEPTH {
            return Err(self.fail(format_args!("more than {MAX_DEPTH} levels inside each other")));
        }
        self.depth += 1;
        self.cursor.skip();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    /// A list, whose bracket was seen.
    #[inline]
    fn list<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Failure> {
        self.deeper(|reader| {
            let mut items = Items { reader, index: 0, ended: false };
            let value = visitor.visit_seq(&mut items)?;
            if items.ended { Ok(value) } else { items.reader.take(b']').map(|()| value) }
        })
    }

    /// An object, whose bracket was seen. Its members mostly are `expected`, in this order.
    #[inline]
    fn object<V: Visitor<'de>>(
        &mut self,
        expected: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deeper(|reader| {
            visitor.visit_map(&mut Members { reader, name: None, first: true, expected })
        })
    }
}

/// Numbers without a sign.
macro_rules! unsigned {
    ($($name:ident)*) => {
        $(
            #[inline]
            fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
                self.unsigned(visitor)
            }
        )*
    };
}

impl<'de> de::Deserializer<'de> for &mut Reader<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let first = self.peek()?;
        let start = self.cursor.offset();
        let read = match first {
            b'"' => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            b'-' | b'0'..=b'9' => self.number(visitor),
            b'[' => self.list(visitor),
            b'{' => self.object(&[], visitor),
            _ => self.word(visitor),
        };
        read.map_err(|failure| failure.at(start))
    }

    unsigned! { deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        if self.peek()? != b'[' {
            return self.deserialize_any(visitor);
        }
        let start = self.cursor.offset();
        self.list(visitor).map_err(|failure: Failure| failure.at(start))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        members: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if self.peek()? != b'{' {
            return self.deserialize_any(visitor);
        }
        let start = self.cursor.offset();
        self.object(members, visitor).map_err(|failure: Failure| failure.at(start))
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.peek()? == b'n' { self.deserialize_any(visitor) } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == PAIRS && self.peek()? == b'[' {
            let mut pairs = std::mem::take(&mut self.pairs);
            let taken = self.cursor.pairs(&mut pairs);
            if taken {
                let numbers = SeqDeserializer::<_, Failure>::new(pairs.iter().copied());
                let value = visitor.visit_seq(numbers);
                self.pairs = pairs;
                return value;
            }
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let first = self.peek()?;
        let start = self.cursor.offset();
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
        bool i8 i16 i32 i64 i128 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple_struct map identifier ignored_any
    }
}

struct Items<'a, 'de> {
    reader: &'a mut Reader<'de>,
    index: usize,
    ended: bool,
}

impl<'de> de::SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Failure;

    #[inline]
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
    /// The members that are likely to come, in this order.
    expected: &'static [&'static str],
}

/// How many members of those expected may be left out in one place: an option, a second name.
const LEFT_OUT: usize = 3;

impl<'de> de::MapAccess<'de> for &mut Members<'_, 'de> {
    type Error = Failure;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure> {
        if self.reader.ends(b'}', self.first)? {
            return Ok(None);
        }
        self.first = false;
        // PERF: our own texts have the members in the order of the type.
        for (at, name) in self.expected.iter().take(LEFT_OUT).enumerate() {
            if self.reader.cursor.is_name(name) {
                self.expected = &self.expected[at + 1..];
                self.name = Some(Cow::Borrowed(name));
                let key = seed.deserialize(BorrowedStrDeserializer::new(name));
                return key.map(Some);
            }
        }
        let name = self.name.insert(self.reader.string()?);
        let key = match name {
            Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
            Cow::Owned(name) => seed.deserialize(StringDeserializer::new(name.clone())),
        };
        key.map(Some).map_err(|failure: Failure| failure.at(self.reader.cursor.offset()))
    }

    #[inline]
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
        let variant = variant.map_err(|failure| failure.at(self.0.cursor.offset()))?;
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
