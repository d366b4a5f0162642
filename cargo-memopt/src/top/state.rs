//! What is shown, and what keys do.

use super::data::{Alert, Finding, Health, Site, SiteList, Status, Task, Thread};
use std::collections::{HashMap, VecDeque};

/// Readings that the graph keeps.
const READINGS: usize = 600;

/// A page of the view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Sites.
    #[default]
    Sites,
    /// Threads.
    Threads,
    /// Tasks.
    Tasks,
    /// Alerts.
    Alerts,
    /// Findings.
    Findings,
}

impl Tab {
    /// All, in the order of their keys.
    pub(crate) const ALL: [Self; 5] =
        [Self::Sites, Self::Threads, Self::Tasks, Self::Alerts, Self::Findings];

    /// Its title.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Sites => "Sites",
            Self::Threads => "Threads",
            Self::Tasks => "Tasks",
            Self::Alerts => "Alerts",
            Self::Findings => "Findings",
        }
    }

    fn next(self, step: isize) -> Self {
        let at = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        let count = Self::ALL.len();
        Self::ALL[(at + count).saturating_add_signed(step) % count]
    }
}

/// What orders the sites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Bytes a second.
    #[default]
    Rate,
    /// Live bytes.
    Live,
    /// Bytes allocated.
    Bytes,
    /// Calls.
    Calls,
    /// Name.
    Name,
}

impl Order {
    fn next(self) -> Self {
        match self {
            Self::Rate => Self::Live,
            Self::Live => Self::Bytes,
            Self::Bytes => Self::Calls,
            Self::Calls => Self::Name,
            Self::Name => Self::Rate,
        }
    }

    /// The word of the server for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            // The server knows no rates of sites: those with most bytes are looked at.
            Self::Rate | Self::Bytes => "bytes",
            Self::Live => "live",
            Self::Calls => "calls",
            Self::Name => "name",
        }
    }
}

/// What keys mean now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// They move and choose.
    #[default]
    Plain,
    /// They write the filter.
    Filter,
    /// They answer a question.
    Confirm(Deed),
    /// Any key closes what lies above.
    Help,
    /// One row is shown in full.
    Detail,
}

/// What the server is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Give memory back.
    Reclaim,
    /// Keep a profile of the heap.
    Profile,
}

impl Deed {
    /// What is asked before it is done.
    pub(crate) fn question(self) -> &'static str {
        match self {
            Self::Reclaim => "Let the program give back the memory it holds for reuse?",
            Self::Profile => "Let the program keep a profile of its heap?",
        }
    }
}

/// A key, as far as this view knows keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A character.
    Char(char),
    /// An arrow or its like.
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Left,
    Right,
    Tab,
    Enter,
    Escape,
    Backspace,
}

/// What the loop does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Draw.
    Draw,
    /// Ask the server again now, as the view shows something else.
    Refresh,
    /// Let the server do it.
    Do(Deed),
    /// End.
    Quit,
}

/// The rows of the page that is shown.
#[derive(Clone, Debug)]
pub(crate) enum Rows {
    Sites(SiteList),
    Threads(Vec<Thread>),
    Tasks(Vec<Task>),
    Alerts(Vec<Alert>),
    Findings(Vec<Finding>),
}

/// What the server told.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Who.
    pub(crate) health: Health,
    /// The overview.
    pub(crate) status: Status,
    /// The rows that were asked for.
    pub(crate) rows: Rows,
}

/// All that is shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The address, for people.
    pub(crate) address: String,
    pub(crate) tab: Tab,
    pub(crate) order: Order,
    pub(crate) filter: String,
    pub(crate) mode: Mode,
    pub(crate) is_paused: bool,
    pub(crate) selected: usize,
    pub(crate) health: Health,
    pub(crate) status: Option<Status>,
    pub(crate) sites: Vec<Site>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) findings: Vec<Finding>,
    /// Live bytes of the heap, the newest last.
    pub(crate) live: VecDeque<f64>,
    /// Why there is no connection, where there is none.
    pub(crate) lost: Option<String>,
    /// What came of the last deed.
    pub(crate) told: Option<String>,
    /// Bytes of each site when the server read them last, and when that was.
    before: HashMap<String, f64>,
    before_ms: i64,
}

impl State {
    /// That of a server that did not answer yet.
    pub(crate) fn of(address: &str) -> Self {
        Self { address: address.to_owned(), ..Self::default() }
    }

    /// Takes over what the server told, or why it did not.
    pub(crate) fn take(&mut self, reading: Result<Reading, String>) {
        let reading = match reading {
            Err(why) => {
                self.lost = Some(why);
                return;
            }
            Ok(reading) => reading,
        };
        self.lost = None;
        if self.is_paused {
            return;
        }
        let was = self.status.as_ref().map(|status| status.started_ms);
        if was.is_some_and(|was| was != reading.status.started_ms) {
            self.told = Some("the program was started anew".to_owned());
            self.live.clear();
            self.before.clear();
        }
        if let Some(live) = reading.status.heap_live_bytes.or(reading.status.resident_bytes) {
            if self.live.len() == READINGS {
                self.live.pop_front();
            }
            self.live.push_back(live);
        }
        self.health = reading.health;
        self.status = Some(reading.status);
        match reading.rows {
            Rows::Sites(list) => self.take_sites(list),
            Rows::Threads(threads) => self.threads = threads,
            Rows::Tasks(tasks) => self.tasks = tasks,
            Rows::Alerts(alerts) => self.alerts = alerts,
            Rows::Findings(findings) => self.findings = findings,
        }
        self.keep_selection();
    }

