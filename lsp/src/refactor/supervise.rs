//! Tasks that nobody looks after become children of a supervisor.

use goo_compiler::syntax::Span;
use goo_compiler::syntax::ast::*;
use tower_lsp::lsp_types::CodeActionKind;

use super::{Offer, tree};
use crate::snapshot::Snapshot;

/// `go f(x)` to `go supervise … { go f(x) }`, for all that are selected. A task that returns was done before, and is still:
/// only a crash starts it again.
pub fn wrap(snapshot: &Snapshot, span: Span) -> Option<Offer> {
    let around = tree::around(snapshot, span);
    let list = around.lists.last()?;
    let stmts = &list.stmts[list.first..=list.last];
    let calls: Option<Vec<&Expr>> = stmts
        .iter()
        .map(|stmt| match &stmt.kind {
            StmtKind::Go(call) if matches!(call.kind, ExprKind::Call(_)) => Some(call),
            _ => None,
        })
        .collect();
    let calls = calls?;
    let (first, last) = (stmts.first()?, stmts.last()?);
    // Within the call itself, the cursor is about something else.
    let head = Span { end: first.span.start + 2, ..first.span };
    if span.start == span.end && !(head.start <= span.start && span.end <= head.end + 1) {
        return None;
    }
    let indent = tree::indentation(snapshot, first.span);
    let children: Vec<String> = calls
        .iter()
        .map(|call| format!("{indent}\tgo {} restart transient\n", snapshot.source(call.span)))
        .collect();
    let text = format!(
        "go supervise one_for_one (max: 5 per 10s, backoff: 10ms..1s) {{\n{}{indent}}}",
        children.concat()
    );
    Some(Offer {
        title: "Wrap in `supervise`".to_owned(),
        kind: CodeActionKind::REFACTOR_REWRITE,
        edits: vec![(first.span.to(last.span), text)],
    })
}
