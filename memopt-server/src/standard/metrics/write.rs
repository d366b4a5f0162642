//! The two syntaxes.

use super::family::{Family, Sample};
use std::fmt::Write as _;

/// How metrics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Prometheus's text, 0.0.4.
    Text,
    /// `OpenMetrics` 1.0.
    OpenMetrics,
}

impl Syntax {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

pub(super) fn write(families: &[Family], syntax: Syntax) -> String {
    let mut out = String::with_capacity(64 << 10);
    for family in families {
        // A name that ends so is that of the family's sample in the text, and of the family in
        // OpenMetrics.
        let is_info = family.name.ends_with("_info");
        let total = if family.kind == "counter" { "_total" } else { "" };
        let (name, kind) = match syntax {
            Syntax::Text => (format!("{}{total}", family.name), family.kind),
            Syntax::OpenMetrics if is_info => {
                (family.name.trim_end_matches("_info").to_owned(), "info")
            }
            Syntax::OpenMetrics => (family.name.clone(), family.kind),
        };
        out.push_str("# HELP ");
        out.push_str(&name);
        out.push(' ');
        escape(&mut out, &family.help, syntax == Syntax::OpenMetrics);
        // Writing into a String cannot fail.
        let _ = write!(out, "\n# TYPE {name} {kind}\n");
        if let Some(unit) = family.told_unit().filter(|_| syntax == Syntax::OpenMetrics) {
            let _ = writeln!(out, "# UNIT {name} {unit}");
        }
        for sample in &family.samples {
            out.push_str(&family.name);
            out.push_str(total);
            write_sample(&mut out, sample);
        }
    }
    if syntax == Syntax::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn write_sample(out: &mut String, sample: &Sample) {
    for (index, (name, value)) in sample.labels.iter().enumerate() {
        out.push(if index == 0 { '{' } else { ',' });
        out.push_str(name);
        out.push_str("=\"");
        escape(out, value, true);
        out.push('"');
    }
    if !sample.labels.is_empty() {
        out.push('}');
    }
    // Writing into a String cannot fail.
    let _ = writeln!(out, " {}", sample.value);
}

/// A text with `\`, line ends and, in labels, quotes escaped.
fn escape(out: &mut String, text: &str, quotes: bool) {
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '"' if quotes => out.push_str("\\\""),
            letter => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families() -> Vec<Family> {
        let sample = |labels: &[(&'static str, &str)], value| Sample {
            labels: labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            value,
        };
        let family = |name: &str, kind, unit, samples| Family {
            name: name.to_owned(),
            help: "Says \"it\".".to_owned(),
            kind,
            unit,
            samples,
        };
        vec![
            family("a_bytes", "counter", Some("bytes"), vec![sample(&[("site", "x\"\\\ny")], 1.5)]),
            family("b", "gauge", None, vec![sample(&[], 3e20)]),
            family("c_info", "gauge", None, vec![sample(&[("version", "1")], 1.0)]),
        ]
    }

    #[test]
    fn text_as_prometheus_reads_it() {
        assert_eq!(
            write(&families(), Syntax::Text),
            "# HELP a_bytes_total Says \"it\".\n# TYPE a_bytes_total counter\n\
             a_bytes_total{site=\"x\\\"\\\\\\ny\"} 1.5\n\
             # HELP b Says \"it\".\n# TYPE b gauge\nb 300000000000000000000\n\
             # HELP c_info Says \"it\".\n# TYPE c_info gauge\nc_info{version=\"1\"} 1\n"
        );
    }

    #[test]
    fn open_metrics() {
        assert_eq!(
            write(&families(), Syntax::OpenMetrics),
            "# HELP a_bytes Says \\\"it\\\".\n# TYPE a_bytes counter\n# UNIT a_bytes bytes\n\
             a_bytes_total{site=\"x\\\"\\\\\\ny\"} 1.5\n\
             # HELP b Says \\\"it\\\".\n# TYPE b gauge\nb 300000000000000000000\n\
             # HELP c Says \\\"it\\\".\n# TYPE c info\nc_info{version=\"1\"} 1\n# EOF\n"
        );
    }
}
