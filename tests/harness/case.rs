//! A `.goo` file as a test case. What is expected stands in its comments:
//!
//! ```text
//! //! args: examples/text          arguments of the program
//! //! stdin: some text             one line of standard input; may be repeated
//! //! env: NAME=value              may be repeated
//! //! status: 2                    exit status, if not 0
//! //! command: test                `goo test` instead of running it; `graph`: `goo graph`, which runs nothing
//! //! modes: jit1, jit4            only these modes, with the reason behind it
//!
//! // Output:                       at the end of the file: what it prints, exactly
//! // hello
//!
//! // Stderr:                       lines that standard error has, in this order, among others
//! // crash: index out of range
//!
//! // Diagnostics:                  the program is refused (or warned about), with exactly these
//! // 4:2: error[unused-variable]: `x` is declared and not used
//! ```

use std::fmt::Write as _;
use std::path::Path;

use crate::run::{self, Mode, Outcome, Program};

/// What a case's comments ask for.
#[derive(Default, Debug)]
pub struct Expected {
    pub args: Vec<String>,
    pub stdin: String,
    pub env: Vec<(String, String)>,
    pub status: i32,
    /// The subcommand, if it is not `run`.
    pub command: Option<&'static str>,
    pub modes: Option<Vec<Mode>>,
    pub output: Option<String>,
    pub stderr: Vec<String>,
    pub diagnostics: Option<String>,
}

impl Expected {
    /// Reads the comments of a case.
    pub fn read(source: &str) -> Result<Expected, String> {
        let mut expected = Expected::default();
        for line in source.lines().filter_map(|line| line.strip_prefix("//! ")) {
            let (key, value) =
                line.split_once(':').ok_or_else(|| format!("directive without a colon: {line}"))?;
            let value = value.trim();
            match key {
                "args" => expected.args = value.split_whitespace().map(str::to_owned).collect(),
                "stdin" => expected.stdin += &format!("{value}\n"),
                "env" => {
                    let (name, value) = value.split_once('=').ok_or("env: wants NAME=value")?;
                    expected.env.push((name.to_owned(), value.to_owned()));
                }
                "status" => expected.status = value.parse().map_err(|_| format!("status: {value}"))?,
                "command" if value == "test" => expected.command = Some("test"),
                "command" if value == "graph" => {
                    expected.command = Some("graph");
                    expected.modes = Some(vec![Mode::JIT1]);
                }
                "modes" => {
                    let names = value.split('(').next().unwrap_or(value);
                    let modes: Option<Vec<Mode>> =
                        names.split(',').map(|name| Mode::named(name.trim())).collect();
                    expected.modes = Some(modes.ok_or_else(|| format!("modes: {value}"))?);
                }
                _ => return Err(format!("unknown directive: {key}")),
            }
        }
        expected.output = section(source, "Output");
        expected.diagnostics = section(source, "Diagnostics");
        if let Some(stderr) = section(source, "Stderr") {
            expected.stderr = stderr.lines().map(str::to_owned).collect();
        }
        Ok(expected)
    }
}

/// The text of a section: the comment lines behind `// Name:`, without the slashes.
fn section(source: &str, name: &str) -> Option<String> {
    let head = format!("// {name}:");
    let start = source.lines().position(|line| line.trim_end() == head)?;
    let mut text = String::new();
    for line in source.lines().skip(start + 1) {
        let Some(line) = line.strip_prefix("//") else { break };
        text += line.strip_prefix(' ').unwrap_or(line);
        text.push('\n');
    }
    Some(text)
}

/// Runs a case in all its modes; the error says what differed.
pub fn check_file(root: &Path, path: &Path) -> Result<(), String> {
    let source = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let expected = Expected::read(&source)?;
    let folder = path.file_name().is_some_and(|name| name == "main.goo");
    let target = if folder { path.parent().unwrap_or(path) } else { path };
    let program = Program::new(root, target, &expected);
    if std::env::var_os("GOO_BLESS").is_some() {
        return bless(path, &source, &program, &expected);
    }
    if let Some(diagnostics) = &expected.diagnostics {
        let found = program.diagnostics()?;
        if found != *diagnostics {
            return Err(difference("diagnostics", diagnostics, &found));
        }
        if found.contains(": error[") {
            return Ok(());
        }
    }
    let output =
        expected.output.as_deref().ok_or("the file has neither `// Output:` nor `// Diagnostics:`")?;
    for mode in run::modes(expected.modes.as_deref()) {
        let outcome = program.run(mode)?;
        compare(&expected, output, &outcome).map_err(|text| format!("as {}: {text}", mode.name()))?;
    }
    Ok(())
}

/// Compares what came out with what is expected.
pub fn compare(expected: &Expected, output: &str, outcome: &Outcome) -> Result<(), String> {
    if outcome.stdout != output {
        let mut text = difference("output", output, &outcome.stdout);
        if !outcome.stderr.is_empty() {
            let _ = write!(text, "standard error:\n{}", outcome.stderr);
        }
        return Err(text);
    }
    if outcome.status != expected.status {
        return Err(format!(
            "exit status {} instead of {}\nstandard error:\n{}",
            outcome.status, expected.status, outcome.stderr
        ));
    }
    let mut rest = outcome.stderr.lines();
    for wanted in &expected.stderr {
        if !rest.any(|line| line.contains(wanted.as_str())) {
            return Err(format!("standard error has no `{wanted}`, or not there:\n{}", outcome.stderr));
        }
    }
    Ok(())
}

fn difference(what: &str, expected: &str, found: &str) -> String {
    let line = expected.lines().zip(found.lines()).position(|(a, b)| a != b);
    let line = line.unwrap_or_else(|| expected.lines().count().min(found.lines().count())) + 1;
    format!("{what} differs from line {line}\n--- expected\n{expected}--- found\n{found}---\n")
}

/// Writes what the case gives into its file.
fn bless(path: &Path, source: &str, program: &Program, expected: &Expected) -> Result<(), String> {
    let end = ["// Output:", "// Diagnostics:"]
        .iter()
        .filter_map(|head| source.lines().position(|line| line.trim_end() == *head))
        .min()
        .unwrap_or_else(|| source.lines().count());
    let mut text: String = source.lines().take(end).flat_map(|line| [line, "\n"]).collect();
    let text_end = text.trim_end().len();
    text.truncate(text_end);
    text.push_str("\n\n");
    let diagnostics = program.diagnostics()?;
    if !diagnostics.is_empty() {
        text += "// Diagnostics:\n";
        text += &commented(&diagnostics);
    }
    if !diagnostics.contains(": error[") {
        let outcome = program.run(Mode::JIT1)?;
        if !diagnostics.is_empty() {
            text.push('\n');
        }
        text += "// Output:\n";
        text += &commented(&outcome.stdout);
        if outcome.status != expected.status {
            return Err(format!(
                "exit status {}: add `//! status:` if that is right\n{}",
                outcome.status, outcome.stderr
            ));
        }
    }
    std::fs::write(path, text).map_err(|error| error.to_string())
}

fn commented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "//\n".to_owned() } else { format!("// {line}\n") })
        .collect()
}
