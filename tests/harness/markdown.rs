//! Fenced blocks of Markdown pages as test cases.
//!
//! - ` ```goo ` with a whole program: runs; a ` ```output ` fence right behind it is what it prints. Without one, it must compile.
//! - ` ```goo ` with declarations or statements: must compile, put into a program (what it leaves unused does not matter).
//! - ` ```goo fails `: must be refused; on a page of `goo explain` with that page's code.
//! - ` ```goo status=2 `: exits so. ` ```goo file=name.goo `: is also written to a folder where the page's ` ```console `
//!   blocks run their lines that start with `$ `, in the order of the page.

use std::path::{Path, PathBuf};
use std::process::Command;

use goo_compiler::doc::example::whole;

use crate::case::{Expected, compare};
use crate::run::{self, Program};

/// A block to test.
pub struct Block {
    page: PathBuf,
    /// Of the opening fence, from 1.
    pub line: usize,
    info: String,
    text: String,
    output: Option<String>,
    /// Files that blocks before it (and itself) name.
    files: Vec<(String, String)>,
}

/// The blocks of a page.
pub fn blocks(page: &Path) -> Vec<Block> {
    let Ok(source) = std::fs::read_to_string(page) else { return Vec::new() };
    let mut fences: Vec<(usize, String, String)> = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    // How many backticks opened it: fewer do not close it.
    let mut fence = 3;
    for (index, line) in source.lines().enumerate() {
        let ticks = line.trim_start().bytes().take_while(|byte| *byte == b'`').count();
        let info = line.trim_start()[ticks..].trim();
        match &mut open {
            None if ticks >= 3 => {
                fence = ticks;
                open = Some((index + 1, info.to_owned(), String::new()));
            }
            Some(_) if ticks >= fence && info.is_empty() => fences.extend(open.take()),
            Some((_, _, text)) => {
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    let mut blocks = Vec::new();
    let mut files: Vec<(String, String)> = Vec::new();
    for (index, (line, info, text)) in fences.iter().enumerate() {
        if let Some(name) = attribute(info, "file") {
            files.retain(|(seen, _)| seen != name);
            files.push((name.to_owned(), text.clone()));
        }
        let output =
            fences.get(index + 1).filter(|(_, info, _)| info == "output").map(|(_, _, text)| text.clone());
        if info.split_whitespace().next().is_some_and(|word| word == "goo" || word == "console") {
            blocks.push(Block {
                page: page.to_path_buf(),
                line: *line,
                info: info.clone(),
                text: text.clone(),
                output,
                files: files.clone(),
            });
        }
    }
    blocks
}

fn attribute<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}

/// Tests a block; the error says what is wrong.
pub fn check(root: &Path, block: &Block) -> Result<(), String> {
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    for (name, text) in &block.files {
        std::fs::write(scratch.path().join(name), text).map_err(|error| format!("{name}: {error}"))?;
    }
    if block.info.starts_with("console") {
        return console(block, scratch.path());
    }
    let path = scratch.path().join("block.goo");
    let (source, fragment) = whole(&block.text, None);
    std::fs::write(&path, &source).map_err(|error| error.to_string())?;
    let mut expected = Expected::default();
    if let Some(status) = attribute(&block.info, "status") {
        expected.status = status.parse().map_err(|_| format!("status={status}"))?;
    }
    let program = Program::new(root, &path, &expected);
    let diagnostics = program.diagnostics()?;
    let errors: Vec<&str> = diagnostics
        .lines()
        .filter(|line| line.contains(": error[") && !(fragment && line.contains(": error[unused")))
        .collect();
    if block.info.split_whitespace().any(|word| word == "fails") {
        let page = block.page.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
        let explains = block.page.components().any(|part| part.as_os_str() == "explain");
        let wanted = if explains { format!("[{page}]") } else { ": error[".to_owned() };
        return match diagnostics.contains(&wanted) {
            true => Ok(()),
            false => Err(format!("should be refused with {wanted}, but gave:\n{diagnostics}\n{source}")),
        };
    }
    if !errors.is_empty() {
        return Err(format!("should compile:\n{}\n{source}", errors.join("\n")));
    }
    if let Some(output) = &block.output {
        for mode in run::modes(None) {
            let outcome = program.run(mode)?;
            compare(&expected, output, &outcome).map_err(|text| format!("as {}: {text}", mode.name()))?;
        }
    }
    Ok(())
}

/// Runs the commands of a console block, and compares what they print where the block shows it.
fn console(block: &Block, folder: &Path) -> Result<(), String> {
    let mut lines = block.text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let mut shown = String::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            shown += line;
            shown.push('\n');
        }
        let goo = Path::new(env!("CARGO_BIN_EXE_goo")).parent().expect("a folder").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(command)
            .current_dir(folder)
            .env("PATH", format!("{goo}:{path}"))
            .env("GOO_CACHE", folder.join(".cache"))
            .env("NO_COLOR", "1");
        let outcome = run::execute(shell, "")?;
        let found = format!("{}{}", outcome.stdout, outcome.stderr);
        if !shown.trim().is_empty() && found.trim_end() != shown.trim_end() {
            return Err(format!("$ {command}\n--- shown\n{shown}--- found\n{found}"));
        }
        if shown.trim().is_empty() && outcome.status != 0 {
            return Err(format!("$ {command}\nexit status {}\n{found}", outcome.status));
        }
    }
    Ok(())
}
