//! Where things stand in source text, and interned names.

use std::fmt;
use std::sync::{Arc, LazyLock, RwLock};

use rustc_hash::FxHashMap;

/// One source file of a compilation; an index into [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct FileId(pub u32);

/// A range of bytes in one file, `start..end`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span { file, start: start as u32, end: end as u32 }
    }

    /// The smallest span that covers both; they must be of one file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at this one's end.
    #[must_use]
    pub fn after(self) -> Span {
        Span { start: self.end, ..self }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.file.0, self.start, self.end)
    }
}

/// A source file: where it came from, its text, and the start of each of its lines.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as the user wrote it, or `fmt/print.goo` for the standard library.
    pub name: String,
    pub text: String,
    /// Whether this file is part of the embedded standard library.
    pub std: bool,
    line_starts: Vec<u32>,
}

/// The byte at which each line of a text begins. The end of the text begins one behind a last line break.
pub fn line_starts(text: &str) -> impl Iterator<Item = u32> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at as u32 + 1))
}

/// All source files of a compilation. A clone shares the texts.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
}

impl SourceMap {
    /// Adds a file and gives its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>, std: bool) -> FileId {
        let text = text.into();
        let line_starts = line_starts(&text).collect();
        self.files.push(Arc::new(SourceFile { name: name.into(), text, std, line_starts }));
        FileId(self.files.len() as u32 - 1)
    }

    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, file)| (FileId(i as u32), &**file))
    }

    /// The line and column of a span's start, both from 1; the column counts bytes, as Go does.
    pub fn line_col(&self, span: Span) -> (u32, u32) {
        let starts = &self.file(span.file).line_starts;
        let line = starts.partition_point(|&start| start <= span.start);
        (line as u32, span.start - starts[line - 1] + 1)
    }

    /// The text of a line, counted from 1, without its line break; empty when there is none.
    pub fn line_text(&self, file: FileId, line: u32) -> &str {
        self.file(file).text.lines().nth(line as usize - 1).unwrap_or("")
    }

    /// The text under a span.
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.start as usize..span.end as usize]
    }
}

/// An interned name. Equal text gives the equal symbol for the life of the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(u32);

#[derive(Default)]
struct Interner {
    ids: FxHashMap<&'static str, u32>,
    names: Vec<&'static str>,
}

static INTERNER: LazyLock<RwLock<Interner>> = LazyLock::new(RwLock::default);

impl Symbol {
    /// The symbol of a text.
    pub fn intern(text: &str) -> Symbol {
        if let Some(&id) = INTERNER.read().expect("interner").ids.get(text) {
            return Symbol(id);
        }
        let mut interner = INTERNER.write().expect("interner");
        if let Some(&id) = interner.ids.get(text) {
            return Symbol(id);
        }
        // Names live as long as the process: one copy of each distinct identifier.
        let name: &'static str = Box::leak(text.to_owned().into_boxed_str());
        let id = interner.names.len() as u32;
        interner.names.push(name);
        interner.ids.insert(name, id);
        Symbol(id)
    }

    /// The text of the symbol.
    pub fn as_str(self) -> &'static str {
        INTERNER.read().expect("interner").names[self.0 as usize]
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
