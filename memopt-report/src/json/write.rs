//! The writing half: a serde serializer that makes one line of JSON.

use serde::ser::{self, Impossible, Serialize};
use std::fmt;
use std::io::Write as _;

/// Why a value has no JSON: a map whose keys are no texts.
#[derive(Debug)]
pub(super) struct Unwritable(String);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Done = Result<(), Unwritable>;

/// The value as one line of JSON.
pub(super) fn to_string<T: Serialize>(value: &T) -> Result<String, Unwritable> {
    let mut out = Vec::new();
    value.serialize(Writer(&mut out))?;
    String::from_utf8(out).map_err(ser::Error::custom)
}

/// Writes one value at the end of a text.
struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn unsigned(self, mut n: u64) {
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (n % 10) as u8;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        self.0.extend_from_slice(&digits[first..]);
    }
}

/// A text between quotes.
fn quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0x08 => b"\\b",
            0x0c => b"\\f",
            0..0x20 => b"",
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[plain..at]);
        out.extend_from_slice(escape);
        if escape.is_empty() {
            // Writing into a Vec cannot fail.
            let _ = write!(out, "\\u{byte:04x}");
        }
        plain = at + 1;
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
    out.push(b'"');
}

/// Begins a list or an object.
macro_rules! begin {
    ($($method:ident($($type:ty),*) $kind:ident)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Parts<'a>, Unwritable> {
            Ok(Parts::$kind(self.0))
        }
    )*};
}

/// Begins a list or an object that is the only member of another, named after its variant.
macro_rules! begin_variant {
    ($($method:ident $kind:ident)*) => {$(
        fn $method(
            self,
            _: &'static str,
            _: u32,
            variant: &'static str,
            _: usize,
        ) -> Result<Parts<'a>, Unwritable> {
            Ok(Parts::variant(self.0, variant, Parts::$kind))
        }
    )*};
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    fn serialize_bool(self, v: bool) -> Done {
        self.0.extend_from_slice(if v { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_i8(self, v: i8) -> Done {
        self.serialize_i64(v.into())
    }

    fn serialize_i16(self, v: i16) -> Done {
        self.serialize_i64(v.into())
    }

    fn serialize_i32(self, v: i32) -> Done {
        self.serialize_i64(v.into())
    }

    fn serialize_i64(self, v: i64) -> Done {
        if v < 0 {
            self.0.push(b'-');
        }
        self.unsigned(v.unsigned_abs());
        Ok(())
    }

    fn serialize_u8(self, v: u8) -> Done {
        self.unsigned(v.into());
        Ok(())
    }

    fn serialize_u16(self, v: u16) -> Done {
        self.unsigned(v.into());
        Ok(())
    }

    fn serialize_u32(self, v: u32) -> Done {
        self.unsigned(v.into());
        Ok(())
    }

    fn serialize_u64(self, v: u64) -> Done {
        self.unsigned(v);
        Ok(())
    }

    fn serialize_f32(self, v: f32) -> Done {
        self.serialize_f64(v.into())
    }

    /// The shortest digits that read back as the same number; JSON has no word for the others.
    fn serialize_f64(self, v: f64) -> Done {
        if v.is_finite() {
            let _ = write!(self.0, "{v:?}");
        } else {
            self.0.extend_from_slice(b"null");
        }
        Ok(())
    }

    fn serialize_char(self, v: char) -> Done {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Done {
        quoted(self.0, v);
        Ok(())
    }

    fn serialize_bytes(self, v: &[u8]) -> Done {
        v.serialize(self)
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        let mut member = Parts::object(self.0);
        ser::SerializeStruct::serialize_field(&mut member, variant, value)?;
        member.close();
        Ok(())
    }

    begin! {
        serialize_seq(Option<usize>) list
        serialize_tuple(usize) list
        serialize_tuple_struct(&'static str, usize) list
        serialize_map(Option<usize>) object
        serialize_struct(&'static str, usize) object
    }

    begin_variant! { serialize_tuple_variant list serialize_struct_variant object }
}

/// What stands between two brackets.
struct Parts<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
    end: &'static str,
}

impl<'a> Parts<'a> {
    fn list(out: &'a mut Vec<u8>) -> Self {
        out.push(b'[');
        Self { out, empty: true, end: "]" }
    }

    fn object(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true, end: "}" }
    }

    /// An object whose only member is named after the variant.
    fn variant(out: &'a mut Vec<u8>, name: &str, inner: fn(&'a mut Vec<u8>) -> Self) -> Self {
        out.push(b'{');
        quoted(out, name);
        out.push(b':');
        let inner = inner(out);
        let end = if inner.end == "]" { "]}" } else { "}}" };
        Self { end, ..inner }
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.empty) {
            self.out.push(b',');
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.comma();
        value.serialize(Writer(self.out))
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Done {
        self.comma();
        quoted(self.out, name);
        self.out.push(b':');
        value.serialize(Writer(self.out))
    }

    fn close(self) {
        self.out.extend_from_slice(self.end.as_bytes());
    }
}

/// Items of a list: each trait has another name for the same.
macro_rules! items {
    ($($part:ident::$method:ident)*) => {$(
        impl ser::$part for Parts<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
                self.item(value)
            }

            fn end(self) -> Done {
                self.close();
                Ok(())
            }
        }
    )*};
}

items! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

/// Members of an object that have fixed names.
macro_rules! members {
    ($($part:ident)*) => {$(
        impl ser::$part for Parts<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Done {
                self.member(name, value)
            }

            fn end(self) -> Done {
                self.close();
                Ok(())
            }
        }
    )*};
}

members! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.comma();
        key.serialize(Key(self.out))?;
        self.out.push(b':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(Writer(self.out))
    }

    fn end(self) -> Done {
        self.close();
        Ok(())
    }
}

/// Writes the name of a member: a text, or nothing.
struct Key<'a>(&'a mut Vec<u8>);

macro_rules! no_key {
    ($result:ty: $($method:ident($($type:ty),*))*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$result, Unwritable> {
            Err(no_key())
        }
    )*};
}

fn no_key() -> Unwritable {
    Unwritable("the name of a member must be a text".to_owned())
}

impl ser::Serializer for Key<'_> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Impossible<(), Unwritable>;
    type SerializeTuple = Impossible<(), Unwritable>;
    type SerializeTupleStruct = Impossible<(), Unwritable>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = Impossible<(), Unwritable>;
    type SerializeStruct = Impossible<(), Unwritable>;
    type SerializeStructVariant = Impossible<(), Unwritable>;

    fn serialize_str(self, v: &str) -> Done {
        quoted(self.0, v);
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    no_key! { ():
        serialize_bool(bool)
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
        serialize_f32(f32) serialize_f64(f64) serialize_char(char)
        serialize_bytes(&[u8]) serialize_unit_struct(&'static str)
        serialize_none() serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Done {
        Err(no_key())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Done {
        Err(no_key())
    }

    no_key! { Impossible<(), Unwritable>:
        serialize_seq(Option<usize>) serialize_tuple(usize) serialize_map(Option<usize>)
        serialize_tuple_struct(&'static str, usize) serialize_struct(&'static str, usize)
        serialize_tuple_variant(&'static str, u32, &'static str, usize)
        serialize_struct_variant(&'static str, u32, &'static str, usize)
    }
}

#[cfg(test)]
mod tests;
