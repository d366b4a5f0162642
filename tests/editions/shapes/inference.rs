//! What the compiler infers in a plain function it infers in an annotated one.
//!
//! Each function here would need a type written where the attribute to hide its return type.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt::{Debug, Display};
use std::future::{Future, ready};
use std::pin::Pin;

/// What `?` makes of other errors.
#[derive(Debug)]
pub struct Failed(#[allow(dead_code)] pub String);

impl From<std::num::ParseIntError> for Failed {
    fn from(error: std::num::ParseIntError) -> Self {
        Failed(error.to_string())
    }
}

impl From<std::str::Utf8Error> for Failed {
    fn from(error: std::str::Utf8Error) -> Self {
        Failed(error.to_string())
    }
}

pub struct Holder<'a>(&'a mut Vec<u8>);

/// An await that the attribute does not see.
macro_rules! hidden {
    ($future:expr) => {
        $future.await
    };
}

#[memopt::track_alloc(all)]
mod annotated {
    use super::*;

    pub async fn closure_of_a_reference() -> impl Fn(&str) -> usize {
        |s| s.len()
    }

    pub async fn closure_behind_an_await() -> impl Fn(&str, &str) -> bool {
        ready(()).await;
        |a, b| a.len() < b.len()
    }

    pub async fn boxed_closure() -> Box<dyn Fn(&str) -> usize + Send> {
        ready(()).await;
        Box::new(|s| s.len())
    }

    pub async fn closure_in_a_result() -> Result<impl FnMut(&[u8]) -> u8, Failed> {
        ready("1").await.parse::<u8>()?;
        Ok(|bytes: &[u8]| bytes[0])
    }

    pub async fn closures_in_an_option(some: bool) -> Option<Box<dyn Fn(&str) -> &str>> {
        if !some {
            return None;
        }
        Some(Box::new(|s| &s[1..]))
    }

    pub async fn iterator(n: u8) -> impl Iterator<Item = u64> + Clone {
        let to = ready(n).await;
        (0..to.into()).map(|n| n * 2)
    }

    pub async fn iterator_of_a_reference<'a>(text: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        ready(()).await;
        text.split(',').filter(|part| !part.is_empty())
    }

    pub async fn two_errors(bytes: &[u8]) -> Result<u64, Failed> {
        let text = std::str::from_utf8(bytes)?;
        Ok(ready(text).await.parse::<u64>()?)
    }

    pub async fn boxed_error(text: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
        if text.is_empty() {
            return Err("empty".into());
        }
        ready(()).await;
        Ok(text.parse()?)
    }

    pub async fn literals() -> (u8, i64, f32, Option<u16>) {
        ready(()).await;
        (1, 2, 3., Some(4))
    }

    pub async fn collected(text: &str) -> Result<BTreeMap<String, Vec<u8>>, Failed> {
        let pairs = text.split(' ').map(|pair| Ok((pair.to_owned(), pair.bytes().collect())));
        ready(()).await;
        pairs.collect()
    }

    pub async fn parsed_and_summed(text: &str) -> u64 {
        ready(()).await;
        text.split(' ').map(|n| n.parse::<u64>().unwrap()).sum()
    }

    pub async fn default_and_into() -> (HashMap<String, u8>, String, Vec<u8>) {
        ready(()).await;
        (Default::default(), "a".into(), Vec::new())
    }

    pub async fn unsized_at_the_end(n: u8) -> Box<dyn Display> {
        ready(()).await;
        if n == 0 {
            return Box::new("none");
        }
        Box::new(n)
    }

    pub async fn unsized_slice<'a>(array: &'a [u8; 3]) -> &'a [u8] {
        ready(()).await;
        array
    }

    pub async fn dereferenced<'a>(text: &'a String) -> &'a str {
        ready(()).await;
        text
    }

    pub async fn borrowed_anew<'a>(holder: &'a mut Holder<'_>) -> &'a mut Vec<u8> {
        ready(()).await;
        holder.0.push(1);
        holder.0
    }

    pub async fn function_pointer() -> fn(&str) -> usize {
        ready(()).await;
        |s| s.len()
    }

    pub async fn never(n: u8) -> u8 {
        ready(()).await;
        match n {
            0 => return 1,
            1 => unreachable!(),
            _ => std::panic::resume_unwind(Box::new("out")),
        }
    }

    pub async fn never_returns() -> ! {
        ready(()).await;
        std::panic::resume_unwind(Box::new("out"))
    }

    pub async fn future_in_a_future() -> impl Future<Output = u8> {
        ready(()).await;
        async { 1 }
    }

    pub async fn generic<T: Default + Debug, I: IntoIterator<Item = T>>(items: I) -> Vec<T> {
        let mut all = vec![Default::default()];
        all.extend(ready(items).await);
        all
    }

    pub async fn argument_of_any_type(show: impl Display + Send, n: impl Into<u64>) -> String {
        let n = ready(n).await.into();
        format!("{} {}", show, n)
    }

    pub async fn elided(text: &str, holder: &mut Holder<'_>) -> usize {
        holder.0.extend(ready(text.as_bytes()).await);
        holder.0.len()
    }

    pub async fn question_of_an_option(text: &str) -> Option<char> {
        let first = ready(text.chars().next()).await?;
        first.to_uppercase().next()
    }

    pub async fn empty_vector_of_what_is_returned(fill: bool) -> Vec<Option<u32>> {
        let mut all = Vec::new();
        if fill {
            all.push(Some(1));
            all.push(ready(None).await);
        }
        all
    }

    pub async fn labels(all: Vec<u8>) -> u8 {
        let mut sum = 0;
        'all: for x in all {
            loop {
                match ready(Some(x)).await {
                    Some(0) => break 'all,
                    Some(1) => continue 'all,
                    Some(x) if ready(x < 9).await => break,
                    _ => return ready(sum).await,
                }
            }
            sum += ready(x).await;
        }
        sum
    }

    pub async fn conditions(x: u8) -> u8 {
        while let Some(y) = ready(Some(x)).await {
            if ready(y == 1).await && !ready(false).await {
                return y;
            }
            break;
        }
        2
    }

    pub async fn bodies_within(x: u8) -> u8 {
        let closure = async |y: u8| ready(y).await;
        let block = |y| async move { ready(y).await + x };
        closure(1).await + block(2).await
    }

    pub async fn by_reference(future: &mut (dyn Future<Output = u8> + Unpin)) -> String {
        format!("{} {}", future.await, { ready(1).await })
    }

    pub fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Result<u8, Failed>> + '_>> {
        Box::pin(async move {
            ready(()).await;
            Ok(text.parse()?)
        })
    }

    // Wrapped: an await is hidden.

    pub async fn hidden_literals() -> (u8, i64, Option<u16>) {
        hidden!(ready(()));
        (1, 2, Some(4))
    }

    pub async fn hidden_errors(text: &str) -> Result<u8, Box<dyn Error + Send + Sync>> {
        if hidden!(ready(text)).is_empty() {
            return Err("empty".into());
        }
        Ok(text.parse()?)
    }

    pub async fn hidden_closure() -> Box<dyn Fn(&str) -> usize> {
        hidden!(ready(()));
        Box::new(|s| s.len())
    }

    pub async fn hidden_slice<'a>(array: &'a [u8; 3]) -> &'a [u8] {
        hidden!(ready(()));
        array
    }

    pub async fn hidden_iterator(n: u8) -> impl Iterator<Item = u64> {
        let to = hidden!(ready(n));
        (0..to.into()).map(|n| n * 2)
    }

    // Sync functions.

    pub fn closure() -> impl Fn(&str) -> usize {
        |s| s.len()
    }

    pub fn summed(text: &str) -> Result<u64, Failed> {
        text.split(' ').map(|n| Ok(n.parse::<u64>()?)).sum()
    }

    pub fn display(n: u8) -> Box<dyn Display> {
        Box::new(n)
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}

