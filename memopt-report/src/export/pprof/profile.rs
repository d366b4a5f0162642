//! A `Profile` message under construction: texts, functions, locations and mappings are written
//! once each and named by number. Field numbers are those of pprof's `profile.proto`.

use super::wire::Message;
use crate::{Line, Module};
use std::collections::HashMap;

/// The members of a `Profile`, by the numbers they have in it.
mod field {
    pub(super) const SAMPLE_TYPE: u64 = 1;
    pub(super) const SAMPLE: u64 = 2;
    pub(super) const MAPPING: u64 = 3;
    pub(super) const LOCATION: u64 = 4;
    pub(super) const FUNCTION: u64 = 5;
    pub(super) const TEXT: u64 = 6;
    pub(super) const DROP_FRAMES: u64 = 7;
    pub(super) const TIME_NANOS: u64 = 9;
    pub(super) const DURATION_NANOS: u64 = 10;
    pub(super) const PERIOD_TYPE: u64 = 11;
    pub(super) const PERIOD: u64 = 12;
    pub(super) const COMMENT: u64 = 13;
    pub(super) const DEFAULT_SAMPLE_TYPE: u64 = 14;
}

/// A quantity and its unit.
pub(super) type ValueType = (&'static str, &'static str);

/// A profile under construction.
pub(super) struct Profile {
    message: Message,
    texts: HashMap<String, u64>,
    /// Written behind all else, when all are known.
    text_list: Message,
    functions: HashMap<(u64, u64), u64>,
    mappings: u64,
    locations: u64,
}

impl Profile {
    /// An empty profile of these quantities.
    pub(super) fn new(types: &[ValueType]) -> Self {
        let mut profile = Self {
            message: Message::default(),
            texts: HashMap::new(),
            text_list: Message::default(),
            functions: HashMap::new(),
            mappings: 0,
            locations: 0,
        };
        // Text 0 is the empty one.
        profile.text("");
        for &value in types {
            let value = profile.value_type(value);
            profile.message.message(field::SAMPLE_TYPE, &value);
        }
        profile
    }

    /// The quantity shown first.
    pub(super) fn default_type(&mut self, name: &str) {
        let name = self.text(name);
        self.message.number(field::DEFAULT_SAMPLE_TYPE, name);
    }

    /// Functions that readers leave out, with all they call: a regular expression for the whole
    /// name.
    pub(super) fn drop_frames(&mut self, functions: &str) {
        let functions = self.text(functions);
        self.message.number(field::DROP_FRAMES, functions);
    }

    /// A line for people.
    pub(super) fn comment(&mut self, comment: &str) {
        let comment = self.text(comment);
        self.message.numbers(field::COMMENT, &[comment]);
    }

    /// When it was taken, ns since 1970, and what time it covers, ns.
    pub(super) fn time(&mut self, unix_ns: u64, duration_ns: u64) {
        self.message.number(field::TIME_NANOS, unix_ns);
        self.message.number(field::DURATION_NANOS, duration_ns);
    }

    /// Of what quantity one unit in how many is sampled.
    pub(super) fn period(&mut self, value: ValueType, period: u64) {
        let value = self.value_type(value);
        self.message.message(field::PERIOD_TYPE, &value);
        self.message.number(field::PERIOD, period);
    }

    /// A mapped file; `known` says of which of its addresses functions, files, lines and inlined
    /// calls are in the profile, so that readers look up the rest. Gives its number.
    pub(super) fn mapping(&mut self, module: &Module, known: Known) -> u64 {
        self.mappings += 1;
        let mut mapping = Message::default();
        mapping.number(1, self.mappings);
        mapping.number(2, module.start);
        mapping.number(3, module.end);
        mapping.number(4, module.file_offset);
        mapping.number(5, self.text(&module.path));
        mapping.number(6, self.text(&module.build_id));
        mapping.number(7, u64::from(known.functions));
        mapping.number(8, u64::from(known.lines));
        mapping.number(9, u64::from(known.lines));
        mapping.number(10, u64::from(known.functions));
        self.message.message(field::MAPPING, &mapping);
        self.mappings
    }

    /// A place in the code; mapping and address are 0 where it is none of the machine code's. Gives
    /// its number.
    pub(super) fn location(&mut self, mapping: u64, address: u64, lines: &[Line]) -> u64 {
        self.locations += 1;
        let mut location = Message::default();
        location.number(1, self.locations);
        location.number(2, mapping);
        location.number(3, address);
        for line in lines {
            let mut message = Message::default();
            message.number(1, self.function(&line.function, &line.file));
            message.number(2, u64::from(line.line));
            location.message(4, &message);
        }
        self.message.message(field::LOCATION, &location);
        self.locations
    }

    /// A sample: its locations, innermost first, a value for each quantity, and labels.
    pub(super) fn sample(&mut self, locations: &[u64], values: &[u64], labels: &[(&str, &str)]) {
        let mut sample = Message::default();
        sample.numbers(1, locations);
        sample.numbers(2, values);
        for (key, value) in labels {
            let mut label = Message::default();
            label.number(1, self.text(key));
            label.number(2, self.text(value));
            sample.message(3, &label);
        }
        self.message.message(field::SAMPLE, &sample);
    }

    /// The whole message.
    pub(super) fn finish(mut self) -> Message {
        self.message.append(&self.text_list);
        self.message
    }

    /// The number of a function. Its system name stays empty: readers would try to demangle it.
    fn function(&mut self, name: &str, file: &str) -> u64 {
        let key = (self.text(name), self.text(file));
        let next = self.functions.len() as u64 + 1;
        let number = *self.functions.entry(key).or_insert(next);
        if number == next {
            let mut function = Message::default();
            function.number(1, number);
            function.number(2, key.0);
            function.number(4, key.1);
            self.message.message(field::FUNCTION, &function);
        }
        number
    }

    fn value_type(&mut self, (name, unit): ValueType) -> Message {
        let mut value = Message::default();
        value.number(1, self.text(name));
        value.number(2, self.text(unit));
        value
    }

    /// The number of a text.
    fn text(&mut self, text: &str) -> u64 {
        if let Some(&number) = self.texts.get(text) {
            return number;
        }
        let number = self.texts.len() as u64;
        self.texts.insert(text.to_owned(), number);
        self.text_list.text(field::TEXT, text);
        number
    }
}

/// What a profile tells of a mapping's addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// The functions of all, inlined ones too.
    pub(super) functions: bool,
    /// File and line, of those that have any.
    pub(super) lines: bool,
}

impl Known {
    /// Of the addresses with these lines. Readers ask the file about a mapping of which any of this
    /// is not known, and replace what the profile says; so what the debug information itself does
    /// not have is no reason to ask.
    pub(super) fn of<'a>(mut frames: impl Iterator<Item = &'a [Line]> + Clone) -> Self {
        let lines = frames.clone().flatten().any(|line| line.line > 0);
        let functions = frames.all(|lines| !lines.is_empty());
        Self { functions, lines: functions && lines }
    }
}
