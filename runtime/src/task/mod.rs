//! Tasks: what they are and how they end.

use crate::abi::layout::{Context, Status};

/// Ends the running task with a crash that has this message; what the native that crashes must return.
pub fn crash(_ctx: *mut Context, message: String) -> Status {
    eprintln!("panic: {message}");
    std::process::exit(2)
}
