//! The protocol buffers of Prometheus: families of metrics, each behind its length.

use super::family::{Family, Sample};
use super::native::{Histograms, Native, SCHEMA, ZERO};

/// The numbers of `io.prometheus.client.MetricType`.
const COUNTER: u64 = 0;
const GAUGE: u64 = 1;
const HISTOGRAM: u64 = 4;

pub(super) fn families(families: &[Family]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 << 10);
    for family in families {
        let is_counter = family.kind == "counter";
        let total = if is_counter { "_total" } else { "" };
        let (kind, field) = if is_counter { (COUNTER, 3) } else { (GAUGE, 2) };
        let mut message = head(&format!("{}{total}", family.name), &family.help, kind);
        for sample in &family.samples {
            let mut value = Message::default();
            value.double(1, sample.value);
            let mut metric = labelled(sample);
            metric.message(field, &value);
            message.message(4, &metric);
        }
        if let Some(unit) = family.told_unit() {
            message.text(5, unit);
        }
        delimited(&mut out, &message);
    }
    out
}

pub(super) fn histograms(histograms: &[Histograms]) -> Vec<u8> {
    let mut out = Vec::with_capacity(64 << 10);
    for histogram in histograms.iter().filter(|it| !it.by_site.is_empty()) {
        let mut message = head(histogram.name, histogram.help, HISTOGRAM);
        for (site, native) in &histogram.by_site {
            let labels = vec![("site", site.clone())];
            let mut metric = labelled(&Sample { labels, value: 0.0 });
            metric.message(7, &native_message(native));
            message.message(4, &metric);
        }
        delimited(&mut out, &message);
    }
    out
}

fn delimited(out: &mut Vec<u8>, message: &Message) {
    number(out, message.0.len() as u64);
    out.extend_from_slice(&message.0);
}

fn head(name: &str, help: &str, kind: u64) -> Message {
    let mut message = Message::default();
    message.text(1, name);
    message.text(2, help);
    message.number(3, kind);
    message
}

fn labelled(sample: &Sample) -> Message {
    let mut metric = Message::default();
    for (name, value) in &sample.labels {
        let mut pair = Message::default();
        pair.text(1, name);
        pair.text(2, value);
        metric.message(1, &pair);
    }
    metric
}

fn native_message(native: &Native) -> Message {
    let mut message = Message::default();
    message.number(1, native.count);
    message.double(2, native.sum as f64);
    message.number(5, zigzag(i64::from(SCHEMA)));
    message.double(6, ZERO);
    message.number(7, native.zeros);
    for (offset, length) in &native.spans {
        let mut span = Message::default();
        span.number(1, zigzag(i64::from(*offset)));
        span.number(2, u64::from(*length));
        message.message(12, &span);
    }
    let mut deltas = Vec::with_capacity(native.deltas.len() * 2);
    for delta in &native.deltas {
        number(&mut deltas, zigzag(*delta));
    }
    message.bytes(13, &deltas);
    message
}

/// Small numbers of either sign as small numbers.
fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A message, as bytes.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn number(&mut self, field: u64, value: u64) {
        number(&mut self.0, field << 3);
        number(&mut self.0, value);
    }

    fn double(&mut self, field: u64, value: f64) {
        number(&mut self.0, field << 3 | 1);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, value: &[u8]) {
        number(&mut self.0, field << 3 | 2);
        number(&mut self.0, value.len() as u64);
        self.0.extend_from_slice(value);
    }

    fn text(&mut self, field: u64, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    fn message(&mut self, field: u64, value: &Self) {
        self.bytes(field, &value.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_format() {
        // 300 is the example of the format's documentation.
        let mut out = Vec::new();
        number(&mut out, 300);
        assert_eq!(out, [0b1010_1100, 0b0000_0010]);
        assert_eq!([0, -1, 1, -2, i64::MAX].map(zigzag), [0, 1, 2, 3, u64::MAX - 1]);
    }

    #[test]
    fn a_family_is_behind_its_length() {
        let samples = vec![Sample { labels: vec![("a", "b".to_owned())], value: 1.0 }];
        let (name, help) = ("x".to_owned(), "h".to_owned());
        let family = Family { name, help, kind: "counter", unit: None, samples };
        let one = 1.0_f64.to_le_bytes();
        let mut expected = vec![36, 0x0a, 7];
        expected.extend(b"x_total");
        expected.extend([0x12, 1, b'h', 0x18, 0, 0x22, 19]);
        expected.extend([0x0a, 6, 0x0a, 1, b'a', 0x12, 1, b'b', 0x1a, 9, 0x09]);
        expected.extend(one);
        expected[0] = expected.len() as u8 - 1;
        assert_eq!(families(&[family]), expected);
    }
}
