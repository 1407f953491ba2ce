//! `goo doc`

use std::path::{Path, PathBuf};
use std::process::Command;

use goo_compiler::codegen::Target;
use goo_compiler::doc::example::{self, Example};
use goo_compiler::doc::{self, Package, Source, site, text};
use goo_compiler::driver::{self, Scheduling, Timings};
use goo_compiler::load;
use goo_runtime::task::runtime::{self, Options};

use crate::{output, status};

/// What to do with the documentation.
pub enum Action {
    /// Print it: at a glance, or all of it.
    Show { all: bool },
    /// Name the packages of the standard library.
    List,
    /// Write a site into this folder.
    Site(PathBuf),
    /// Run the examples.
    Test,
    /// Run the example with this title, here.
    Example(String),
}

pub fn doc(what: Option<&str>, name: Option<&str>, private: bool, action: &Action) -> u8 {
    let outcome = match action {
        Action::List => list(),
        Action::Site(folder) => write_site(what, private, folder),
        Action::Show { all } => show(what, name, private, *all),
        Action::Test => test(what, name),
        Action::Example(title) => run_example(what, title),
    };
    outcome.unwrap_or_else(|Failure(status, message)| match message.is_empty() {
        true => status,
        false => output::failure(status, message),
    })
}

/// An exit status, and what to say if it has not been said.
struct Failure(u8, String);

impl Failure {
    fn files(message: impl std::fmt::Display) -> Failure {
        Failure(status::FILES, message.to_string())
    }
}

fn list() -> Result<u8, Failure> {
    let mut out = String::new();
    for source in doc::standard_library() {
        let package = read(&source, false)?;
        out += &format!("{:<16} {}\n", package.path, package.gist());
    }
    output::print(&out);
    Ok(0)
}

fn show(what: Option<&str>, name: Option<&str>, private: bool, all: bool) -> Result<u8, Failure> {
    let (source, name) = find(what, name)?;
    let package = read(&source, private)?;
    let text = match name {
        Some(name) => text::symbol(&package, &name).map_err(|message| Failure(status::USAGE, message))?,
        None if all => text::everything(&package),
        None => text::overview(&package),
    };
    output::print(&text);
    Ok(0)
}

/// Reads a package; mistakes in its syntax are shown.
fn read(source: &Source, private: bool) -> Result<Package, Failure> {
    Package::read(source, private).map_err(|(sources, diagnostics)| {
        output::diagnostics(&sources, diagnostics);
        Failure(status::ERRORS, String::new())
    })
}

/// The package that is meant, and the name in it.
fn find(what: Option<&str>, name: Option<&str>) -> Result<(Source, Option<String>), Failure> {
    let name = name.map(str::to_owned);
    let what = what.unwrap_or(".");
    if let Some(source) = package(what)? {
        return Ok((source, name));
    }
    // `strings.Cut`, `math/rand.Intn`, `./bank.Account.Deposit`: the package ends at some point behind the last slash.
    let start = what.rfind('/').map_or(0, |at| at + 1);
    for (at, _) in what[start..].match_indices('.').filter(|(at, _)| *at > 0) {
        let (before, after) = (&what[..start + at], &what[start + at + 1..]);
        if let Some(source) = package(before)? {
            return Ok((source, Some(after.to_owned())));
        }
    }
    // What needs no import is known by its name alone.
    for path in ["builtin", "prelude"] {
        let Some(source) = doc::standard(path) else { continue };
        let package = read(&source, false)?;
        let first = what.split('.').next().unwrap_or(what);
        if package.items().any(|item| item.names.iter().any(|known| known == first)) {
            return Ok((source, Some(what.to_owned())));
        }
    }
    let close = goo_compiler::load::closest_package(what);
    let help = close.map_or("`goo doc --list` names those of the standard library".to_owned(), |known| {
        format!("did you mean {known}?")
    });
    Err(Failure(status::USAGE, format!("there is no package, file or name {what:?}; {help}")))
}

/// A package of the standard library by its path or the last part of it, or one at a path.
fn package(what: &str) -> Result<Option<Source>, Failure> {
    if let Some(source) = doc::standard(what) {
        return Ok(Some(source));
    }
    if Path::new(what).exists() {
        return local(Path::new(what)).map(Some);
    }
    let last = |source: &Source| source.path.rsplit('/').next() == Some(what);
    Ok(doc::standard_library().into_iter().find(last))
}

fn local(path: &Path) -> Result<Source, Failure> {
    let (import, files) = load::package_at(path).map_err(Failure::files)?;
    let importable = import.is_some();
    Ok(Source { path: import.unwrap_or_else(|| path.display().to_string()), importable, files, std: false })
}

