//! Where `memopt::Alloc` is not the global allocator, that is said first and no zeros are given for
//! figures.

use memopt_runtime::report::Status;
use memopt_runtime::{record, report, scope};
use std::hint::black_box;

fn work() {
    let _scope = scope!("without the allocator");
    drop(black_box(vec![1u8; 12_345]));
}

#[test]
fn a_report_without_the_allocator_says_so_first() {
    work();
    let recording = record(work);
    for report in [&report(), &recording.report] {
        assert_eq!(report.status(), Status::NotInstalled);
        let text = report.to_string();
        let first = text.lines().next().unwrap();
        assert!(first.contains("memopt::Alloc is not the global allocator"), "{text}");
        assert!(text.contains("#[global_allocator]"), "the remedy is named: {text}");
        // Calls are counted without it; bytes and blocks are unknown, and neither figure is printed
        // as zero.
        let site =
            report.sites().iter().find(|s| s.name.ends_with("without the allocator")).unwrap();
        assert!(site.calls >= 1);
        let row = text.lines().find(|line| line.contains("without the allocator")).unwrap();
        assert!(!row.contains(" 0 "), "{row}");
        assert!(!text.contains("0 B"), "{text}");
        assert!(report.to_json().contains("\"not_installed\""));
        let csv = report.to_csv();
        let line = csv.lines().find(|line| line.contains("without the allocator")).unwrap();
        assert!(!line.split(',').skip(10).any(|cell| cell == "0"), "{line}");
        assert!(report.findings().is_empty());
    }
}
