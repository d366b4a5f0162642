//! Which syntax of metrics is asked for.

use super::write::Syntax;

/// What Prometheus calls its protocol buffers.
pub(super) const PROTOBUF: &str = "application/vnd.google.protobuf; \
                                   proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// One of the texts.
    Text(Syntax),
    /// Protocol buffers, with native histograms.
    Protobuf,
}

/// The one that `Accept` likes best; of those it likes alike the first. The plain text where it
/// names none that is known.
pub(super) fn chosen(accept: &str) -> Chosen {
    let mut best: Option<(f64, Chosen)> = None;
    for part in accept.split(',') {
        let mut parameters = part.split(';').map(str::trim);
        let name = parameters.next().unwrap_or_default().to_ascii_lowercase();
        let (mut weight, mut proto, mut delimited) = (1.0, "", false);
        for (key, value) in parameters.filter_map(|pair| pair.split_once('=')) {
            match (key.trim(), value.trim().trim_matches('"')) {
                ("q", value) => weight = value.parse().unwrap_or(0.0),
                ("proto", value) => proto = value,
                ("encoding", value) => delimited = value == "delimited",
                _ => {}
            }
        }
        let kind = match name.as_str() {
            "application/openmetrics-text" => Chosen::Text(Syntax::OpenMetrics),
            "text/plain" | "text/*" | "*/*" => Chosen::Text(Syntax::Text),
            "application/vnd.google.protobuf"
                if proto == "io.prometheus.client.MetricFamily" && delimited =>
            {
                Chosen::Protobuf
            }
            _ => continue,
        };
        if weight > best.map_or(0.0, |(weight, _)| weight) {
            best = Some((weight, kind));
        }
    }
    best.map_or(Chosen::Text(Syntax::Text), |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_is_liked_best_is_chosen() {
        let (text, open) = (Chosen::Text(Syntax::Text), Chosen::Text(Syntax::OpenMetrics));
        for (accept, expected) in [
            ("", text),
            ("*/*", text),
            ("application/openmetrics-text; version=1.0.0, text/plain;q=0.5", open),
            ("application/openmetrics-text;q=0.3, text/plain;q=0.5", text),
            (PROTOBUF, Chosen::Protobuf),
            // As Prometheus asks, with native histograms and without.
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
                 encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;\
                 escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                Chosen::Protobuf,
            ),
            (
                "application/openmetrics-text;version=1.0.0;q=0.6,application/vnd.google.protobuf;\
                 proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,*/*;q=0.2",
                open,
            ),
            ("application/vnd.google.protobuf", text),
            ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily", text),
            ("application/openmetrics-text;q=0", text),
        ] {
            assert_eq!(chosen(accept), expected, "{accept}");
        }
    }
}
