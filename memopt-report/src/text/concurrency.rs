//! The tables of threads and tasks.

use super::frame;
use super::grid::{WIDTH, grid};
use crate::label::{self, clean, shorten};
use crate::units;
use crate::{Concurrency, Status, TaskSite, ThreadReport, Waiting};
use std::fmt::{self, Write as _};

/// Rows of a table; the text says how many were left out.
const LIMIT: usize = 20;
/// Places where the tasks of one site wait.
const PLACES: usize = 3;

impl fmt::Display for Concurrency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        label::print(f, |out| {
            frame::notice(out, self.status, WIDTH)?;
            if self.status == Status::Off && self.threads.is_empty() && self.tasks.is_empty() {
                return Ok(());
            }
            if self.status != Status::Counting {
                writeln!(out)?;
            }
            heading(out, self)?;
            let names = self.tasks.iter().map(|site| &site.site);
            let places =
                self.tasks.iter().flat_map(|site| &site.waiting).flat_map(|place| &place.scopes);
            let stands = self.threads.iter().flat_map(|thread| &thread.scopes);
            let prefix = label::shared_path(names.chain(places).chain(stands).map(String::as_str));
            let prefix = prefix.unwrap_or_default();
            threads(out, self, &prefix)?;
            tasks(out, self, &prefix)?;
            if !prefix.is_empty() {
                writeln!(out, "names are below `{}`", shorten(&clean(&prefix), WIDTH - 20))?;
            }
            Ok(())
        })
    }
}

fn heading(f: &mut String, profile: &Concurrency) -> fmt::Result {
    let since = if profile.since_start { "since the start" } else { "before this reading" };
    writeln!(
        f,
        "memopt: {} and {} alive; rates over the {} {since}",
        units::counted(profile.threads.len() as u64, "thread"),
        units::counted(profile.live_tasks(), "task"),
        units::duration(profile.window_ns as f64)
    )
}

fn signed(bytes: i64) -> String {
    format!("{}{}", if bytes < 0 { "-" } else { "" }, units::bytes_short(bytes.unsigned_abs(), 3))
}

fn threads(f: &mut String, profile: &Concurrency, prefix: &str) -> fmt::Result {
    let headers = ["id", "state", "allocs", "bytes", "live", "allocs/s", "bytes/s"];
    let shown = &profile.threads[..profile.threads.len().min(LIMIT)];
    let name =
        |t: &ThreadReport| if t.name.is_empty() { "(no name)".to_owned() } else { clean(&t.name) };
    let mut names: Vec<String> = shown.iter().map(name).collect();
    let mut rows: Vec<Vec<String>> = shown
        .iter()
        .map(|t| {
            vec![
                if t.os_id == 0 { "-".to_owned() } else { t.os_id.to_string() },
                t.state.name().to_owned(),
                units::count_short(t.totals.allocs),
                units::bytes_short(t.totals.bytes, 3),
                signed(t.live_bytes()),
                units::count_short(t.allocs_per_s as u64),
                units::bytes_short(t.bytes_per_s as u64, 3),
            ]
        })
        .collect();
    let ended = &profile.ended;
    if ended.count > 0 {
        names.push(format!("{} ended", units::count(ended.count)));
        rows.push(vec![
            String::new(),
            String::new(),
            units::count_short(ended.totals.allocs),
            units::bytes_short(ended.totals.bytes, 3),
            signed(ended.totals.live_bytes()),
            String::new(),
            String::new(),
        ]);
    }
    if names.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    writeln!(f, "\n{}", grid("thread", &headers, &names, &rows, WIDTH))?;
    rest(f, profile.threads.len(), "thread")?;
    for (thread, name) in shown.iter().zip(&names).filter(|(thread, _)| !thread.scopes.is_empty()) {
        line(f, &format!("{name} stands in "), prefix, &thread.scopes)?;
    }
    if profile.status == Status::Counting {
        writeln!(
            f,
            "live: allocated minus freed by the thread; a block that another thread frees stays \
             counted here"
        )?;
    }
    Ok(())
}

