//! The service: keeps a catalogue of every package it was sent.

use crate::manifest::{self, Summary};
use crate::protocol::{Answer, Request};
use memopt::TrackAlloc;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// Longest an audit may take.
const PATIENCE: Duration = Duration::from_millis(25);
/// What one look-up waits for: stands for the database on another machine that this example has
/// not.
const LOOK_UP: Duration = Duration::from_millis(2);

/// Every package sent so far, by name.
pub(crate) type Catalogue = Arc<Mutex<HashMap<String, Summary>>>;

/// Accepts connections until it is dropped, one task for each.
#[memopt::track_alloc]
pub(crate) async fn serve(listener: TcpListener, catalogue: Catalogue) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let catalogue = catalogue.clone();
        let connection = async move {
            if let Err(error) = connection(stream, catalogue).await {
                eprintln!("warning: a connection ended early: {error}");
            }
        };
        // A task starts outside every scope; with the context, it belongs to `serve`.
        tokio::spawn(memopt::Context::current().attach(connection));
    }
}

/// One client: a line in, a line out, until it hangs up.
#[memopt::track_alloc]
async fn connection(stream: TcpStream, catalogue: Catalogue) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = answer(&line, &catalogue).await;
        let mut text = encode(&answer)?;
        text.push('\n');
        writer.write_all(text.as_bytes()).await?;
    }
    Ok(())
}

#[memopt::track_alloc]
async fn answer(line: &str, catalogue: &Catalogue) -> Answer {
    let request = match decode(line) {
        Ok(request) => request,
        Err(why) => return Answer::Refused { why },
    };
    let summary = match manifest::parse(&request.manifest) {
        Ok(summary) => summary,
        Err(why) => return Answer::Refused { why },
    };
    remember(catalogue, &summary);
    let id = request.id;
    if !request.audit {
        return Answer::Summary { id, summary, unknown: None };
    }
    // When time is up, the audit is dropped where it stands, with all it has gathered so far.
    match timeout(PATIENCE, audit(&summary, catalogue).track_alloc(memopt::site!("audit"))).await {
        Ok(unknown) => Answer::Summary { id, summary, unknown: Some(unknown) },
        Err(_) => Answer::TimedOut { id },
    }
}

#[memopt::track_alloc]
fn decode(line: &str) -> Result<Request, String> {
    serde_json::from_str(line)
        .map_err(|error| format!("not a request: {error}; send one JSON object a line"))
}

#[memopt::track_alloc]
fn encode(answer: &Answer) -> io::Result<String> {
    Ok(serde_json::to_string(answer)?)
}

#[memopt::track_alloc]
fn remember(catalogue: &Catalogue, summary: &Summary) {
    let mut catalogue = catalogue.lock().unwrap_or_else(PoisonError::into_inner);
    catalogue.insert(format!("{} {}", summary.name, summary.version), summary.clone());
}

/// Looks up the dependencies one after the other, as one does at first.
async fn audit(summary: &Summary, catalogue: &Catalogue) -> Vec<String> {
    let mut unknown = Vec::new();
    for dependency in &summary.dependencies {
        sleep(LOOK_UP).await;
        if !is_known(dependency, catalogue) {
            unknown.push(dependency.clone());
        }
    }
    unknown
}

/// Clones the catalogue so as not to hold its lock while searching.
#[memopt::track_alloc]
fn is_known(name: &str, catalogue: &Catalogue) -> bool {
    let snapshot = catalogue.lock().unwrap_or_else(PoisonError::into_inner).clone();
    snapshot.values().any(|summary| summary.name == name)
}
