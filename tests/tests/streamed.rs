//! `#[memopt::streamed]`: the rows of the plain function, in its order, without the memory of all
//! of them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// The same body streamed, and as it is.
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),*) -> $output:ty $body:block)*) => {
        mod plain {
            $(pub fn $name($($arg: $type),*) -> $output $body)*
        }
        mod streamed {
            $(#[memopt::streamed] $(#[$meta])* pub fn $name($($arg: $type),*) -> $output $body)*
        }
    };
}

both! {
    fn words(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        for line in text.lines() {
            if line.is_empty() {
                continue;
            }
            for word in line.split(' ') {
                match word.len() {
                    0 => {}
                    1 => out.push(word),
                    2..=4 => {
                        out.push(word);
                        out.push(&word[1..]);
                    }
                    _ => out.extend([word, word, "long"]),
                }
            }
        }
        out
    }

    fn numbers(text: &str) -> Result<Vec<u32>, std::num::ParseIntError> {
        let mut found = Vec::with_capacity(text.len());
        let mut words = text.split(' ').peekable();
        while let Some(word) = words.next() {
            if words.peek() == Some(&"x") {
                words.next();
            }
            if word == "stop" {
                return Ok(found);
            }
            if word == "fail" {
                return Err("no number".parse::<u32>().unwrap_err());
            }
            found.push(word.parse()?);
            found.extend(&[0, 1]);
            found.reserve(10);
        }
        Ok(found)
    }

    fn early(n: u32) -> Vec<u32> {
        if n == 0 {
            return Vec::new();
        }
        let mut out: Vec<u32> = Vec::default();
        let twice = |x: u32| x * 2;
        let mut i = 0;
        let all = loop {
            if i == n || i > 5 && i % 3 == 0 || n == 77 {
                break i;
            }
            out.push({ i += 1; twice(i) });
        };
        if all == 3 {
            out.push(100);
            out
        } else if all == 4 {
            return out;
        } else {
            match all {
                5 => out,
                _ if all > 5 => {
                    let mut more = vec![7, 8, 9];
                    out.append(&mut more);
                    out.extend_from_slice(&[1, 2]);
                    out
                }
                _ => out,
            }
        }
    }
}

