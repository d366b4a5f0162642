//! What a site is known by in every run of the program, on every machine.

#[cfg(feature = "json")]
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;
use std::str::FromStr;

/// Identifies a site: the same in every run and on every machine, as long as its name and its place
/// in the source stay. Its `Display` is 16 hexadecimal digits, which [`FromStr`] reads.
///
/// It is the 64-bit [FNV-1a](https://datatracker.ietf.org/doc/html/rfc9923) hash of the name, the
/// file, the line and the column of the item's name, each behind a byte 0xff but the first; numbers
/// in decimal. Of a file below cargo's registry or its checkouts the part from the package on
/// counts, and `\` counts as `/`.
///
/// # Limits
///
/// A site that is moved or renamed gets another one; [`Report::diff`](crate::Report::diff) pairs
/// sites that moved. Two of 10,000 sites share one with a probability of 3 in 10¹².
///
/// # Examples
///
/// ```
/// use memopt::report::SiteId;
///
/// let id = SiteId::of("app::parse", "src/main.rs", 7, 4);
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert_ne!(id, SiteId::of("app::parse", "src/main.rs", 8, 4));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(u64);

impl SiteId {
    /// The site of this full name, whose item's name stands at this line and column of the file.
    pub fn of(name: &str, file: &str, line: u32, column: u32) -> Self {
        let mut hash = Fnv::new();
        hash.add(name.as_bytes());
        hash.add(&[0xff]);
        let backslashes = file.contains('\\');
        let file = if backslashes { &*file.replace('\\', "/") } else { file };
        hash.add(portable(file).as_bytes());
        for number in [line, column] {
            hash.add(&[0xff]);
            hash.number(number);
        }
        Self(hash.0)
    }
}

/// The part of a path that is the same on every machine.
fn portable(file: &str) -> &str {
    for folder in ["/registry/src/", "/git/checkouts/"] {
        // Behind it stands the name of the registry or of the checkout.
        if let Some((_, inside)) = file.split_once(folder) {
            return inside.split_once('/').map_or(inside, |(_, package)| package);
        }
    }
    file
}

/// The hash, byte by byte.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u32) {
        let mut digits = [0; 10];
        let (mut at, mut rest) = (digits.len(), number);
        while rest > 0 || at == digits.len() {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.add(&digits[at..]);
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for SiteId {
    type Err = std::num::ParseIntError;

    fn from_str(digits: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(digits, 16).map(Self)
    }
}

#[cfg(feature = "json")]
impl Serialize for SiteId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "json")]
impl<'de> Deserialize<'de> for SiteId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        digits.parse().map_err(|_| {
            D::Error::custom(format!("`{digits}` is no site's id: 16 hexadecimal digits"))
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SiteId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SiteId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What a site is known by in every run of the program, on every machine.",
            "type": "string",
            "pattern": "^[0-9a-f]{16}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // RFC 9923, appendix: FNV-1a of 64 bits.
        let of = |text: &str| {
            let mut hash = Fnv::new();
            hash.add(text.as_bytes());
            hash.0
        };
        assert_eq!(of(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(of("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(of("foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_number_is_its_digits() {
        for number in [0, 7, 10, u32::MAX] {
            let (mut a, mut b) = (Fnv::new(), Fnv::new());
            a.number(number);
            b.add(number.to_string().as_bytes());
            assert_eq!(a.0, b.0, "{number}");
        }
    }

    #[test]
    fn a_dependency_is_the_same_on_every_machine() {
        let id = |file: &str| SiteId::of("json::parse", file, 3, 8);
        let mine = id(
            "/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/json-1.2.0/src/lib.rs",
        );
        let yours = id(
            "C:\\Users\\you\\.cargo\\registry\\src\\github.com-1ecc6299db9ec823\\json-1.2.0\\src\\lib.rs",
        );
        assert_eq!(mine, yours);
        assert_ne!(mine, id("json-1.3.0/src/lib.rs"));
        assert_eq!(
            id("/home/me/.cargo/git/checkouts/json-ab12/f00/src/lib.rs"),
            id("f00/src/lib.rs")
        );
    }
}
