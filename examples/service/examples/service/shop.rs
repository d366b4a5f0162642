//! The shop: orders stay with the session of the customer until it ends; the catalogue is searched;
//! pages are rendered.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Sessions end after so long, as the shop was meant to be.
pub(crate) const IDLE: Duration = Duration::from_secs(2);
/// What a release made of it.
pub(crate) const FAULTY: Duration = Duration::from_secs(2_000);
/// Sessions at once that the remedy allows.
pub(crate) const BOUND: usize = 3_000;
/// Rows of the import.
pub(crate) const ROWS: usize = 600_000;
/// Products of the catalogue.
const PRODUCTS: usize = 2_000;

/// What a customer sends.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Order {
    pub(crate) customer: u64,
    pub(crate) products: Vec<usize>,
    pub(crate) note: String,
}

#[derive(Debug)]
struct Session {
    seen: Instant,
    orders: Vec<Order>,
}

/// The sessions that are open.
#[derive(Debug)]
pub(crate) struct Sessions {
    open: Mutex<HashMap<u64, Session>>,
    expire_ms: AtomicU64,
    most: AtomicUsize,
}

/// The shop.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) sessions: Sessions,
    catalogue: Vec<(String, u64)>,
}

impl Sessions {
    /// Sets when sessions end.
    pub(crate) fn expire_after(&self, idle: Duration) {
        self.expire_ms.store(idle.as_millis() as u64, Relaxed);
    }

    /// Bounds the number of sessions.
    pub(crate) fn keep_at_most(&self, sessions: usize) {
        self.most.store(sessions, Relaxed);
    }

    #[memopt::track_alloc]
    fn store(&self, order: Order) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Session { seen: Instant::now(), orders: Vec::new() };
        let session = open.entry(order.customer).or_insert_with(new);
        session.seen = Instant::now();
        session.orders.push(order);
    }

    /// Ends sessions that are idle, and the oldest above the bound.
    #[memopt::track_alloc]
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

    #[cfg(test)]
    fn len(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Shop {
    pub(crate) fn new() -> Self {
        let product = |n: usize| (format!("product {n} of kind {}", n % 37), (n % 90) as u64 + 10);
        Self {
            sessions: Sessions {
                open: Mutex::default(),
                expire_ms: AtomicU64::new(IDLE.as_millis() as u64),
                most: AtomicUsize::new(usize::MAX),
            },
            catalogue: (0..PRODUCTS).map(product).collect(),
        }
    }

    /// Prices an order and keeps it with the session.
    #[memopt::track_alloc]
    pub(crate) fn order(&self, order: Order) -> u64 {
        let price = |product: &usize| self.catalogue[product % PRODUCTS].1;
        let total = order.products.iter().map(price).sum();
        self.sessions.store(order);
        total
    }

    /// The names of products that hold a text.
    #[memopt::track_alloc]
    pub(crate) fn search(&self, text: &str) -> Vec<String> {
        let names = self.catalogue.iter().map(|(name, _)| name.to_uppercase());
        names.filter(|name| name.contains(text)).collect()
    }

    /// A page of products, put together line by line.
    #[memopt::track_alloc]
    pub(crate) fn page(&self, first: usize) -> String {
        let mut page = String::new();
        for (name, price) in self.catalogue.iter().cycle().skip(first % PRODUCTS).take(60) {
            let line = format!("<li>{name}: {price} €</li>\n");
            // Writing into a String cannot fail.
            let _ = page.write_str(&line);
        }
        page
    }
}

/// Reads a supplier's list as a whole, and forgets it.
#[memopt::track_alloc]
pub(crate) fn import(rows: usize) -> usize {
    let list: Vec<String> =
        (0..rows).map(|row| format!("{row};product-{};{}", row % 400, row % 17)).collect();
    list.iter().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(customer: u64) -> Order {
        Order { customer, products: vec![0, 1], note: "two boxes".to_owned() }
    }

    #[test]
    fn orders_are_priced_and_kept_until_the_bound() {
        let shop = Shop::new();
        assert_eq!((0..5).map(|customer| shop.order(order(customer))).sum::<u64>(), 5 * 21);
        shop.sessions.sweep();
        assert_eq!(shop.sessions.len(), 5);
        shop.sessions.keep_at_most(2);
        shop.sessions.sweep();
        assert_eq!(shop.sessions.len(), 2);
    }

    #[test]
    fn the_catalogue_is_searched_and_shown() {
        let shop = Shop::new();
        assert_eq!(shop.search("KIND 36").len(), PRODUCTS / 37);
        assert_eq!(shop.page(PRODUCTS - 1).lines().count(), 60);
    }
}
