//! Reads a program's files and those of all packages that it imports, and parses them.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use goo_runtime::memory::regions;
use serde::Deserialize;

use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::types::check::imports::{self, PackageFiles};
pub use crate::types::check::imports::{Loaded, closest_package, import_edit};

/// So many bytes of source, about a thousand lines, take several times the memory that a small program does.
const MUCH: usize = 32 << 10;

/// The part of `goo.toml` that loading needs.
#[derive(Deserialize)]
struct Manifest {
    /// The path that imports of the module's own packages begin with.
    module: String,
}

/// A module: the folder of its `goo.toml`, and its name.
struct Module {
    root: PathBuf,
    name: String,
    /// The program was named by a relative path, and so are the module's files in messages.
    relative: bool,
}

/// Why a program cannot be read. Mistakes in its text are diagnostics, and not this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The file or folder.
    pub path: PathBuf,
    /// Where in the file, and which line that is, from 1.
    pub place: Option<(Range<usize>, usize)>,
    pub message: String,
}

impl Unreadable {
    fn new(path: &Path, message: impl ToString) -> Unreadable {
        Unreadable { path: path.to_path_buf(), place: None, message: message.to_string() }
    }

    /// Something is wrong at some bytes of the file's text.
    fn at(path: &Path, text: &[u8], place: Range<usize>, message: String) -> Unreadable {
        let before = &text[..place.start.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Unreadable { path: path.to_path_buf(), place: Some((place, line)), message }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some((_, line)) = self.place {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

/// Loads a file, or all `.goo` files of a folder, as the main package.
///
/// # Errors
/// When the path cannot be read or holds no Goo, or the module's `goo.toml` says nothing that can be read.
pub fn load(path: &Path) -> Result<Loaded, Unreadable> {
    let module = find_module(folder_of(path), &read)?;
    let foreign = RefCell::new(Vec::new());
    let texts = texts(path, &|file| read_any(file, &foreign))?;
    if texts.iter().map(|(_, text)| text.len()).sum::<usize>() > MUCH {
        regions::expect_much();
    }
    let mut loaded = with_imports(texts, false, &read, module);
    foreign.into_inner().into_iter().for_each(|byte| byte.report(&mut loaded));
    Ok(loaded)
}

/// The first byte of a file that is not UTF-8.
struct ForeignByte {
    file: PathBuf,
    place: usize,
    byte: u8,
}

impl ForeignByte {
    /// Reports it, and nothing else that was found in the text of its file: that is only a guess at what it says.
    fn report(self, loaded: &mut Loaded) {
        let name = self.file.display().to_string();
        let Some((file, source)) = loaded.sources.iter().find(|(_, source)| source.name == name) else {
            return;
        };
        let length = source.text[self.place..].chars().next().map_or(0, char::len_utf8);
        let span = Span { file, start: self.place as u32, end: (self.place + length) as u32 };
        loaded.diagnostics.retain(|diagnostic| diagnostic.primary.span.file != file);
        let message = format!("byte 0x{:02X} is not UTF-8 text", self.byte);
        let error = Diagnostic::error(Code::LexCharacter, span, message).label("the first of the file");
        loaded.diagnostics.push(error.help("save the file as UTF-8"));
    }
}

/// Reads a source file, each byte of one that is not UTF-8 as a character of Latin-1, which it most likely is.
fn read_any(file: &Path, foreign: &RefCell<Vec<ForeignByte>>) -> Result<String, Unreadable> {
    let bytes = std::fs::read(file).map_err(|error| Unreadable::new(file, error))?;
    String::from_utf8(bytes).or_else(|error| {
        let place = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        foreign.borrow_mut().push(ForeignByte { file: file.to_path_buf(), place, byte: bytes[place] });
        let valid = str::from_utf8(&bytes[..place]).unwrap_or_default();
        Ok(valid.chars().chain(bytes[place..].iter().map(|byte| char::from(*byte))).collect())
    })
}

/// How the text of a file is found: an editor has some that are not saved.
pub type ReadFile<'f> = &'f dyn Fn(&Path) -> Result<String, Unreadable>;

/// [`load`], with the texts that `read` gives.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, read: ReadFile<'_>) -> Result<Loaded, Unreadable> {
    load_in(path, read, find_module(folder_of(path), read)?)
}

/// [`load_with`], as if there were no `goo.toml`: the module's other packages are not found.
///
/// # Errors
/// As [`load`].
pub fn load_without_module(path: &Path, read: ReadFile<'_>) -> Result<Loaded, Unreadable> {
    load_in(path, read, None)
}

fn load_in(path: &Path, read: ReadFile<'_>, module: Option<Module>) -> Result<Loaded, Unreadable> {
    Ok(with_imports(texts(path, read)?, true, read, module))
}

fn with_imports(texts: PackageFiles, whole: bool, read: ReadFile<'_>, module: Option<Module>) -> Loaded {
    imports::load(texts, whole, &mut |path| module.as_ref()?.package(path, read))
}

/// The folder that a path is, or is in.
fn folder_of(path: &Path) -> &Path {
    if path.is_dir() {
        return path;
    }
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file, or all `.goo` files of a folder, with their texts.
fn texts(path: &Path, read: ReadFile<'_>) -> Result<PackageFiles, Unreadable> {
    let files = match path.is_dir() {
        true => goo_files(path)?,
        false => vec![path.to_path_buf()],
    };
    if files.is_empty() {
        return Err(Unreadable::new(path, "there are no .goo files in this folder"));
    }
    files.iter().map(|file| Ok((file.display().to_string(), read(file)?))).collect()
}

/// The texts of a package at a path, a file or a folder, with the path that imports it, which there is inside a module:
/// `module/folder`.
///
/// # Errors
/// As [`load`].
pub fn package_at(path: &Path) -> Result<(Option<String>, PackageFiles), Unreadable> {
    let folder = folder_of(path);
    let texts = texts(path, &read)?;
    let absolute = std::path::absolute(folder).map_err(|error| Unreadable::new(folder, error))?;
    let import = find_module(folder, &read)?.and_then(|module| {
        let below = absolute.strip_prefix(&module.root).ok()?.to_str()?.replace('\\', "/");
        Some(if below.is_empty() { module.name.clone() } else { format!("{}/{below}", module.name) })
    });
    Ok((import, texts))
}

/// All folders at and below a path that hold Goo files.
///
/// # Errors
/// As [`sources`].
pub fn package_folders(path: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let files = sources(path)?;
    let folders: BTreeSet<PathBuf> = files.iter().filter_map(|file| Some(file.parent()?.into())).collect();
    Ok(folders.into_iter().collect())
}

/// All `.goo` files below a folder, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn sources(folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let mut failure = None;
    let found = sources_below(folder, &mut |folder, error| {
        failure.get_or_insert_with(|| Unreadable::new(folder, error));
    });
    failure.map_or(Ok(found), Err)
}

/// All `.goo` files below a folder, sorted; `failed` hears of the folders that cannot be read. Hidden folders, links to folders
/// and those in which tools put what they make hold none of the user's.
pub fn sources_below(folder: &Path, failed: &mut dyn FnMut(&Path, std::io::Error)) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                failed(&folder, error);
                continue;
            }
        };
        for entry in entries {
            let path = match entry {
                Ok(entry) => entry.path(),
                Err(error) => {
                    failed(&folder, error);
                    continue;
                }
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') || matches!(&*name, "target" | "node_modules") {
                continue;
            }
            if path.is_dir() {
                if !path.is_symlink() {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "goo") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Loads one file that is not on disk, as the main package.
pub fn load_text(name: &str, text: &str) -> Loaded {
    imports::load(vec![(name.to_owned(), text.to_owned())], true, &mut |_| None)
}

/// Reads a source file.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn read(file: &Path) -> Result<String, Unreadable> {
    let bytes = std::fs::read(file).map_err(|error| Unreadable::new(file, error))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let message = "the file is not UTF-8 text from here on; save it as UTF-8".to_owned();
        Unreadable::at(file, error.as_bytes(), valid..valid, message)
    })
}

