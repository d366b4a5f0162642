//! The heap for speedscope: <https://www.speedscope.app/file-format-schema.json>, profiles of type
//! `sampled`.

use super::HeapWeight;
use crate::HeapReport;
#[cfg(feature = "json")]
use serde::Serialize;
use std::collections::HashMap;

/// The file. Members have the schema's names.
#[cfg_attr(feature = "json", derive(Serialize), serde(rename_all = "camelCase"))]
struct File {
    #[cfg_attr(feature = "json", serde(rename = "$schema"))]
    schema: &'static str,
    name: &'static str,
    exporter: &'static str,
    active_profile_index: usize,
    shared: Shared,
    profiles: Vec<Profile>,
}

#[cfg_attr(feature = "json", derive(Serialize))]
struct Shared {
    frames: Vec<Frame>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "json", derive(Serialize))]
struct Frame {
    name: String,
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    file: Option<String>,
    #[cfg_attr(feature = "json", serde(skip_serializing_if = "Option::is_none"))]
    line: Option<u32>,
}

#[cfg_attr(feature = "json", derive(Serialize), serde(rename_all = "camelCase"))]
struct Profile {
    #[cfg_attr(feature = "json", serde(rename = "type"))]
    kind: &'static str,
    name: &'static str,
    unit: &'static str,
    start_value: u64,
    end_value: u64,
    /// Numbers of frames, the outermost first.
    samples: Vec<Vec<usize>>,
    weights: Vec<u64>,
}

impl HeapReport {
    /// The heap as JSON for [speedscope](https://www.speedscope.app): a profile each of what is
    /// live, what was live at the peak, and all that was allocated, in bytes. Scopes are the
    /// outermost frames, in brackets.
    ///
    /// # Examples
    ///
    /// ```
    /// let json = memopt::report::HeapReport::default().to_speedscope();
    /// assert!(json.contains("https://www.speedscope.app/file-format-schema.json"));
    /// ```
    pub fn to_speedscope(&self) -> String {
        let report = &*self.resolved();
        let mut frames: Vec<Frame> = Vec::new();
        let mut numbers: HashMap<Frame, usize> = HashMap::new();
        let mut number = |frame: Frame| {
            *numbers.entry(frame).or_insert_with_key(|frame| {
                frames.push(frame.clone());
                frames.len() - 1
            })
        };
        let stacks: Vec<Vec<usize>> = report
            .call_paths
            .iter()
            .map(|call_path| {
                let frame = |call: &crate::model::heap::stack::Call<'_>| Frame {
                    name: call.name.clone().into_owned(),
                    file: (!call.file.is_empty()).then(|| call.file.to_owned()),
                    line: (call.line > 0).then_some(call.line),
                };
                report.path(call_path).iter().map(|call| number(frame(call))).collect()
            })
            .collect();
        let profiles =
            HeapWeight::ALL.iter().map(|&weight| self.speedscope_profile(weight, &stacks));
        let file = File {
            schema: "https://www.speedscope.app/file-format-schema.json",
            name: "memopt heap",
            exporter: concat!("memopt@", env!("CARGO_PKG_VERSION")),
            active_profile_index: 0,
            profiles: profiles.collect(),
            shared: Shared { frames },
        };
        crate::json::text(&file)
    }

    fn speedscope_profile(&self, weight: HeapWeight, stacks: &[Vec<usize>]) -> Profile {
        let some =
            self.call_paths.iter().zip(stacks).filter(|(call_path, _)| weight.of(call_path) > 0);
        let (samples, weights): (Vec<_>, Vec<_>) =
            some.map(|(call_path, stack)| (stack.clone(), weight.of(call_path))).unzip();
        Profile {
            kind: "sampled",
            name: weight.name(),
            unit: "bytes",
            start_value: 0,
            end_value: weights.iter().sum(),
            samples,
            weights,
        }
    }
}
