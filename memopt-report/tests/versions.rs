//! Texts that earlier versions wrote are still read.

use memopt_report::{HeapReport, Remedy, Report, Status, Step};

/// Written by a run of the quickstart; all but three sites were taken out.
const REPORT_1: &str = include_str!("data/report.v1.json");

#[test]
fn a_report_of_version_1() {
    assert!(REPORT_1.starts_with("{\"format\":\"memopt-report\",\"version\":1,"));
    let report = Report::from_json(REPORT_1).unwrap();
    assert_eq!(report.status(), Status::Counting);
    assert_eq!(report.total().allocs, 73_200_297);
    let site = report.site("pass::index_file").unwrap();
    assert_eq!((site.calls, site.line), (12_870, 84));
    // The member was called `holders`.
    let [chunks] = report.reclaimable() else {
        panic!("one reclaimable: {:?}", report.reclaimable())
    };
    assert_eq!((chunks.name.as_str(), chunks.remedy), ("arena chunks (64 KiB)", Remedy::Arena));
    // The step was called `kept`.
    let steps: Vec<Step> = report.actions().iter().map(|action| action.step).collect();
    assert_eq!(steps, [Step::Tried, Step::Tried, Step::Reverted, Step::Adopted, Step::Adopted]);
    let written = report.to_json();
    assert!(written.starts_with("{\"format\":\"memopt-report\",\"version\":2,"));
    assert!(written.contains("\"reclaimable\":[") && written.contains("\"step\":\"adopted\""));
    assert_eq!(Report::from_json(&written).unwrap(), report);
}

#[test]
fn a_heap_report_of_version_1() {
    let text = r#"{"format":"memopt-heap","version":1,"mode":"exact","interval":1,"at_ns":5,"spots":[
        {"scopes":["app::main"],"stack":[0],
         "allocated":{"samples":3,"blocks":3,"bytes":300,"bytes_variance":0.0,"largest_weight":0.0},
         "live":{"samples":1,"blocks":1,"bytes":100,"bytes_variance":0.0,"largest_weight":0.0},
         "at_peak":{"samples":2,"blocks":2,"bytes":200,"bytes_variance":0.0,"largest_weight":0.0},
         "peak_bytes":200,"lifetimes":{"blocks":2,"total_ns":64.0,"powers":[0,0,0,0,2]},
         "contents":{"looked_at":0,"never_written":0,"zero":0,"duplicate":0},"usable_bytes":112}],
        "frames":[{"address":4096,"lines":[{"function":"app::main","file":"src/main.rs","line":3}]}],
        "modules":[],"hand_offs":[],"threads":["main"],"peak_at_ns":4,
        "peak_bytes":200,"own_bytes":0,"lost":0}"#;
    let heap = HeapReport::from_json(text).unwrap();
    assert_eq!(heap.call_paths[0].live.bytes, 100);
    assert_eq!(heap.lines(&heap.call_paths[0]).next().unwrap().function, "app::main");
    let written = heap.to_json();
    assert!(written.starts_with("{\"format\":\"memopt-heap\",\"version\":2,"));
    assert!(written.contains("\"call_paths\":["));
    assert_eq!(HeapReport::from_json(&written).unwrap(), heap);
}