fn goo_files(folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let entries = std::fs::read_dir(folder).map_err(|error| Unreadable::new(folder, error))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "goo") && path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// The folder and the name of the module that a folder is in, if it is in one whose `goo.toml` can be read.
pub fn module_of(folder: &Path, read: ReadFile<'_>) -> Option<(PathBuf, String)> {
    find_module(folder, read).ok().flatten().map(|module| (module.root, module.name))
}

/// The name of the file that names a module.
pub const MANIFEST: &str = "goo.toml";

/// The module around a folder: the nearest `goo.toml` upwards.
fn find_module(folder: &Path, read: ReadFile<'_>) -> Result<Option<Module>, Unreadable> {
    let start = std::path::absolute(folder).map_err(|error| Unreadable::new(folder, error))?;
    let Some(root) = start.ancestors().find(|root| root.join(MANIFEST).is_file()) else { return Ok(None) };
    let path = root.join(MANIFEST);
    let text = read(&path)?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| {
        // A key that is missing is so in all of the file.
        let place = error.span().unwrap_or(0..0);
        Unreadable::at(&path, text.as_bytes(), place, error.message().to_owned())
    })?;
    Ok(Some(Module { root: root.to_path_buf(), name: manifest.module, relative: folder.is_relative() }))
}

impl Module {
    /// The files of one of the module's packages, by import path.
    fn package(&self, path: &str, read: ReadFile<'_>) -> Option<PackageFiles> {
        let folder = match path.strip_prefix(&self.name)? {
            "" => self.root.clone(),
            rest => self.root.join(rest.strip_prefix('/')?),
        };
        let files = goo_files(&folder).ok()?;
        // A file that cannot be read makes the package one that is not there; the import is then the place to look at.
        let texts: Option<PackageFiles> =
            files.iter().map(|file| Some((self.display(file), read(file).ok()?))).collect();
        texts.filter(|texts| !texts.is_empty())
    }

    /// A file's name for messages: relative to the working folder, if the program was named so and the file lies below it.
    fn display(&self, file: &Path) -> String {
        let here = || std::env::current_dir().ok().filter(|_| self.relative);
        let relative = here().and_then(|here| Some(file.strip_prefix(here).ok()?.to_path_buf()));
        relative.as_deref().unwrap_or(file).display().to_string()
    }
}
