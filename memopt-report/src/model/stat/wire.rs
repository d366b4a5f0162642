//! A distribution as it is written: the exact figures, quantiles for readers, and the buckets it is
//! rebuilt from.

use super::Stat;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The distribution of one quantity over the finished calls of a site.
#[cfg_attr(feature = "json", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Wire {
    count: u64,
    total: u64,
    min: u64,
    p50: u64,
    p95: u64,
    p99: u64,
    max: u64,
    /// `[lowest value, count]` pairs.
    #[cfg_attr(feature = "json", serde(deserialize_with = "pairs"))]
    buckets: Vec<(u64, u64)>,
}

/// The name of a list of pairs of numbers, `[[1,2],[3,4]]`. The reader of this crate hands it over
/// as one list of numbers, if there is nothing else in it; others hand over the list that it is.
///
/// PERF: a quarter of a report is such lists; pair by pair they took 380 of 1,090 M instructions.
pub(crate) const PAIRS: &str = "memopt pairs";

/// Reads pairs; from our own reader all numbers at once.
fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(u64, u64)>, D::Error> {
    deserializer.deserialize_newtype_struct(PAIRS, Numbers)
}

struct Numbers;

impl<'de> Visitor<'de> for Numbers {
    type Value = Vec<(u64, u64)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        Vec::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
        // As many as there are: a list that grows is allocated anew at 4, 8 and 16 pairs.
        let mut pairs = Vec::with_capacity(all.size_hint().unwrap_or(0) / 2);
        while let Some(low) = all.next_element()? {
            let count = all.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
            pairs.push((low, count));
        }
        Ok(pairs)
    }
}

impl Serialize for Stat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            count: self.count(),
            total: self.total,
            min: self.min,
            p50: self.p50(),
            p95: self.p95(),
            p99: self.p99(),
            max: self.max,
            buckets: self.buckets().map(|(low, _, count)| (low, count)).collect(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Stat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let buckets = super::Buckets::of(Self::HIGHEST, wire.buckets);
        // What somebody changed by hand may have them the other way round.
        let min = wire.min.min(wire.max);
        let stat = Self { buckets, total: wire.total, min, max: wire.max };
        if stat.count() != wire.count {
            return Err(D::Error::custom(format!(
                "`count` is {} but the buckets hold {} values",
                wire.count,
                stat.count()
            )));
        }
        Ok(stat)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Stat {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Wire::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}
