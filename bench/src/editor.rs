//! How quick is the language server? A program of 5,000 lines is typed in, as an editor does it: each keystroke is a change,
//! after which the diagnostics are waited for, or a completion is asked for.
//!
//! What counts is the time from the message that is sent to the one that comes back.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::generate::{self, Dialect};

/// Lines of the program.
const LINES: usize = 5000;

/// Keystrokes whose diagnostics are waited for, and completions that are asked for.
const MEASURED: usize = 400;

/// All keystrokes, after which the server's memory is looked at.
pub const EDITS: usize = 10_000;

/// Of so many keystrokes of the rest at a time the diagnostics are waited for: nobody types as fast as a program writes.
const BURST: usize = 10;

/// What is to be reached.
pub const DIAGNOSTICS_LIMIT: Duration = Duration::from_millis(100);
pub const COMPLETION_LIMIT: Duration = Duration::from_millis(50);
pub const MEMORY_LIMIT: u64 = 200 << 20;

/// What is typed, over and over: whole statements, which are broken until they are done.
const TYPED: &str =
    "\tcount := len(\"a text\") + sum\n\tif count > 3 {\n\t\tfmt.Println(\"much\", count)\n\t}\n";

/// The times that were measured, sorted, and the memory.
pub struct Outcome {
    /// All keystrokes.
    pub edits: usize,
    pub diagnostics: Vec<Duration>,
    pub completions: Vec<Duration>,
    /// Of the server at the end, and at its peak, in bytes.
    pub resident: u64,
    pub peak: u64,
}

/// The value below which a share of sorted times lies.
pub fn percentile(times: &[Duration], share: f64) -> Duration {
    let last = times.len().saturating_sub(1);
    let at = (times.len() as f64 * share).ceil() as usize;
    times.get(at.saturating_sub(1).min(last)).copied().unwrap_or_default()
}

/// Types into `goo lsp`; `edits` is the number of all keystrokes.
///
/// # Errors
/// A message, when the server does not start, stops, or speaks another language.
pub fn measure(goo: &Path, edits: usize) -> Result<Outcome, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("main.goo");
    let text = generate::program(LINES, Dialect::Goo, 0);
    std::fs::write(&path, &text).map_err(|error| error.to_string())?;
    let mut session = Session::start(goo, &path)?;
    session.open(text)?;

    let mut keys = TYPED.chars().cycle();
    let mut outcome =
        Outcome { edits, diagnostics: Vec::new(), completions: Vec::new(), resident: 0, peak: 0 };
    let measured = MEASURED.min(edits);
    for _ in 0..measured {
        let begin = Instant::now();
        session.type_key(&mut keys)?;
        session.diagnostics()?;
        outcome.diagnostics.push(begin.elapsed());
        let begin = Instant::now();
        session.type_key(&mut keys)?;
        session.completion()?;
        outcome.completions.push(begin.elapsed());
        session.diagnostics()?;
    }
    let mut left = edits.saturating_sub(2 * measured);
    while left > 0 {
        let burst = BURST.min(left);
        for _ in 0..burst {
            session.type_key(&mut keys)?;
        }
        session.diagnostics()?;
        left -= burst;
    }
    (outcome.resident, outcome.peak) = session.memory()?;
    session.end()?;
    outcome.diagnostics.sort_unstable();
    outcome.completions.sort_unstable();
    Ok(outcome)
}

/// A conversation with a server about one document.
struct Session {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    uri: String,
    version: i64,
    /// The version that the latest diagnostics are of.
    diagnosed: Option<i64>,
    next_id: i64,
    /// Where the next key goes: a line that begins a function's body, and what has been typed there.
    line: usize,
    column: usize,
    first: (usize, usize),
    typed_lines: usize,
}

impl Session {
    fn start(goo: &Path, path: &Path) -> Result<Session, String> {
        let fault = |error: std::io::Error| format!("{}: {error}", goo.display());
        let mut command = Command::new(goo);
        command.arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().map_err(fault)?;
        let (Some(input), Some(output)) = (server.stdin.take(), server.stdout.take()) else {
            return Err("the server has no input or output".to_owned());
        };
        let mut session = Session {
            server,
            input,
            output: BufReader::new(output),
            uri: format!("file://{}", path.display()),
            version: 0,
            diagnosed: None,
            next_id: 0,
            line: 0,
            column: 0,
            first: (0, 0),
            typed_lines: 0,
        };
        let offered = json!({"general": {"positionEncodings": ["utf-16"]}});
        session.request("initialize", json!({"capabilities": offered}))?;
        session.notify("initialized", json!({}))?;
        Ok(session)
    }

    fn open(&mut self, text: String) -> Result<(), String> {
        // In the middle of the program, at the beginning of a function that has a `sum`.
        let middle = text.lines().count() / 2;
        let body = text.lines().enumerate().skip(middle).find(|(_, line)| line.starts_with("func use"));
        let (line, _) = body.ok_or("the program has no function to type in")?;
        self.first = (line + 1, 0);
        (self.line, self.column) = self.first;
        let document = json!({"uri": self.uri, "languageId": "goo", "version": 0, "text": text});
        self.notify("textDocument/didOpen", json!({"textDocument": document}))?;
        self.diagnostics()
    }

