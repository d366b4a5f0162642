//! A crate through which others use memopt. It does without the standard library itself.

#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use alloc::string::{String, ToString};

pub use memopt;

/// A function of a crate without the standard library.
#[memopt::track_alloc]
#[must_use]
pub fn shout(text: &str) -> String {
    let mut loud = text.to_string();
    loud.push('!');
    loud
}

/// And one that waits.
#[memopt::track_alloc]
pub async fn later<T>(value: T) -> Box<T> {
    Box::new(core::future::ready(value).await)
}
