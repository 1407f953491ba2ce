//! Applies the fixes that diagnostics carry, until there are none: each may uncover what a mistake hid.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostics::Diagnostic;
use crate::driver::{self, Checked, Timings};
use crate::load::{self, Unreadable};
use crate::syntax::{FileId, SourceMap, Span};

/// After so many rounds fixes are taken to bring about one another.
const MOST_ROUNDS: usize = 32;

/// Which fixes are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that can hardly be wrong.
    Sure,
    /// Guesses, too.
    All,
}

/// A program with its mistakes fixed, as far as that goes.
pub struct Fixed {
    /// The files that changed, by name.
    pub files: BTreeMap<PathBuf, Change>,
    /// How many fixes were applied.
    pub fixes: usize,
    /// The program as it is then, with what remains to say about it.
    pub checked: Checked,
}

/// A file's text before and after.
pub struct Change {
    pub before: String,
    pub after: String,
}

/// Checks the program at a path, and fixes it in memory.
///
/// # Errors
/// As [`load::load`].
pub fn fix(path: &Path, which: Which) -> Result<Fixed, Unreadable> {
    let mut files: BTreeMap<PathBuf, Change> = BTreeMap::new();
    let mut fixes = 0;
    for round in 0.. {
        let read = |file: &Path| match files.get(file) {
            Some(change) => Ok(change.after.clone()),
            None => load::read(file),
        };
        let loaded = load::load_with(path, &read)?;
        let checked = driver::check_loaded(loaded, &mut Timings::default());
        let sources = &checked.program.sources;
        // Two of one mistake would be fixed twice.
        let diagnostics = checked.diagnostics.clone().sorted(sources);
        let edits = Edits::choose(diagnostics.iter(), which, sources);
        if edits.fixes == 0 || round == MOST_ROUNDS {
            files.retain(|_, change| change.before != change.after);
            return Ok(Fixed { files, fixes, checked });
        }
        fixes += edits.fixes;
        for (id, edits) in edits.files {
            let file = sources.file(id);
            let after = edited(&file.text, &edits);
            files
                .entry(PathBuf::from(&file.name))
                .and_modify(|change| change.after.clone_from(&after))
                .or_insert_with(|| Change { before: file.text.clone(), after });
        }
    }
    unreachable!("the last round has no fixes")
}

/// Replacements of one file that do not touch each other: the end and the new text, by the start.
pub type FileEdits = BTreeMap<u32, (u32, String)>;

/// Fixes that can be applied together.
#[derive(Default)]
pub struct Edits {
    pub files: BTreeMap<FileId, FileEdits>,
    /// How many fixes they are.
    pub fixes: usize,
}

impl Edits {
    /// Of fixes that touch each other the first; none in the library, which is nobody's to fix.
    pub fn choose<'d>(
        diagnostics: impl Iterator<Item = &'d Diagnostic>,
        which: Which,
        sources: &SourceMap,
    ) -> Edits {
        let mut chosen = Edits::default();
        let fixes = diagnostics.filter_map(|diagnostic| diagnostic.fix.as_ref());
        for fix in fixes.filter(|fix| fix.sure || which == Which::All) {
            if fix.edits.iter().all(|(span, _)| !sources.file(span.file).std && chosen.has_room_for(*span)) {
                chosen.fixes += 1;
                for (span, text) in &fix.edits {
                    let edits = chosen.files.entry(span.file).or_default();
                    edits.insert(span.start, (span.end, text.clone()));
                }
            }
        }
        chosen
    }

    fn has_room_for(&self, span: Span) -> bool {
        let before = self.files.get(&span.file).and_then(|edits| edits.range(..=span.end).next_back());
        before.is_none_or(|(_, (end, _))| *end < span.start)
    }
}

fn edited(text: &str, edits: &FileEdits) -> String {
    let mut new = String::with_capacity(text.len());
    let mut kept = 0;
    for (start, (end, replacement)) in edits {
        new += &text[kept..*start as usize];
        new += replacement;
        kept = *end as usize;
    }
    new + &text[kept..]
}
