//! Guides: one question each, with steps, code that runs, and what the output looks like.
//!
//! | your question | guide |
//! |---|---|
//! | How do I measure a program without changing it? | [`command`] |
//! | What allocates most, and how do I reduce it? | [`reduce_allocations`] |
//! | Why does memory grow, and who holds it? | [`find_a_leak`] |
//! | How does CI refuse a change that allocates more? | [`gate_ci`] |
//! | Which commands read, compare and judge a report? | [`gate`] |
//! | What does my service do in production? | [`profile_a_service`] |
//! | How do I get an alert when memory leaks or runs out? | [`watch_a_service`] |
//! | How do I look at a service in a browser, in Prometheus, by scripts? | [`serve`] |
//! | Pool, arena, pre-sizing, streaming: which remedy fits? | [`choose_a_remedy`] |
//! | How are threads, tasks and cancelled futures counted? | [`async_and_threads`] |
//! | I have spans, or a tower or axum service. Do I need attributes? | [`tracing_and_tower`] |
//! | Can my library ship annotated? | [`annotated_libraries`] |
//! | Which environment variables are there? | [`environment`] |
//! | Which attributes are there, with which arguments? | [`attributes`] |
//! | What does it cost, and what does memopt not count? | [`cost_and_limits`] |
//! | How does it differ from the tool I use? | [`compared`] |
//!
//! These pages exist only in the documentation; there is nothing to import.

#[doc = include_str!("../docs/command.md")]
pub mod command {}

#[doc = include_str!("../docs/reduce-allocations.md")]
pub mod reduce_allocations {}

#[doc = include_str!("../docs/find-a-leak.md")]
pub mod find_a_leak {}

#[doc = include_str!("../docs/gate-ci.md")]
pub mod gate_ci {}

#[doc = include_str!("../docs/gate.md")]
pub mod gate {}

#[doc = include_str!("../docs/profile-a-service.md")]
pub mod profile_a_service {}

#[doc = include_str!("../docs/watch-a-service.md")]
pub mod watch_a_service {}

#[doc = include_str!("../docs/serve.md")]
pub mod serve {}

#[doc = include_str!("../docs/choose-a-remedy.md")]
pub mod choose_a_remedy {}

#[doc = include_str!("../docs/async-and-threads.md")]
pub mod async_and_threads {}

#[doc = include_str!("../docs/tracing-and-tower.md")]
pub mod tracing_and_tower {}

#[doc = include_str!("../docs/annotated-libraries.md")]
pub mod annotated_libraries {}

#[doc = include_str!("../docs/environment.md")]
pub mod environment {}

#[doc = include_str!("../docs/attributes.md")]
pub mod attributes {}

#[doc = include_str!("../docs/cost-and-limits.md")]
pub mod cost_and_limits {}

#[doc = include_str!("../docs/compared.md")]
pub mod compared {}
