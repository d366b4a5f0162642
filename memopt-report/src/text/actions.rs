//! What the optimizer did, below the table of sites.

use crate::label::{clean, cut, shorten, wrap};
use crate::{Action, Effect, PerCall, Report, units};
use std::fmt::{self, Write as _};

/// The latest entry of each site, newest last; nothing where the optimizer did nothing.
pub(super) fn write(f: &mut String, report: &Report, width: usize) -> fmt::Result {
    let mut latest: Vec<&Action> = Vec::new();
    for action in &report.actions {
        latest.retain(|other| other.site != action.site || other.routing != action.routing);
        latest.push(action);
    }
    if latest.is_empty() {
        return Ok(());
    }
    writeln!(f, "\noptimizer")?;
    latest.into_iter().try_for_each(|action| one(f, action, width))
}

/// What was done and why; below it who and when, what was predicted, what was measured, and the
/// change to the source.
fn one(f: &mut String, action: &Action, width: usize) -> fmt::Result {
    let site = shorten(&clean(&action.site), width.saturating_sub(24));
    let head =
        format!("{} {}: {site}, {}", action.step.name(), action.applied_as(), action.evidence);
    paragraph(f, &head, ["  ", "    "], width)?;
    paragraph(f, &circumstances(action), ["    ", "      "], width)?;
    for line in action.measured.iter().flat_map(measured) {
        paragraph(f, &line, ["    ", "      "], width)?;
    }
    let Some(edit) = &action.edit else { return Ok(()) };
    paragraph(
        f,
        &format!(
            "in the source, {}:{}",
            shorten(&clean(&edit.file), width.saturating_sub(32)),
            edit.line
        ),
        ["    ", "      "],
        width,
    )?;
    for (mark, line) in edit.lines() {
        writeln!(
            f,
            "      {mark} {}",
            cut(&clean(&line.replace('\t', "    ")), width.saturating_sub(8))
        )?;
    }
    Ok(())
}

fn paragraph(f: &mut String, text: &str, [first, others]: [&str; 2], width: usize) -> fmt::Result {
    for (i, line) in wrap(&clean(text), width - others.len()).into_iter().enumerate() {
        writeln!(f, "{}{line}", if i == 0 { first } else { others })?;
    }
    Ok(())
}

fn circumstances(action: &Action) -> String {
    let (dry, rule) = (if action.dry_run { ", dry run" } else { "" }, &action.code);
    let time = action.predicted_time_ratio.map_or(String::new(), |ratio| {
        format!(", a treated call to take {} of the time", units::percent(ratio))
    });
    format!(
        "by the {} after {}{dry}; {rule} predicted {} of all blocks or bytes{time}",
        action.by,
        units::duration(action.at_ns as f64),
        units::percent(action.predicted),
    )
}

fn measured(effect: &Effect) -> [String; 3] {
    let calls = |number: u64, kind: &str, call: &PerCall| {
        format!(
            "{}: {}, {}, {}, peak {} each",
            units::counted(number, &format!("{kind} call")),
            units::duration(call.time_ns),
            units::bytes(call.bytes.round() as u64),
            units::counted_mean(call.blocks, "block"),
            units::bytes(call.peak_bytes.round() as u64),
        )
    };
    let ratio = format!(
        "a treated call takes {} of the time ({} to {})",
        units::percent(effect.time_ratio),
        units::percent(effect.low),
        units::percent(effect.high),
    );
    [
        ratio,
        calls(effect.treated, "treated", &effect.treated_call),
        calls(effect.untreated, "untreated", &effect.untreated_call),
    ]
}

#[cfg(test)]
mod tests {
    use crate::{Action, Edit, Effect, PerCall, Remedy, Report, Status, Step};

    fn adopted() -> Action {
        let untreated_call =
            PerCall { time_ns: 15_000.0, bytes: 5000.0, blocks: 200.0, peak_bytes: 4096.0 };
        Action {
            at_ns: 2_310_000_000,
            unix_ms: 1_700_000_000_000,
            by: "optimizer".to_owned(),
            dry_run: false,
            site: "index::count_lines".to_owned(),
            step: Step::Adopted,
            remedy: Remedy::Arena,
            routing: "arena".to_owned(),
            code: "memopt::arena".to_owned(),
            evidence: "saves 19 % of a call's time".to_owned(),
            predicted: 0.36,
            predicted_time_ratio: Some(0.9),
            measured: Some(Effect {
                time_ratio: 0.81,
                low: 0.76,
                high: 0.87,
                treated: 200,
                untreated: 1210,
                bytes_ratio: 1.0,
                blocks_ratio: 1.0,
                peak_ratio: 1.0,
                treated_call: PerCall { time_ns: 12_150.0, ..untreated_call },
                untreated_call,
            }),
            edit: Some(Edit {
                file: "src/index.rs".to_owned(),
                line: 22,
                before: "#[track_alloc]".to_owned(),
                after: format!("#[memopt::arena] // {}", "long ".repeat(30)),
                saving_percent: 100,
            }),
        }
    }

    fn shown(actions: impl IntoIterator<Item = Action>) -> String {
        let mut report = Report::empty(Status::Counting);
        report.actions.extend(actions);
        let mut text = String::new();
        super::write(&mut text, &report, 100).unwrap();
        text
    }

    #[test]
    fn an_entry_says_who_when_why_what_was_measured_and_the_edit() {
        assert_eq!(shown([]), "");
        let text = shown([adopted()]);
        let expected = "
optimizer
  adopted arena: index::count_lines, saves 19 % of a call's time
    by the optimizer after 2.31 s; memopt::arena predicted 36 % of all blocks or bytes, a treated
      call to take 90 % of the time
    a treated call takes 81 % of the time (76 % to 87 %)
    200 treated calls: 12.2 µs, 4.88 KiB, 200 blocks, peak 4.00 KiB each
    1,210 untreated calls: 15.0 µs, 4.88 KiB, 200 blocks, peak 4.00 KiB each
    in the source, src/index.rs:22
      - #[track_alloc]
      + #[memopt::arena] // long";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
        assert!(text.ends_with("long l…\n"), "{text}");
    }

    #[test]
    fn free_lists_are_named_by_their_attribute() {
        let action = Action { routing: "magazine".to_owned(), ..adopted() };
        assert!(action.to_string().starts_with("2.31 s: adopted arena(reuse) for `index::"));
        let text = shown([action]);
        assert!(
            text.contains("\n  adopted arena(reuse): index::count_lines, saves 19 %"),
            "{text}"
        );
    }

    #[test]
    fn a_dry_run_is_told_apart() {
        let text = shown([Action { dry_run: true, step: Step::Proposed, ..adopted() }]);
        assert!(
            text.contains("\n    by the optimizer after 2.31 s, dry run; memopt::arena predicted"),
            "{text}"
        );
    }
}
