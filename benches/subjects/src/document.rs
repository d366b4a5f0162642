//! A megabyte of JSON as services exchange it: sections of order records, one record a line.

use std::fmt::Write as _;
use std::sync::OnceLock;

use crate::calls::Random;

const SIZE: usize = 1 << 20;
const SECTION: u64 = 150;
const CITIES: [&str; 6] = ["Lisbon", "Osaka", "Nairobi", "Montréal", "São Paulo", "Gdańsk"];
const WORDS: [&str; 10] = [
    "bearing",
    "valve",
    "gasket",
    "sealed",
    "stainless",
    "housing",
    "\\\"M8\\\"",
    "spare",
    "left-hand",
    "kit",
];

/// The document, drawn once, the same in every program.
pub fn text() -> &'static str {
    static DRAWN: OnceLock<String> = OnceLock::new();
    DRAWN.get_or_init(|| {
        let mut random = Random::new(0x0d0c);
        let mut text = String::with_capacity(SIZE + 2048);
        let mut number = 0;
        while text.len() < SIZE {
            let name = ["orders", "returns", "quotes"][random.below(3) as usize];
            let _ = writeln!(text, "{{\"section\":\"{name}\",\"first\":{number}}}");
            for _ in 0..SECTION {
                record(&mut text, &mut random, number);
                number += 1;
            }
        }
        text
    })
}

fn record(text: &mut String, random: &mut Random, number: u64) {
    let city = CITIES[random.below(6) as usize];
    let _ = write!(
        text,
        "{{\"id\":{number},\"placed\":\"2024-{:02}-{:02}T{:02}:15:00Z\",\"paid\":{},\"customer\":{{\"name\":\"customer \
         {}\",\"city\":\"{city}\",\"email\":\"c{}@example.org\",\"score\":{}.{}}},\"items\":[",
        1 + random.below(12),
        1 + random.below(28),
        random.below(24),
        random.below(2) == 0,
        random.below(5000),
        random.below(5000),
        random.below(100),
        random.below(100),
    );
    let items = 1 + random.below(8);
    for item in 0..items {
        let comma = if item == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}{{\"sku\":\"A-{}\",\"text\":\"{} {} {}\",\"quantity\":{},\"cents\":{}}}",
            random.below(100_000),
            WORDS[random.below(10) as usize],
            WORDS[random.below(10) as usize],
            WORDS[random.below(10) as usize],
            1 + random.below(9),
            random.below(100_000),
        );
    }
    let _ = writeln!(
        text,
        "],\"notes\":null,\"tags\":[\"web\",\"{}\"]}}",
        WORDS[random.below(10) as usize]
    );
}
