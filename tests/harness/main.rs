//! The whole toolchain, tested as a user runs it.
//!
//! - Each `.goo` file under `tests/cases/` and `examples/` is a case; so is each folder with a `main.goo`.
//! - Each fenced block of Goo in `docs/`, `README.md` and the pages of `goo explain` is a case.
//! - The examples in the comments of each package of the standard library are run by `goo doc --test`.
//!
//! A program runs under the JIT and as a built binary, with one worker and with four, and must print the same each time.
//! What is expected stands in the file itself: see [`case`]. `GOO_BLESS=1 cargo test --test language` writes what came out
//! into the files, to be read before it is kept. `GOO_MODES=jit1` runs only that mode (`jit1`, `jit4`, `built1`, `built4`, comma-separated).

mod case;
mod markdown;
mod run;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Trial};

fn main() {
    let args = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf();
    let mut trials = Vec::new();
    for folder in ["tests/cases", "examples"] {
        for path in goo_files(&root.join(folder)) {
            let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
            let root = root.clone();
            trials.push(Trial::test(name, move || case::check_file(&root, &path).map_err(Into::into)));
        }
    }
    let mut pages = markdown_files(&root.join("docs"));
    pages.extend(markdown_files(&root.join("compiler/src/diagnostics/explain")));
    pages.extend(markdown_files(&root.join("tests/cases")));
    pages.push(root.join("README.md"));
    for page in pages.iter().filter(|page| page.exists()) {
        let name = page.strip_prefix(&root).unwrap_or(page).display().to_string();
        for block in markdown::blocks(page) {
            let root = root.clone();
            let name = format!("{name}:{}", block.line);
            trials.push(Trial::test(name, move || markdown::check(&root, &block).map_err(Into::into)));
        }
    }
    for path in goo_stdlib::paths().into_iter().chain(["builtin"]) {
        trials.push(Trial::test(format!("goo doc --test {path}"), move || documentation(path)));
    }
    libtest_mimic::run(&args, trials).exit();
}

/// The examples of a package of the standard library do what they say.
fn documentation(path: &str) -> Result<(), libtest_mimic::Failed> {
    let mut goo = std::process::Command::new(env!("CARGO_BIN_EXE_goo"));
    goo.args(["doc", "--test", path]).env("NO_COLOR", "1").env("GOO_CACHE", "off");
    let outcome = run::execute(goo, "")?;
    match outcome.status {
        0 => Ok(()),
        _ => Err(format!("{}{}", outcome.stdout, outcome.stderr).into()),
    }
}

/// Cases below a folder: `.goo` files, and folders that hold a `main.goo` as one.
fn goo_files(folder: &Path) -> Vec<PathBuf> {
    let main = folder.join("main.goo");
    if main.exists() {
        return vec![main];
    }
    let mut files = Vec::new();
    for path in sorted(folder) {
        if path.is_dir() {
            files.extend(goo_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "goo") {
            files.push(path);
        }
    }
    files
}

fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in sorted(folder) {
        if path.is_dir() {
            files.extend(markdown_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "md") {
            files.push(path);
        }
    }
    files
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}
