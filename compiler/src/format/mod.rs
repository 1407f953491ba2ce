//! One way to lay out Goo source: what `goo fmt` and the language server write.
//!
//! The habits are gofmt's: tabs indent, blanks align, line breaks stay where the writer put them, operators are
//! spaced by precedence. The text is never printed from the tree: [`items`] are the source's own tokens and comments,
//! the tree only says how each is spaced ([`mark`]), [`layout`] puts them on lines, and [`columns`] aligns these. So
//! formatting cannot lose or change a token; [`format`] checks that before it gives the text away.

mod columns;
mod imports;
mod items;
mod layout;
mod mark;

use crate::diagnostics::Diagnostics;
use crate::lower::Ice;
use crate::syntax::ast::{File, NodeIds};
use crate::syntax::{FileId, Span, dump, on_deep_stack, parse};

/// Why a text was not formatted; it is best left as it is.
#[derive(Debug)]
pub enum Failure {
    /// The text has mistakes in its syntax.
    Mistakes(Diagnostics),
    /// The formatter itself is at fault.
    Internal(Ice),
}

/// Lays out a source text. The file id is only for the places of mistakes.
///
/// # Errors
/// See [`Failure`].
pub fn format(file: FileId, text: &str) -> Result<String, Failure> {
    on_deep_stack(|| {
        let mut diagnostics = Diagnostics::default();
        let before = parse(file, text, &mut NodeIds::default(), &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(Failure::Mistakes(diagnostics));
        }
        let sorted = imports::sort(text, &before);
        let formatted = match sorted {
            Some(sorted) => {
                let tree = parse(file, &sorted, &mut NodeIds::default(), &mut diagnostics);
                lay_out(&sorted, &tree)
            }
            None => lay_out(text, &before),
        };
        verify(file, text, &before, &formatted)?;
        Ok(formatted)
    })
}

fn lay_out(text: &str, tree: &File) -> String {
    let items = items::items(text);
    let marks = mark::marks(&items, tree);
    let mut out = columns::align(&layout::lines(&items, &marks));
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// That the new text is the same program with the same comments: a formatter that changes one is worse than none.
fn verify(file: FileId, text: &str, before: &File, formatted: &str) -> Result<(), Failure> {
    let mut diagnostics = Diagnostics::default();
    let after = parse(file, formatted, &mut NodeIds::default(), &mut diagnostics);
    let same = !diagnostics.has_errors()
        && program(before) == program(&after)
        && items::comment_words(text) == items::comment_words(formatted);
    if same {
        return Ok(());
    }
    let message = "formatting would change this program, so the file stays as it is".to_owned();
    Err(Failure::Internal(Ice { span: Span { file, start: 0, end: 0 }, message }))
}

/// The tree as text, without what may change: the order of imports, blanks in comments, and empty statements.
fn program(tree: &File) -> String {
    let text = dump::dump(tree);
    let (mut imports, rest): (Vec<&str>, Vec<&str>) = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && line.trim() != "empty")
        .partition(|line| line.starts_with("import "));
    imports.sort_unstable();
    imports.extend(rest);
    imports.join("\n")
}

#[cfg(test)]
mod tests;
