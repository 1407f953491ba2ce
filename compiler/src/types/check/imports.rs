//! Which packages does the program reach, and in which order do they depend on each other?

use rustc_hash::FxHashMap;

use super::instead;
use super::universe::PRELUDE;
use crate::diagnostics::similar::closest;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::{self, NodeIds};
use crate::syntax::{NodeId, SourceMap, Span, parse};

/// A package whose files have been parsed.
#[derive(Debug)]
pub struct LoadedPackage {
    /// `math/rand`; the program's own package is `main`.
    pub path: String,
    pub std: bool,
    /// Indexes of its files.
    pub files: Vec<usize>,
    /// The path of each import that was found, by the import's id.
    pub imports: FxHashMap<NodeId, String>,
}

/// The files of a package, by name and text.
pub type PackageFiles = Vec<(String, String)>;

/// Where packages that are not in the standard library come from: by import path.
pub type FindPackage<'f> = &'f mut dyn FnMut(&str) -> Option<PackageFiles>;

/// Everything that the program reaches, parsed; what a package imports stands before it.
#[derive(Debug, Default)]
pub struct Loaded {
    pub sources: SourceMap,
    pub files: Vec<ast::File>,
    pub packages: Vec<LoadedPackage>,
    pub diagnostics: Diagnostics,
}

/// Parses the program's own package and all that it reaches; `whole` is for who wants to know what else there is.
pub fn load(main: PackageFiles, whole: bool, find: FindPackage<'_>) -> Loaded {
    let mut loader = Loader {
        loaded: Loaded::default(),
        ids: NodeIds::default(),
        states: FxHashMap::default(),
        scans: whole,
        find,
    };
    if let Some(prelude) = standard(PRELUDE) {
        loader.package(PRELUDE, prelude, true);
    }
    loader.package("main", main, false);
    loader.loaded
}

struct Loader<'f> {
    loaded: Loaded,
    ids: NodeIds,
    states: FxHashMap<String, State>,
    /// Whether the program may scan, by package `fmt`: see [`may_scan`].
    scans: bool,
    find: FindPackage<'f>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Loading,
    Loaded,
    Missing,
}

fn standard(path: &str) -> Option<PackageFiles> {
    let files = goo_stdlib::package(path)?;
    Some(files.into_iter().map(|(name, text)| (format!("{path}/{name}"), text.to_owned())).collect())
}

impl Loader<'_> {
    fn package(&mut self, path: &str, files: PackageFiles, std: bool) {
        self.states.insert(path.to_owned(), State::Loading);
        let mut package =
            LoadedPackage { path: path.to_owned(), std, files: Vec::new(), imports: FxHashMap::default() };
        let mut wanted: Vec<(NodeId, String, Span)> = Vec::new();
        for (name, text) in files {
            let id = self.loaded.sources.add(name, text.as_str(), std);
            let file = parse(id, &text, &mut self.ids, &mut self.loaded.diagnostics);
            wanted.extend(file.imports.iter().map(|i| (i.id, i.path.clone(), i.path_span)));
            package.files.push(self.loaded.files.len());
            self.loaded.files.push(file);
        }
        if path == "main" {
            self.scans |= package.files.iter().any(|file| may_scan(&self.loaded, *file));
        }
        for (id, import, span) in wanted {
            if self.import(&import, span) {
                package.imports.insert(id, import);
            }
        }
        self.states.insert(path.to_owned(), State::Loaded);
        self.loaded.packages.push(package);
    }

    /// Loads an imported package; `false` if there is none, which has been reported.
    fn import(&mut self, path: &str, span: Span) -> bool {
        match self.states.get(path) {
            Some(State::Loaded) => return true,
            Some(State::Missing) => {
                self.report_missing(path, span);
                return false;
            }
            Some(State::Loading) => {
                self.loaded.diagnostics.push(
                    Diagnostic::error(Code::ImportCycle, span, format!("package `{path}` imports itself"))
                        .label("directly, or through the packages that it imports")
                        .help("move what both need into a third package"),
                );
                return false;
            }
            None => {}
        }
        let canonical = canonical(path);
        if canonical != path && !canonical.is_empty() {
            self.states.insert(path.to_owned(), State::Missing);
            self.loaded.diagnostics.push(
                Diagnostic::error(
                    Code::UnknownImport,
                    span,
                    format!("`{path}` is not the path of a package"),
                )
                .label("each package has one path")
                .help(format!("write `{canonical}`"))
                .fix(format!("import `{canonical}`"), vec![(span, format!("{canonical:?}"))]),
            );
            return false;
        }
        if let Some(mut files) = standard(path).filter(|_| path != PRELUDE) {
            if path == "fmt" && !self.scans {
                files.retain(|(name, _)| !name.starts_with("fmt/scan"));
            }
            self.package(path, files, true);
            return true;
        }
        if let Some(files) = (self.find)(path) {
            self.package(path, files, false);
            return true;
        }
        self.states.insert(path.to_owned(), State::Missing);
        self.report_missing(path, span);
        false
    }

    fn report_missing(&mut self, path: &str, span: Span) {
        // The path could not be read.
        let within = |place: Span| place.file == span.file && (span.start..=span.end).contains(&place.start);
        if self.loaded.diagnostics.iter().any(|diagnostic| within(diagnostic.primary.span)) {
            return;
        }
        let mut diagnostic =
            Diagnostic::error(Code::UnknownImport, span, format!("there is no package `{path}`"))
                .label("not found");
        let close = closest_package(path);
        if let Some(instead) = instead::of_package(path) {
            diagnostic = diagnostic.help(instead);
        } else if let Some(known) = close {
            diagnostic = diagnostic
                .help(format!("did you mean `{known}`?"))
                .guess(format!("import `{known}`"), vec![(span, format!("{known:?}"))]);
        }
        self.loaded.diagnostics.push(diagnostic);
    }
}

