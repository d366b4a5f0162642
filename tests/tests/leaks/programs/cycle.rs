//! Trees whose nodes hold their parent as strongly as their children.

use crate::harness::Program;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Node {
    parent: RefCell<Option<Rc<Node>>>,
    children: RefCell<Vec<Rc<Node>>>,
    name: RefCell<String>,
}

#[memopt::track_alloc(name = "plant_rc")]
fn plant_rc(name: &str) {
    let root = Rc::new(Node::default());
    let leaf = Rc::new(Node::default());
    *leaf.name.borrow_mut() = name.to_owned();
    *leaf.parent.borrow_mut() = Some(root.clone());
    root.children.borrow_mut().push(leaf);
}

pub(crate) fn rc() -> Program {
    Box::new(|round| (0..50).for_each(|i| plant_rc(&format!("leaf {round} {i}"))))
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
    a.buffer.lock().unwrap().resize(256, 1);
}

pub(crate) fn arc() -> Program {
    Box::new(|_| (0..50).for_each(|_| plant_arc()))
}
