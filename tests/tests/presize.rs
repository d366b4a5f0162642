//! `#[presize] let`: collections start where they end, and grow no more.

use std::collections::{HashMap, HashSet, VecDeque};

#[global_allocator]
static ALLOC: memopt::Alloc = memopt::Alloc::system();

/// What `work` did: blocks that were grown, blocks allocated.
fn traffic(work: impl FnMut(usize)) -> (u64, u64) {
    let report = memopt::record(|| (0..2000).for_each(work)).report;
    let total = report.total();
    (total.reallocs, total.allocs)
}

fn plain(n: usize) -> Vec<u64> {
    let mut rows = Vec::new();
    for row in 0..900 + n * 73 % 200 {
        rows.push(row as u64);
    }
    rows
}

#[memopt::track_alloc]
fn rows(n: usize) -> Vec<u64> {
    #[presize]
    let mut rows = Vec::new();
    for row in 0..900 + n * 73 % 200 {
        rows.push(row as u64);
    }
    rows
}

#[test]
fn at_a_steady_place_nineteen_of_twenty_reallocations_are_gone() {
    let (before, _) = traffic(|n| drop(plain(n)));
    let (after, allocs) = traffic(|n| drop(rows(n)));
    // From 4 to 1024 in 8 doublings; three in eight go on to 2048.
    assert_eq!(before, 2000 * 8 + 750);
    assert!(after * 20 <= before, "{after} of {before}");
    assert_eq!(allocs, 2000);

    let report = memopt::report();
    let holder =
        report.reclaimable().iter().find(|holder| holder.name == "presize::rows::rows").unwrap();
    assert_eq!(holder.hits + holder.misses, 2000);
    assert!(holder.hit_rate() > 0.94, "{holder:?}");
    let held = holder.wasted_bytes + (0..2000).map(|n| 8 * (900 + n * 73 % 200)).sum::<u64>();
    assert!(holder.wasted_bytes * 5 <= held, "{holder:?}");
}

/// Every collection and every way to begin, where the value goes different ways.
mod shapes {
    use super::{HashMap, HashSet, VecDeque};
    use std::io::{BufWriter, Write as _};

    #[memopt::track_alloc]
    pub fn turbofish(n: u32) -> usize {
        #[presize(percentile = 90, max_waste = 30)]
        let mut items = Vec::<u32>::with_capacity(n as usize / 2);
        items.extend(0..n);
        items.len()
    }

    #[memopt::track_alloc]
    pub fn ascribed(n: u32) -> String {
        #[presize]
        let mut text: String = String::default();
        for _ in 0..n {
            text.push('x');
        }
        if n > 1_000_000 {
            return String::new();
        }
        text
    }

    #[memopt::track_alloc]
    pub fn two(n: u32) -> (HashMap<u32, u32>, HashSet<u32>) {
        #[presize]
        let mut map = HashMap::new();
        #[presize]
        let mut set: HashSet<_> = HashSet::default();
        for key in 0..n {
            map.insert(key, key);
            set.insert(key);
        }
        (map, set)
    }

    #[memopt::track_alloc]
    pub fn early(n: u32) -> Option<VecDeque<u32>> {
        #[presize]
        let mut queue = VecDeque::new();
        loop {
            queue.push_back(n);
            if queue.len() > 100 {
                return None;
            }
            if queue.len() == n as usize {
                return Some(queue);
            }
        }
    }

    #[memopt::track_alloc]
    pub fn inside(n: u32) -> usize {
        (0..n)
            .map(|k| {
                #[presize]
                let mut digits = Vec::new();
                digits.push(k);
                let run = move || digits.len();
                run()
            })
            .sum()
    }

    /// Writers that end before the collection is looked at.
    #[memopt::track_alloc]
    pub fn written(n: usize) -> usize {
        #[presize]
        let mut dropped: Vec<u8> = Vec::new();
        let mut writer = BufWriter::new(&mut dropped);
        writer.write_all(&vec![1; n]).unwrap();
        drop(writer);
        let mut len = dropped.len();
        {
            #[presize]
            let mut taken: Vec<u8> = Vec::new();
            let mut writer = BufWriter::with_capacity(4, &mut taken);
            writer.write_all(&vec![1; n]).unwrap();
            len += writer.into_inner().unwrap().len();
        }
        #[presize]
        let mut within: Vec<u8> = Vec::new();
        {
            let mut writer = BufWriter::new(&mut within);
            writer.write_all(&vec![1; n]).unwrap();
        }
        len + within.len()
    }

    pub struct Table {
        pub names: Vec<String>,
    }

    #[memopt::track_alloc]
    impl Table {
        pub fn new(n: u32) -> Self {
            #[presize]
            let mut names = Vec::new();
            if n > 0 {
                names.push("first".to_owned());
            }
            for name in 1..n {
                names.push(name.to_string());
            }
            Self { names }
        }

        pub async fn fetch(&self, n: usize) -> Result<Vec<u8>, std::num::ParseIntError> {
            #[presize]
            let mut bytes: Vec<u8> = Vec::new();
            for name in self.names.iter().skip(1).take(n) {
                bytes.push(name.parse()?);
                std::future::ready(()).await;
            }
            println!("{bytes:?} {:?}", bytes);
            Ok(bytes)
        }
    }
}

#[test]
fn values_stay_what_they_were() {
    for n in 1..50 {
        assert_eq!(shapes::turbofish(n), n as usize);
        assert_eq!(shapes::ascribed(n).len(), n as usize);
        let (map, set) = shapes::two(n);
        assert_eq!((map.len(), set.len()), (n as usize, n as usize));
        assert_eq!(shapes::early(n).unwrap().len(), n as usize);
        assert_eq!(shapes::inside(n), n as usize);
        assert_eq!(shapes::written(n as usize), 3 * n as usize);
        assert_eq!(shapes::Table::new(n).names.len(), n as usize);
    }
    assert!(shapes::early(1000).is_none());
    let table = shapes::Table::new(5);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(table.fetch(3)).unwrap(), [1, 2, 3]);
    assert!(runtime.block_on(shapes::Table { names: vec!["x".into(); 2] }.fetch(3)).is_err());
}

#[test]
fn each_let_learns_for_itself() {
    for _ in 0..4 {
        shapes::two(20);
        shapes::early(20);
        shapes::ascribed(20);
    }
    let start = |name: &str| {
        let learners = memopt::remedy::presize::learners();
        learners.iter().find(|learner| learner.name() == name).unwrap().state().start
    };
    assert!(start("presize::shapes::two::map").is_some());
    assert!(start("presize::shapes::two::set").is_some());
    assert!(start("presize::shapes::early::queue").is_some());
    assert!(start("presize::shapes::ascribed::text").is_some());
}
