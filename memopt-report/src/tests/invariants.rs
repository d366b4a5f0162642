//! What must hold for every report, tried on random ones: wild names, extreme numbers, any shape of
//! tree.

use crate::export::Weight;
use crate::label::width;
use crate::tests::fixture::{self, Call, Made};
use crate::{BudgetReport, CallTime, CapacityUse, Report, SizeClass, SortBy, Status, units};

/// A xorshift generator: the same reports in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Any magnitude below 2^`bits` is as likely as any other.
    fn size(&mut self, bits: u64) -> u64 {
        let bits = self.below(bits);
        self.next() & ((1 << bits) - 1)
    }

    fn name(&mut self) -> String {
        const PARTS: [&str; 12] = [
            "app",
            "::",
            "<impl Trait<A, B> for Type>",
            "日本語",
            "\"q\",;",
            " 12",
            "\n",
            "a_rather_long_name",
            "é",
            "",
            "\u{202e}",
            "x",
        ];
        (0..=self.below(9)).map(|_| PARTS[self.below(12) as usize]).collect()
    }

    fn site(&mut self) -> Made {
        let name = self.name();
        let mut made = fixture::site(&name);
        for _ in 0..self.below(4) {
            let (calls, bytes) = (self.size(20), self.size(42));
            let call = Call {
                bytes,
                allocs: self.size(30),
                peak: self.size(42),
                retained: bytes & self.next(),
            };
            made = made.calls(calls, call);
        }
        made = made.growth(self.size(10), self.size(40), self.size(5), self.size(30));
        let low = self.size(30);
        made.0.size_classes =
            vec![SizeClass { low, high: low + self.size(5), count: self.size(30) }];
        made.0.panics = self.size(64);
        made.0.cancelled = self.size(64);
        made.0.open = self.size(64);
        (made.0.line, made.0.column) = (self.size(32) as u32, self.size(32) as u32);
        (made.0.shrinks, made.0.shrunk_bytes) =
            (self.size(20), self.size(40).min(made.0.self_bytes));
        made.0.time = (self.below(2) == 0).then(|| {
            let mut time = CallTime::new(1, self.size(64) as f64, 1);
            time.median_ns = Some(time.mean_ns / 2.0).filter(|median| *median > 1e6);
            time
        });
        made.0.capacity = (self.below(2) == 0).then(|| CapacityUse {
            count: self.size(20),
            held_bytes: self.size(40),
            used_bytes: self.size(40),
            max_slack_bytes: self.size(40),
        });
        made.0.budget = (self.below(2) == 0).then(|| BudgetReport {
            max_allocs: Some(3),
            exceeded: self.size(64),
            ..BudgetReport::default()
        });
        made
    }

    fn report(&mut self) -> Report {
        let sites: Vec<Made> = (0..self.below(30)).map(|_| self.site()).collect();
        let mut report = fixture::report(sites, self.size(42), self.size(40));
        for node in 1..report.tree.nodes.len() {
            report.tree.nodes[node].parent =
                (self.below(3) > 0).then(|| self.below(node as u64) as usize);
        }
        report.elapsed_ns = self.size(64);
        report
    }
}

fn each_random_report(mut check: impl FnMut(&mut Random, Report)) {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for _ in 0..60 {
        let report = random.report();
        check(&mut random, report);
    }
}

fn widest(text: &str) -> usize {
    text.lines().map(width).max().unwrap_or(0)
}

#[test]
fn no_printed_line_is_wider_than_a_hundred_columns() {
    each_random_report(|random, mut report| {
        let other = random.report();
        let sorts = [SortBy::Bytes, SortBy::Peak, SortBy::Churn, SortBy::Time, SortBy::Name];
        for text in [
            report.to_string(),
            report
                .table()
                .sort_by(sorts[random.below(5) as usize])
                .limit(random.below(9) as usize)
                .to_string(),
            report.tree_text().to_string(),
            report.tree_text().min_share(0.0).to_string(),
            report.diff(&other).to_string(),
        ] {
            let line = text.lines().max_by_key(|line| width(line)).unwrap_or_default();
            assert!(width(line) <= 100, "{line}");
        }
        for status in [Status::NotInstalled, Status::Off] {
            report.status = status;
            assert!(widest(&report.to_string()) <= 100, "{report}");
            assert!(report.to_string().starts_with("warning: "));
        }
    });
}

#[test]
fn json_gives_the_same_report_back_and_the_same_findings() {
    each_random_report(|_, report| {
        let back = Report::from_json(&report.to_json()).unwrap();
        for (back, site) in back.sites.iter().zip(&report.sites) {
            assert_eq!(back, site);
        }
        assert!(back == report);
        assert_eq!(back.findings(), report.findings());
    });
}

#[test]
fn every_cut_of_the_json_is_an_error_and_no_panic() {
    let text = fixture::sample().to_json();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        assert!(Report::from_json(&text[..end]).unwrap_err().is_format());
    }
}

#[test]
fn a_diff_with_itself_has_nothing_to_show() {
    each_random_report(|_, report| {
        let diff = report.diff(&report);
        assert!(diff.sites.iter().all(|site| !site.bytes.exceeds(0.0) && !site.calls.exceeds(0.0)));
        let same = format!("= {}", units::counted(report.sites.len() as u64, "site"));
        assert!(report.sites.is_empty() || diff.to_string().contains(&same), "{diff}");
    });
}

#[test]
fn csv_has_as_many_cells_in_every_line() {
    each_random_report(|_, report| {
        let csv = report.to_csv();
        let (mut quoted, mut commas, mut lines) = (false, 0, Vec::new());
        for c in csv.chars() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => commas += 1,
                '\r' if !quoted => lines.push(std::mem::take(&mut commas)),
                _ => {}
            }
        }
        assert_eq!(lines.len(), report.sites.len() + 1);
        assert!(lines.iter().all(|line| *line == lines[0]), "{csv}");
    });
}

#[test]
fn folded_stacks_add_up_to_the_total() {
    each_random_report(|_, report| {
        for (weight, total) in
            [(Weight::Bytes, report.total.bytes), (Weight::Blocks, report.total.allocs)]
        {
            let folded = report.to_folded(weight);
            let values =
                folded.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
            assert_eq!(values.fold(0, u64::wrapping_add), total);
        }
    });
}

#[test]
fn a_finding_concerns_its_share_and_promises_no_more_than_there_is() {
    each_random_report(|_, report| {
        let findings = report.findings();
        for finding in &findings {
            assert!(finding.share >= 0.05, "{finding}");
            assert!(finding.saving.allocs <= report.total.allocs, "{finding}");
            assert!(finding.saving.bytes <= report.total.bytes, "{finding}");
            assert!(!finding.evidence.is_empty() && !finding.help.is_empty());
        }
        assert!(widest(&findings.to_string()) <= 160);
    });
}
