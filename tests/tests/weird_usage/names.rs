//! Sites whose functions have the same name: each has one of its own, which a person can read.

use super::*;

trait Go {
    fn go(&self) -> Box<u8>;
}

trait Load<T> {
    fn load(&self) -> Box<u8>;
}

macro_rules! go {
    ($($of:ty),*) => {
        $(
            #[track_alloc]
            impl Go for $of {
                fn go(&self) -> Box<u8> {
                    Box::new(1)
                }
            }
        )*
    };
}

struct A;
struct Pair<T, U>(T, U);
struct Letter<const C: char>;
struct Byte<const B: u8>;

go!(A, (u8, A), (A, u8), fn(u8) -> A, Vec<u8>, Vec<A>, str, [u8], &'static A, Box<dyn Fn(u8) -> A>);
go!(Letter<'<'>, Letter<'>'>, Letter<':'>, Byte<b'<'>, Pair<u8, A>, Pair<A, u8>);

#[track_alloc]
impl Load<u8> for A {
    fn load(&self) -> Box<u8> {
        Box::new(1)
    }
}

#[track_alloc]
impl<T> Load<Vec<T>> for A {
    fn load(&self) -> Box<u8> {
        Box::new(1)
    }
}

#[track_alloc]
impl std::fmt::Display for A {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("A")
    }
}

#[track_alloc]
impl std::fmt::Debug for A {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("A")
    }
}

#[track_alloc]
impl<T> Pair<T, u16> {
    fn of_a_word(&self) -> Box<u8> {
        let inside = || {
            #[track_alloc]
            fn within() -> Box<u8> {
                Box::new(2)
            }
            within()
        };
        inside()
    }
}

trait Start {
    fn run(&self) -> Box<u8>;
}

trait Stop {
    fn run(&self) -> Box<u8>;
}

mod other {
    pub(super) trait Stop {
        fn run(&self) -> Box<u8>;
    }
}

struct Job;

#[track_alloc]
impl Job {
    fn run(&self) -> Box<u8> {
        Box::new(1)
    }
}

#[track_alloc]
impl Start for Job {
    fn run(&self) -> Box<u8> {
        Box::new(2)
    }
}

#[track_alloc]
impl Stop for Job {
    fn run(&self) -> Box<u8> {
        Box::new(3)
    }
}

#[track_alloc]
impl other::Stop for Job {
    fn run(&self) -> Box<u8> {
        Box::new(4)
    }
}

#[test]
fn traits_with_a_method_of_one_name_are_in_the_names() {
    let recording = record(|| {
        let all = [Job.run(), Start::run(&Job), Stop::run(&Job), other::Stop::run(&Job)];
        assert_eq!(all.map(|run| *run), [1, 2, 3, 4]);
    });
    let mut names: Vec<&str> = recording
        .report
        .sites()
        .iter()
        .map(|site| site.name.trim_start_matches("weird_usage::names::"))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "Job::Start::run",
            "Job::run",
            "Job::weird_usage::names::Stop::run",
            "Job::weird_usage::names::other::Stop::run",
        ]
    );
}

#[test]
fn each_site_has_a_name_of_its_own() {
    let function: fn(u8) -> A = |_| A;
    let boxed: Box<dyn Fn(u8) -> A> = Box::new(|_| A);
    let recording = record(|| {
        assert_eq!(*A.go() + *(1, A).go() + *(A, 1).go() + *function.go() + *vec![1u8].go(), 5);
        assert_eq!(*vec![A].go() + *"".go() + *[1u8][..].go() + *Go::go(&&A) + *boxed.go(), 5);
        assert_eq!(*Letter::<'<'>.go() + *Letter::<'>'>.go() + *Letter::<':'>.go(), 3);
        assert_eq!(*Byte::<b'<'>.go() + *Pair(1u8, A).go() + *Pair(A, 1u8).go(), 3);
        assert_eq!(*Load::<u8>::load(&A) + *Load::<Vec<u8>>::load(&A), 2);
        assert_eq!((format!("{A} {A:?}").len(), *Pair(1, 1u16).of_a_word()), (3, 2));
    });
    let mut names: Vec<&str> = recording
        .report
        .sites()
        .iter()
        .map(|site| site.name.trim_start_matches("weird_usage::names::"))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "A::Debug::fmt",
            "A::Display::fmt",
            "A::Load<Vec<_>>::load",
            "A::Load<u8>::load",
            "A::go",
            "Byte<60>::go",
            "Go for &A::go",
            "Go for (A, u8)::go",
            "Go for (u8, A)::go",
            "Go for Box<dyn Fn(u8) -> A>::go",
            "Go for Vec<A>::go",
            "Go for Vec<u8>::go",
            "Go for [u8]::go",
            "Go for fn(u8) -> A::go",
            "Go for str::go",
            "Letter<'\\u{3a}'>::go",
            "Letter<'\\u{3c}'>::go",
            "Letter<'\\u{3e}'>::go",
            "Pair<A, u8>::go",
            "Pair<_, u16>::of_a_word",
            "Pair<_, u16>::of_a_word::within",
            "Pair<u8, A>::go",
        ]
    );
    // However narrow the table, a row keeps the function's own name.
    for name in recording.report.sites().iter().map(|site| &site.name) {
        let own = name.rsplit("::").next().unwrap();
        for columns in own.len() + 3..60 {
            assert!(memopt::report::label::shorten(name, columns).ends_with(own), "{name}");
        }
    }
}
