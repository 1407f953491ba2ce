//! SIGINT and SIGTERM: stop the supervision tree in order, then the program.

use crate::task::runtime::Runtime;

/// The supervisors that no other one supervises.
#[derive(Default)]
pub struct Tree {}

/// Begins to listen.
pub fn listen(_runtime: &'static Runtime) {}
