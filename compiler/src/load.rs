//! Reads a program's files and those of all packages that it imports, and parses them.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::types::check::imports::{self, PackageFiles};
pub use crate::types::check::imports::{Loaded, closest_package};

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
}

/// Loads a file, or all `.goo` files of a folder, as the main package.
///
/// # Errors
/// A message, when the path cannot be read or holds no Goo. Mistakes in the text are diagnostics.
pub fn load(path: &Path) -> Result<Loaded, String> {
    load_with(path, &read)
}

/// How the text of a file is found: an editor has some that are not saved.
pub type ReadFile<'f> = &'f dyn Fn(&Path) -> Result<String, String>;

/// [`load`], with the texts that `read` gives.
///
/// # Errors
/// As [`load`].
pub fn load_with(path: &Path, read: ReadFile<'_>) -> Result<Loaded, String> {
    let files = match path.is_dir() {
        true => {
            let files = goo_files(path)?;
            if files.is_empty() {
                return Err(format!("{}: there are no .goo files in this folder", path.display()));
            }
            files
        }
        false => vec![path.to_path_buf()],
    };
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        texts.push((file.display().to_string(), read(&file)?));
    }
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    let module = find_module(folder)?;
    Ok(imports::load(texts, &mut |path| module.as_ref()?.package(path, read)))
}

/// The texts of a package at a path, a file or a folder, with the path that imports it, which there is inside a module:
/// `module/folder`.
///
/// # Errors
/// As [`load`].
pub fn package_at(path: &Path) -> Result<(Option<String>, PackageFiles), String> {
    let (folder, files) = match path.is_dir() {
        true => (path, goo_files(path)?),
        false => (
            path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")),
            vec![path.into()],
        ),
    };
    if files.is_empty() {
        return Err(format!("{}: there are no .goo files in this folder", path.display()));
    }
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        texts.push((file.display().to_string(), read(&file)?));
    }
    let absolute = std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let import = find_module(folder)?.and_then(|module| {
        let below = absolute.strip_prefix(&module.root).ok()?.to_str()?.replace('\\', "/");
        Some(if below.is_empty() { module.name.clone() } else { format!("{}/{below}", module.name) })
    });
    Ok((import, texts))
}

/// All folders at and below a path that hold Goo files; hidden folders and `target` hold none of the user's.
///
/// # Errors
/// A message, when a folder cannot be read.
pub fn package_folders(path: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !goo_files(&folder)?.is_empty() {
            found.push(folder.clone());
        }
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !path.is_symlink() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Loads one file that is not on disk, as the main package.
pub fn load_text(name: &str, text: &str) -> Loaded {
    imports::load(vec![(name.to_owned(), text.to_owned())], &mut |_| None)
}

/// Reads a source file.
///
/// # Errors
/// A message that names the file, when it cannot be read or is not UTF-8.
pub fn read(file: &Path) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("{}:{line}: the file is not UTF-8 text from here on; save it as UTF-8", file.display())
    })
}

fn goo_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "goo") && path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// The module around a folder: the nearest `goo.toml` upwards.
fn find_module(folder: &Path) -> Result<Option<Module>, String> {
    let start = std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for root in start.ancestors() {
        let path = root.join("goo.toml");
        if path.is_file() {
            let text = read(&path)?;
            let manifest: Manifest =
                toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            return Ok(Some(Module { root: root.to_path_buf(), name: manifest.module }));
        }
    }
    Ok(None)
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
            files.iter().map(|file| Some((display(file), read(file).ok()?))).collect();
        texts.filter(|texts| !texts.is_empty())
    }
}

/// A file's name for messages: relative to the working folder where it lies below it.
fn display(file: &Path) -> String {
    let relative =
        std::env::current_dir().ok().and_then(|here| Some(file.strip_prefix(here).ok()?.to_path_buf()));
    relative.as_deref().unwrap_or(file).display().to_string()
}
