//! The line that says what runs now. Only where somebody looks: on a terminal.

use std::io::{IsTerminal, Write};

/// Shows `text` in the place of what was shown before.
pub fn show(text: &str) {
    let mut errors = std::io::stderr();
    if errors.is_terminal() {
        // A progress line that cannot be written is no reason to stop.
        let _ = write!(errors, "\r\x1b[K{text}");
        let _ = errors.flush();
    }
}

/// Removes it.
pub fn clear() {
    show("");
}
