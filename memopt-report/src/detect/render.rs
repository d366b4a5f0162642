//! Findings as text, the way rustc prints a warning.

use super::Finding;
use super::source::line_of;
use crate::label::{clean, wrap};
use crate::{Report, units};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

/// Columns the text is broken at.
const WIDTH: usize = 100;
/// Room that `   = note: ` takes before a note.
const INDENT: usize = 14;

impl Report {
    /// The findings as text (see [`render_findings`]); where nothing was counted, why there are none.
    pub fn findings_text(&self, color: bool) -> String {
        match self.status().notice() {
            Some(notice) => format!("warning: no findings: {notice}\n"),
            None => render_findings(&self.findings(), color),
        }
    }
}

/// All findings, one after the other, and a last line that counts them. With `color` the text holds the escapes of
/// a terminal.
///
/// Source lines are read from disk where they can be found; where not, only the place is named.
pub fn render_findings(findings: &[Finding], color: bool) -> String {
    let mut out = String::new();
    for one in findings {
        out += &finding(one, color);
        out += "\n";
    }
    let remedies = findings.iter().filter(|f| f.remedy.is_some()).count();
    let last = match (findings.len(), remedies) {
        (0, _) => "no findings: nothing the detectors know concerns 5 % of the total".to_owned(),
        (all, 0) => format!("{}, no remedy known", units::counted(all as u64, "finding")),
        (all, some) => format!("{}, {some} with a remedy", units::counted(all as u64, "finding")),
    };
    out + &last + "\n"
}

pub(super) fn finding(finding: &Finding, color: bool) -> String {
    let level = if finding.remedy.is_some() { Level::WARNING } else { Level::NOTE };
    print(finding, level, color)
}

/// A statement under that level. Without a file no place is shown, without a column only its line.
pub(super) fn print(finding: &Finding, level: Level<'_>, color: bool) -> String {
    let title = level.primary_title(clean(&finding.title)).id(finding.code.clone());
    let group = Group::with_title(title);
    let group = match line_of(finding) {
        Some(line) => {
            let name = AnnotationKind::Primary.span(line.name).label(clean(&finding.label));
            let snippet =
                Snippet::source(line.text).path(clean(&finding.file)).line_start(finding.line as usize);
            group.element(snippet.annotation(name))
        }
        None if finding.file.is_empty() => group,
        None => {
            let line = Origin::path(clean(&finding.file)).line(finding.line as usize);
            let place = if finding.column == 0 { line } else { line.char_column(finding.column as usize) };
            group.element(place)
        }
    };
    let note = |text: &String| wrap(&clean(text), WIDTH - INDENT).join("\n");
    let notes = finding.evidence.iter().map(|line| Level::NOTE.message(note(line)));
    let group = group.elements(notes).element(Level::HELP.message(note(&finding.help)));
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let text = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH).render(&[group]);
    // Lines of the frame may end in spaces.
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::render_findings;
    use crate::detect::Finding;
    use crate::fixture::{Call, report, site};
    use crate::{Report, Status};

    fn one() -> Finding {
        let call = Call { bytes: 256, allocs: 1, peak: 256, retained: 0 };
        report(vec![site("app::tokens").calls(10_000, call)], 0, 0).findings().remove(0)
    }

    #[test]
    fn the_source_line_is_shown_where_it_can_be_read() {
        let dir = std::env::temp_dir().join(format!("memopt-render-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("pkg/src")).unwrap();
        std::fs::write(dir.join("pkg/src/lib.rs"), "\n\npub fn tokens(line: &str) -> usize {\n").unwrap();
        let mut finding = one();
        // As in a workspace: the compiler saw `pkg/src/lib.rs`, from the folder above the manifest's.
        finding.file = "pkg/src/lib.rs".to_owned();
        (finding.line, finding.column) = (3, 8);
        finding.manifest_dir = Some(dir.join("pkg").to_string_lossy().into_owned());
        let text = finding.to_string();
        std::fs::remove_dir_all(&dir).unwrap();
        assert_eq!(
            text,
            "\
warning[memopt::hoist]: `app::tokens` allocates the same block on every call
 --> pkg/src/lib.rs:3:8
  |
3 | pub fn tokens(line: &str) -> usize {
  |        ^^^^^^ 256 B a call, freed again before it returns
  |
  = note: every one of 10,000 calls made 1 block, 256 B in all, and kept nothing
  = note: made once a thread it would save 9,999 allocations and 2.44 MiB, 100 % of the total
  = help: make the buffer once, outside the loop that calls this, and pass it in as `&mut`; or
          keep it in a struct or a pool (`#[pool] let` in a `#[memopt::pooled] fn`). `clear()`
          empties it and keeps its memory."
        );
    }

    #[test]
    fn the_place_is_named_where_the_source_is_gone() {
        let mut finding = one();
        finding.file = "no/such/file.rs".to_owned();
        assert!(finding.to_string().contains("--> no/such/file.rs:1:1\n"), "{finding}");
    }

    #[test]
    fn findings_of_a_report_that_counts_nothing_say_why() {
        let text = Report::empty(Status::NotInstalled).findings_text(false);
        assert!(
            text.starts_with("warning: no findings: memopt::Alloc is not the global allocator"),
            "{text}"
        );
        assert!(Report::empty(Status::Counting).findings_text(false).starts_with("no findings: nothing"));
    }

    #[test]
    fn the_last_line_counts() {
        assert!(render_findings(&[], false).starts_with("no findings"));
        let text = render_findings(&[one(), one()], false);
        assert!(text.ends_with("\n2 findings, 2 with a remedy\n"), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(render_findings(&[one()], true).contains('\u{1b}'));
    }
}