fn write_site(what: Option<&str>, private: bool, folder: &Path) -> Result<u8, Failure> {
    let mut packages = Vec::new();
    if let Some(what) = what {
        let path = Path::new(what);
        let folders = match path.is_dir() {
            true => load::package_folders(path).map_err(Failure::files)?,
            false => vec![path.to_path_buf()],
        };
        if folders.is_empty() {
            return Err(Failure::files(format!("{what}: there are no .goo files at or below this folder")));
        }
        for folder in folders {
            packages.push(read(&local(&folder)?, private)?);
        }
    }
    let title = packages.first().map_or("Goo standard library".to_owned(), |package| package.path.clone());
    for source in doc::standard_library() {
        packages.push(read(&source, false)?);
    }
    let pages = site::pages(&title, &packages);
    for (path, text) in &pages {
        let path = folder.join(path);
        let failed = |error: std::io::Error| Failure::files(format!("{}: {error}", path.display()));
        std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
        std::fs::write(&path, text).map_err(failed)?;
    }
    output::print(&format!("{} packages: {}\n", packages.len(), folder.join("index.html").display()));
    Ok(0)
}

/// Each example runs in a process of its own, whose output can be told from this one's.
fn test(what: Option<&str>, name: Option<&str>) -> Result<u8, Failure> {
    let (source, name) = find(what, name)?;
    let package = read(&source, true)?;
    let wanted = name.map(|name| format!("{}.{name}", package.path));
    let goo = std::env::current_exe().map_err(Failure::files)?;
    let (mut passed, mut failed) = (0, 0);
    for example in example::examples(&package) {
        if wanted.as_ref().is_some_and(|wanted| !example.name.starts_with(wanted)) {
            continue;
        }
        let title = example.title();
        let outcome = Command::new(&goo)
            .args(["doc", "--example", &title, "--", what.unwrap_or(".")])
            .output()
            .map_err(Failure::files)?;
        let shown = String::from_utf8_lossy(&outcome.stdout);
        let right = example.output.as_deref().is_none_or(|output| output.trim_end() == shown.trim_end());
        if right && outcome.status.success() {
            passed += 1;
            output::print(&format!("ok      {title}\n"));
            continue;
        }
        failed += 1;
        output::print(&format!("FAILED  {title} ({}:{})\n", example.file, example.line));
        output::print(&match outcome.status.success() {
            true => format!("--- expected\n{}--- found\n{shown}\n", example.output.unwrap_or_default()),
            false => String::from_utf8_lossy(&outcome.stderr).into_owned(),
        });
    }
    output::print(&format!("{passed} passed, {failed} failed\n"));
    Ok(if failed > 0 { status::ERRORS } else { 0 })
}

fn run_example(what: Option<&str>, title: &str) -> Result<u8, Failure> {
    let (source, _) = find(what, None)?;
    let package = read(&source, true)?;
    let found = example::examples(&package).into_iter().find(|example| example.title() == title);
    let example = found.ok_or_else(|| Failure(status::USAGE, format!("there is no example {title:?}")))?;
    let mut timings = Timings::default();
    let compiled = driver::on_big_stack(|| compile(&package, &example, &mut timings))?;
    Ok(match compiled {
        Some(jit) => {
            goo_runtime::io::die_of_closed_pipes();
            let status = runtime::start(jit.program(), &Options::default());
            std::process::exit(status)
        }
        None => status::ERRORS,
    })
}

/// An example as a program, as if it stood in a file beside the package's own; `None` if it has mistakes, which are shown.
fn compile(
    package: &Package,
    example: &Example,
    timings: &mut Timings,
) -> Result<Option<goo_compiler::codegen::jit::Jit>, Failure> {
    let import = package.importable.then_some(package.path.as_str());
    let (program, _) = example::whole(&example.text, import);
    let folder = match package.std {
        true => PathBuf::new(),
        false => Path::new(&example.file).parent().map(Path::to_path_buf).unwrap_or_default(),
    };
    let file = folder.join(format!("example of {}.goo", example.name));
    let read = |path: &Path| if path == file { Ok(program.clone()) } else { load::read(path) };
    let loaded = load::load_with(&file, &read).map_err(Failure::files)?;
    let checked = driver::check_loaded(loaded, timings);
    if output::diagnostics(&checked.program.sources, checked.diagnostics) {
        return Ok(None);
    }
    let jit = driver::lower(&checked.program, Scheduling::Free, timings)
        .map_err(driver::Failure::from)
        .and_then(|module| driver::generate(&checked.program, &module, Target::Jit, None, timings))
        .and_then(|code| Ok(driver::load_code(code, timings)?));
    jit.map(Some)
        .map_err(|failure| Failure(output::no_code(&checked.program.sources, failure), String::new()))
}
