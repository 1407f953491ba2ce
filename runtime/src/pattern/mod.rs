//! The cores of the channel patterns: who gets a message, who waits, what is lost.
//!
//! They hold no messages, know no tasks, no clocks and no locks, and do not know whether the other end is in memory or on a wire: an
//! event goes in (somebody subscribes, publishes, reads, leaves), a decision comes out. So one rule stands in one place, and a
//! seed can drive it. What binds them to channels in memory is `channel/role/`.
//!
//! - [`log`]: which messages of a queue several readers have yet to read.
//! - [`topics`]: which subscriptions a topic matches.
//! - [`fanout`]: `pub`/`sub` and `broadcast`.
//! - [`peers`]: the identities that a `router` knows.
//!
//! `push`/`pull` has no core of its own: it is a queue that several take from, as any channel is.

pub mod fanout;
pub mod log;
#[cfg(all(test, loom))]
mod models;
pub mod peers;
pub mod topics;
