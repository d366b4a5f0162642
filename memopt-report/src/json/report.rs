//! A report of sites.

use super::Format;
use crate::{Error, Report};

const FORMAT: Format =
    Format { name: "memopt-report", version: Report::VERSION, writer: "Report::to_json" };

impl Report {
    /// The report as one line of JSON.
    ///
    /// Quantities are integers: bytes, blocks, nanoseconds. A distribution is written with its
    /// count, total, extremes, three quantiles and its buckets as `[lowest value, count]` pairs. If
    /// its [`status`](Self::status) is not `counting`, bytes and blocks are 0 and mean nothing.
    pub fn to_json(&self) -> String {
        FORMAT.write(self)
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// If the text is not JSON or not a report of memopt, if a later memopt wrote it, or if figures
    /// in it contradict each other. The message says which and where.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let report: Self = FORMAT.read(text)?;
        report.check_tree()?;
        Ok(report)
    }

    /// Every index in the tree must lead somewhere, and upwards, or walking it would panic or never
    /// end.
    fn check_tree(&self) -> Result<(), Error> {
        for (i, node) in self.tree.nodes.iter().enumerate() {
            if node.site >= self.sites.len() {
                return Err(Error::corrupt(format!(
                    "tree node {i} names site {}, but there are {} sites",
                    node.site,
                    self.sites.len()
                )));
            }
            if let Some(parent) = node.parent.filter(|parent| *parent >= i) {
                return Err(Error::corrupt(format!(
                    "tree node {i} names {parent} as parent, which must come first"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Report;
    use crate::tests::fixture;

    #[test]
    fn what_is_written_reads_back_equal() {
        let report = fixture::sample();
        assert_eq!(Report::from_json(&report.to_json()).unwrap(), report);
    }

    #[test]
    fn the_text_names_format_and_version_first() {
        assert!(
            fixture::sample().to_json().starts_with("{\"format\":\"memopt-report\",\"version\":2,")
        );
    }

    #[test]
    fn another_kind_of_text_is_told_apart() {
        let cases = [
            ("", "the text is not JSON"),
            ("calls,bytes\n1,2", "the text is not JSON"),
            ("[1,2]", "the JSON is of another kind"),
            ("{\"version\":1}", "the member `format` is missing"),
            ("{\"format\":\"dhat\",\"version\":1}", "`format` is `dhat`"),
        ];
        for (text, reason) in cases {
            let error = Report::from_json(text).unwrap_err();
            assert!(error.is_format() && !error.is_corrupt(), "{text}");
            assert!(error.to_string().contains(reason), "{error}");
        }
    }

    #[test]
    fn a_text_of_a_build_without_json_says_so() {
        let text = r#"{"format":"memopt-report","missing_feature":"json","version":2}"#;
        let error = Report::from_json(text).unwrap_err();
        assert!(error.is_format() && !error.is_corrupt());
        assert!(error.to_string().contains("built without the feature `json`"), "{error}");
    }

    #[test]
    fn a_newer_version_asks_for_an_update() {
        let text = fixture::sample().to_json().replacen("\"version\":2", "\"version\":99", 1);
        let error = Report::from_json(&text).unwrap_err();
        assert!(error.is_newer_version());
        assert_eq!(
            error.to_string(),
            "the report has version 99, this memopt reads up to 2; update memopt to read it"
        );
    }

    #[test]
    fn a_cut_file_is_corrupt_and_says_where() {
        let text = fixture::sample().to_json();
        let error = Report::from_json(&text[..200]).unwrap_err();
        assert!(error.is_corrupt());
        assert!(error.to_string().contains("line 1 column 200"), "{error}");
    }

    #[test]
    fn a_tree_that_leads_nowhere_is_corrupt() {
        let mut report = fixture::sample();
        report.tree.nodes[1].site = 77;
        let error = Report::from_json(&report.to_json()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the report is corrupt: tree node 1 names site 77, but there are 4 sites; write it \
             again"
        );
        let mut report = fixture::sample();
        report.tree.nodes[1].parent = Some(1);
        assert!(Report::from_json(&report.to_json()).unwrap_err().is_corrupt());
    }
}