#[test]
fn what_is_inferred_plain_is_inferred_annotated() {
    use self::annotated::*;

    assert_eq!(block_on(closure_of_a_reference())("ab"), 2);
    assert!(block_on(closure_behind_an_await())("a", "ab"));
    assert_eq!(block_on(boxed_closure())("ab"), 2);
    assert_eq!(block_on(closure_in_a_result()).unwrap()(&[7]), 7);
    assert_eq!(block_on(closures_in_an_option(true)).unwrap()("ab"), "b");
    assert!(block_on(iterator(3)).eq([0, 2, 4].iter().cloned()));
    assert_eq!(block_on(iterator_of_a_reference("a,,b")).count(), 2);
    assert_eq!(block_on(two_errors(b"7")).unwrap(), 7);
    assert!(block_on(two_errors(b"x")).is_err());
    assert_eq!(block_on(boxed_error("")).unwrap_err().to_string(), "empty");
    assert_eq!(block_on(literals()), (1, 2, 3., Some(4)));
    assert_eq!(block_on(collected("a bc")).unwrap()["bc"], b"bc");
    assert_eq!(block_on(parsed_and_summed("1 2")), 3);
    assert_eq!(block_on(default_and_into()).1, "a");
    assert_eq!(block_on(unsized_at_the_end(0)).to_string(), "none");
    assert_eq!(block_on(unsized_slice(&[1, 2, 3])), [1, 2, 3]);
    assert_eq!(block_on(dereferenced(&"a".to_owned())), "a");
    assert_eq!(block_on(borrowed_anew(&mut Holder(&mut vec![]))), &[1]);
    assert_eq!(block_on(function_pointer())("ab"), 2);
    assert_eq!(block_on(never(0)), 1);
    assert!(std::panic::catch_unwind(|| block_on(never_returns())).is_err());
    assert_eq!(block_on(block_on(future_in_a_future())), 1);
    assert_eq!(block_on(generic([1u8])), [0, 1]);
    assert_eq!(block_on(argument_of_any_type("a", 1u8)), "a 1");
    assert_eq!(block_on(elided("ab", &mut Holder(&mut vec![]))), 2);
    assert_eq!(block_on(question_of_an_option("a")), Some('A'));
    assert_eq!(block_on(empty_vector_of_what_is_returned(true)), [Some(1), None]);
    assert_eq!(block_on(labels(vec![1, 2, 3, 0, 4])), 5);
    assert_eq!((block_on(conditions(1)), block_on(bodies_within(1))), (1, 4));
    assert_eq!(block_on(by_reference(&mut ready(3))), "3 1");
    assert_eq!(block_on(boxed("1")).unwrap(), 1);
    assert_eq!(block_on(hidden_literals()), (1, 2, Some(4)));
    assert_eq!(block_on(hidden_errors("1")).unwrap(), 1);
    assert_eq!(block_on(hidden_closure())("ab"), 2);
    assert_eq!(block_on(hidden_slice(&[1, 2, 3])).len(), 3);
    assert_eq!(block_on(hidden_iterator(2)).sum::<u64>(), 2);
    assert_eq!(closure()("ab"), 2);
    assert_eq!(summed("1 2").unwrap(), 3);
    assert_eq!(display(1).to_string(), "1");
    for name in ["closure_of_a_reference", "never", "boxed", "hidden_errors", "summed"] {
        let name = format!("{}::annotated::{}", module_path!(), name);
        assert!(memopt::report().site(&name).is_ok(), "{}", name);
    }
}
