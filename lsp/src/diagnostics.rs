//! Diagnostics and their fixes, in the protocol's terms.

use goo_compiler::diagnostics::{Code, Diagnostic, Severity};
use goo_compiler::fix::{Edits, Which};
use goo_compiler::syntax::{FileId, Span};
use tower_lsp::lsp_types::{
    self as lsp, CodeAction, CodeActionKind, CodeActionOrCommand, CodeDescription,
    DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, NumberOrString, Range, TextEdit, Url,
    WorkspaceEdit,
};

use crate::snapshot::Snapshot;
use crate::text::Text;
use crate::workspace::{Documents, library_file, lossy, url_of};

/// The diagnostics of a file.
pub fn of_file(snapshot: &Snapshot, file: FileId) -> Vec<lsp::Diagnostic> {
    let mut found: Vec<lsp::Diagnostic> = snapshot
        .diagnostics
        .iter()
        .filter(|d| d.primary.span.file == file)
        .map(|d| convert(snapshot, d))
        .collect();
    found.extend(never(snapshot, file));
    found
}

/// What could not be read, by the file that it is in.
pub fn unreadable(snapshot: &Snapshot, documents: &Documents) -> Vec<(Url, lsp::Diagnostic)> {
    let found = snapshot.unreadable.iter().filter_map(|problem| {
        let text = match documents.get(&problem.path) {
            Some(document) => document.text.clone(),
            None => Text::new(lossy(&problem.path)),
        };
        let place = problem.place.as_ref().map_or(0..0, |(bytes, _)| bytes.clone());
        let diagnostic = lsp::Diagnostic {
            range: text.range(place.start, place.end, snapshot.encoding),
            severity: Some(DiagnosticSeverity::ERROR),
            source: Some("goo".to_owned()),
            message: problem.message.clone(),
            ..lsp::Diagnostic::default()
        };
        Some((url_of(&problem.path)?, diagnostic))
    });
    found.collect()
}

/// Operations that wait for ever as far as the whole program shows; the compiler speaks of those that one function shows.
fn never(snapshot: &Snapshot, file: FileId) -> Vec<lsp::Diagnostic> {
    let known = |span: Span| {
        let stuck = |d: &&Diagnostic| d.code == Code::Stuck && d.primary.span.file == span.file;
        snapshot.diagnostics.iter().filter(stuck).any(|d| {
            let warned = d.primary.span;
            warned.start <= span.end && span.start <= warned.end
        })
    };
    let stuck = snapshot.never().iter().filter(|never| never.span.file == file && !known(never.span));
    stuck
        .filter_map(|never| {
            let made = DiagnosticRelatedInformation {
                location: snapshot.location(never.made)?,
                message: "the channel is made here".to_owned(),
            };
            Some(lsp::Diagnostic {
                range: snapshot.range(never.span),
                severity: Some(DiagnosticSeverity::HINT),
                code: Some(NumberOrString::String(Code::Stuck.name().to_owned())),
                code_description: page(Code::Stuck),
                source: Some("goo".to_owned()),
                message: never.message.clone(),
                related_information: Some(vec![made]),
                ..lsp::Diagnostic::default()
            })
        })
        .collect()
}

/// The page of `goo explain`, as a file that an editor can open.
fn page(code: Code) -> Option<CodeDescription> {
    let path = library_file(&format!("explain/{}.md", code.name()), code.explanation())?;
    Some(CodeDescription { href: url_of(&path)? })
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
        code_description: page(diagnostic.code),
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
        is_preferred: Some(fix.sure),
        ..CodeAction::default()
    }))
}

/// All fixes in a file that can hardly be wrong, as `goo fix` applies them. Without a first one there is nothing to offer.
pub fn fix_all(snapshot: &Snapshot, file: FileId) -> Option<CodeActionOrCommand> {
    let own = snapshot.diagnostics.iter().filter(|d| d.primary.span.file == file);
    let edits = Edits::choose(own, Which::Sure, &snapshot.program.sources);
    if edits.fixes == 0 {
        return None;
    }
    let mut changes = std::collections::HashMap::<Url, Vec<TextEdit>>::new();
    for (file, edits) in edits.files {
        let texts = edits.into_iter().map(|(start, (end, new_text))| TextEdit {
            range: snapshot.range(Span { file, start, end }),
            new_text,
        });
        changes.insert(snapshot.url(file)?, texts.collect());
    }
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: "Fix all mistakes that have a sure fix".to_owned(),
        kind: Some(CodeActionKind::SOURCE_FIX_ALL),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        ..CodeAction::default()
    }))
}
