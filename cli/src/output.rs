//! What the command says: diagnostics, timings, progress, failures.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use goo_compiler::diagnostics::render::Renderer;
use goo_compiler::diagnostics::{Diagnostics, Severity, json};
use goo_compiler::driver::Timings;
use goo_compiler::syntax::SourceMap;

use crate::ErrorFormat;

/// More errors than this help nobody; the rest is counted.
const MOST_ERRORS: usize = 50;

/// Writes all diagnostics; whether there were errors.
pub fn diagnostics(sources: &SourceMap, diagnostics: Diagnostics, format: ErrorFormat) -> bool {
    let failed = diagnostics.has_errors();
    let items = diagnostics.sorted();
    if format == ErrorFormat::Json {
        for item in &items {
            println!("{}", json::to_json(item, sources));
        }
        return failed;
    }
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut renderer = Renderer::new(sources, colour);
    let mut text = String::new();
    for item in items.iter().take(MOST_ERRORS) {
        text += &renderer.text(item);
        text.push('\n');
    }
    let errors = items.iter().filter(|item| item.severity == Severity::Error).count();
    if errors > 0 {
        let plural = if errors == 1 { "" } else { "s" };
        text += &format!("{errors} error{plural}");
        if let Some(first) = items.iter().find(|item| item.severity == Severity::Error) {
            text += &format!("; `goo explain {}` tells more about the first", first.code.name());
        }
        text.push('\n');
    }
    error_text(&text);
    failed
}

/// Says how long each stage took.
pub fn timings(timings: &Timings) {
    let mut text = String::new();
    let mut total = Duration::ZERO;
    for (stage, time) in timings.iter() {
        text += &format!("{stage:<10} {:8.2} ms\n", time.as_secs_f64() * 1e3);
        total += time;
    }
    text += &format!("{:<10} {:8.2} ms\n", "total", total.as_secs_f64() * 1e3);
    error_text(&text);
}

/// A failure that is not the source's.
pub fn failure(message: &str) {
    error_text(&format!("goo: {message}\n"));
}

fn error_text(text: &str) {
    // Standard error that is closed leaves nobody to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
