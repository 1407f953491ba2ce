//! What the command says: results, diagnostics, timings, progress, failures. All that goes to standard output goes through [`print`].

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use goo_compiler::diagnostics::render::Renderer;
use goo_compiler::diagnostics::{Diagnostics, Severity, json};
use goo_compiler::driver::{self, Ice, Timings};
use goo_compiler::load::Unreadable;
use goo_compiler::syntax::SourceMap;
use similar::TextDiff;

use crate::{ErrorFormat, nearby, status};

/// More errors than this help nobody; the rest is counted.
const MOST_ERRORS: usize = 50;

static FORMAT: OnceLock<ErrorFormat> = OnceLock::new();

/// Says how diagnostics and failures are to be written: once, when the arguments are known.
pub fn set_format(format: ErrorFormat) {
    let _ = FORMAT.set(format);
}

fn is_json() -> bool {
    FORMAT.get() == Some(&ErrorFormat::Json)
}

/// Writes to standard output, at once.
pub fn print(text: &str) {
    let mut output = io::stdout().lock();
    written(output.write_all(text.as_bytes()).and_then(|()| output.flush()));
}

/// What came of writing to standard output. If it cannot be written, nobody gets what the command is for, and it ends.
pub fn written(result: io::Result<()>) {
    let Err(error) = result else { return };
    if error.kind() == io::ErrorKind::BrokenPipe {
        // Who closed the pipe (`| head`) wants no more: an end as that of other tools, without a word.
        goo_runtime::io::die_of_closed_pipes();
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::PIPE);
    }
    error_text(&format!("goo: standard output cannot be written: {error}\n"));
    std::process::exit(status::FILES.into());
}

/// Writes all diagnostics; whether there were errors.
pub fn diagnostics(sources: &SourceMap, diagnostics: Diagnostics) -> bool {
    let failed = diagnostics.has_errors();
    let items = diagnostics.sorted(sources);
    if is_json() {
        print(&items.iter().map(|item| json::to_json(item, sources) + "\n").collect::<String>());
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

/// Says what went wrong that is no mistake in the source; gives the exit status.
pub fn failure(status: u8, message: impl Display) -> u8 {
    tell(status, "", &[], &message.to_string())
}

/// [`failure`] to read or write a file, or because of one.
pub fn file_failure(status: u8, file: &Path, message: impl Display) -> u8 {
    tell(status, &file.display().to_string(), &[], &message.to_string())
}

/// Says why a program cannot be read; gives the exit status.
pub fn unreadable(problem: &Unreadable) -> u8 {
    let mut message = problem.message.clone();
    if !problem.path.exists()
        && let Some(close) = nearby::path(&problem.path)
    {
        message += &format!("; did you mean {}?", close.display());
    }
    let line = problem.place.as_ref().map(|(_, line)| *line as u32);
    tell(status::FILES, &problem.path.display().to_string(), line.as_slice(), &message)
}

/// Writes a failure: `place` is the line in the file and the column in it, as far as they are known.
fn tell(status: u8, file: &str, place: &[u32], message: &str) -> u8 {
    if is_json() {
        let code = match status {
            status::USAGE => "usage",
            status::FILES => "files",
            _ => "internal",
        };
        let place = (place.first().copied().unwrap_or(1), place.get(1).copied().unwrap_or(1));
        print(&(json::failure(code, message, file, place) + "\n"));
        return status;
    }
    let numbers = place.iter().map(|number| format!(":{number}")).collect::<String>();
    let place = if file.is_empty() { String::new() } else { format!("{file}{numbers}: ") };
    error_text(&format!("goo: {place}{message}\n"));
    status
}

/// Says why there is no code; gives the exit status.
pub fn no_code(sources: &SourceMap, failure: driver::Failure) -> u8 {
    match failure {
        driver::Failure::Fault(ice) => internal(sources, &ice),
        driver::Failure::TooLarge(errors) => {
            diagnostics(sources, errors);
            status::ERRORS
        }
    }
}

/// The compiler's own mistake.
pub fn internal(sources: &SourceMap, ice: &Ice) -> u8 {
    let (line, column) = sources.line_col(ice.span);
    let message = format!(
        "the compiler is at fault: {}\nhelp: please report this, with the source that brought it about",
        ice.message
    );
    tell(status::INTERNAL, &sources.file(ice.span.file).name, &[line, column], &message)
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
    print(&diff.unified_diff().header(name, &format!("{name} ({how})")).to_string());
}

/// Writes a file whole or not at all: a full disk must not cost anybody a program.
pub fn replace(file: &Path, text: &str) -> io::Result<()> {
    // Through a link, so that it stays one.
    let target = file.canonicalize()?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(std::fs::metadata(&target)?.permissions())?;
    new.persist(&target)?;
    Ok(())
}
