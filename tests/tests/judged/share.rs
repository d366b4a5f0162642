//! Large values that are cloned to be read.

use crate::case::Case;
use std::hint::black_box;
use std::rc::Rc;

const fn case(name: &'static str, site: &'static str, before: fn(), after: fn()) -> Case {
    Case { name, code: "memopt::share", site, before, after, measured: true }
}

pub(crate) const CASES: [Case; 4] = [
    case("rules cloned to walk over them", "walk", || walks(false), || walks(true)),
    case("a configuration cloned for each request", "serve", || requests(false), || requests(true)),
    case("all clauses cloned in each round", "propagate", || solves(false), || solves(true)),
    case("a snapshot cloned for each reader", "snapshot", || snapshots(false), || snapshots(true)),
];

struct Rules {
    of_package: Vec<u64>,
    visited: u64,
}

impl Rules {
    #[memopt::track_alloc]
    fn walk(&mut self) {
        for rule in self.of_package.clone() {
            self.visited += rule & 1;
        }
    }

    #[memopt::track_alloc]
    fn walk_by_index(&mut self) {
        for index in 0..self.of_package.len() {
            self.visited += self.of_package[index] & 1;
        }
    }
}

fn walks(shared: bool) {
    let mut rules = Rules { of_package: vec![5; 400], visited: 0 };
    for _ in 0..5_000 {
        if shared {
            rules.walk_by_index();
        } else {
            rules.walk();
        }
    }
    black_box(rules.visited);
}

#[derive(Clone)]
struct Settings {
    names: Vec<String>,
}

#[memopt::track_alloc]
fn serve(settings: &Settings) -> usize {
    let own = settings.clone();
    own.names.iter().map(String::len).sum()
}

#[memopt::track_alloc]
fn serve_shared(settings: &Rc<Settings>) -> usize {
    let own = Rc::clone(settings);
    own.names.iter().map(String::len).sum()
}

fn settings() -> Settings {
    Settings { names: (0..40).map(|n| format!("setting number {n}")).collect() }
}

fn requests(shared: bool) {
    let settings = Rc::new(settings());
    for _ in 0..2_000 {
        black_box(if shared { serve_shared(&settings) } else { serve(&settings) });
    }
}

#[memopt::track_alloc]
fn snapshot(rows: &Vec<u64>) -> Vec<u64> {
    rows.clone()
}

#[memopt::track_alloc]
fn snapshot_shared(rows: &Rc<Vec<u64>>) -> Rc<Vec<u64>> {
    Rc::clone(rows)
}

#[memopt::track_alloc]
fn snapshots(shared: bool) {
    let rows = Rc::new(vec![1; 600]);
    for _ in 0..4_000 {
        if shared {
            black_box(snapshot_shared(&rows));
        } else {
            black_box(snapshot(&rows));
        }
    }
}

struct Clauses {
    all: Rc<Vec<Vec<u32>>>,
    met: u32,
}

impl Clauses {
    #[memopt::track_alloc]
    fn propagate(&mut self, first: u32, shared: bool) {
        let mut changed = vec![first];
        while let Some(current) = changed.pop() {
            if shared {
                for clause in Rc::clone(&self.all).iter().rev() {
                    self.met += u32::from(clause[0] == current);
                }
            } else {
                let mut all = self.all.as_ref().clone();
                while let Some(clause) = all.pop() {
                    self.met += u32::from(clause[0] == current);
                }
            }
            if current > 0 {
                changed.push(current - 1);
            }
        }
    }
}

fn solves(shared: bool) {
    let all = (0..300).map(|clause| vec![clause % 7, clause, clause + 1]).collect();
    let mut clauses = Clauses { all: Rc::new(all), met: 0 };
    for first in 0..20 {
        clauses.propagate(first % 9, shared);
    }
    black_box(clauses.met);
}
