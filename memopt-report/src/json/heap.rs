//! A heap report.

use super::Format;
use crate::{Error, HeapReport};

const FORMAT: Format =
    Format { name: "memopt-heap", version: HeapReport::VERSION, writer: "HeapReport::to_json" };

impl HeapReport {
    /// The report as one line of JSON. Addresses get their functions first, if this process took
    /// the stacks, since other processes cannot name them.
    ///
    /// # Examples
    ///
    /// ```
    /// use memopt::report::HeapReport;
    ///
    /// # fn main() -> Result<(), memopt::Error> {
    /// let report = HeapReport::default();
    /// assert_eq!(HeapReport::from_json(&report.to_json())?, report);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_json(&self) -> String {
        FORMAT.write(&*self.resolved())
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    ///
    /// If the text is not JSON or not a heap report of memopt, if a later memopt wrote it, or if it
    /// names frames or threads that it does not hold. The message says which and where.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = memopt::report::HeapReport::from_json("{}").unwrap_err();
    /// assert!(error.is_format());
    /// ```
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let report: Self = FORMAT.read(text)?;
        report.check_indices()?;
        Ok(report)
    }

    fn check_indices(&self) -> Result<(), Error> {
        for (i, call_path) in self.call_paths.iter().enumerate() {
            if let Some(frame) =
                call_path.stack.iter().find(|frame| **frame as usize >= self.frames.len())
            {
                let frames = self.frames.len();
                return Err(Error::corrupt(format!(
                    "call_path {i} names frame {frame}, but there are {frames} frames"
                )));
            }
        }
        for (i, hand_off) in self.hand_offs.iter().enumerate() {
            let thread = hand_off.from_thread.max(hand_off.to_thread);
            if thread as usize >= self.threads.len() {
                let threads = self.threads.len();
                return Err(Error::corrupt(format!(
                    "hand-off {i} names thread {thread}, but there are {threads} threads"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::fixture;
    use crate::{CallPath, Estimate, HandOff, HeapReport, Report, StackFrame};

    fn sample() -> HeapReport {
        let live = Estimate {
            samples: 3,
            blocks: 77,
            bytes: 1_572_864,
            bytes_variance: 8.245_123_456_789e11,
            largest_weight: 524_288.1,
        };
        HeapReport {
            interval: 524_288,
            call_paths: vec![CallPath { stack: vec![0], live, ..CallPath::default() }],
            frames: vec![StackFrame::default()],
            hand_offs: vec![HandOff::default()],
            threads: vec!["main".into()],
            ..HeapReport::default()
        }
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let report = sample();
        assert_eq!(HeapReport::from_json(&report.to_json()).unwrap(), report);
        assert!(report.to_json().starts_with("{\"format\":\"memopt-heap\",\"version\":2,"));
    }

    #[test]
    fn a_report_of_sites_is_told_apart() {
        let error = HeapReport::from_json(&fixture::sample().to_json()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "not a memopt report: `format` is `memopt-report`, not `memopt-heap`; expected the \
             text that `HeapReport::to_json` returns"
        );
        assert!(Report::from_json(&sample().to_json()).unwrap_err().is_format());
    }

    #[test]
    fn an_index_that_leads_nowhere_is_corrupt() {
        let mut report = sample();
        report.call_paths[0].stack.push(9);
        let error = HeapReport::from_json(&report.to_json()).unwrap_err();
        assert!(error.is_corrupt());
        assert!(
            error.to_string().contains("call_path 0 names frame 9, but there are 1 frames"),
            "{error}"
        );
        let mut report = sample();
        report.hand_offs[0].to_thread = 1;
        assert!(HeapReport::from_json(&report.to_json()).unwrap_err().is_corrupt());
    }

    #[test]
    fn a_newer_version_asks_for_an_update() {
        let text = sample().to_json().replacen("\"version\":2", "\"version\":3", 1);
        assert!(HeapReport::from_json(&text).unwrap_err().is_newer_version());
    }
}
