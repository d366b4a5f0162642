//! The customers: so many requests a second, from a few threads, until they are told to go.

use crate::shop::Shop;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Threads that send requests.
const THREADS: u64 = 2;
/// Requests of a thread between two pauses.
const BURST: u64 = 8;
/// Time of a burst and the pause behind it.
const PERIOD: Duration = Duration::from_millis(10);
/// Products that are asked for.
const PRODUCTS: u64 = 400;

/// Customers at work.
#[derive(Debug)]
pub(crate) struct Load {
    closed: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    /// Sends customers to the shop.
    pub(crate) fn start(shop: &Arc<Shop>) -> Self {
        let closed = Arc::new(AtomicBool::new(false));
        let answered = Arc::new(AtomicU64::new(0));
        let threads = (0..THREADS).map(|number| {
            let (shop, closed) = (Arc::clone(shop), Arc::clone(&closed));
            let answered = Arc::clone(&answered);
            let name = format!("customers-{number}");
            thread::Builder::new()
                .name(name)
                .spawn(move || send(&shop, number, &closed, &answered))
                .expect("a thread for the customers")
        });
        let threads = threads.collect();
        Self { closed, answered, threads }
    }

    /// Requests that were answered so far.
    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Relaxed)
    }

    /// Sends the customers home.
    pub(crate) fn stop(self) {
        self.closed.store(true, Relaxed);
        for thread in self.threads {
            thread.join().expect("customers do not panic");
        }
    }
}

fn send(shop: &Shop, number: u64, closed: &AtomicBool, answered: &AtomicU64) {
    let mut body = String::new();
    let mut request = number;
    while !closed.load(Relaxed) {
        let began = Instant::now();
        for _ in 0..BURST {
            write_order(&mut body, request);
            shop.order(body.as_bytes()).expect("orders are well formed");
            request += THREADS;
        }
        answered.fetch_add(BURST, Relaxed);
        if number == 0 {
            shop.sessions.sweep();
        }
        thread::sleep(PERIOD.saturating_sub(began.elapsed()));
    }
}

/// An order of one to six lines. Customers come again, and new ones come all the while.
fn write_order(body: &mut String, request: u64) {
    let mixed = request.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let customer = request / 3 + mixed % 50;
    body.clear();
    // Writing into a String cannot fail.
    let _ = write!(body, r#"{{"customer":{customer},"lines":["#);
    for line in 0..=mixed % 6 {
        let comma = if line == 0 { "" } else { "," };
        let product = (mixed >> line) % PRODUCTS;
        let _ = write!(body, r#"{comma}{{"product":"product-{product}","pieces":{}}}"#, line + 1);
    }
    let _ = write!(body, r#"],"note":"{:width$}"}}"#, "leave it at the door", width = 200);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_orders_are_taken() {
        let shop = Shop::new(Duration::from_secs(60));
        let mut body = String::new();
        for request in 0..1_000 {
            write_order(&mut body, request);
            assert!(shop.order(body.as_bytes()).unwrap() > 200, "{body}");
        }
    }

    #[test]
    fn customers_go_home_when_they_are_told() {
        let shop = Arc::new(Shop::new(Duration::from_secs(60)));
        let load = Load::start(&shop);
        while load.answered() < 64 {
            thread::yield_now();
        }
        load.stop();
    }
}
