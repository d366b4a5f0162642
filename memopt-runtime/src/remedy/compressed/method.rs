//! Bytes as fewer bytes.

use crate::Error;
use crate::report::error::Kind;
use std::fmt;

/// lz4's own limit for one block, bytes.
const LZ4_MOST: usize = 0x7E00_0000;

/// How a value is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// Fast both ways.
    #[default]
    Lz4,
    /// Smaller and slower (feature `zstd`).
    #[cfg(feature = "zstd")]
    Zstd {
        /// 1 (fast) to 22 (small); 0 is zstd's default.
        level: i32,
    },
}

impl Method {
    pub(super) fn compress(self, plain: &[u8]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Lz4 if plain.len() > LZ4_MOST => {
                let mib = plain.len() >> 20;
                Err(failed(
                    "compressed",
                    format_args!("lz4 takes less than 2 GiB and this has {mib} MiB"),
                ))
            }
            Self::Lz4 => Ok(lz4_flex::block::compress(plain)),
            #[cfg(feature = "zstd")]
            Self::Zstd { level } => {
                zstd::bulk::compress(plain, level).map_err(|error| failed("compressed", error))
            }
        }
    }

    /// `len` is what the plain bytes measured.
    pub(super) fn decompress(self, stored: &[u8], len: usize) -> Result<Vec<u8>, Error> {
        let plain = match self {
            Self::Lz4 => lz4_flex::block::decompress(stored, len)
                .map_err(|error| failed("decompressed", error))?,
            #[cfg(feature = "zstd")]
            Self::Zstd { .. } => zstd::bulk::decompress(stored, len)
                .map_err(|error| failed("decompressed", error))?,
        };
        if plain.len() == len {
            Ok(plain)
        } else {
            Err(failed("decompressed", format_args!("{} of {len} bytes came back", plain.len())))
        }
    }
}

/// The error of a step that a value did not survive.
pub(super) fn failed(step: &str, reason: impl fmt::Display) -> Error {
    Error::new(Kind::Encoding, format!("the value cannot be {step}: {reason}; it stays as it is"))
}
