//! What is told in the terminal while the shop is watched.

use memopt::monitor::Monitor;
use memopt::monitor::alerts::{Alert, State};
use memopt::monitor::engine::Published;
use memopt::monitor::series::Key;
use memopt::report::units::{bytes, duration, percent};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Columns of the chart.
const CHART: usize = 24;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The teller.
#[derive(Debug)]
pub(crate) struct Story {
    began: Instant,
    seen: Mutex<VecDeque<f64>>,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), seen: Mutex::default() }
    }

    fn at(&self) -> String {
        format!("{:>4} s", self.began.elapsed().as_secs())
    }

    /// What happens to the shop.
    pub(crate) fn says(&self, what: &str) {
        println!("{}  · {what}", self.at());
    }

    /// A line of figures.
    pub(crate) fn shows(&self, now: &Published, answered: u64) {
        let read = |metric: &str| now.frame.get(&Key::new(metric));
        let live = read("heap.live").unwrap_or(0.0);
        let resident = read("process.resident").map_or_else(String::new, |n| bytes(n as u64));
        let risk = now.found.risk.as_ref();
        let risk = risk.map_or_else(|| "not known yet".to_owned(), |risk| risk.level.to_string());
        println!(
            "{}    heap {:>10}  {:<CHART$}  resident {resident:>10}  {answered:>6} orders  risk {risk}",
            self.at(),
            bytes(live as u64),
            self.chart(live),
        );
    }

    /// The newest values as bars, the largest as high as can be.
    fn chart(&self, value: f64) -> String {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push_back(value);
        if seen.len() > CHART {
            seen.pop_front();
        }
        let most = seen.iter().copied().fold(1.0, f64::max);
        let bar = |value: &f64| BARS[((value / most * 7.0).round() as usize).min(7)];
        seen.iter().map(bar).collect()
    }

    /// Alerts, as they come.
    pub(crate) fn alerts(&self, alerts: &[Alert]) {
        for alert in alerts {
            let text = |name: &str| alert.annotations.get(name).map_or("", String::as_str);
            match alert.state {
                State::Firing => {
                    println!("{}  ▲ {}: {}", self.at(), alert.rule, text("summary"));
                    println!("          {}", text("value"));
                }
                _ => println!("{}  ▽ {} ended", self.at(), alert.rule),
            }
        }
    }
}

/// What it came to.
pub(crate) fn ends(monitor: &Monitor, answered: u64) {
    println!("\n{answered} orders were answered. What the monitor did:");
    let Some(now) = monitor.published() else { return };
    for run in &now.runs {
        println!("\n  {} because {}", run.rule, run.why);
        for action in &run.actions {
            let result = match &action.result {
                Some(Ok(_)) => "done".to_owned(),
                Some(Err(why)) => format!("failed: {why}"),
                None => "not taken".to_owned(),
            };
            println!("    {:<16} {result}", action.name);
            if let Some(effect) = &action.effect {
                let size = |value: f64| bytes(value.max(0.0) as u64);
                let after = effect.after.map_or_else(|| "not known".to_owned(), size);
                println!(
                    "      {}: {} before, {} expected, {after} after: {:?}",
                    effect.metric,
                    size(effect.before),
                    size(effect.expected),
                    effect.verdict
                );
            }
        }
    }
    println!("\nWorth doing:");
    for one in now.found.recommendations.iter().take(3) {
        println!("  {:.2}  {}", one.urgency, one.title);
    }
    println!(
        "\nWatching took {} of a core and {}; a reading took {}.",
        percent(now.cost.own_cpu_ratio),
        bytes(now.cost.own_bytes),
        duration(now.frame.get(&Key::new("monitor.tick")).unwrap_or(0.0) * 1e9),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chart_is_as_wide_as_it_is_long() {
        let story = Story::new();
        assert_eq!(story.chart(1.0), "█");
        assert_eq!(story.chart(2.0), "▅█");
        for _ in 0..100 {
            story.chart(2.0);
        }
        assert_eq!(story.chart(0.0).chars().count(), CHART);
    }
}
