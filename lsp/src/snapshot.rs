//! What is known about one package at one moment.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use goo_compiler::diagnostics::{Code, Diagnostic, Severity};
use goo_compiler::driver::{self, Timings};
use goo_compiler::graph::{Graph, Never};
use goo_compiler::load::{self, Loaded, Unreadable};
use goo_compiler::syntax::ast::{Call, ExprKind};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::{Entity, FuncId, Program, Selection, VarId, VarKind, check};
use tower_lsp::lsp_types::{Location, Position, Range, Url};

use crate::index::{Index, Target, index};
use crate::text::{Encoding, Text};
use crate::workspace::{Documents, library_file, lossy, url_of};

/// A package that was read, and not checked yet.
pub struct Parsed {
    package: PathBuf,
    loaded: Loaded,
    unreadable: Vec<Unreadable>,
    encoding: Encoding,
}

impl Parsed {
    /// Reads a package. `None` when it has no files. What cannot be read is left out, and noted.
    pub fn read(package: &Path, documents: &Documents) -> Option<Parsed> {
        let unreadable = RefCell::new(Vec::new());
        let read = |path: &Path| {
            documents.read(path).or_else(|problem| {
                unreadable.borrow_mut().push(problem);
                Ok(lossy(path))
            })
        };
        let loaded = load::load_with(package, &read).or_else(|problem| {
            let manifest = problem.path.ends_with(load::MANIFEST);
            unreadable.borrow_mut().push(problem);
            if !manifest {
                return Err(());
            }
            // That its packages are not found says nothing new.
            let mut loaded = load::load_without_module(package, &read).map_err(|_| ())?;
            loaded.diagnostics.retain(|diagnostic| diagnostic.code != Code::UnknownImport);
            Ok(loaded)
        });
        Some(Parsed {
            package: package.to_path_buf(),
            loaded: loaded.ok()?,
            unreadable: unreadable.into_inner(),
            encoding: documents.encoding,
        })
    }

    /// Checks the package; ends soon, with nothing of use, after `stop` says so.
    pub fn check(mut self, stop: check::Stop<'_>) -> Snapshot {
        let Loaded { sources, files, packages, mut diagnostics } = std::mem::take(&mut self.loaded);
        let (program, found) = check::check_until(sources, files, &packages, stop);
        diagnostics.extend(found);
        let found = diagnostics.sorted(&program.sources);
        self.snapshot(program, found)
    }

    fn snapshot(&self, program: Program, diagnostics: Vec<Diagnostic>) -> Snapshot {
        Snapshot {
            package: self.package.clone(),
            texts: program.sources.iter().map(|_| OnceLock::new()).collect(),
            program,
            diagnostics,
            unreadable: self.unreadable.clone(),
            encoding: self.encoding,
            index: OnceLock::new(),
            graph: OnceLock::new(),
            never: OnceLock::new(),
        }
    }
}

/// A package as the compiler sees it, with everything that features ask.
pub struct Snapshot {
    /// The folder or file.
    package: PathBuf,
    pub program: Program,
    /// What the `goo` command would report.
    pub diagnostics: Vec<Diagnostic>,
    /// What could not be read as it should be: a `goo.toml`, a file that is not UTF-8. The command would stop there.
    pub unreadable: Vec<Unreadable>,
    /// The text of each file, for places; in the order of [`FileId`]s. Of most of the library's nobody asks.
    texts: Vec<OnceLock<Text>>,
    pub encoding: Encoding,
    /// Found when they are first asked for.
    index: OnceLock<Index>,
    graph: OnceLock<Graph>,
    never: OnceLock<Vec<Never>>,
}

