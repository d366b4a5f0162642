//! A small service on a loopback port, and clients that send it real `Cargo.toml` files.
//!
//! What differs from a program of threads (see `quickstart` first):
//!
//! * an `async fn` under `#[memopt::track_alloc]` is one call from its first poll to its end,
//!   whichever threads poll it, and what other tasks allocate in between is not counted in
//!   (`server.rs`, `client.rs`);
//! * a future from elsewhere is tracked with `future.track_alloc(memopt::site!("..")).await`
//!   (`server.rs`);
//! * a spawned task starts outside every scope, so it is given the `memopt::Context` (below,
//!   `server.rs`);
//! * a future that is dropped before its end is counted as cancelled: here the audits that take too
//!   long;
//! * `memopt::runtime::concurrency()` says in the midst of it which tasks are alive, what they hold
//!   and where they wait.
//!
//! ```text
//! cargo run --release --example async_service          # about a second
//! ```
#![forbid(unsafe_code)]

mod client;
mod manifest;
mod protocol;
mod server;

use crate::client::Outcome;
use crate::server::Catalogue;
use memopt::Context;
use memopt::report::Concurrency;
use memopt_examples::input::{self, Package};
use std::collections::HashMap;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Connections at a time.
const CLIENTS: usize = 16;
/// Requests in all; the packages found are sent again until there are that many.
const REQUESTS: usize = 1600;
/// When to look at what is going on.
const IN_THE_MIDST: Duration = Duration::from_millis(50);

fn main() -> io::Result<()> {
    let packages = input::packages();
    println!("{REQUESTS} requests by {CLIENTS} clients, from {}", packages.origin);
    let runtime = runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build()?;
    let catalogue = Catalogue::default();
    let (outcome, at_work) = runtime.block_on(exchange(&packages.list, catalogue.clone()))?;
    drop(runtime);
    let out = &mut io::stdout().lock();
    show(out, &outcome, &catalogue)?;
    let report = memopt::report();
    if let Ok(audit) = report.site("audit") {
        writeln!(
            out,
            "\n{} audits ran out of time, {} were cancelled",
            outcome.timed_out, audit.cancelled
        )?;
    }
    writeln!(out, "\nin the midst of it:\n{at_work}")?;
    writeln!(out, "\n{report}")?;
    for finding in report.findings() {
        writeln!(out, "{finding}\n")?;
    }
    Ok(())
}

/// Starts the service and the clients, and waits for the clients; what was going on meanwhile.
#[memopt::track_alloc]
async fn exchange(
    packages: &[Package],
    catalogue: Catalogue,
) -> io::Result<(Outcome, Concurrency)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(server::serve(listener, catalogue));
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let share =
            packages.iter().cycle().take(REQUESTS).skip(number).step_by(CLIENTS).cloned().collect();
        // What a client does belongs to this function, though another thread may do it.
        clients.push(tokio::spawn(Context::current().attach(client::run(address, share))));
    }
    tokio::time::sleep(IN_THE_MIDST).await;
    let at_work = memopt::runtime::concurrency();
    let mut outcome = Outcome::default();
    for client in clients {
        outcome.add(client.await??);
    }
    server.abort();
    Ok((outcome, at_work))
}

fn show(out: &mut impl Write, outcome: &Outcome, catalogue: &Catalogue) -> io::Result<()> {
    let Outcome { described, timed_out, unknown, problems } = outcome;
    writeln!(
        out,
        "{described} answered, {timed_out} audits out of time, {unknown} unknown dependencies"
    )?;
    writeln!(out, "{} skipped or refused", problems.len())?;
    for problem in problems.iter().take(5) {
        writeln!(out, "  {problem}")?;
    }
    let catalogue = catalogue.lock().unwrap_or_else(PoisonError::into_inner);
    let mut users: HashMap<&str, usize> = HashMap::new();
    for dependency in catalogue.values().flat_map(|summary| &summary.dependencies) {
        *users.entry(dependency).or_default() += 1;
    }
    let mut users: Vec<_> = users.into_iter().collect();
    users.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    writeln!(out, "\n{} packages; most depended on:", catalogue.len())?;
    for (name, count) in users.into_iter().take(5) {
        writeln!(out, "  {count:>4}  {name}")?;
    }
    Ok(())
}
