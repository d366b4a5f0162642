//! Each attribute in both orders: the function does what it did, and is one site with its calls.

use std::future::ready;
use std::time::Duration;

use memopt::runtime::record_async;
use memopt::track_alloc;

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// Calls of a site of this file since the program started.
fn calls(name: &str) -> u64 {
    memopt::report().site(&format!("orders::{name}")).map_or(0, |site| site.calls)
}

mod tracing_instrument {
    use super::*;

    #[track_alloc]
    #[tracing::instrument]
    fn above(x: u8) -> Vec<u8> {
        vec![x]
    }

    #[tracing::instrument(skip_all, fields(x = 1), ret)]
    #[track_alloc]
    fn below(x: u8) -> Vec<u8> {
        vec![x]
    }

    #[track_alloc]
    #[tracing::instrument(err)]
    async fn above_async(x: u8) -> Result<Vec<u8>, String> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(vec![x])
    }

    #[tracing::instrument]
    #[track_alloc]
    async fn below_async(x: u8) -> Result<Vec<u8>, String> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(vec![x])
    }

    #[tokio::test]
    async fn both_orders() {
        assert_eq!(above(1), below(1));
        assert_eq!(above_async(1).await, below_async(1).await);
        for name in ["above", "below", "above_async", "below_async"] {
            assert_eq!(calls(&format!("tracing_instrument::{name}")), 1, "{name}");
        }
    }
}

mod async_traits {
    use super::*;

    #[async_trait::async_trait]
    trait Fetch {
        async fn fetch(&mut self, x: u8) -> Vec<u8>;

        #[track_alloc]
        async fn given(&self) -> Box<u8> {
            Box::new(ready(1).await)
        }
    }

    struct Above(u8);
    struct Below(u8);

    #[track_alloc]
    #[async_trait::async_trait]
    impl Fetch for Above {
        async fn fetch(&mut self, x: u8) -> Vec<u8> {
            self.0 += ready(x).await;
            vec![self.0]
        }
    }

    #[async_trait::async_trait]
    #[track_alloc]
    impl Fetch for Below {
        async fn fetch(&mut self, x: u8) -> Vec<u8> {
            self.0 += ready(x).await;
            vec![self.0]
        }
    }

    #[tokio::test]
    async fn both_orders() {
        let (mut above, mut below) = (Above(1), Below(1));
        assert_eq!(above.fetch(1).await, below.fetch(1).await);
        assert_eq!((*above.given().await, *below.given().await), (1, 1));
        assert_eq!(calls("async_traits::Above::fetch"), 1);
        assert_eq!(calls("async_traits::Below::fetch"), 1);
    }
}

mod recursion {
    use super::*;

    #[track_alloc]
    #[async_recursion::async_recursion]
    async fn above(n: u8) -> u8 {
        if n == 0 { ready(0).await } else { above(n - 1).await + 1 }
    }

    #[async_recursion::async_recursion]
    #[track_alloc]
    async fn below(n: u8) -> u8 {
        if n == 0 { ready(0).await } else { below(n - 1).await + 1 }
    }

    #[tokio::test]
    async fn both_orders() {
        assert_eq!((above(3).await, below(3).await), (3, 3));
        assert_eq!((calls("recursion::above"), calls("recursion::below")), (4, 4));
    }
}

mod tests_of_others {
    use super::*;

    #[track_alloc]
    #[tokio::test]
    async fn tokio_above() {
        assert_eq!(*Box::new(ready(1).await), 1);
    }

    #[tokio::test]
    #[track_alloc]
    async fn tokio_below() {
        let recording = record_async(async { Box::new(ready(1).await) }).await;
        assert_eq!(*recording.value, 1);
    }

    #[track_alloc]
    #[rstest::rstest]
    #[case(1, 2)]
    #[case(2, 3)]
    fn rstest_above(#[case] x: u8, #[case] y: u8) {
        assert_eq!(*Box::new(x + 1), y);
    }

    #[rstest::rstest]
    #[case(1, 2)]
    #[case(2, 3)]
    #[track_alloc]
    fn rstest_below(#[case] x: u8, #[case] y: u8) {
        assert_eq!(*Box::new(x + 1), y);
    }

    #[track_alloc]
    #[test_case::test_case(1, 2)]
    #[test_case::test_case(2, 3)]
    fn test_case_above(x: u8, y: u8) {
        assert_eq!(*Box::new(x + 1), y);
    }

    #[test_case::test_case(1, 2)]
    #[test_case::test_case(2, 3)]
    #[track_alloc]
    fn test_case_below(x: u8, y: u8) {
        assert_eq!(*Box::new(x + 1), y);
    }

    #[track_alloc]
    #[serial_test::serial]
    #[test]
    fn serial_above() {
        assert_eq!(*Box::new(1), 1);
    }

    #[serial_test::serial]
    #[test]
    #[track_alloc]
    fn serial_below() {
        assert_eq!(*Box::new(1), 1);
    }

    #[memopt::test(max_allocs = 1000)]
    #[rstest::rstest]
    #[case(1)]
    fn limits_above(#[case] x: u8) {
        assert_eq!(*Box::new(x), 1);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config {
            cases: 8, failure_persistence: None, ..Default::default()
        })]

        #[test]
        #[track_alloc]
        fn proptest_below(x in 0..9u8) {
            proptest::prop_assert_eq!(*Box::new(x), x);
        }
    }

    #[test]
    fn each_is_a_site() {
        // Below `#[rstest]` each case is a site instead.
        rstest_above(1, 2);
        tokio_above();
        for name in ["rstest_above", "tokio_above"] {
            assert!(calls(&format!("tests_of_others::{name}")) >= 1, "{name}");
        }
    }
}
