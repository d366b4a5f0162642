//! A small shop: orders come as JSON, are priced by a catalogue, and stay with the session of the
//! customer until it ends.

use serde::Deserialize;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a customer sends.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    customer: u64,
    lines: Vec<Line>,
    note: String,
}

#[derive(Debug, Deserialize)]
struct Line {
    product: String,
    pieces: u32,
}

/// What is known of a customer while the session lasts.
#[derive(Debug)]
struct Session {
    seen: Instant,
    orders: Vec<Order>,
}

/// The sessions that are open.
#[derive(Debug)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<u64, Session>>,
    /// Sessions end when nothing came for so long, ms.
    expire_ms: AtomicU64,
    /// Sessions at once, at most.
    most: AtomicUsize,
}

impl Sessions {
    pub(crate) fn new(expire: Duration) -> Self {
        Self {
            open: Mutex::default(),
            expire_ms: AtomicU64::new(expire.as_millis() as u64),
            most: AtomicUsize::new(usize::MAX),
        }
    }

    /// Sets when sessions end. A release that takes seconds for milliseconds makes them stay.
    pub(crate) fn expire_after(&self, idle: Duration) {
        self.expire_ms.store(idle.as_millis() as u64, Relaxed);
    }

    /// Bounds the number of sessions; those that were idle longest end first.
    pub(crate) fn keep_at_most(&self, sessions: usize) -> usize {
        self.most.swap(sessions, Relaxed)
    }

    #[memopt::track_alloc(name = "sessions.store")]
    fn store(&self, order: Order) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open
            .entry(order.customer)
            .or_insert_with(|| Session { seen: Instant::now(), orders: Vec::new() });
        session.seen = Instant::now();
        session.orders.push(order);
    }

    /// Ends sessions that are idle, and those above the bound.
    #[memopt::track_alloc(name = "sessions.sweep")]
    pub(crate) fn sweep(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = Duration::from_millis(self.expire_ms.load(Relaxed));
        open.retain(|_, session| session.seen.elapsed() < idle);
        let surplus = open.len().saturating_sub(self.most.load(Relaxed));
        if surplus > 0 {
            let mut oldest: Vec<(Instant, u64)> =
                open.iter().map(|(customer, session)| (session.seen, *customer)).collect();
            oldest.sort_unstable();
            for (_, customer) in oldest.into_iter().take(surplus) {
                open.remove(&customer);
            }
        }
    }
}

/// Prices, read product by product as they are first asked for.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    pages: Mutex<HashMap<String, Vec<u8>>>,
}

/// Bytes of a product's page.
const PAGE: usize = 16 << 10;

impl Catalogue {
    #[memopt::track_alloc(name = "catalogue.price")]
    fn price(&self, product: &str) -> u64 {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let page = match pages.get(product) {
            Some(page) => page,
            None => pages.entry(product.to_owned()).or_insert_with(|| vec![7; PAGE]),
        };
        u64::from(page[0])
    }
}

/// The shop.
#[derive(Debug)]
pub(crate) struct Shop {
    catalogue: Catalogue,
    pub(crate) sessions: Sessions,
}

impl Shop {
    pub(crate) fn new(expire: Duration) -> Self {
        Self { catalogue: Catalogue::default(), sessions: Sessions::new(expire) }
    }

    /// Answers a request.
    #[memopt::track_alloc(name = "shop.order")]
    pub(crate) fn order(&self, body: &[u8]) -> Result<u64, serde_json::Error> {
        let order: Order = serde_json::from_slice(body)?;
        let price = |line: &Line| self.catalogue.price(&line.product) * u64::from(line.pieces);
        let total = order.lines.iter().map(price).sum::<u64>() + order.note.len() as u64;
        self.sessions.store(order);
        Ok(total)
    }
}

/// Reads a supplier's list as a whole, and forgets it.
#[memopt::track_alloc(name = "shop.import")]
pub(crate) fn import(rows: usize) -> usize {
    let list: Vec<String> =
        (0..rows).map(|row| format!("{row};product-{};{}", row % 400, row % 17)).collect();
    list.iter().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] =
        br#"{"customer":4,"lines":[{"product":"tea","pieces":3}],"note":"two boxes"}"#;

    #[test]
    fn orders_are_priced_and_kept_until_the_session_ends() {
        let shop = Shop::new(Duration::from_secs(60));
        assert_eq!(shop.order(BODY).unwrap(), 7 * 3 + 9);
        shop.sessions.sweep();
        assert_eq!(shop.sessions.open.lock().unwrap()[&4].orders.len(), 1);
        shop.sessions.expire_after(Duration::ZERO);
        shop.sessions.sweep();
        assert!(shop.sessions.open.lock().unwrap().is_empty());
    }

    #[test]
    fn a_bound_ends_the_sessions_that_were_idle_longest() {
        let shop = Shop::new(Duration::from_secs(60));
        for customer in 0..10 {
            let body = format!(r#"{{"customer":{customer},"lines":[],"note":""}}"#);
            shop.order(body.as_bytes()).unwrap();
        }
        assert_eq!(shop.sessions.keep_at_most(3), usize::MAX);
        shop.sessions.sweep();
        let open = shop.sessions.open.lock().unwrap();
        let mut left: Vec<u64> = open.keys().copied().collect();
        left.sort_unstable();
        assert_eq!(left, [7, 8, 9]);
    }

    #[test]
    fn an_import_leaves_nothing() {
        assert!(import(100) > 1_500);
    }
}
