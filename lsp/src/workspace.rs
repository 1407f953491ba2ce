//! The open documents, and the packages that they belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use goo_compiler::load::{self, Unreadable};
use tower_lsp::lsp_types::{TextDocumentContentChangeEvent, Url};

use crate::text::{Encoding, Text};

/// A document that the client has open: it holds what counts, whatever is on disk.
#[derive(Clone, Debug)]
pub struct Document {
    pub text: Text,
    pub version: i32,
}

/// All open documents, by path. Documents without a path (not saved yet) have their address as one.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    pub encoding: Encoding,
    open: BTreeMap<PathBuf, Document>,
    /// Goes up with each change: what was found out about an earlier generation may be stale.
    pub generation: u64,
    /// The folders that the client works in.
    pub roots: Vec<PathBuf>,
}

impl Documents {
    pub fn open(&mut self, url: &Url, version: i32, text: String) {
        self.generation += 1;
        self.open.insert(path_of(url), Document { text: Text::new(text), version });
    }

    pub fn change(&mut self, url: &Url, version: i32, changes: &[TextDocumentContentChangeEvent]) {
        self.generation += 1;
        if let Some(document) = self.open.get_mut(&path_of(url)) {
            for change in changes {
                document.text.change(change, self.encoding);
            }
            document.version = version;
        }
    }

    pub fn close(&mut self, url: &Url) {
        self.generation += 1;
        self.open.remove(&path_of(url));
    }

    pub fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// The text of a file as it counts: the open document, or what is on disk.
    pub fn read(&self, path: &Path) -> Result<String, Unreadable> {
        match self.open.get(path) {
            Some(document) => Ok(document.text.as_str().to_owned()),
            None => load::read(path),
        }
    }

    /// The packages that the open documents belong to.
    pub fn packages(&self) -> BTreeSet<PathBuf> {
        self.open.keys().filter(|path| !is_library(path)).map(|path| self.package_of(path)).collect()
    }

    /// The packages of the module that a file is in which may see that file: those that import any of the module's. With it, the
    /// file's own package.
    pub fn packages_beside(&self, path: &Path) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::from([self.package_of(path)]);
        let folder = path.parent().unwrap_or(path);
        let Some((root, name)) = load::module_of(folder, &|path| self.read(path)) else { return found };
        let (own, below) = (format!("\"{name}\""), format!("\"{name}/"));
        for file in sources(&[root]) {
            if self.read(&file).is_ok_and(|text| text.contains(&own) || text.contains(&below)) {
                found.insert(self.package_of(&file));
            }
        }
        found
    }

    /// The folder that is one package with this file in it, or the file itself where each file is a program of its own.
    pub fn package_of(&self, path: &Path) -> PathBuf {
        let folder = match path.parent() {
            Some(folder) if path.is_absolute() && folder.is_dir() && path.is_file() => folder,
            _ => return path.to_path_buf(),
        };
        let programs =
            goo_files(folder).filter(|file| self.read(file).is_ok_and(|text| has_main(&text))).count();
        if programs > 1 { path.to_path_buf() } else { folder.to_path_buf() }
    }
}

/// All `.goo` files below folders; what cannot be read is left out.
pub fn sources(roots: &[PathBuf]) -> BTreeSet<PathBuf> {
    roots.iter().flat_map(|root| load::sources_below(root, &mut |_, _| {})).collect()
}

/// Whether a text is a program of its own. Only the outermost level counts, so a look at the lines is enough.
fn has_main(text: &str) -> bool {
    text.starts_with("func main()") || text.contains("\nfunc main()")
}

/// The `.goo` files of a folder.
pub fn goo_files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "goo"))
}

/// What can be read of a file that is not as it should be.
pub fn lossy(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

/// The path under which a document is kept.
pub fn path_of(url: &Url) -> PathBuf {
    url.to_file_path().unwrap_or_else(|()| PathBuf::from(url.as_str()))
}

/// The address of a path, as [`path_of`] reads it.
pub fn url_of(path: &Path) -> Option<Url> {
    Url::from_file_path(path).ok().or_else(|| Url::parse(&path.to_string_lossy()).ok())
}

/// Where the sources of the standard library are put for editors to open.
fn library_folder() -> PathBuf {
    std::env::temp_dir().join(concat!("goo-library-", env!("CARGO_PKG_VERSION")))
}

fn is_library(path: &Path) -> bool {
    path.starts_with(library_folder())
}

/// The file of a library source (`fmt/print.goo`), written if it is not there yet; `None` if it cannot be.
pub fn library_file(name: &str, text: &str) -> Option<PathBuf> {
    let path = library_folder().join(name);
    if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
        return Some(path);
    }
    std::fs::create_dir_all(path.parent()?).ok()?;
    std::fs::write(&path, text).ok()?;
    Some(path)
}
