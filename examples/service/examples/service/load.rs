//! The customers: some tasks that send requests over HTTP, each over one connection.

use crate::shop::Order;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{MissedTickBehavior, interval, sleep};

/// Customers at a time.
const CUSTOMERS: u64 = 4;
/// Time from one request of a customer to the next.
const PAUSE: Duration = Duration::from_millis(8);

/// Customers at work, until the runtime ends.
#[derive(Debug)]
pub(crate) struct Load {
    answered: Arc<AtomicU64>,
}

impl Load {
    /// Sends customers to the service.
    pub(crate) fn start(address: SocketAddr) -> Self {
        let answered = Arc::new(AtomicU64::new(0));
        for number in 0..CUSTOMERS {
            let answered = Arc::clone(&answered);
            tokio::spawn(async move {
                loop {
                    // A connection that broke is made anew.
                    let _ = customer(address, number, &answered).await;
                    sleep(PAUSE).await;
                }
            });
        }
        Self { answered }
    }

    pub(crate) fn answered(&self) -> u64 {
        self.answered.load(Relaxed)
    }
}

async fn customer(address: SocketAddr, number: u64, answered: &AtomicU64) -> io::Result<()> {
    let mut stream = BufReader::new(TcpStream::connect(address).await?);
    let mut pace = interval(PAUSE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        let turn = answered.fetch_add(1, Relaxed);
        let request = request(turn, number);
        stream.get_mut().write_all(request.as_bytes()).await?;
        answer(&mut stream).await?;
    }
}

/// Most are orders; some search, some look at a page.
fn request(turn: u64, number: u64) -> String {
    match turn % 10 {
        0 => format!("GET /search/KIND%20{} HTTP/1.1\r\nhost: shop\r\n\r\n", turn % 37),
        1 | 2 => format!("GET /page/{} HTTP/1.1\r\nhost: shop\r\n\r\n", turn % 2_000),
        _ => {
            let order = Order {
                customer: turn * CUSTOMERS + number,
                products: (0..=(turn as usize % 7)).collect(),
                note: "deliver to the door, please; ring twice".repeat(turn as usize % 5 + 1),
            };
            let body = serde_json::to_string(&order).unwrap_or_default();
            format!(
                "POST /orders HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )
        }
    }
}

/// Reads one answer: its head, and so many bytes as that says.
async fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length = length.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.map(drop)
}
