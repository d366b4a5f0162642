//! Draws the state: a head with the figures of the process, a graph of the heap, one list.
//!
//! Eighty columns and 24 lines are enough. Colours repeat what words say.

use super::data::{Site, Status};
use super::state::{Deed, Mode, Order, State, Tab};
use memopt_report::label::{clean, shorten, width, wrap};
use memopt_report::units;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Sparkline};

const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
const FAINT: Style = Style::new().add_modifier(Modifier::DIM);
const CHOSEN: Style = Style::new().add_modifier(Modifier::REVERSED);

/// Whether colours are used, beside bold, dim and reversed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colors(pub(crate) bool);

impl Colors {
    fn of(self, color: Color) -> Style {
        if self.0 { Style::new().fg(color) } else { Style::new() }
    }
}

/// Draws everything.
pub(crate) fn draw(frame: &mut Frame<'_>, state: &State, colors: Colors) {
    let area = frame.area();
    let graph = if area.height >= 20 { 4 } else { 0 };
    let [head, figures, chart, tabs, list, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(graph),
        Constraint::Length(1),
        Constraint::Min(3),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_head(frame, head, state, colors);
    if let Some(status) = &state.status {
        draw_figures(frame, figures, status, colors);
    }
    if graph > 0 {
        draw_graph(frame, chart, state, colors);
    }
    draw_tabs(frame, tabs, state);
    match state.mode {
        Mode::Detail => draw_detail(frame, list, state),
        _ => draw_list(frame, list, state, colors),
    }
    draw_foot(frame, foot, state, colors);
    match state.mode {
        Mode::Help => above(frame, area, " Keys ", &help()),
        Mode::Confirm(deed) => above(frame, area, " Sure? ", &question(deed)),
        _ => {}
    }
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, state: &State, colors: Colors) {
    let link = match (&state.lost, &state.status, state.is_paused) {
        (Some(why), ..) => Span::styled(format!("not connected: {why}"), colors.of(Color::Red)),
        (None, None, _) => Span::styled("connecting", FAINT),
        (None, Some(_), true) => Span::styled("paused", colors.of(Color::Yellow)),
        (None, Some(status), false) => {
            let up = units::duration(status.uptime_ms as f64 * 1e6);
            Span::styled(format!("up {up}"), FAINT)
        }
    };
    let program = match state.health.program.as_str() {
        "" => clean(&state.address),
        program => format!("{} {}", clean(program), state.health.pid),
    };
    let left = format!("memopt top  {program}");
    let room = usize::from(area.width).saturating_sub(width(&left) + 2);
    let link = Span::styled(cut(&link.content, room), link.style);
    let gap = usize::from(area.width).saturating_sub(width(&left) + width(&link.content));
    let spans = vec![Span::styled(left, STRONG), Span::raw(" ".repeat(gap)), link];
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// A text cut at its end.
fn cut(text: &str, room: usize) -> String {
    let text = clean(text);
    if width(&text) <= room {
        return text;
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

/// The figures of the process, in four columns.
fn draw_figures(frame: &mut Frame<'_>, area: Rect, status: &Status, colors: Colors) {
    let bytes = |value: Option<f64>| value.map_or("-".to_owned(), |v| units::bytes(v as u64));
    let rate = status.allocated_bytes_per_second;
    let rate = rate.map_or("-".to_owned(), |rate| format!("{}/s", units::bytes(rate as u64)));
    let limit = status.limit.as_ref().map_or("none".to_owned(), |limit| {
        let used = limit.used_ratio.map_or(String::new(), |r| format!(", {}", units::percent(r)));
        format!("{}{used}", units::bytes(limit.bytes as u64))
    });
    let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
    let pressure = text(status.pressure.as_deref());
    let level = text(status.risk.as_ref().and_then(|risk| risk.level.as_deref()));
    let risk = match status.time_to_limit_seconds {
        Some(seconds) => format!("{level}, full in {}", units::duration(seconds * 1e9)),
        None => level.clone(),
    };
    let alerts = match status.alerts.pending {
        0 => status.alerts.firing.to_string(),
        pending => format!("{} (+{pending})", status.alerts.firing),
    };
    let leaks = status.leaks.map_or("-".to_owned(), units::mean);
    let alarm = |is_bad: bool| if is_bad { colors.of(Color::Red) } else { Style::new() };
    let is_high = status.time_to_limit_seconds.is_some() || ["high", "critical"].contains(&&*level);
    let is_pressed = ["medium", "critical"].contains(&&*pressure);
    let cells = [
        [("live", bytes(status.heap_live_bytes), STRONG), ("risk", risk, alarm(is_high))],
        [
            ("resident", bytes(status.resident_bytes), Style::new()),
            ("pressure", pressure, alarm(is_pressed)),
        ],
        [("rate", rate, Style::new()), ("alerts", alerts, alarm(status.alerts.firing > 0))],
        [
            ("limit", limit, Style::new()),
            ("leaks", leaks, alarm(status.leaks.is_some_and(|leaks| leaks > 0.0))),
        ],
    ];
    let names = cells.each_ref().map(|cells| cells.iter().map(|(name, ..)| name.len()).max());
    let names = names.map(|most| most.unwrap_or(0));
    // What is long has more room; in steps, so that columns do not move with every reading.
    let room = [0, 1, 2, 3].map(|at| {
        let values = cells[at].iter().map(|(_, value, _)| width(value)).max().unwrap_or(0);
        Constraint::Fill((names[at] + 2 + values).max(18).next_multiple_of(4) as u16)
    });
    let columns: [Rect; 4] = Layout::horizontal(room).areas(area);
    for ((column, cells), names) in columns.into_iter().zip(cells).zip(names) {
        let lines = cells.into_iter().map(|(name, value, style)| {
            let name = Span::styled(format!("{name:<names$} "), FAINT);
            Line::from(vec![name, Span::styled(value, style)])
        });
        frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), column);
    }
}

fn draw_graph(frame: &mut Frame<'_>, area: Rect, state: &State, colors: Colors) {
    let [title, bars] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let shown = usize::from(bars.width).min(state.live.len());
    let values: Vec<f64> = state.live.iter().skip(state.live.len() - shown).copied().collect();
    let (low, high) =
        values.iter().fold((f64::INFINITY, 0f64), |(low, high), v| (low.min(*v), high.max(*v)));
    let text = if values.is_empty() {
        "live bytes: no reading yet".to_owned()
    } else {
        let (low, high) = (units::bytes(low as u64), units::bytes(high as u64));
        format!("live bytes, the last {} readings: {low} to {high}", values.len())
    };
    frame.render_widget(Paragraph::new(Span::styled(text, FAINT)), title);
    // The graph begins at zero: a small change must not look like a large one.
    let values: Vec<u64> = values.iter().map(|value| *value as u64).collect();
    let graph = Sparkline::default().data(values).max(high.max(1.0) as u64);
    frame.render_widget(graph.style(colors.of(Color::Cyan)), bars);
}

fn draw_tabs(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let mut spans = Vec::new();
    for (index, tab) in Tab::ALL.into_iter().enumerate() {
        let style = if tab == state.tab { CHOSEN } else { Style::new() };
        spans.push(Span::styled(format!(" {} {} ", index + 1, tab.title()), style));
    }
    let filter = match (&state.mode, state.filter.as_str()) {
        (Mode::Filter, filter) => format!("  filter: {filter}▏"),
        (_, "") => String::new(),
        (_, filter) => format!("  filter: {filter}"),
    };
    spans.push(Span::styled(filter, STRONG));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// A list as text: the first cell is the name and takes the room that is left.
struct Table {
    headers: Vec<(&'static str, usize)>,
    rows: Vec<Vec<String>>,
    none: &'static str,
}

fn table(state: &State) -> Table {
    let bytes = |value: Option<f64>| value.map_or("-".to_owned(), |v| units::bytes(v as u64));
    let count = |value: f64| units::count_short(value.max(0.0) as u64);
    match state.tab {
        Tab::Sites => Table {
            headers: vec![("site", 0), ("a second", 11), ("live", 9), ("bytes", 9), ("calls", 7)],
            rows: state
                .shown(&state.sites, |site| &site.name)
                .into_iter()
                .map(|site| {
                    let rate = site.rate.map_or("-".to_owned(), |rate| units::bytes(rate as u64));
                    let mark = if site.leaks { " leaks" } else { "" };
                    vec![
                        format!("{}{mark}", clean(&site.name)),
                        rate,
                        bytes(site.live_bytes),
                        bytes(Some(site.bytes)),
                        count(site.calls),
                    ]
                })
                .collect(),
            none: "no site was entered yet",
        },
        Tab::Threads => Table {
            headers: vec![("thread", 0), ("state", 9), ("a second", 11), ("live", 9), ("in", 24)],
            rows: state
                .shown(&state.threads, |thread| &thread.name)
                .into_iter()
                .map(|thread| {
                    let inside = thread.scopes.last().map_or("-", String::as_str);
                    vec![
                        clean(&thread.name),
                        thread.state.clone().unwrap_or_else(|| "-".to_owned()),
                        bytes(thread.bytes_per_second),
                        bytes(thread.live_bytes),
                        shorten(&clean(inside), 24),
                    ]
                })
                .collect(),
            none: "no thread is counted",
        },
        Tab::Tasks => Table {
            headers: vec![
                ("tasks of", 0),
                ("alive", 7),
                ("running", 8),
                ("age", 9),
                ("hold", 9),
                ("done", 7),
            ],
            rows: state
                .shown(&state.tasks, |task| &task.site)
                .into_iter()
                .map(|task| {
                    let age = task.age_median_ms;
                    vec![
                        clean(&task.site),
                        count(task.live),
                        count(task.running),
                        age.map_or("-".to_owned(), |ms| units::duration(ms * 1e6)),
                        bytes(task.held_bytes),
                        count(task.completed),
                    ]
                })
                .collect(),
            none: "no task is tracked; put `#[memopt::track_alloc]` on an `async fn`",
        },
        Tab::Alerts => Table {
            headers: vec![("alert", 0), ("state", 9), ("severity", 10)],
            rows: state
                .shown(&state.alerts, |alert| &alert.rule)
                .into_iter()
                .map(|alert| {
                    let subject = alert.subject.as_deref().filter(|subject| !subject.is_empty());
                    let of = subject.map_or(String::new(), |subject| format!(": {subject}"));
                    let name = clean(&format!("{}{of}", alert.rule));
                    vec![name, alert.state.clone(), alert.severity.clone()]
                })
                .collect(),
            none: "no alert is firing or pending",
        },
        Tab::Findings => Table {
            headers: vec![("finding", 0), ("worth", 8)],
            rows: state
                .shown(&state.findings, |finding| &finding.title)
                .into_iter()
                .map(|finding| {
                    let worth = finding.worth_ratio.map_or("-".to_owned(), units::percent);
                    vec![clean(&finding.title), worth]
                })
                .collect(),
            none: "nothing worth changing was found",
        },
    }
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, state: &State, colors: Colors) {
    let Table { headers, rows, none } = table(state);
    let fixed: usize = headers.iter().skip(1).map(|(_, width)| width + 1).sum();
    let name = usize::from(area.width).saturating_sub(fixed).max(8);
    let is_title = state.tab == Tab::Findings;
    let line = |cells: &[String]| {
        let first = cells.first().map_or("", String::as_str);
        // The end of a path tells more than its beginning; of a sentence the beginning does.
        let first = if is_title { cut(first, name) } else { shorten(first, name) };
        let mut line = format!("{first}{:pad$}", "", pad = name.saturating_sub(width(&first)));
        for (cell, (_, room)) in cells.iter().zip(&headers).skip(1) {
            let pad = room.saturating_sub(width(cell));
            line.extend(std::iter::repeat_n(' ', pad + 1).chain(cell.chars()));
        }
        line
    };
    let titles: Vec<String> = headers
        .iter()
        .map(|(title, _)| {
            let is_order = matches!(
                (state.tab, state.order, *title),
                (Tab::Sites, Order::Rate, "a second")
                    | (Tab::Sites, Order::Live, "live")
                    | (Tab::Sites, Order::Bytes, "bytes")
                    | (Tab::Sites, Order::Calls, "calls")
                    | (Tab::Sites, Order::Name, "site")
            );
            if is_order { format!("{title} ▼") } else { (*title).to_owned() }
        })
        .collect();
    let mut lines = vec![Line::styled(line(&titles), FAINT)];
    if rows.is_empty() {
        let text = if state.filter.is_empty() { none } else { "nothing passes the filter" };
        match (&state.status, &state.lost) {
            (Some(_), _) => lines.push(Line::styled(text, FAINT)),
            (None, None) => lines.push(Line::styled("waiting for the first reading", FAINT)),
            // The head has no room for what helps.
            (None, Some(why)) => {
                let why = wrap(&clean(why), area.width.into()).into_iter();
                lines.extend(why.map(|line| Line::styled(line, colors.of(Color::Red))));
            }
        }
    }
    let room = usize::from(area.height).saturating_sub(1);
    let top = (state.selected + 1).saturating_sub(room);
    for (index, cells) in rows.iter().enumerate().skip(top).take(room) {
        let bad = cells.first().is_some_and(|name| name.ends_with(" leaks"))
            || cells.get(1).is_some_and(|state| state == "firing");
        let mut style = if bad { colors.of(Color::Red) } else { Style::new() };
        if index == state.selected {
            style = style.patch(CHOSEN);
        }
        lines.push(Line::styled(line(cells), style));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn draw_detail(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let room = usize::from(area.width).saturating_sub(4);
    let mut lines: Vec<String> = Vec::new();
    let place = |file: &str, line: u32| match line {
        0 => clean(file),
        line => format!("{}:{line}", clean(file)),
    };
    match state.tab {
        Tab::Sites => {
            let sites = state.shown(&state.sites, |site| &site.name);
            if let Some(site) = sites.get(state.selected) {
                lines.extend(site_lines(site, &place(&site.file, site.line)));
            }
        }
        Tab::Threads => {
            let threads = state.shown(&state.threads, |thread| &thread.name);
            if let Some(thread) = threads.get(state.selected) {
                lines.push(clean(&thread.name));
                let bytes =
                    thread.allocated_bytes.map_or("-".to_owned(), |b| units::bytes(b as u64));
                lines.push(format!("allocated {bytes}; sites, the outermost first:"));
                lines.extend(thread.scopes.iter().map(|scope| format!("  {}", clean(scope))));
            }
        }
        Tab::Tasks => {
            let tasks = state.shown(&state.tasks, |task| &task.site);
            if let Some(task) = tasks.get(state.selected) {
                lines.push(clean(&task.site));
                lines.push(format!(
                    "{} alive, {} running, {} completed, {} cancelled",
                    units::mean(task.live),
                    units::mean(task.running),
                    units::mean(task.completed),
                    units::mean(task.cancelled)
                ));
            }
        }
        Tab::Alerts => {
            let alerts = state.shown(&state.alerts, |alert| &alert.rule);
            if let Some(alert) = alerts.get(state.selected) {
                lines.push(format!("{}, {}, {}", clean(&alert.rule), alert.severity, alert.state));
                let notes = alert.annotations.iter();
                lines.extend(notes.map(|(name, text)| format!("{name}: {}", clean(text))));
            }
        }
        Tab::Findings => {
            let findings = state.shown(&state.findings, |finding| &finding.title);
            if let Some(finding) = findings.get(state.selected) {
                lines.push(clean(&finding.title));
                lines.push(format!("{}, {}", finding.code, place(&finding.file, finding.line)));
                lines.push(clean(&finding.site));
                lines.extend(finding.evidence.iter().map(|text| format!("note: {}", clean(text))));
                lines.push(format!("help: {}", clean(&finding.help)));
            }
        }
    }
    let lines: Vec<Line<'_>> = lines
        .iter()
        .flat_map(|line| wrap(line, room))
        .enumerate()
        .map(|(i, line)| Line::styled(line, if i == 0 { STRONG } else { Style::new() }))
        .collect();
    let block = Block::bordered().border_style(FAINT);
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn site_lines(site: &Site, place: &str) -> Vec<String> {
    let bytes = |value: f64| units::bytes(value.max(0.0) as u64);
    let call = |name: &str, of: &super::data::PerCall| {
        format!(
            "{name:<10} mean {}, p50 {}, p99 {}, max {}",
            bytes(of.mean),
            bytes(of.p50),
            bytes(of.p99),
            bytes(of.max)
        )
    };
    let mut lines = vec![
        clean(&site.name),
        format!("{}, {place}", site.kind),
        format!(
            "{}, {} open; {} in {}, itself {}; {}",
            units::counted_mean(site.calls, "call"),
            units::mean(site.open),
            bytes(site.bytes),
            units::counted_mean(site.allocs, "block"),
            bytes(site.self_bytes),
            units::counted_mean(site.reallocs, "reallocation")
        ),
        call("a call", &site.bytes_per_call),
        call("peak", &site.peak_per_call),
        call("retained", &site.retained_per_call),
    ];
    if let Some(live) = site.live_bytes {
        lines.push(format!("live       {}", bytes(live)));
    }
    if site.leaks {
        lines.push("a leak verdict names it".to_owned());
    }
    if site.findings > 0 {
        lines.push(format!("{} on it; see 5", units::counted(site.findings, "finding")));
    }
    lines
}

fn draw_foot(frame: &mut Frame<'_>, area: Rect, state: &State, colors: Colors) {
    let text = match (&state.told, &state.mode) {
        (Some(told), _) => Span::styled(cut(told, area.width.into()), colors.of(Color::Yellow)),
        (None, Mode::Filter) => Span::styled("Enter keeps the filter, Esc drops it", FAINT),
        (None, Mode::Detail) => Span::styled("↑↓ the next, any other key back", FAINT),
        (None, _) => Span::styled(
            "? keys  1-5 pages  ↑↓ move  Enter look  / filter  s sort  p pause  q quit",
            FAINT,
        ),
    };
    frame.render_widget(Paragraph::new(text), area);
}

fn help() -> Vec<String> {
    [
        "1-5 Tab ← →   the page",
        "↑ ↓ j k g G   the row",
        "Enter         all of the row",
        "/             filter by name; Esc ends it",
        "s             sort the sites: rate, live, bytes, calls, name",
        "p Space       pause: nothing moves",
        "P             let the program keep a profile of its heap",
        "R             let it give back what it holds for reuse",
        "q Esc         quit",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn question(deed: Deed) -> Vec<String> {
    vec![deed.question().to_owned(), String::new(), "y does it, any other key does not".to_owned()]
}

fn above(frame: &mut Frame<'_>, area: Rect, title: &str, lines: &[String]) {
    let wide = lines.iter().map(|line| width(line)).fold(0, usize::max) as u16 + 4;
    let high = lines.len() as u16 + 2;
    let place = area.centered(
        Constraint::Length(wide.min(area.width)),
        Constraint::Length(high.min(area.height)),
    );
    frame.render_widget(Clear, place);
    let block = Block::bordered().title(title);
    let lines: Vec<Line<'_>> = lines.iter().map(|line| Line::raw(format!(" {line}"))).collect();
    frame.render_widget(Paragraph::new(lines).block(block), place);
}