impl Snapshot {
    /// Every name in the program's own files.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| driver::on_big_stack(|| index(&self.program)))
    }

    /// Whether the program with these replacements has no more errors than this one.
    pub fn survives(&self, edits: &[(Span, String)]) -> bool {
        let errors = |all: &[Diagnostic]| all.iter().filter(|d| d.severity == Severity::Error).count();
        let changed = |path: &Path| -> Result<String, Unreadable> {
            let Some(file) = self.file(path) else { return load::read(path) };
            let mut text = self.text(file).as_str().to_owned();
            let mut own: Vec<_> = edits.iter().filter(|(span, _)| span.file == file).collect();
            // From the end, so that the places of the others stay.
            own.sort_by_key(|(span, _)| std::cmp::Reverse((span.start, span.end)));
            for (span, new) in own {
                text.replace_range(span.start as usize..span.end as usize, new);
            }
            Ok(text)
        };
        let Ok(loaded) = load::load_with(&self.package, &changed) else { return false };
        let checked = driver::check_loaded(loaded, &mut Timings::default());
        errors(&checked.diagnostics.sorted(&checked.program.sources)) <= errors(&self.diagnostics)
    }

    /// The program's tasks, supervisors and channels.
    pub fn graph(&self) -> &Graph {
        self.graph.get_or_init(|| driver::on_big_stack(|| Graph::of(&self.program)))
    }

    /// The operations that can never proceed. Only a whole program without mistakes can tell.
    pub fn never(&self) -> &[Never] {
        self.never.get_or_init(|| {
            let whole =
                self.program.main.is_some() && self.diagnostics.iter().all(|d| d.severity != Severity::Error);
            if whole { self.graph().never() } else { Vec::new() }
        })
    }

    /// The file at a path.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        self.program
            .sources
            .iter()
            .find(|(_, file)| !file.std && Path::new(&file.name) == path)
            .map(|(id, _)| id)
    }

    /// The place where what a name means was declared, and whether other packages may speak of it; `None` if that is not in
    /// the program's own files.
    pub fn declared(&self, target: Target) -> Option<(PathBuf, u32, bool)> {
        let span = self.index().declaration(&self.program, target).filter(|span| self.is_own(*span))?;
        let shared = match target {
            Target::Var(var) => matches!(self.program.vars[var.0 as usize].kind, VarKind::Global { .. }),
            Target::Label(_) | Target::TypeParam(_) | Target::Package(_) => false,
            _ => true,
        };
        let path = PathBuf::from(&self.program.sources.file(span.file).name);
        Some((path, span.start, shared && self.source(span).starts_with(char::is_uppercase)))
    }

    /// The program's own files.
    pub fn own_files(&self) -> impl Iterator<Item = FileId> {
        self.program.sources.iter().filter(|(_, file)| !file.std).map(|(id, _)| id)
    }

    pub fn text(&self, file: FileId) -> &Text {
        self.texts[file.0 as usize].get_or_init(|| Text::new(self.program.sources.file(file).text.clone()))
    }

    pub fn source(&self, span: Span) -> &str {
        self.program.sources.text(span)
    }

    /// The tree of a file.
    pub fn tree(&self, file: FileId) -> Option<&goo_compiler::syntax::ast::File> {
        self.program.files.iter().find(|tree| tree.span.file == file)
    }

    pub fn offset(&self, file: FileId, position: Position) -> usize {
        self.text(file).offset(position, self.encoding)
    }

    pub fn range(&self, span: Span) -> Range {
        self.text(span.file).range(span.start as usize, span.end as usize, self.encoding)
    }

    /// The address of a file. Sources of the library are written where an editor can open them.
    pub fn url(&self, file: FileId) -> Option<Url> {
        let source = self.program.sources.file(file);
        match source.std {
            true => url_of(&library_file(&source.name, &source.text)?),
            false => url_of(Path::new(&source.name)),
        }
    }

    pub fn location(&self, span: Span) -> Option<Location> {
        Some(Location { uri: self.url(span.file)?, range: self.range(span) })
    }

    /// Whether a span is in a source that the user may change.
    pub fn is_own(&self, span: Span) -> bool {
        !self.program.sources.file(span.file).std
    }

    /// The declared function that a call calls, if it is known.
    pub fn called(&self, call: &Call) -> Option<FuncId> {
        let info = &self.program.info;
        match &call.callee.kind {
            ExprKind::Name(_) => match info.uses.get(&call.callee.id)? {
                Entity::Func(func) => Some(*func),
                _ => None,
            },
            ExprKind::Select { .. } => match info.selections.get(&call.callee.id)? {
                Selection::Method { func, .. } | Selection::Member(Entity::Func(func)) => Some(*func),
                _ => None,
            },
            _ => None,
        }
    }

    /// The parameters of a function, without its receiver.
    pub fn params(&self, func: FuncId) -> &[VarId] {
        let def = &self.program.funcs[func.0 as usize];
        &def.params[usize::from(def.receiver.is_some()).min(def.params.len())..]
    }
}