fn tasks(f: &mut String, profile: &Concurrency, prefix: &str) -> fmt::Result {
    if profile.tasks.is_empty() {
        return Ok(());
    }
    let headers = [
        "live",
        "running",
        "age min",
        "median",
        "max",
        "polls",
        "held",
        "futures",
        "done",
        "cancelled",
    ];
    let shown = &profile.tasks[..profile.tasks.len().min(LIMIT)];
    let age = |site: &TaskSite, ns: u64| {
        if site.live == 0 { "-".to_owned() } else { units::duration_short(ns as f64) }
    };
    let rows: Vec<Vec<String>> = shown
        .iter()
        .map(|s| {
            vec![
                units::count_short(s.live),
                units::count_short(s.running),
                age(s, s.age_min_ns),
                age(s, s.age_median_ns),
                age(s, s.age_max_ns),
                units::count_short(s.polls),
                signed(s.held_bytes),
                units::bytes_short(s.future_bytes, 3),
                units::count_short(s.completed),
                units::count_short(s.cancelled),
            ]
        })
        .collect();
    let names: Vec<String> =
        shown.iter().map(|site| clean(label::below(prefix, &site.site))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    writeln!(f, "\n{}", grid("tasks of", &headers, &names, &rows, WIDTH))?;
    rest(f, profile.tasks.len(), "site")?;
    for site in shown {
        for place in site.waiting.iter().take(PLACES) {
            line(f, &waiting(place), prefix, &place.scopes)?;
        }
        if site.waiting.len() > PLACES {
            let more = (site.waiting.len() - PLACES) as u64;
            writeln!(
                f,
                "  of {} some wait in {}",
                in_words(prefix, &site.site),
                units::counted(more, "other place")
            )?;
        }
    }
    if profile.unlisted > 0 {
        let line = format!(
            "! {} not listed: records have reached their cap",
            units::counted(profile.unlisted, "task")
        );
        writeln!(f, "{line}")?;
    }
    writeln!(
        f,
        "held: allocated less freed in the tasks' polls; futures: their own size; done, cancelled: \
         all calls\nof the site"
    )
}

fn waiting(place: &Waiting) -> String {
    let one = place.tasks == 1;
    format!("{} {} in ", units::counted(place.tasks, "task"), if one { "waits" } else { "wait" })
}

/// What was left out.
fn rest(f: &mut String, all: usize, noun: &str) -> fmt::Result {
    match all.checked_sub(LIMIT) {
        None | Some(0) => Ok(()),
        Some(more) => {
            writeln!(f, "+ {} not shown; see the JSON", units::counted(more as u64, noun))
        }
    }
}

/// A site's name within a sentence.
fn in_words(prefix: &str, site: &str) -> String {
    shorten(&clean(label::below(prefix, site)), 40)
}

/// A chain of sites within the width, as many of the innermost as there is room for.
fn line(f: &mut String, lead: &str, prefix: &str, scopes: &[String]) -> fmt::Result {
    const ARROW: &str = " > ";
    const CUT: &str = "… > ";
    let lead = shorten(lead, WIDTH / 2);
    let room = WIDTH - 2 - label::width(&lead) - label::width(CUT);
    let mut inner = scopes.iter().rev().map(|scope| clean(label::below(prefix, scope)));
    let mut text = inner.next().map_or_else(String::new, |scope| shorten(&scope, room));
    for scope in inner {
        let longer = format!("{scope}{ARROW}{text}");
        if label::width(&longer) > room {
            text.insert_str(0, CUT);
            break;
        }
        text = longer;
    }
    writeln!(f, "  {lead}{text}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{EndedThreads, RunState, TaskPoint, Totals};

    pub(crate) fn sample() -> Concurrency {
        let totals = Totals {
            allocs: 1200,
            bytes: 3 << 20,
            frees: 200,
            freed_bytes: 1 << 20,
            ..Totals::default()
        };
        let worker = ThreadReport {
            name: "worker-1".into(),
            os_id: 4711,
            state: RunState::Running,
            totals,
            allocs_per_s: 600.0,
            bytes_per_s: 1.5 * 1024.0 * 1024.0,
            scopes: vec!["app::serve".into(), "app::parse".into()],
        };
        let handler = TaskSite {
            site: "app::handle".into(),
            file: "src/main.rs".into(),
            line: 7,
            column: 4,
            live: 1000,
            running: 2,
            age_min_ns: 4_000_000,
            age_median_ns: 2_000_000_000,
            age_max_ns: 9_000_000_000,
            polls: 5000,
            held_bytes: 1000 << 10,
            future_bytes: 96_000,
            completed: 77,
            cancelled: 3,
            waiting: vec![
                Waiting {
                    scopes: vec!["app::handle".into(), "app::read".into()],
                    tasks: 990,
                    held_bytes: 990 << 10,
                },
                Waiting { scopes: vec!["app::handle".into()], tasks: 10, held_bytes: 10 << 10 },
            ],
            history: vec![TaskPoint { at_ns: 5, live: 1000, low: 1000, still_live: 1000 }],
            ..TaskSite::default()
        };
        let mut profile = Concurrency::empty(Status::Counting);
        (profile.at_ns, profile.window_ns, profile.since_start) =
            (9_000_000_000, 2_000_000_000, false);
        profile.threads = vec![worker];
        profile.ended = EndedThreads { count: 3, totals };
        profile.tasks = vec![handler];
        profile
    }

    #[test]
    fn the_tables_hold_the_figures() {
        let text = sample().to_string();
        assert!(
            text.starts_with(
                "memopt: 1 thread and 1,000 tasks alive; rates over the 2.00 s before this \
                 reading\n"
            ),
            "{text}"
        );
        let row = |name: &str| -> Vec<String> {
            let line = text.lines().find(|line| line.starts_with(name)).expect("the row is there");
            line.split_whitespace().map(str::to_owned).collect()
        };
        assert_eq!(
            row("worker-1"),
            ["worker-1", "4711", "running", "1200", "3.00M", "2.00M", "600", "1.50M"]
        );
        assert_eq!(row("3 ended"), ["3", "ended", "1200", "3.00M", "2.00M"]);
        assert_eq!(
            row("handle"),
            [
                "handle", "1000", "2", "4.00ms", "2.00s", "9.00s", "5000", "0.98M", "93.8K", "77",
                "3"
            ]
        );
        assert!(text.contains("\n  worker-1 stands in serve > parse\n"), "{text}");
        assert!(text.contains("\n  990 tasks wait in handle > read\n"), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_a_hundred_columns() {
        let mut profile = sample();
        let long = "some_crate::a_module::<impl Trait<A, B> for Type<C>>::a_long_name::".repeat(4);
        profile.threads[0].name = long.clone();
        profile.threads[0].scopes = vec![long.clone(); 9];
        (profile.threads[0].os_id, profile.threads[0].totals.bytes) =
            (u64::from(u32::MAX), u64::MAX / 2);
        (profile.threads[0].allocs_per_s, profile.threads[0].bytes_per_s) = (1e18, 1e18);
        profile.tasks[0].site = long.clone();
        profile.tasks[0].waiting =
            vec![Waiting { scopes: vec![long; 3], tasks: u64::MAX, held_bytes: 1 }; 5];
        let site = &mut profile.tasks[0];
        (site.live, site.polls, site.completed, site.cancelled) =
            (99_999, u64::MAX, u64::MAX, u64::MAX);
        (site.held_bytes, site.future_bytes) = (i64::MIN, u64::MAX);
        profile.threads = vec![profile.threads[0].clone(); 30];
        profile.unlisted = u64::MAX;
        let text = profile.to_string();
        assert!(text.lines().all(|line| label::width(line) <= 100), "{text}");
        assert!(text.contains("+ 10 threads not shown"), "{text}");
    }

    #[test]
    fn a_chain_is_cut_at_its_outer_end() {
        let mut text = String::new();
        let scopes: Vec<String> = (0..30).map(|n| format!("app::scope_{n}")).collect();
        line(&mut text, "lead ", "", &scopes).unwrap();
        assert!(
            text.starts_with("  lead … > app::scope_25 >") && text.ends_with("> app::scope_29\n"),
            "{text}"
        );
    }

    #[test]
    fn tracking_off_is_said() {
        let text = Concurrency::empty(Status::Off).to_string();
        assert!(text.starts_with("warning: memopt is built without its feature `track`"), "{text}");
    }
}
