//! Changes of a program that keep what it does: extracting, inlining, wrapping tasks into a supervisor, giving a channel a
//! pattern.
//!
//! Each offer is tried out before it is made: if the changed program had a mistake that the present one has not, the
//! change is not offered. What the checker cannot see (an evaluation that would come earlier, or more often) is the
//! business of each module.

mod extract;
mod inline;
mod pattern;
mod supervise;
mod tree;

pub use tree::Changes;

use std::collections::HashMap;

use goo_compiler::syntax::{FileId, Span};
use tower_lsp::lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Range, TextEdit, Url, WorkspaceEdit,
};

use crate::snapshot::Snapshot;

/// A change that may be offered.
pub struct Offer {
    title: String,
    kind: CodeActionKind,
    /// Replacements, not overlapping.
    edits: Vec<(Span, String)>,
}

/// The changes offered for a range.
pub fn offers(snapshot: &Snapshot, file: FileId, range: Range) -> Vec<CodeActionOrCommand> {
    let start = snapshot.offset(file, range.start);
    let end = snapshot.offset(file, range.end).max(start);
    let selected = trimmed(snapshot, Span::new(file, start, end));
    let mut found = Vec::new();
    if selected.start < selected.end {
        found.extend(extract::variable(snapshot, selected));
        found.extend(extract::function(snapshot, selected));
    } else {
        found.extend(inline::variable(snapshot, selected));
        found.extend(inline::function(snapshot, selected));
        found.extend(pattern::patterns(snapshot, selected));
    }
    found.extend(supervise::wrap(snapshot, selected));
    found.retain(|offer| snapshot.survives(&offer.edits));
    found.into_iter().filter_map(|offer| action(snapshot, offer)).collect()
}

/// A selection without the blanks at its ends.
fn trimmed(snapshot: &Snapshot, span: Span) -> Span {
    let text = snapshot.source(span);
    let start = span.start as usize + (text.len() - text.trim_start().len());
    let end = span.start as usize + text.trim_end().len();
    Span::new(span.file, start.min(end.max(span.start as usize)), end.max(span.start as usize))
}

fn action(snapshot: &Snapshot, offer: Offer) -> Option<CodeActionOrCommand> {
    let mut changes = HashMap::<Url, Vec<TextEdit>>::new();
    for (span, new_text) in offer.edits {
        let edit = TextEdit { range: snapshot.range(span), new_text };
        changes.entry(snapshot.url(span.file)?).or_default().push(edit);
    }
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: offer.title,
        kind: Some(offer.kind),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        ..CodeAction::default()
    }))
}
