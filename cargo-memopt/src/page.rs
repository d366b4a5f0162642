//! One page for a browser: a flamegraph that can be searched, the sites as a table that can be
//! sorted, the findings; of two runs both, with a slider between them.
//!
//! The page is one file and loads nothing. Its content security policy allows the one style and the
//! one script in it, by their hashes; names from the report reach the page as data alone.

mod model;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memopt_report::Report;
use sha2::{Digest, Sha256};

const SHELL: &str = include_str!("page/shell.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// A run and the name it is shown under.
pub(crate) type Run<'a> = (&'a str, &'a Report);

/// The page of a run, or of what changed to it from another.
pub(crate) fn html(before: Option<Run<'_>>, after: Run<'_>) -> String {
    let data = model::data(before, after).to_string();
    // `</script>` would end the data, `<!--` would start a comment.
    let data = data.replace('<', "\\u003c");
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let title = match before {
        None => format!("memopt: {}", after.0),
        Some(before) => format!("memopt: {} → {}", before.0, after.0),
    };
    let mut page = String::with_capacity(data.len() + SHELL.len() + STYLE.len() + SCRIPT.len());
    let mut rest = SHELL;
    // In the order of the shell, so that no text that is put in is looked through.
    for (mark, text) in [
        ("{{policy}}", policy.as_str()),
        ("{{title}}", &escape(&title)),
        ("{{style}}", STYLE),
        ("{{data}}", &data),
        ("{{script}}", SCRIPT),
    ] {
        if let Some((above, below)) = rest.split_once(mark) {
            page.push_str(above);
            page.push_str(text);
            rest = below;
        }
    }
    page.push_str(rest);
    page
}

fn escape(text: &str) -> String {
    memopt_report::label::clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

/// The hash of a text, as the policy names it.
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use memopt_report::{SiteKind, SiteReport, Status, Totals, Tree, TreeNode};

    #[test]
    fn the_shell_has_each_mark_once_and_in_this_order() {
        let marks = ["{{policy}}", "{{title}}", "{{style}}", "{{data}}", "{{script}}"];
        let places: Vec<usize> = marks
            .iter()
            .map(|mark| {
                assert_eq!(SHELL.matches(mark).count(), 1, "{mark}");
                SHELL.find(mark).unwrap()
            })
            .collect();
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn hashes_are_those_of_the_policy() {
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn a_name_cannot_leave_the_data() {
        let name = "</script><script>alert(1)</script><!--{{script}}";
        let site = SiteReport::empty(name, SiteKind::Function);
        let tree = Tree::new(vec![TreeNode::new(None, 0)]);
        let report = Report::empty(Status::Counting)
            .with_sites(vec![site], tree)
            .with_total(Totals::allocated(1, 8), Totals::default());
        let page = html(None, ("<b>\".json", &report));
        assert_eq!(page.matches("<script").count(), 2, "the data and the script");
        assert_eq!(page.matches("</script>").count(), 2);
        assert!(page.contains("<title>memopt: &lt;b>&quot;.json</title>"));
        assert!(!page.contains("<!--"));
    }

    #[test]
    fn nothing_is_loaded_and_nothing_inline_is_left_out_of_the_policy() {
        let page = html(None, ("a", &Report::empty(Status::Counting)));
        for word in ["src=", "href=", "url(", "@import", " style=\"", " onclick", "eval("] {
            assert!(!page.contains(word), "{word}");
        }
        assert_eq!(page.matches("<style>").count(), 1);
    }
}
