//! A table of sessions grows in a rush; when they end their entries go, and the table stays as
//! large as it was.

use crate::harness::Program;
use std::collections::HashMap;

type Sessions = HashMap<u64, String>;

#[memopt::track_alloc(name = "open_session")]
fn open_session(sessions: &mut Sessions, id: u64) {
    sessions.insert(id, format!("session {id} of a user with a name"));
}

#[memopt::track_alloc(name = "expire_sessions")]
fn expire_sessions(sessions: &mut Sessions, before: u64) {
    sessions.retain(|id, _| *id >= before);
}

pub(crate) fn program() -> Program {
    let (mut sessions, mut next) = (Sessions::new(), 0);
    Box::new(move |round| {
        let rush = if round < 6 { 10_000 } else { 10 };
        for _ in 0..rush {
            open_session(&mut sessions, next);
            next += 1;
        }
        if round >= 6 {
            expire_sessions(&mut sessions, next - 50);
        }
    })
}
