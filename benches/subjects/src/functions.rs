//! The functions that get a tool's attribute, written once.

/// Defines the measured functions and their loops with the given attributes on each.
///
/// `functions!(nothing, #[tool::attribute])` puts the attribute on every function a user would
/// annotate; without attributes the same functions are plain. The first argument is the body of the
/// otherwise empty function: a path to an `fn(&Step)`.
#[macro_export]
macro_rules! functions {
    ($body:path $(, #[$attribute:meta])*) => {
        use ::std::hint::black_box;
        use ::std::time::Duration;

        use ::serde_json::Value;
        use $crate::calls::{STEPS, Step};

        $(#[$attribute])*
        #[inline(never)]
        fn empty(step: &Step) {
            $body(black_box(step));
        }

        /// Calls of the empty function as fast as they go.
        #[allow(dead_code, reason = "not every subject runs every loop")]
        pub fn calls(iterations: u64) -> Duration {
            let steps = $crate::calls::steps();
            $crate::bench::timed(iterations, |i| empty(&steps[i as usize % STEPS]))
        }

        /// Calls of the empty function, one per 2 µs.
        #[allow(dead_code, reason = "not every subject runs every loop")]
        pub fn paced(iterations: u64) -> Duration {
            let steps = $crate::calls::steps();
            $crate::calls::paced(iterations, |i| empty(&steps[i as usize % STEPS]))
        }

        $(#[$attribute])*
        async fn wait(polls: u64) {
            $crate::poll::Pending(polls).await;
        }

        /// Futures that are pending once.
        #[allow(dead_code, reason = "not every subject runs every loop")]
        pub fn polls(iterations: u64) -> Duration {
            $crate::poll::short(iterations, || wait(black_box(1)))
        }

        /// One future that stays pending.
        #[allow(dead_code, reason = "not every subject runs every loop")]
        pub fn long_polls(iterations: u64) -> Duration {
            $crate::poll::long(iterations, wait(u64::MAX))
        }

        $(#[$attribute])*
        fn parse_record(line: &str) -> Value {
            ::serde_json::from_str(line).expect("the document is valid")
        }

        $(#[$attribute])*
        fn cents(record: &Value) -> u64 {
            let Some(items) = record["items"].as_array() else { return 0 };
            items.iter().filter_map(|item| Some(item["cents"].as_u64()? * item["quantity"].as_u64()?)).sum()
        }

        $(#[$attribute])*
        fn parse_section<'a>(lines: &mut ::std::iter::Peekable<::std::str::Lines<'a>>) -> (Vec<Value>, u64) {
            let mut records = Vec::new();
            let mut total = 0;
            while let Some(line) = lines.next_if(|line| !line.starts_with("{\"section\"")) {
                let record = parse_record(line);
                total += cents(&record);
                records.push(record);
            }
            (records, total)
        }

        $(#[$attribute])*
        fn parse_document(text: &str) -> u64 {
            let mut lines = text.lines().peekable();
            let mut sections = Vec::new();
            let mut total = 0;
            while let Some(header) = lines.next() {
                let header = parse_record(header);
                let (records, cents) = parse_section(&mut lines);
                total += cents;
                sections.push((header, records));
            }
            total
        }

        /// The megabyte parsed and dropped.
        #[allow(dead_code, reason = "not every subject runs every loop")]
        pub fn json(iterations: u64) -> Duration {
            let text = $crate::document::text();
            $crate::bench::timed(iterations, |_| {
                black_box(parse_document(black_box(text)));
            })
        }
    };
}
