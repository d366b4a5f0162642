//! Asks the server, from a thread of its own, so that keys are answered while it is slow.

use super::data::{Alert, Finding, Health, List, SiteList, Status, Task, Thread};
use super::state::{Deed, Order, Reading, Rows, Tab};
use crate::client::{Client, Fault};
use serde_json::{Value, json};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    /// A reading, with the rows of this page.
    Read(Tab, Order),
    /// That something be done.
    Do(Deed),
}

/// What is answered.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A reading, or why there is none.
    Read(Box<Result<Reading, String>>),
    /// What came of a deed.
    Done(String),
}

/// The two ends of a thread that asks. It ends when the questions do.
pub(crate) fn start(client: Client) -> (Sender<Question>, Receiver<Answer>) {
    let (ask, questions) = channel();
    let (tell, answers) = channel();
    thread::spawn(move || {
        for question in questions {
            let answer = match question {
                Question::Read(tab, order) => {
                    let reading = read(&client, tab, order);
                    Answer::Read(Box::new(reading.map_err(|fault| fault.to_string())))
                }
                Question::Do(deed) => Answer::Done(act(&client, deed)),
            };
            if tell.send(answer).is_err() {
                break;
            }
        }
    });
    (ask, answers)
}

fn read(client: &Client, tab: Tab, order: Order) -> Result<Reading, Fault> {
    let health: Health = client.get("health")?;
    let status: Status = client.get("status")?;
    let rows = match tab {
        Tab::Sites => {
            let way = if order == Order::Name { "asc" } else { "desc" };
            let path = format!("sites?limit=500&sort={}&order={way}", order.word());
            Rows::Sites(client.get::<SiteList>(&path)?)
        }
        Tab::Threads => Rows::Threads(client.get::<List<Thread>>("threads?limit=500")?.items),
        Tab::Tasks => Rows::Tasks(client.get::<List<Task>>("tasks?limit=500")?.items),
        Tab::Alerts => Rows::Alerts(client.get::<List<Alert>>("alerts?limit=500")?.items),
        Tab::Findings => Rows::Findings(client.get::<List<Finding>>("findings?limit=200")?.items),
    };
    Ok(Reading { health, status, rows })
}

/// What came of it, for the last line.
fn act(client: &Client, deed: Deed) -> String {
    let done = match deed {
        Deed::Reclaim => client.post("reclaim", &json!({ "pressure": "medium" })),
        Deed::Profile => {
            client.post("profiles", &json!({ "kind": "heap", "why": "cargo memopt top" }))
        }
    };
    match (deed, done) {
        (_, Err(fault)) => format!("not done: {fault}"),
        (Deed::Reclaim, Ok(answer)) => {
            answer["text"].as_str().map_or("done".to_owned(), str::to_owned)
        }
        (Deed::Profile, Ok(answer)) => match answer["id"].as_str().or(number(&answer).as_deref()) {
            Some(id) => format!("the profile is being kept; operation {id}"),
            None => "the profile is being kept".to_owned(),
        },
    }
}

fn number(answer: &Value) -> Option<String> {
    answer["id"].as_u64().map(|id| id.to_string())
}
