//! What stands above the table: the whole, how it was measured, and how sure it is.

use crate::label::wrap;
use crate::{Estimate, HeapMode, HeapReport, units};
use std::fmt::{self, Write as _};

pub(super) fn write(f: &mut String, report: &HeapReport, width: usize) -> fmt::Result {
    let mut lines = lines(report);
    let first = lines.remove(0);
    for line in wrap(&first, width) {
        writeln!(f, "{line}")?;
    }
    for line in lines {
        for (i, line) in wrap(&line, width - 15).into_iter().enumerate() {
            writeln!(f, "{}{line}", if i == 0 { "  " } else { "                 " })?;
        }
    }
    Ok(())
}

fn lines(report: &HeapReport) -> Vec<String> {
    if report.call_paths.is_empty() {
        return vec![empty(report.mode).to_owned()];
    }
    let sum = |of: fn(&crate::CallPath) -> &Estimate| {
        let mut sum = Estimate::default();
        report.call_paths.iter().for_each(|call_path| sum.add(of(call_path)));
        sum
    };
    let (live, allocated) =
        (sum(|call_path| &call_path.live), sum(|call_path| &call_path.allocated));
    let sampled = allocated.largest_weight > 0.0;
    let amount = |of: &Estimate, word: &str| {
        let range = of.bytes_interval();
        let range = if sampled {
            format!(" ({} to {})", units::bytes(range.0), units::bytes(range.1))
        } else {
            String::new()
        };
        format!("{}{range}{word} in {}", units::bytes(of.bytes), units::counted(of.blocks, "block"))
    };
    let known = format!(
        "{} in use, {} in all",
        units::counted(live.samples, if sampled { "sample" } else { "block" }),
        units::count(allocated.samples)
    );
    let mut lines = vec![
        format!("heap: {}", amount(&live, " live")),
        format!("coverage       {}", coverage(report, sampled)),
        if sampled {
            format!("known by       {known}; ranges hold with 95 % confidence")
        } else {
            format!("known by       {known}; live, at peak and allocated are exact")
        },
        format!("allocated      {}", amount(&allocated, "")),
    ];
    let is_timed = report.call_paths.iter().any(|call_path| call_path.lifetimes.blocks > 0);
    if !sampled && (is_timed || !report.hand_offs.is_empty()) {
        let estimated = "estimated      what is marked ≈ or a range, from one block in 16, drawn by \
                         chance, and each of 16 KiB and more: how long blocks lived, who freed \
                         them, what was never written";
        lines.push(estimated.to_owned());
    }
    if report.peak_bytes > 0 {
        lines.push(format!(
            "peak           {}, {} after the first allocation (now: {})",
            units::bytes(report.peak_bytes),
            units::duration(report.peak_at_ns as f64),
            units::duration(report.at_ns as f64)
        ));
    }
    if report.own_bytes > 0 || report.lost > 0 {
        let lost = match report.lost {
            0 => String::new(),
            lost => {
                format!("; {} found no room and are in no figure", units::counted(lost, "block"))
            }
        };
        lines.push(format!("own memory     {}{lost}", units::bytes(report.own_bytes)));
    }
    lines
}

fn empty(mode: HeapMode) -> &'static str {
    match mode {
        HeapMode::Off => {
            "heap: no block is sampled or tracked\nhelp: call `memopt::heap::start_sampling(512 << \
             10)`, or `start_exact()` in tests"
        }
        HeapMode::Sampled => {
            "heap: no sample yet; blocks allocated before sampling began are not included"
        }
        HeapMode::Exact => {
            "heap: no block yet; blocks allocated before tracking began are not included"
        }
    }
}

fn coverage(report: &HeapReport, sampled: bool) -> String {
    match (report.mode, sampled) {
        (HeapMode::Off, true) => {
            "nothing now; figures are estimates from samples taken before".to_owned()
        }
        (HeapMode::Off, false) => {
            "nothing now; the figures are of blocks tracked before".to_owned()
        }
        (HeapMode::Sampled, _) => {
            format!("a random part, one sample in {} on average", units::bytes(report.interval))
        }
        (HeapMode::Exact, false) => "every block since tracking began".to_owned(),
        (HeapMode::Exact, true) => "every block now, a random part before".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CallPath;

    #[test]
    fn mode_interval_and_confidence_are_stated() {
        let live = Estimate {
            samples: 10,
            blocks: 20,
            bytes: 10 << 20,
            bytes_variance: 10.0 * f64::from(1 << 20).powi(2),
            largest_weight: f64::from(1 << 20),
        };
        let call_paths = vec![CallPath { live, allocated: live, ..CallPath::default() }];
        let report = HeapReport {
            mode: HeapMode::Sampled,
            interval: 512 << 10,
            call_paths,
            ..HeapReport::default()
        };
        let text = report.to_string();
        // Garwood's interval of 10 is 4.8 to 18.4.
        assert!(
            text.starts_with("heap: 10.0 MiB (4.79 MiB to 18.4 MiB) live in 20 blocks\n"),
            "{text}"
        );
        assert!(
            text.contains("coverage       a random part, one sample in 512 KiB on average\n"),
            "{text}"
        );
        assert!(
            text.contains("10 samples in use, 10 in all; ranges hold with 95 % confidence\n"),
            "{text}"
        );
    }

    #[test]
    fn exact_figures_are_told_from_those_that_are_not() {
        let allocated = Estimate::exact(20_000, 2_000_000);
        let lifetimes = crate::Lifetimes::new(20_528, 1e6, vec![0, 0, 0, 0, 0, 0, 20_528]);
        let call_path = CallPath {
            scopes: vec!["app::parse".into()],
            allocated,
            lifetimes,
            ..CallPath::default()
        };
        let freed =
            Estimate { samples: 1283, blocks: 20_528, bytes: 2_052_800, ..Default::default() };
        let hand_off = crate::HandOff {
            from: "app::parse".into(),
            to: "app::main".into(),
            freed: Estimate { largest_weight: 1600.0, ..freed },
            ..Default::default()
        };
        let report = HeapReport {
            mode: HeapMode::Exact,
            interval: 1,
            call_paths: vec![call_path],
            hand_offs: vec![hand_off],
            threads: vec!["main".into()],
            ..HeapReport::default()
        };
        let text = report.to_string();
        assert!(!text.contains("figures are exact"), "{text}");
        let line = |start: &str, after: &str| {
            let rest = text.split_once(after).unwrap_or_else(|| panic!("{after} in {text}")).1;
            let row = rest.lines().find(|line| line.starts_with(start)).expect(start);
            row.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        // The count of frees is known; how long they lived is not.
        let lived = line("app::parse", "how long blocks lived  freed");
        assert_eq!(lived[1..], ["20000", "≈100%", "≈0%", "≈0%", "≈0%", "≈90ns", "≈119ns", "≈49ns"]);
        let moved = line("app::parse", "allocated in");
        assert_eq!(moved[3..], ["≈20528", "≈1.96M"], "{text}");
        let site = line("app::parse", "lived\n");
        assert_eq!(site.last().unwrap(), "≈90ns", "{text}");
    }

    #[test]
    fn nothing_followed_says_how_to_begin() {
        let text = HeapReport::default().to_string();
        assert!(text.contains("help: call `memopt::heap::start_sampling(512 << 10)`"), "{text}");
    }
}