fn random_texts() -> Vec<String> {
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    (0..300)
        .map(|_| {
            let words = (0..next(30)).map(|_| match next(20) {
                0 => "stop".to_owned(),
                1 => "fail".to_owned(),
                2 => "x".to_owned(),
                3 => "\n".to_owned(),
                n => n.pow(n as u32 % 6).to_string(),
            });
            words.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn streamed_functions_give_what_the_plain_ones_return() {
    for text in random_texts() {
        assert_eq!(streamed::words(&text).collect::<Vec<_>>(), plain::words(&text), "{text:?}");
        let plain = plain::numbers(&text);
        let streamed: Result<Vec<u32>, _> = streamed::numbers(&text).collect();
        assert_eq!(streamed, plain, "{text:?}");
        // What came before the error is given out, and nothing behind it.
        let mut rows = streamed::numbers(&text).skip_while(Result::is_ok);
        assert_eq!((rows.next().is_some(), rows.next()), (plain.is_err(), None));
    }
    for n in 0..100 {
        assert_eq!(streamed::early(n).collect::<Vec<_>>(), plain::early(n), "{n}");
    }
}

#[memopt::streamed]
fn rows(path: &Path) -> io::Result<Vec<(u64, String)>> {
    let mut out = Vec::new();
    let mut reader = BufReader::new(File::open(path)?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        let (number, text) = line.trim_end().split_once(';').ok_or(io::ErrorKind::InvalidData)?;
        out.push((number.parse().map_err(io::Error::other)?, text.to_owned()));
        line.clear();
    }
    Ok(out)
}

#[test]
fn two_hundred_thousand_rows_take_no_more_room_than_one() {
    const ROWS: u64 = 200_000;
    let file = std::env::temp_dir().join(format!("memopt-streamed-{}", std::process::id()));
    let mut writer = io::BufWriter::new(File::create(&file).unwrap());
    (0..ROWS).for_each(|n| writeln!(writer, "{n};row {n}").unwrap());
    writer.into_inner().unwrap();
    let recording = memopt::record(|| {
        let mut sum = 0;
        for row in rows(&file) {
            let (number, text) = row.unwrap();
            assert!(text.starts_with("row "));
            sum += number;
        }
        sum
    });
    std::fs::remove_file(&file).unwrap();
    assert_eq!(recording.value, ROWS * (ROWS - 1) / 2);
    assert!(recording.peak_bytes <= 64 << 10, "{} bytes at once", recording.peak_bytes);
    assert!(recording.report.total().bytes >= ROWS * 5, "each row has its text");
    let missing = rows(&file).next().unwrap().unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
}

#[memopt::streamed(chunk = 100)]
fn chunked(n: usize) -> Vec<String> {
    let mut out = Vec::new();
    for i in 0..n {
        out.push(i.to_string());
    }
    out
}

#[test]
fn a_chunk_is_held_and_no_more() {
    assert!(chunked(1000).map(|row| row.parse::<usize>().unwrap()).eq(0..1000));
    let recording = memopt::record(|| chunked(1000).count());
    assert_eq!(recording.value, 1000);
    // 100 strings of 8 bytes each, at most, and the block that holds them.
    assert!((2400..5000).contains(&recording.peak_bytes), "{}", recording.peak_bytes);
}

#[memopt::track_alloc(name = "above", budget(bytes <= "1 KiB"))]
#[memopt::streamed]
fn above(n: usize) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for _ in 0..n {
        out.push(vec![0; 100]);
    }
    out
}

#[memopt::streamed]
#[memopt::track_alloc(name = "below")]
fn below(n: usize) -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for _ in 0..n {
        out.push(vec![0; 100]);
    }
    out
}

struct Table(Vec<String>);

#[memopt::track_alloc]
impl Table {
    #[memopt::streamed]
    fn shouted(&self, suffix: &str) -> Vec<String> {
        let mut out = Vec::new();
        for row in &self.0 {
            out.push(row.to_uppercase() + suffix);
        }
        out
    }
}

#[test]
fn the_scope_is_entered_at_each_next() {
    let table = Table(vec!["a".to_owned(), "b".to_owned()]);
    let report = memopt::record(|| {
        for (row, other) in above(3).zip(below(3)) {
            assert_eq!((row, other), (vec![0; 100], vec![0; 100]));
            // Between two rows the scope is not open: this is the caller's.
            drop(std::hint::black_box(vec![0u8; 4096]));
        }
        drop(above(10).nth(1));
        assert_eq!(table.shouted("!").collect::<Vec<_>>(), ["A!", "B!"]);
    })
    .report;
    let site = |name: &str| report.site(name).unwrap();
    assert_eq!(
        (site("above").calls, site("above").own.bytes, site("above").cancelled),
        (2, 500, 1)
    );
    assert_eq!((site("below").calls, site("below").own.bytes), (1, 300));
    assert!(site("above").budget.is_some() && site("below").budget.is_none());
    assert_eq!(site("shouted").calls, 1);
    assert!(site("shouted").own.allocs >= 2);
}

#[test]
fn dropping_the_iterator_drops_what_the_body_holds() {
    struct Noted<'a>(&'a std::cell::Cell<u32>);
    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    #[memopt::streamed]
    fn held(drops: &std::cell::Cell<u32>) -> Vec<u32> {
        let _noted = Noted(drops);
        let mut out = Vec::new();
        for n in 0.. {
            out.push(n);
        }
        out
    }
    let drops = std::cell::Cell::new(0);
    let mut rows = held(&drops);
    assert_eq!((rows.next(), rows.next(), drops.get()), (Some(0), Some(1), 0));
    drop(rows);
    assert_eq!(drops.get(), 1);
}

#[test]
fn temporaries_of_a_push_are_gone_when_the_row_is_out() {
    #[memopt::streamed]
    fn locked(lock: &std::sync::Mutex<Vec<u32>>) -> Vec<u32> {
        let mut out = Vec::new();
        out.push(lock.lock().unwrap()[0]);
        out.push(lock.lock().unwrap()[1]);
        out
    }
    let lock = std::sync::Mutex::new(vec![1, 2]);
    for n in locked(&lock) {
        lock.lock().unwrap().push(n);
    }
    assert_eq!(*lock.lock().unwrap(), [1, 2, 1, 2]);
}

