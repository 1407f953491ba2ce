//! `goo lsp`

use crate::{output, status};

pub fn lsp() -> u8 {
    match goo_lsp::serve_stdio() {
        // As the protocol has it: an `exit` without a `shutdown` before it is a failure.
        Ok(true) => 0,
        Ok(false) => status::ERRORS,
        Err(error) => output::failure(status::FILES, format!("the language server cannot start: {error}")),
    }
}
