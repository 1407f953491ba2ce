//! What the command says: diagnostics, timings, progress, failures.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use goo_compiler::diagnostics::render::Renderer;
use goo_compiler::diagnostics::{Diagnostics, Severity, json};
use goo_compiler::driver::{self, Ice, Timings};
use goo_compiler::syntax::SourceMap;
use similar::TextDiff;

use crate::ErrorFormat;
use crate::status;

/// More errors than this help nobody; the rest is counted.
const MOST_ERRORS: usize = 50;

/// Writes all diagnostics; whether there were errors.
pub fn diagnostics(sources: &SourceMap, diagnostics: Diagnostics, format: ErrorFormat) -> bool {
    let failed = diagnostics.has_errors();
    let items = diagnostics.sorted(sources);
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
        text += &count(errors, "error");
        if let Some(first) = items.iter().find(|item| item.severity == Severity::Error) {
            text += &format!("; `goo explain {}` tells more about the first", first.code.name());
        }
        text.push('\n');
    }
    error_text(&text);
    failed
}

/// Says how long each stage took, and what came from earlier compilations.
pub fn timings(timings: &Timings, cached: Option<&str>) {
    let mut text = String::new();
    let mut total = Duration::ZERO;
    for (stage, time) in timings.iter() {
        text += &format!("{stage:<10} {:8.2} ms\n", time.as_secs_f64() * 1e3);
        total += time;
    }
    text += &format!("{:<10} {:8.2} ms\n", "total", total.as_secs_f64() * 1e3);
    if let Some(cached) = cached {
        text += &format!("{:<10} {cached}\n", "cached");
    }
    error_text(&text);
}

/// Says how many mistakes were mended.
pub fn fixed(mistakes: usize, files: usize) {
    error_text(&format!("fixed {} in {}\n", count(mistakes, "mistake"), count(files, "file")));
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// A failure that is not the source's.
pub fn failure(message: &str) {
    error_text(&format!("goo: {message}\n"));
}

/// Says why there is no code; gives the exit status.
pub fn no_code(sources: &SourceMap, failure: driver::Failure, format: ErrorFormat) -> u8 {
    match failure {
        driver::Failure::Fault(ice) => internal(sources, &ice),
        driver::Failure::TooLarge(errors) => {
            diagnostics(sources, errors, format);
            status::ERRORS
        }
    }
}

/// The compiler's own mistake.
pub fn internal(sources: &SourceMap, ice: &Ice) -> u8 {
    let (line, column) = sources.line_col(ice.span);
    let place = format!("{}:{line}:{column}", sources.file(ice.span.file).name);
    failure(&format!(
        "{place}: the compiler is at fault: {}\nhelp: please report this, with the source that brought it about",
        ice.message
    ));
    status::INTERNAL
}

fn error_text(text: &str) {
    // Standard error that is closed leaves nobody to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Says what goes on while it takes longer than a second, on a terminal.
pub fn with_progress<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let (done, wait) = mpsc::channel::<()>();
    let text = what.to_owned();
    let watcher = thread::spawn(move || {
        let mut seconds = 0;
        while let Err(mpsc::RecvTimeoutError::Timeout) = wait.recv_timeout(Duration::from_secs(1)) {
            seconds += 1;
            error_text(&format!("\r{text} … {seconds} s"));
        }
        if seconds > 0 {
            error_text("\r\x1b[K");
        }
    });
    let result = work();
    drop(done);
    // It ends by itself when the sender is gone.
    let _ = watcher.join();
    result
}

/// Writes how a file would change to standard output, as a unified diff.
pub fn diff(name: &str, before: &str, after: &str, how: &str) {
    let diff = TextDiff::from_lines(before, after);
    // A closed pipe leaves nobody to tell.
    let _ = write!(std::io::stdout(), "{}", diff.unified_diff().header(name, &format!("{name} ({how})")));
}

/// Writes a file whole or not at all: a full disk must not cost anybody a program.
pub fn replace(file: &Path, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    // Through a link, so that it stays one.
    let target = file.canonicalize().map_err(failed)?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)?;
    let permissions = std::fs::metadata(&target).map_err(failed)?.permissions();
    new.as_file().set_permissions(permissions).map_err(failed)?;
    new.persist(&target).map_err(|error| failed(error.error))?;
    Ok(())
}
