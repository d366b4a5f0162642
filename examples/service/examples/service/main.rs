//! An axum service under a load that it makes, with the pages of memopt beside it: a release makes
//! sessions stay, the monitor finds the leak and bounds them, an import makes a spike, and it
//! begins again.
//!
//! ```text
//! cargo run --release --example service
//! cargo run --release --example service -- --addr 127.0.0.1:7700 --seconds 600
//! ```
//!
//! The pages are at `/` of the address, the API at `/api/v1`, its description at `/docs`. The same
//! routes are mounted into the service itself, below `/memopt`.
#![forbid(unsafe_code)]

mod load;
mod routes;
mod shop;
mod watch;

use crate::load::Load;
use crate::shop::Shop;
use memopt::monitor::server;
use std::error;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::time::sleep;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

const USAGE: &str = "\
usage: service [--addr ADDRESS] [--seconds N]

  --addr ADDRESS  where the pages are  [default: 127.0.0.1:7700]
  --seconds N     how long it runs  [default: until it is interrupted]
  --calm          all stays well: no release, no import
  --leak          the release goes out at once, and nothing mends it
  --help          this text";

/// What was asked for.
#[derive(Debug, PartialEq)]
struct Asked {
    address: String,
    time: Option<Duration>,
    course: Course,
}

/// What happens to the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// A leak, its remedy and a spike, again and again.
    Story,
    /// All stays well.
    Calm,
    /// It leaks.
    Leak,
}

fn main() -> ExitCode {
    let asked = match asked(std::env::args().skip(1)) {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(fault) => {
            eprintln!("{fault}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(&asked)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the arguments; none where help is wanted.
fn asked(mut args: impl Iterator<Item = String>) -> Result<Option<Asked>, String> {
    let address = "127.0.0.1:7700".to_owned();
    let mut asked = Asked { address, time: None, course: Course::Story };
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{name}` needs a value"));
        match name.as_str() {
            "--help" | "-h" => return Ok(None),
            "--calm" => asked.course = Course::Calm,
            "--leak" => asked.course = Course::Leak,
            "--addr" => asked.address = value()?,
            "--seconds" => {
                let text = value()?;
                let seconds = text.parse();
                let seconds = seconds.map_err(|_| format!("`{text}` is no number of seconds"))?;
                asked.time = Some(Duration::from_secs(seconds));
            }
            _ => return Err(format!("`{name}` is not known")),
        }
    }
    Ok(Some(asked))
}

async fn run(asked: &Asked) -> Result<(), Box<dyn error::Error>> {
    let folder = std::env::temp_dir().join(format!("memopt-service-{}", std::process::id()));
    let shop = Arc::new(Shop::new());
    let acts = asked.course != Course::Leak;
    let monitor = watch::builder(&folder, &shop, acts).start()?;
    let pages = server::builder(&monitor).address(&asked.address).start()?;
    let mounted = server::builder(&monitor).router()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let service = routes::shop(&shop).nest_service("/memopt", mounted);
    tokio::spawn(async move { axum::serve(listener, service).await });
    let load = Load::start(address);
    match pages.address() {
        Some(pages) => println!("pages at http://{pages}/, the service at http://{address}/"),
        None => println!("`{}` is taken: it is tried again", asked.address),
    }
    let ended = story(&shop, asked);
    tokio::select! {
        () = ended => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    println!("{} requests were answered", load.answered());
    drop((pages, monitor));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// One round: all is well, a release makes sessions stay, it is mended, an import comes.
const ROUND: Duration = Duration::from_secs(150);
const RELEASE: Duration = Duration::from_secs(30);
const MENDED: Duration = Duration::from_secs(110);
const IMPORT: Duration = Duration::from_secs(130);

/// What happens to the shop, until the time is over.
async fn story(shop: &Arc<Shop>, asked: &Asked) {
    let began = Instant::now();
    let is_over = || asked.time.is_some_and(|time| began.elapsed() >= time);
    if asked.course == Course::Leak {
        shop.sessions.expire_after(shop::FAULTY);
    }
    while asked.course != Course::Story && !is_over() {
        sleep(Duration::from_millis(200)).await;
    }
    while !is_over() {
        let round = Instant::now();
        for (at, what) in [(RELEASE, 0), (MENDED, 1), (IMPORT, 2), (ROUND, 3)] {
            while round.elapsed() < at && !is_over() {
                sleep(Duration::from_millis(200)).await;
            }
            if is_over() {
                return;
            }
            match what {
                0 => {
                    println!("a release goes out that takes milliseconds for seconds");
                    shop.sessions.expire_after(shop::FAULTY);
                }
                1 => {
                    println!("the release is mended");
                    shop.sessions.expire_after(shop::IDLE);
                    shop.sessions.keep_at_most(usize::MAX);
                }
                2 => {
                    println!("a supplier's list is imported as a whole");
                    let import = tokio::task::spawn_blocking(|| shop::import(shop::ROWS));
                    // It panics where the machine has too little memory, and ends the example then.
                    let _ = import.await;
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(args: &[&str]) -> Result<Option<Asked>, String> {
        asked(args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn the_arguments_are_few() {
        let default = of(&[]).unwrap().unwrap();
        assert_eq!((default.address.as_str(), default.time), ("127.0.0.1:7700", None));
        let given = of(&["--addr", "127.0.0.1:0", "--seconds", "9", "--calm"]).unwrap().unwrap();
        assert_eq!((given.time, given.course), (Some(Duration::from_secs(9)), Course::Calm));
        assert_eq!(of(&["--help"]), Ok(None));
        for wrong in [&["--seconds"][..], &["--seconds", "x"], &["--addr"], &["now"]] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
