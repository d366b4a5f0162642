//! A distribution as it is written: the exact figures, quantiles for readers, and the buckets it is
//! rebuilt from.

use super::Stat;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

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
    buckets: Vec<(u64, u64)>,
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
        let stat = Self { buckets, total: wire.total, min: wire.min, max: wire.max };
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
