//! `goo lsp`

use crate::{output, status};

pub fn lsp() -> u8 {
    match goo_lsp::serve_stdio() {
        Ok(()) => 0,
        Err(error) => {
            output::failure(&format!("the language server cannot start: {error}"));
            status::FILES
        }
    }
}
