//! A value as bytes: as they are for bytes and strings, written by serde otherwise.
//!
//! Which of the two is asked of the type at run time (`Any`), so that `Compressed` is one type for
//! all; the compiler knows the answer.

use super::method::failed;
use crate::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::{Any, TypeId};
use std::borrow::Cow;

/// Whether values of `T` are bytes already.
pub(super) fn is_bytes<T: 'static>() -> bool {
    let this = TypeId::of::<T>();
    [
        TypeId::of::<Vec<u8>>(),
        TypeId::of::<String>(),
        TypeId::of::<Box<[u8]>>(),
        TypeId::of::<Box<str>>(),
    ]
    .contains(&this)
}

/// The bytes of a value, and the bytes its plain form takes.
pub(super) fn write<T: Serialize + 'static>(value: &T) -> Result<(Cow<'_, [u8]>, u64), Error> {
    let any: &dyn Any = value;
    let (bytes, held) = if let Some(bytes) = any.downcast_ref::<Vec<u8>>() {
        (bytes.as_slice(), bytes.capacity())
    } else if let Some(text) = any.downcast_ref::<String>() {
        (text.as_bytes(), text.capacity())
    } else if let Some(bytes) = any.downcast_ref::<Box<[u8]>>() {
        (&**bytes, bytes.len())
    } else if let Some(text) = any.downcast_ref::<Box<str>>() {
        (text.as_bytes(), text.len())
    } else {
        let bytes = postcard::to_allocvec(value).map_err(|error| failed("written", error))?;
        let held = bytes.len() as u64;
        return Ok((Cow::Owned(bytes), held));
    };
    Ok((Cow::Borrowed(bytes), held as u64))
}

/// The value that serde reads from these bytes.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let unread = |error| failed("read back", error);
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => {
            let (read, all) = (bytes.len() - rest.len(), bytes.len());
            Err(failed("read back", format_args!("{read} of {all} bytes were the value")))
        }
        Err(error) => Err(unread(error)),
    }
}

/// The value that is these bytes; for types that [`is_bytes`] accepts.
pub(super) fn from_bytes<T: 'static>(bytes: Vec<u8>) -> Result<T, Error> {
    let mut value: Option<T> = None;
    let slot: &mut dyn Any = &mut value;
    let text = |bytes| String::from_utf8(bytes).map_err(|error| failed("read back", error));
    if let Some(slot) = slot.downcast_mut::<Option<Vec<u8>>>() {
        *slot = Some(bytes);
    } else if let Some(slot) = slot.downcast_mut::<Option<Box<[u8]>>>() {
        *slot = Some(bytes.into());
    } else if let Some(slot) = slot.downcast_mut::<Option<String>>() {
        *slot = Some(text(bytes)?);
    } else if let Some(slot) = slot.downcast_mut::<Option<Box<str>>>() {
        *slot = Some(text(bytes)?.into());
    }
    value.ok_or_else(|| failed("read back", "it is neither bytes nor a string"))
}
