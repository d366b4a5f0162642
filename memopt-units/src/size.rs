//! Sizes in bytes.

use crate::error::ParseError;
use crate::quantity::Quantity;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;
const KB: u64 = 1_000;
const MB: u64 = 1_000_000;
const GB: u64 = 1_000_000_000;
const TB: u64 = 1_000_000_000_000;

const SIZE: Quantity = Quantity {
    name: "a size",
    example: "64 KiB",
    smallest: "byte",
    units: &[
        ("B", 1),
        ("KiB", KIB),
        ("MiB", MIB),
        ("GiB", GIB),
        ("TiB", TIB),
        ("Ki", KIB),
        ("Mi", MIB),
        ("Gi", GIB),
        ("Ti", TIB),
        ("k", KIB),
        ("m", MIB),
        ("g", GIB),
        ("t", TIB),
        ("kB", KB),
        ("MB", MB),
        ("GB", GB),
        ("TB", TB),
    ],
    // Bits.
    ambiguous: &["Kb", "Mb", "Gb", "Tb"],
    listed: "B, KiB, MiB, GiB, TiB (powers of 1024; k, m, g, t for short) or kB, MB, GB, TB \
        (powers of 1000)",
    suggested: &["B", "KiB", "MiB", "GiB", "TiB", "kB", "MB", "GB", "TB"],
    unit_is_optional: true,
};

/// The bytes that a text such as `64 KiB`, `64k`, `1.5 MB` or `65536` says. The page of the crate
/// has all units.
///
/// # Errors
///
/// Where the text is not a size, with the rule and the remedy.
///
/// # Examples
///
/// ```
/// use memopt_units::parse_size;
///
/// assert_eq!(parse_size("64k"), Ok(65_536));
/// assert_eq!(parse_size("65_536"), Ok(65_536));
/// assert!(parse_size("64 parsecs").unwrap_err().is_unit());
/// ```
pub fn parse_size(text: &str) -> Result<u64, ParseError> {
    SIZE.parse(text)
}

/// The units that [`format_size`] writes: the largest that fits first, those of 1024 before those
/// of 1000.
const WRITTEN: [(&str, u64); 8] = [
    ("TiB", TIB),
    ("GiB", GIB),
    ("MiB", MIB),
    ("KiB", KIB),
    ("TB", TB),
    ("GB", GB),
    ("MB", MB),
    ("kB", KB),
];

/// A size as a person writes it, and exactly: [`parse_size`] reads the same number of bytes back.
///
/// At most two decimals; where no unit gives the exact value with so few, the bytes.
///
/// # Examples
///
/// ```
/// use memopt_units::format_size;
///
/// assert_eq!(format_size(65_536), "64 KiB");
/// assert_eq!(format_size(1_500_000), "1.5 MB");
/// assert_eq!(format_size(65_537), "65537 B");
/// ```
pub fn format_size(bytes: u64) -> String {
    for (unit, factor) in WRITTEN {
        let hundredths = u128::from(bytes) * 100;
        if bytes < factor || !hundredths.is_multiple_of(u128::from(factor)) {
            continue;
        }
        let hundredths = hundredths / u128::from(factor);
        let (whole, part) = (hundredths / 100, hundredths % 100);
        return match (part, part % 10) {
            (0, _) => format!("{whole} {unit}"),
            (part, 0) => format!("{whole}.{} {unit}", part / 10),
            (part, _) => format!("{whole}.{part:02} {unit}"),
        };
    }
    format!("{bytes} B")
}
