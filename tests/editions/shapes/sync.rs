//! Sync functions: arguments, patterns, tails, `?`, early returns and panics.

use crate::log::{D, dropped, pair};

twice! {
    pub fn arguments(a: D, _b: D, _: D, fail: usize) -> usize {
        let _local = D("local");
        let _ = check(fail, 1);
        a.len()
    }

    pub fn patterns((a, _): (D, D), Pair { x, .. }: Pair, ref r: D, mut m: D, fail: usize) {
        let _kept = (a, x);
        let length = m.len();
        m = D("assigned");
        let _ = check(fail, 1);
        let _ = (r.len(), m.len(), length);
    }

    pub fn tail_temporaries(a: D, _fail: usize) -> usize {
        let b = D("b");
        D("temporary").itself().len() + b.len() + a.len()
    }

    pub fn tail_match(_a: D, fail: usize) -> usize {
        let _b = D("b");
        match D("scrutinee").itself().len() {
            n => {
                let _c = D("c");
                n + check(fail, 1).unwrap_or(0)
            }
        }
    }

    pub fn question(a: D, fail: usize) -> Result<usize, D> {
        let _b = D("b");
        check(fail, 1)?;
        let _c = D("c");
        Ok(check(fail, 2)? + D("temporary").itself().len() + a.len())
    }

    pub fn early_return(a: D, fail: usize) -> usize {
        let _b = D("b");
        if fail == 1 {
            let _c = D("c");
            return D("returned").itself().len();
        }
        let moved = a;
        for n in 0..2 {
            let _d = D("in a loop");
            if n == fail {
                return moved.len();
            }
        }
        0
    }

    pub struct Owner(pub D);

    impl Owner {
        pub fn consumed(self, _b: D, fail: usize) -> usize {
            let _c = D("c");
            check(fail, 1).unwrap_or(0) + self.0.len()
        }

        pub fn part(self, fail: usize) -> D {
            let _c = D("c");
            let _ = check(fail, 1);
            self.0
        }
    }

    pub fn closure(a: D, fail: usize) -> usize {
        let f = move |b: D| b.len() + a.len() + check(fail, 1).unwrap_or(0);
        let _c = D("c");
        f(D("b"))
    }
}

macro_rules! each {
    ($($name:ident ( $($argument:expr),* );)*) => {
        $(
            for &fail in &[0, 1, 2, 101, 102] {
                let plain = dropped(|| plain::$name($($argument,)* fail));
                let annotated = dropped(|| annotated::$name($($argument,)* fail));
                assert!(!plain.0.is_empty());
                assert_eq!(annotated, plain, "{} {}", stringify!($name), fail);
            }
        )*
    };
}

#[test]
fn what_a_function_drops_it_drops_in_order() {
    each! {
        arguments(D("1"), D("2"), D("3"));
        patterns((D("1"), D("2")), pair("3", "4"), D("5"), D("6"));
        tail_temporaries(D("1"));
        tail_match(D("1"));
        question(D("1"));
        early_return(D("1"));
        closure(D("1"));
    }
    for &fail in &[0, 1, 101] {
        let plain = dropped(|| plain::Owner(D("self")).consumed(D("1"), fail));
        let annotated = dropped(|| annotated::Owner(D("self")).consumed(D("1"), fail));
        assert_eq!(annotated, plain, "consumed {}", fail);
        let plain = dropped(|| plain::Owner(D("self")).part(fail));
        let annotated = dropped(|| annotated::Owner(D("self")).part(fail));
        assert_eq!(annotated, plain, "part {}", fail);
    }
    // They were measured.
    let report = memopt::report();
    for name in &["arguments", "tail_temporaries", "question", "Owner::consumed", "closure"] {
        assert!(
            report.site(&format!("{}::annotated::{}", module_path!(), name)).is_ok(),
            "{}",
            name
        );
    }
}
