//! Trees whose nodes hold their parent as strongly as their children.

use crate::harness::{Leaking, Program};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

/// Cycles a round, and the text in each.
const CYCLES: u64 = 50;
const TEXT: usize = 2000;

pub(crate) const LEAK: Leaking =
    Leaking { per_second: CYCLES * TEXT as u64, per_call: Some(TEXT as u64) };

#[derive(Default)]
struct Node {
    parent: RefCell<Option<Rc<Node>>>,
    children: RefCell<Vec<Rc<Node>>>,
    text: RefCell<String>,
}

#[memopt::track_alloc(name = "plant_rc")]
fn plant_rc() {
    let root = Rc::new(Node::default());
    let leaf = Rc::new(Node::default());
    *leaf.text.borrow_mut() = "x".repeat(TEXT);
    *leaf.parent.borrow_mut() = Some(root.clone());
    root.children.borrow_mut().push(leaf);
}

pub(crate) fn rc() -> Program {
    Box::new(|_| (0..CYCLES).for_each(|_| plant_rc()))
}

#[derive(Default)]
struct Session {
    peer: Mutex<Option<Arc<Session>>>,
    buffer: Mutex<Vec<u8>>,
}

#[memopt::track_alloc(name = "plant_arc")]
fn plant_arc() {
    let (a, b) = (Arc::new(Session::default()), Arc::new(Session::default()));
    *a.peer.lock().unwrap() = Some(b.clone());
    *b.peer.lock().unwrap() = Some(a.clone());
    a.buffer.lock().unwrap().resize(TEXT, 1);
}

pub(crate) fn arc() -> Program {
    Box::new(|_| (0..CYCLES).for_each(|_| plant_arc()))
}
