//! `cargo memopt top`: a view of a running program in the terminal.

use crate::client::{Client, Trust};
use crate::console::Console;
use crate::discover;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;
use crate::top::feed::{self, Answer, Question};
use crate::top::state::{Key, State, Step};
use crate::top::view::{self, Colors};
use memopt_units::parse_duration;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// Watch a running program by its server.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  cargo memopt top                     the program of this user that has a server
  cargo memopt top 4711                by its process
  cargo memopt top http://host:7700    by its address
  cargo memopt top https://host:7700 --ca tls.crt
  cargo memopt top --find              list the programs

The environment variable MEMOPT_TOKEN holds the token, if the server asks for one.")]
pub(crate) struct Args {
    /// The process, or the address of the server: `http://host:port`, `https://host:port` or
    /// `unix:/path`.
    #[arg(value_name = "PID|URL")]
    target: Option<String>,
    /// List the programs of this user that have a server.
    #[arg(long, conflicts_with = "target")]
    find: bool,
    /// Time between two readings: `2`, `0.5 s`, `1 min`. A plain number is seconds.
    #[arg(long, default_value_t = 1.0, value_name = "TIME", value_parser = seconds)]
    interval: f64,
    #[command(flatten)]
    trust: Trust,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = match text.parse() {
        Ok(seconds) => seconds,
        Err(_) => parse_duration(text).map_err(|error| error.to_string())?.as_secs_f64(),
    };
    let range = 0.1..=3600.0;
    if range.contains(&seconds) { Ok(seconds) } else { Err("give 0.1 to 3600 seconds".to_owned()) }
}

/// Shows the view until it is closed.
pub(crate) fn execute(args: &Args, console: Console) -> Result<Exit, Error> {
    let found = discover::servers();
    if args.find {
        output::write(None, discover::list(&found).as_bytes(), console)?;
        return Ok(Exit::Success);
    }
    let address = discover::address(args.target.as_deref(), &found)?;
    let client = Client::of(&address, &args.trust)
        .map_err(|fault| Error::usage(fault, "name a process, or an address"))?;
    if !io::stdout().is_terminal() {
        return Err(Error::usage(
            "the view needs a terminal",
            "ask the server itself, or read a report with `cargo memopt report`",
        ));
    }
    let state = State::of(&address);
    let (ask, answers) = feed::start(client);
    let mut terminal = ratatui::try_init().map_err(|error| terminal_error(&error))?;
    let interval = Duration::from_secs_f64(args.interval);
    let colors = Colors(console.colors_stdout());
    let ended = show(&mut terminal, state, colors, interval, (&ask, &answers));
    ratatui::restore();
    ended.map_err(|error| terminal_error(&error))?;
    Ok(Exit::Success)
}

fn terminal_error(error: &io::Error) -> Error {
    Error::file("use", Path::new("the terminal"), error)
}

fn show(
    terminal: &mut ratatui::DefaultTerminal,
    mut state: State,
    colors: Colors,
    interval: Duration,
    (ask, answers): (&Sender<Question>, &Receiver<Answer>),
) -> io::Result<()> {
    let gone = |_| io::Error::other("the thread that asks the server has ended");
    let mut waits = false;
    let mut next = Instant::now();
    loop {
        if !waits && next <= Instant::now() {
            ask.send(Question::Read(state.tab, state.order)).map_err(gone)?;
            (waits, next) = (true, Instant::now() + interval);
        }
        terminal.draw(|frame| view::draw(frame, &state, colors))?;
        // An answer is looked for a few times a second, and no more often.
        let until = next.saturating_duration_since(Instant::now());
        let pause = if waits { until.min(Duration::from_millis(100)) } else { until };
        if event::poll(pause.max(Duration::from_millis(10)))? {
            let Some(key) = key(&event::read()?) else { continue };
            match state.press(key) {
                Step::Draw => {}
                Step::Quit => return Ok(()),
                Step::Refresh => next = Instant::now(),
                Step::Do(deed) => {
                    state.told = Some("asked".to_owned());
                    ask.send(Question::Do(deed)).map_err(gone)?;
                }
            }
        }
        while let Ok(answer) = answers.try_recv() {
            match answer {
                Answer::Read(reading) => {
                    waits = false;
                    state.take(*reading);
                }
                Answer::Done(text) => state.told = Some(text),
            }
        }
    }
}

fn key(event: &Event) -> Option<Key> {
    let Event::Key(key) = event else { return None };
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Key::Char('q'));
    }
    Some(match key.code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left | KeyCode::BackTab => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab => Key::Tab,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}