#[test]
fn a_panic_of_the_body_is_the_callers() {
    #[memopt::streamed]
    fn checked(mut n: u32) -> Vec<u32> {
        let mut out = Vec::new();
        loop {
            n = n.checked_sub(1).expect("there is no row below 0");
            out.push(n);
        }
    }
    let mut rows = checked(1);
    assert_eq!(rows.next(), Some(0));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| rows.next())).is_err());
    assert_eq!(rows.next(), None);
}

mod shapes {
    //! Heads and bodies of every kind.

    use std::fmt::{Debug, Display};
    use std::rc::Rc;

    #[memopt::streamed]
    fn generic<'a, T, const N: usize>(
        items: &'a [T; N],
        also: impl Iterator<Item = &'a T>,
    ) -> Vec<(usize, &'a T)>
    where
        T: Debug,
    {
        fn zero() -> usize {
            let out = [1];
            out.len() - 1
        }
        let mut out = Vec::new();
        for (n, item) in items.iter().chain(also).enumerate() {
            out.push((n + zero(), item));
        }
        out
    }

    /// Its own output inside.
    #[must_use]
    #[memopt::streamed]
    pub fn opaque(mut limit: u8, (a, b): (u8, u8)) -> Vec<impl Display> {
        struct Field {
            out: u8,
        }
        let mut out = Vec::new();
        let field = Field { out: a };
        while limit > 0 {
            limit -= 1;
            out.push(field.out + b + limit);
        }
        out
    }

    trait Rows {
        fn all(&self) -> &[u8];

        #[memopt::streamed]
        fn rows(&self) -> Vec<u8> {
            let mut out = vec![];
            out.extend(self.all());
            out
        }
    }

    impl Rows for Rc<[u8]> {
        fn all(&self) -> &[u8] {
            self
        }
    }

    #[memopt::streamed]
    unsafe fn dangerous(text: &str) -> Result<Vec<char>, Box<dyn std::error::Error + '_>> {
        let mut out = Vec::new();
        'lines: for line in text.lines() {
            for c in line.chars() {
                if c == '#' {
                    continue 'lines;
                }
                out.push(c);
            }
            if line.is_empty() {
                Err(text)?
            }
        }
        Ok(out)
    }

    #[test]
    fn all_of_them_compile_and_run() {
        let items = [1, 2];
        assert_eq!(generic(&items, [3].iter()).collect::<Vec<_>>(), [(0, &1), (1, &2), (2, &3)]);
        assert_eq!(opaque(2, (1, 2)).map(|x| x.to_string()).collect::<String>(), "43");
        let shared: Rc<[u8]> = Rc::new([1, 2]);
        assert!(shared.rows().eq([1, 2]));
        // SAFETY: there is nothing dangerous about it.
        let mut chars = unsafe { dangerous("ab#c\nd\n\ne") };
        let read: String = chars.by_ref().map_while(Result::ok).collect();
        assert_eq!((read.as_str(), chars.next().is_none()), ("abd", true));
    }
}

mod asynchronous {
    use futures_core::Stream;
    use std::pin::Pin;

    #[memopt::track_alloc(name = "fetched")]
    #[memopt::streamed]
    async fn fetched(pages: &[&str]) -> Result<Vec<String>, std::num::ParseIntError> {
        let mut out = Vec::new();
        for page in pages {
            tokio::task::yield_now().await;
            for word in page.split(' ') {
                out.push(word.parse::<u32>()?.to_string());
            }
        }
        Ok(out)
    }

    async fn all<S: Stream + Unpin>(mut stream: S) -> Vec<S::Item> {
        let mut items = Vec::new();
        while let Some(item) =
            std::future::poll_fn(|task| Pin::new(&mut stream).poll_next(task)).await
        {
            items.push(item);
        }
        items
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_async_function_becomes_a_stream() {
        // Spawned: it goes from thread to thread.
        let rows =
            tokio::spawn(async { all(fetched(&["1 2", "3", "x", "4"])).await }).await.unwrap();
        let (errors, numbers): (Vec<_>, Vec<_>) = rows.into_iter().partition(Result::is_err);
        assert_eq!(numbers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["1", "2", "3"]);
        assert_eq!(errors.len(), 1);
        assert_eq!(memopt::report().site("fetched").unwrap().calls, 1);
    }
}
