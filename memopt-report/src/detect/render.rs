//! One finding as text, the way rustc prints a warning.

use super::finding::{Finding, Severity};
#[cfg(feature = "findings")]
use super::source::{Sources, line_of};
use crate::Edit;
use crate::label::{self, clean, wrap};
#[cfg(feature = "findings")]
use annotate_snippets::renderer::DecorStyle;
#[cfg(feature = "findings")]
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt;
#[cfg(not(feature = "findings"))]
use std::fmt::Write as _;

/// Columns the text is broken at, unless told otherwise.
pub(super) const WIDTH: usize = 100;
/// Room that `   = note: ` takes before a note.
const INDENT: usize = 14;

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(statement(self, false, WIDTH).trim_end())
    }
}

/// The finding and its edit, each line ended.
pub(super) fn statement(finding: &Finding, color: bool, width: usize) -> String {
    let mut text = message(finding, color, width);
    let Some(edit) = &finding.edit else { return text };
    // Escapes have no width.
    let plain = if color { &message(finding, false, width) } else { &text };
    let gutter = plain.lines().find_map(|line| line.find("= help: ")).unwrap_or(1);
    text += &change(edit, color, (gutter, width));
    text
}

/// The place of an edit and its lines: the marks below the `=`, the code in the columns in which
/// the line of source stands above, so with the indentation it has there.
fn change(edit: &Edit, color: bool, (gutter, width): (usize, usize)) -> String {
    let style = |code: &'static str| if color { code } else { "" };
    let (frame, bold, end) = (style("\u{1b}[1m\u{1b}[94m"), style("\u{1b}[1m"), style("\u{1b}[0m"));
    let place = format!("{}:{}{}", clean(&edit.file), edit.line, edit.part());
    let mut text = format!("{:gutter$}{frame}= {end}{bold}edit{end}: {place}\n", "");
    for (mark, line) in edit.lines() {
        let line = clean(&line.replace('\t', "    "));
        let line = label::cut(line.trim_end(), width.saturating_sub(gutter + 2));
        let mark = match mark {
            '+' => format!("{}+{end}", style("\u{1b}[92m")),
            '-' => format!("{}-{end}", style("\u{1b}[91m")),
            _ => " ".to_owned(),
        };
        text.extend([format!("{:gutter$}{mark} {line}", "").trim_end(), "\n"]);
    }
    text
}

fn note(text: &str, width: usize) -> String {
    wrap(&clean(text), width - INDENT).join("\n")
}