    fn take_sites(&mut self, list: SiteList) {
        let SiteList { items: mut sites, made_ms } = list;
        let seconds = made_ms.saturating_sub(self.before_ms) as f64 / 1e3;
        if seconds > 0.0 || self.before.is_empty() {
            for site in &mut sites {
                let before = self.before.get(&site.id);
                site.rate = before.map(|before| ((site.bytes - before) / seconds).max(0.0));
            }
            self.before = sites.iter().map(|site| (site.id.clone(), site.bytes)).collect();
            self.before_ms = made_ms;
        } else {
            // The same figures again.
            let rates: HashMap<&str, Option<f64>> =
                self.sites.iter().map(|site| (site.id.as_str(), site.rate)).collect();
            for site in &mut sites {
                site.rate = rates.get(site.id.as_str()).copied().flatten();
            }
        }
        self.sites = sites;
        self.sort();
    }

    fn sort(&mut self) {
        let key = |site: &Site| match self.order {
            Order::Rate => site.rate.unwrap_or(0.0),
            Order::Live => site.live_bytes.unwrap_or(0.0),
            Order::Bytes => site.bytes,
            Order::Calls => site.calls,
            Order::Name => 0.0,
        };
        let mut sites = std::mem::take(&mut self.sites);
        sites.sort_by(|a, b| key(b).total_cmp(&key(a)).then_with(|| a.name.cmp(&b.name)));
        self.sites = sites;
    }

    /// Whether a text stays with this filter.
    fn passes(&self, text: &str) -> bool {
        self.filter.is_empty() || text.to_lowercase().contains(&self.filter.to_lowercase())
    }

    /// The rows of a list whose texts pass the filter.
    pub(crate) fn shown<'a, T>(&self, all: &'a [T], text: impl Fn(&T) -> &str) -> Vec<&'a T> {
        all.iter().filter(|row| self.passes(text(row))).collect()
    }

    /// Rows of the page that is shown.
    pub(crate) fn rows(&self) -> usize {
        match self.tab {
            Tab::Sites => self.shown(&self.sites, |site| &site.name).len(),
            Tab::Threads => self.shown(&self.threads, |thread| &thread.name).len(),
            Tab::Tasks => self.shown(&self.tasks, |task| &task.site).len(),
            Tab::Alerts => self.shown(&self.alerts, |alert| &alert.rule).len(),
            Tab::Findings => self.shown(&self.findings, |finding| &finding.title).len(),
        }
    }

    fn keep_selection(&mut self) {
        self.selected = self.selected.min(self.rows().saturating_sub(1));
    }

    /// What a key does.
    pub(crate) fn press(&mut self, key: Key) -> Step {
        self.told = None;
        match self.mode.clone() {
            Mode::Plain => return self.press_plain(key),
            Mode::Filter => match key {
                Key::Char(c) => self.filter.push(c),
                Key::Backspace => {
                    self.filter.pop();
                }
                Key::Escape => {
                    self.filter.clear();
                    self.mode = Mode::Plain;
                }
                Key::Enter => self.mode = Mode::Plain,
                _ => {}
            },
            Mode::Confirm(deed) => {
                self.mode = Mode::Plain;
                if matches!(key, Key::Char('y' | 'Y')) {
                    return Step::Do(deed);
                }
            }
            Mode::Help => self.mode = Mode::Plain,
            Mode::Detail => match key {
                Key::Up | Key::Down => return self.press_plain(key),
                _ => self.mode = Mode::Plain,
            },
        }
        self.keep_selection();
        Step::Draw
    }

    fn press_plain(&mut self, key: Key) -> Step {
        match key {
            Key::Char('q') => return Step::Quit,
            Key::Escape if self.filter.is_empty() => return Step::Quit,
            Key::Escape => self.filter.clear(),
            Key::Up | Key::Char('k') => self.selected = self.selected.saturating_sub(1),
            Key::Down | Key::Char('j') => self.selected += 1,
            Key::PageUp => self.selected = self.selected.saturating_sub(10),
            Key::PageDown => self.selected += 10,
            Key::Home | Key::Char('g') => self.selected = 0,
            Key::End | Key::Char('G') => self.selected = usize::MAX,
            Key::Tab | Key::Right => return self.open(self.tab.next(1)),
            Key::Left => return self.open(self.tab.next(-1)),
            Key::Char(digit @ '1'..='5') => {
                return self.open(Tab::ALL[digit as usize - '1' as usize]);
            }
            Key::Char('s') if self.tab == Tab::Sites => {
                self.order = self.order.next();
                self.selected = 0;
                self.sort();
                return Step::Refresh;
            }
            Key::Char('/') => self.mode = Mode::Filter,
            Key::Char('p' | ' ') => self.is_paused = !self.is_paused,
            Key::Char('?' | 'h') => self.mode = Mode::Help,
            Key::Char('R') => self.mode = Mode::Confirm(Deed::Reclaim),
            Key::Char('P') => self.mode = Mode::Confirm(Deed::Profile),
            Key::Enter if self.rows() > 0 => self.mode = Mode::Detail,
            _ => {}
        }
        self.keep_selection();
        Step::Draw
    }

    fn open(&mut self, tab: Tab) -> Step {
        (self.tab, self.selected, self.is_paused) = (tab, 0, false);
        Step::Refresh
    }
}