    /// Types a character. What was typed is taken back when it gets long, as one edit of the same kind.
    fn type_key(&mut self, keys: &mut impl Iterator<Item = char>) -> Result<(), String> {
        self.version += 1;
        let (start, text) = if self.typed_lines >= 40 {
            let start = self.first;
            self.typed_lines = 0;
            (start, String::new())
        } else {
            ((self.line, self.column), keys.next().map(String::from).unwrap_or_default())
        };
        let place = |(line, character): (usize, usize)| json!({"line": line, "character": character});
        let range = json!({"start": place(start), "end": place((self.line, self.column))});
        (self.line, self.column) = start;
        if text == "\n" {
            self.line += 1;
            self.column = 0;
            self.typed_lines += 1;
        } else {
            self.column += text.len();
        }
        let document = json!({"uri": self.uri, "version": self.version});
        let changes = json!([{"range": range, "text": text}]);
        self.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}))
    }

    fn completion(&mut self) -> Result<(), String> {
        let place = json!({"line": self.line, "character": self.column});
        self.request("textDocument/completion", json!({"textDocument": {"uri": self.uri}, "position": place}))
    }

    /// Waits for the diagnostics of the present version; they may have come while something else was waited for.
    fn diagnostics(&mut self) -> Result<(), String> {
        while self.diagnosed != Some(self.version) {
            self.receive()?;
        }
        Ok(())
    }

    fn notify(&mut self, method: &str, params: Value) -> Result<(), String> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    fn request(&mut self, method: &str, params: Value) -> Result<(), String> {
        self.next_id += 1;
        let id = self.next_id;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params;
        }
        self.send(&message)?;
        loop {
            let answer = self.receive()?;
            if answer["id"] == id {
                return match answer.get("error") {
                    Some(error) => Err(format!("{method}: {error}")),
                    None => Ok(()),
                };
            }
        }
    }

    fn send(&mut self, message: &Value) -> Result<(), String> {
        let body = message.to_string();
        let written = write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len());
        written
            .and_then(|()| self.input.flush())
            .map_err(|error| format!("the server does not listen: {error}"))
    }

    fn receive(&mut self) -> Result<Value, String> {
        let stopped = |error: std::io::Error| format!("the server stopped: {error}");
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).map_err(stopped)? == 0 {
                return Err("the server stopped".to_owned());
            }
            match line.trim_end().split_once(": ") {
                Some(("Content-Length", value)) => {
                    length = value.parse().map_err(|_| format!("a message of {value} bytes"))?;
                }
                _ if line == "\r\n" => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).map_err(stopped)?;
        let message: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
        if message["method"] == "textDocument/publishDiagnostics" {
            self.diagnosed = message["params"]["version"].as_i64();
        }
        Ok(message)
    }

    /// The server's memory now and at its peak, in bytes; Linux tells.
    fn memory(&self) -> Result<(u64, u64), String> {
        let path = format!("/proc/{}/status", self.server.id());
        let status = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
        };
        field("VmRSS:").zip(field("VmHWM:")).ok_or_else(|| format!("{path} does not tell"))
    }

    fn end(mut self) -> Result<(), String> {
        self.request("shutdown", Value::Null)?;
        self.send(&json!({"jsonrpc": "2.0", "method": "exit"}))?;
        let status = self.server.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status}")) }
    }
}

/// The table for the performance page.
pub fn markdown(outcome: &Outcome) -> String {
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let mb = |bytes: u64| format!("{:.0} MB", bytes as f64 / f64::from(1 << 20));
    let row = |what: &str, times: &[Duration], limit: Duration| {
        let [half, most, all] = [0.5, 0.99, 1.0].map(|share| ms(percentile(times, share)));
        format!("| {what} | {half} | {most} | {all} | {} |\n", ms(limit))
    };
    let mut out =
        "| | median | 99 % within | longest | target for 99 % |\n|---|--:|--:|--:|--:|\n".to_owned();
    out += &row("keystroke to diagnostics", &outcome.diagnostics, DIAGNOSTICS_LIMIT);
    out += &row("keystroke to completion", &outcome.completions, COMPLETION_LIMIT);
    out += &format!(
        "\nAfter {} keystrokes the server holds {} (at its peak {}; target {}).",
        outcome.edits,
        mb(outcome.resident),
        mb(outcome.peak),
        mb(MEMORY_LIMIT)
    );
    out
}

/// What is slower or larger than it should be.
pub fn failures(outcome: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    for (what, times, limit) in [
        ("diagnostics", &outcome.diagnostics, DIAGNOSTICS_LIMIT),
        ("completion", &outcome.completions, COMPLETION_LIMIT),
    ] {
        let reached = percentile(times, 0.99);
        if reached > limit {
            found.push(format!("editor: {what} within {reached:.1?} for 99 %, not {limit:?}"));
        }
    }
    if outcome.resident > MEMORY_LIMIT {
        found.push(format!("editor: {} bytes of memory, not {MEMORY_LIMIT}", outcome.resident));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 0.5), Duration::from_millis(100));
        assert_eq!(percentile(&times, 0.99), Duration::from_millis(198));
        assert_eq!(percentile(&times, 1.0), Duration::from_millis(200));
        assert_eq!(percentile(&[], 0.5), Duration::ZERO);
    }
}
