//! Diagnostics and their fixes, in the protocol's terms.

use goo_compiler::diagnostics::{Diagnostic, Severity};
use goo_compiler::syntax::FileId;
use tower_lsp::lsp_types::{
    self as lsp, CodeAction, CodeActionKind, CodeActionOrCommand, DiagnosticRelatedInformation,
    DiagnosticSeverity, DiagnosticTag, NumberOrString, Range, TextEdit, Url, WorkspaceEdit,
};

use crate::snapshot::Snapshot;

/// The diagnostics of a file.
pub fn of_file(snapshot: &Snapshot, file: FileId) -> Vec<lsp::Diagnostic> {
    snapshot
        .diagnostics
        .iter()
        .filter(|d| d.primary.span.file == file)
        .map(|d| convert(snapshot, d))
        .collect()
}

fn convert(snapshot: &Snapshot, diagnostic: &Diagnostic) -> lsp::Diagnostic {
    let mut message = diagnostic.message.clone();
    if !diagnostic.primary.text.is_empty() {
        message += &format!("\n{}", diagnostic.primary.text);
    }
    if let Some(help) = &diagnostic.help {
        message += &format!("\nhelp: {help}");
    }
    message += &format!("\n(goo explain {})", diagnostic.code.name());
    let related = diagnostic
        .secondary
        .iter()
        .filter_map(|label| {
            Some(DiagnosticRelatedInformation {
                location: snapshot.location(label.span)?,
                message: label.text.clone(),
            })
        })
        .collect();
    let name = diagnostic.code.name();
    lsp::Diagnostic {
        range: snapshot.range(diagnostic.primary.span),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(name.to_owned())),
        code_description: None,
        source: Some("goo".to_owned()),
        message,
        related_information: Some(related),
        tags: name.starts_with("unused").then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    }
}

/// The fixes of the diagnostics in a range.
pub fn fixes(snapshot: &Snapshot, file: FileId, range: Range) -> Vec<CodeActionOrCommand> {
    let start = snapshot.offset(file, range.start) as u32;
    let end = snapshot.offset(file, range.end) as u32;
    let touches = |d: &&Diagnostic| {
        let span = d.primary.span;
        span.file == file && span.start <= end && span.end >= start
    };
    snapshot.diagnostics.iter().filter(touches).filter_map(|d| fix(snapshot, d)).collect()
}

fn fix(snapshot: &Snapshot, diagnostic: &Diagnostic) -> Option<CodeActionOrCommand> {
    let fix = diagnostic.fix.as_ref()?;
    let mut changes = std::collections::HashMap::<Url, Vec<TextEdit>>::new();
    for (span, text) in &fix.edits {
        let edit = TextEdit { range: snapshot.range(*span), new_text: text.clone() };
        changes.entry(snapshot.url(span.file)?).or_default().push(edit);
    }
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![convert(snapshot, diagnostic)]),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        is_preferred: Some(true),
        ..CodeAction::default()
    }))
}
