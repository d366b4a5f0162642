//! What clippy and rustc say of the plain function they say of the annotated one, and nothing else:
//! `cargo clippy --all-targets` checks it. An expectation that is not fulfilled is a warning.

#![deny(warnings, unfulfilled_lint_expectations, clippy::pedantic)]
// Of the restrictions, those that meet code like ours.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::blanket_clippy_restriction_lints,
    clippy::default_numeric_fallback,
    clippy::exhaustive_structs,
    clippy::expect_used,
    clippy::if_then_some_else_none,
    clippy::indexing_slicing,
    clippy::infinite_loop,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::mem_forget,
    clippy::multiple_unsafe_ops_per_block,
    clippy::panic,
    clippy::pattern_type_mismatch,
    clippy::ref_patterns,
    clippy::shadow_unrelated,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

use std::cmp::Ordering;
use std::future::ready;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// An await that the attribute does not see.
macro_rules! hidden {
    ($future:expr) => {
        $future.await
    };
}

/// A type whose implementations are as clippy asks for.
#[derive(Debug)]
pub struct Own(u8);

#[expect(clippy::expl_impl_clone_on_copy)]
#[memopt::track_alloc]
impl Clone for Own {
    fn clone(&self) -> Self {
        *self
    }
}

impl Copy for Own {}

impl PartialEq for Own {
    #[memopt::track_alloc]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Own {}

impl Ord for Own {
    #[memopt::track_alloc]
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Own {
    #[memopt::track_alloc]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// And one whose implementation is not.
#[derive(Debug)]
pub struct Other(u8);

#[expect(clippy::expl_impl_clone_on_copy, clippy::non_canonical_clone_impl)]
#[memopt::track_alloc]
impl Clone for Other {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl Copy for Other {}

#[expect(clippy::items_after_statements)]
#[memopt::track_alloc]
fn items_after_statements(x: u8) -> u16 {
    let x = u16::from(x);
    const ONE: u16 = 1;
    x.max(ONE)
}

#[expect(clippy::items_after_statements)]
#[memopt::track_alloc]
async fn items_after_statements_of_a_future(x: u8) -> u16 {
    let x = ready(u16::from(x)).await;
    const ONE: u16 = 1;
    x.max(ONE)
}

#[memopt::track_alloc]
async fn items_first() -> u8 {
    const ONE: u8 = 1;
    fn one() -> u8 {
        ONE
    }
    ready(one()).await
}

#[memopt::track_alloc]
async fn items_first_where_awaits_are_hidden() -> u8 {
    const ONE: u8 = 1;
    hidden!(ready(ONE))
}

#[expect(clippy::unused_async)]
#[memopt::track_alloc]
async fn awaits_nothing() -> u8 {
    1
}

#[memopt::track_alloc]
async fn awaits() -> u8 {
    ready(1).await
}

#[expect(clippy::needless_return)]
#[memopt::track_alloc]
fn returns(x: u8) -> u8 {
    return x.max(1);
}

#[expect(clippy::needless_return)]
#[memopt::track_alloc]
async fn returns_in_a_future(x: u8) -> u8 {
    ready(()).await;
    return x.max(1);
}

#[expect(clippy::let_and_return)]
#[memopt::track_alloc]
fn lets_and_returns(x: u8) -> u8 {
    let y = x.max(1);
    y
}

#[expect(clippy::unnecessary_wraps)]
#[memopt::track_alloc]
fn wraps(x: u8) -> Option<u8> {
    if x == 1 {
        return Some(2);
    }
    Some(x)
}

#[expect(clippy::needless_pass_by_value)]
#[memopt::track_alloc]
fn by_value(text: String) -> usize {
    text.len()
}

#[expect(unused_must_use)]
#[memopt::track_alloc]
async fn forgets() {
    fails().await;
}

#[memopt::track_alloc]
async fn fails() -> Result<u8, u8> {
    ready(Err(1)).await
}

#[expect(unused_variables)]
#[memopt::track_alloc]
async fn unused(x: u8) {
    ready(()).await;
}

#[expect(unused_variables)]
#[memopt::track_alloc]
async fn unused_where_awaits_are_hidden(x: u8) {
    hidden!(ready(()));
}

#[expect(unused_mut)]
#[memopt::track_alloc]
async fn needlessly_mutable(mut x: u8) -> u8 {
    ready(()).await;
    x
}

#[memopt::track_alloc]
async fn underscores(_a: u8, (_b, c): (u8, u8)) -> u8 {
    hidden!(ready(()));
    c
}

#[expect(clippy::await_holding_lock)]
#[memopt::track_alloc]
async fn holds_a_lock(lock: &std::sync::Mutex<u8>) -> u8 {
    let Ok(guard) = lock.lock() else { return 0 };
    ready(*guard).await
}

/// A question.
///
/// Without a word about its errors.
#[expect(clippy::missing_errors_doc)]
#[memopt::track_alloc]
pub async fn question(text: &str) -> Result<u8, std::num::ParseIntError> {
    let x = ready(text).await.parse()?;
    Ok(x)
}

#[memopt::test]
#[tokio::test]
async fn all_of_them_run() {
    let own = Own(items_first().await);
    assert_eq!(<Own as Clone>::clone(&own).partial_cmp(&own), Some(Ordering::Equal));
    assert_eq!(<Other as Clone>::clone(&Other(1)).0, 1);
    assert_eq!(items_after_statements(1), items_after_statements_of_a_future(1).await);
    assert_eq!(items_first_where_awaits_are_hidden().await, awaits_nothing().await);
    assert_eq!(awaits().await, returns(1));
    assert_eq!(returns_in_a_future(1).await, lets_and_returns(1));
    assert_eq!((wraps(1), by_value("ab".to_owned())), (Some(2), 2));
    forgets().await;
    unused(1).await;
    unused_where_awaits_are_hidden(1).await;
    assert_eq!(needlessly_mutable(1).await, underscores(1, (2, 1)).await);
    assert_eq!(holds_a_lock(&std::sync::Mutex::new(1)).await, 1);
    assert_eq!(question("1").await, Ok(1));
}
