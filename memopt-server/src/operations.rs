//! Work that takes longer than an answer, and what came of it.

use crate::answer::now_ms;
use crate::scrub::scrubbed;
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use utoipa::ToSchema;

/// Work that was begun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Operation {
    /// Its number.
    pub(crate) id: u64,
    /// `profile`, `bundle`.
    kind: &'static str,
    /// `running`, `done`, `failed`.
    state: &'static str,
    began_ms: i64,
    ended_ms: Option<i64>,
    /// What came of it.
    #[schema(value_type = Option<Object>)]
    result: Option<serde_json::Value>,
    /// Why it failed.
    error: Option<String>,
}

/// The operations: the last hundred.
#[derive(Debug, Default)]
pub(crate) struct Operations(Mutex<VecDeque<Operation>>);

const KEPT: usize = 100;

impl Operations {
    pub(crate) fn lock(&self) -> MutexGuard<'_, VecDeque<Operation>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that work of this kind begins.
    pub(crate) fn begin(&self, kind: &'static str) -> Operation {
        let mut all = self.lock();
        let id = all.back().map_or(1, |last| last.id + 1);
        let began_ms = now_ms();
        let operation = Operation {
            id,
            kind,
            state: "running",
            began_ms,
            ended_ms: None,
            result: None,
            error: None,
        };
        if all.len() == KEPT {
            all.pop_front();
        }
        all.push_back(operation.clone());
        operation
    }

    /// Notes what came of it.
    pub(crate) fn end(
        &self,
        id: u64,
        outcome: Result<serde_json::Value, String>,
    ) -> Option<Operation> {
        let mut all = self.lock();
        let operation = all.iter_mut().find(|operation| operation.id == id)?;
        operation.ended_ms = Some(now_ms());
        match outcome {
            Ok(result) => (operation.state, operation.result) = ("done", Some(result)),
            Err(why) => {
                operation.state = "failed";
                operation.error = Some(scrubbed(&why).into_owned());
            }
        }
        Some(operation.clone())
    }
}