/// Whether a file of the program may use the Scan family of package `fmt`, which is half of it and brings more packages along: nearly every
/// program prints, few scan, and to check that half would cost a small program a third of its start. So it does if it names anything of
/// `fmt` that is not known to print, calls the package by another name, or imports packages that may do so.
fn may_scan(loaded: &Loaded, file: usize) -> bool {
    const PRINTS: &[&str] =
        &["Print", "Sprint", "Fprint", "Errorf", "Append", "Stringer", "GoStringer", "Format", "State"];
    let file = &loaded.files[file];
    let text = loaded.sources.file(file.span.file).text.as_str();
    let prints =
        |(at, _): (usize, &str)| PRINTS.iter().any(|name| text[at + "fmt.".len()..].starts_with(name));
    let known = |import: &ast::Import| {
        let renamed = import.path == "fmt" && import.alias.is_some();
        !renamed && goo_stdlib::package(&import.path).is_some()
    };
    !text.match_indices("fmt.").all(prints) || !file.imports.iter().all(known)
}

/// The path without empty segments and `.`.
fn canonical(path: &str) -> String {
    path.split('/').filter(|segment| !segment.is_empty() && *segment != ".").collect::<Vec<_>>().join("/")
}

/// The package of the standard library that a name means where it is imported.
pub fn package_named(name: &str) -> Option<&'static str> {
    package_names().find(|(known, _)| *known == name).map(|(_, path)| path)
}

/// The names of the standard library's packages, and their paths.
pub fn package_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    package_paths().map(|path| (path.rsplit('/').next().unwrap_or(path), path))
}

/// The edit of a file's text that adds an import: behind those that are there.
pub fn import_edit(text: &str, tree: &ast::File, path: &str) -> (Span, String) {
    let Some(last) = tree.imports.last() else {
        return (tree.package.span.after(), format!("\n\nimport {path:?}"));
    };
    let (before, behind) = (&text[..last.span.start as usize], &text[last.span.end as usize..]);
    let line = &before[before.rfind('\n').map_or(0, |n| n + 1)..];
    let grouped = !line.contains("import") || behind.trim_start().starts_with(')');
    let new = if grouped { format!("\n\t{path:?}") } else { format!("\nimport {path:?}") };
    (last.span.after(), new)
}

/// The package of the standard library that is meant by a misspelt path, if one is close enough.
pub fn closest_package(path: &str) -> Option<&'static str> {
    closest(path, package_paths())
}

/// What a program can import of the standard library.
fn package_paths() -> impl Iterator<Item = &'static str> {
    goo_stdlib::paths().into_iter().filter(|path| *path != PRELUDE)
}