#[cfg(feature = "findings")]
fn message(finding: &Finding, color: bool, width: usize) -> String {
    let level = match finding.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(clean(&finding.title)).id(finding.code.clone());
    let group = Group::with_title(title);
    let mut sources = Sources::default();
    let file = if finding.source_is_newer { None } else { sources.file_of(finding) };
    let group = match file.and_then(|file| line_of(finding, file)) {
        Some(line) => {
            let name = AnnotationKind::Primary.span(line.name).label(clean(&finding.label));
            let snippet = Snippet::source(line.text.to_owned())
                .path(clean(&finding.file))
                .line_start(finding.line as usize);
            group.element(snippet.annotation(name))
        }
        // Without a file no place is shown, without a column only its line.
        None if finding.file.is_empty() => group,
        None => {
            let line = Origin::path(clean(&finding.file)).line(finding.line as usize);
            group.element(match finding.column {
                0 => line,
                column => line.char_column(column as usize),
            })
        }
    };
    let notes =
        finding.evidence.iter().map(|fact| Level::NOTE.message(note(&fact.to_string(), width)));
    let group = group.elements(notes).element(Level::HELP.message(note(&finding.help, width)));
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let text = renderer.decor_style(DecorStyle::Ascii).term_width(width).render(&[group]);
    // Lines of the frame may end in spaces.
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

/// The same without the line of source, which takes the feature `findings`.
#[cfg(not(feature = "findings"))]
fn message(finding: &Finding, _color: bool, width: usize) -> String {
    let level = match finding.severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
    };
    let mut text = format!("{level}[{}]: {}\n", finding.code, clean(&finding.title));
    let place = match (finding.file.as_str(), finding.column) {
        ("", _) => String::new(),
        (file, 0) => format!(" --> {}:{}\n", clean(file), finding.line),
        (file, column) => format!(" --> {}:{}:{column}\n", clean(file), finding.line),
    };
    text += &place;
    let notes = finding.evidence.iter().map(|fact| ("note", fact.to_string()));
    for (word, line) in notes.chain([("help", finding.help.clone())]) {
        let line = note(&line, width).replace('\n', "\n         ");
        // Writing into a String cannot fail.
        let _ = writeln!(text, " = {word}: {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::tests::fixture::{Call, report, site};
    use crate::{Edit, Finding, Findings, Report, Status};

    fn one() -> Finding {
        let call = Call { bytes: 256, allocs: 1, peak: 256, retained: 0 };
        report(vec![site("app::tokens").calls(10_000, call)], 0, 0).findings()[0].clone()
    }

    #[cfg(feature = "findings")]
    #[test]
    fn the_source_line_is_shown_where_it_can_be_read() {
        let dir = std::env::temp_dir().join(format!("memopt-render-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("pkg/src")).unwrap();
        std::fs::write(dir.join("pkg/src/lib.rs"), "\n\npub fn tokens(line: &str) -> usize {\n")
            .unwrap();
        let mut finding = one();
        // As in a workspace: the compiler saw `pkg/src/lib.rs`, from the folder above the
        // manifest's.
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
  = note: making it once per thread would save 9,999 allocations and 2.44 MiB, 100 % of all
          bytes
  = help: make it once: what is always the same as a constant or in a `LazyLock`; a buffer
          outside the loop that calls this, passed in as `&mut` and emptied by `clear()`, which
          keeps its memory"
        );
    }

    #[test]
    fn the_place_is_named_where_the_source_is_gone() {
        let mut finding = one();
        finding.file = "no/such/file.rs".to_owned();
        assert!(finding.to_string().contains("--> no/such/file.rs:1:1\n"), "{finding}");
    }

    #[cfg(feature = "findings")]
    #[test]
    fn of_a_source_that_is_newer_no_line_is_shown_and_that_is_said_once() {
        let file = std::env::temp_dir().join(format!("memopt-stale-{}.rs", std::process::id()));
        std::fs::write(&file, "fn tokens() -> Vec<String> {\n").unwrap();
        let findings = |built_at_unix_ns| {
            let call = Call { bytes: 256, allocs: 1, peak: 256, retained: 0 };
            let mut report = report(
                ["app::tokens", "app::words"].map(|name| site(name).calls(10_000, call)).into(),
                0,
                0,
            );
            for site in &mut report.sites {
                file.to_str().unwrap().clone_into(&mut site.file);
                site.column = 4;
            }
            report.process.built_at_unix_ns = built_at_unix_ns;
            report.findings().to_string()
        };
        let (fresh, stale) = (findings(None), findings(Some(1 << 60)));
        std::fs::remove_file(&file).unwrap();
        assert!(fresh.contains("fn tokens() -> Vec") && !fresh.contains("newer"), "{fresh}");
        assert!(!stale.contains("fn tokens() -> Vec"), "{stale}");
        let words = stale.split_whitespace().collect::<Vec<_>>().join(" ");
        let note = "newer than the program: rebuild to have lines and replacements from it 2 fin";
        assert_eq!(words.matches(note).count(), 1, "{stale}");
    }

    #[test]
    fn findings_of_a_report_that_counts_nothing_say_why() {
        let text = Report::empty(Status::NotInstalled).findings().to_string();
        assert!(
            text.starts_with("warning: no findings: memopt::Alloc is not the global allocator"),
            "{text}"
        );
        let none = Report::empty(Status::Counting).findings();
        assert!(none.to_string().starts_with("no findings: no annotated code has run"));
    }

    #[test]
    fn the_last_line_counts() {
        let findings = Findings::new(Status::Counting, vec![one(), one()]);
        let text = findings.to_string();
        assert!(text.ends_with("\n\n2 findings, 2 with a remedy"), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert_eq!(
            findings.table().color(true).to_string().contains('\u{1b}'),
            cfg!(feature = "findings")
        );
        let first = findings.table().limit(1).to_string();
        assert!(first.ends_with("\n\n2 findings, 2 with a remedy, 1 shown"), "{first}");
        assert_eq!(first.matches("warning[").count(), 1);
        let narrow = findings.table().width(60).to_string();
        let notes = narrow.lines().filter(|line| line.starts_with(' '));
        assert!(
            notes.clone().count() > 10 && notes.clone().all(|line| line.chars().count() <= 60),
            "{narrow}"
        );
    }

    #[test]
    fn the_edit_stands_below_the_help() {
        let mut finding = one();
        finding.edit = Some(Edit {
            file: "src/lib.rs".to_owned(),
            line: 7,
            before: "#[track_alloc]".to_owned(),
            after: "#[memopt::arena]".to_owned(),
            saving_percent: 100,
        });
        let text = finding.to_string();
        let (above, edit) = text.split_once("= edit: ").unwrap();
        assert_eq!(edit, "src/lib.rs:7\n - #[track_alloc]\n + #[memopt::arena]");
        // In one column with the help.
        let column = |text: &str, what: &str| text.lines().find_map(|line| line.find(what));
        assert_eq!(column(above, "= help"), column(&text, "= edit"));
        // Another change than the one recommended.
        finding.edit.as_mut().unwrap().saving_percent = 20;
        let text = finding.to_string();
        assert!(text.contains("lib.rs:7; saves about 20 % of that time: "), "{text}");
    }

    #[test]
    fn the_code_of_an_edit_has_the_indentation_of_its_source() {
        let mut finding = one();
        let edit = |before: &str, after: &str| {
            Some(Edit {
                file: "src/lib.rs".to_owned(),
                line: 7,
                before: before.to_owned(),
                after: after.to_owned(),
                saving_percent: 100,
            })
        };
        finding.edit = edit(
            "        let mut rows = Vec::new();",
            "        #[presize]\n        let mut rows = Vec::new();",
        );
        let text = finding.to_string();
        assert!(
            text.ends_with(
                "\n = edit: src/lib.rs:7\n +         #[presize]\n           let mut rows = Vec::new();"
            ),
            "{text}"
        );
        // A tab is as wide as rustc shows it; what is too long ends early.
        finding.edit = edit("\tx", &format!("\t#[memopt::arena] // {}\n\tx", "long ".repeat(30)));
        let text = finding.to_string();
        assert!(text.contains("\n +     #[memopt::arena] // long"), "{text}");
        assert!(text.ends_with("…\n       x"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        let colored = super::statement(&finding, true, 100);
        assert!(colored.contains("\u{1b}[92m+\u{1b}[0m     #[memopt::arena]"), "{colored}");
    }
}
