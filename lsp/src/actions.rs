//! Changes that the server offers besides the fixes of diagnostics.

use std::collections::HashMap;

use goo_compiler::diagnostics::Code;
use goo_compiler::load;
use goo_compiler::syntax::ast::{self, Expr, ExprKind, MatchBody, PatternKind};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::{PatternInfo, Ty, TyKind};
use tower_lsp::lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, Range, TextEdit, WorkspaceEdit};

use crate::completion::arms;
use crate::hover::type_text;
use crate::snapshot::Snapshot;

/// The changes offered for a range.
pub fn actions(snapshot: &Snapshot, file: FileId, range: Range) -> Vec<CodeActionOrCommand> {
    let mut found = crate::diagnostics::fixes(snapshot, file, range);
    let offset = snapshot.offset(file, range.start) as u32;
    let mut finder = Finder { offset, matches: None, literal: None, call: None };
    if let Some(tree) = snapshot.tree(file) {
        tree.decls.iter().for_each(|decl| visit::walk_decl(&mut finder, decl));
    }
    let Finder { matches, literal, call, .. } = finder;
    found.extend(matches.and_then(|expr| fill_match(snapshot, expr)));
    found.extend(literal.and_then(|expr| fill_struct(snapshot, expr)));
    found.extend(call.and_then(|expr| add_recover(snapshot, expr)));
    found.extend(crate::refactor::offers(snapshot, file, range));
    found.extend(organise_imports(snapshot, file));
    found.extend(crate::diagnostics::fix_all(snapshot, file));
    found
}

/// Whether a client that asks for some kinds only gets this one: `refactor` has `refactor.inline` in it.
pub fn is_wanted(action: &CodeActionOrCommand, only: &[CodeActionKind]) -> bool {
    let CodeActionOrCommand::CodeAction(CodeAction { kind: Some(kind), .. }) = action else { return true };
    only.iter().any(|wanted| {
        kind.as_str()
            .strip_prefix(wanted.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

struct Finder<'a> {
    offset: u32,
    matches: Option<&'a Expr>,
    literal: Option<&'a Expr>,
    call: Option<&'a Expr>,
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        if expr.span.start <= self.offset && self.offset <= expr.span.end {
            match &expr.kind {
                ExprKind::Match(_) => self.matches = Some(expr),
                ExprKind::Composite { .. } => self.literal = Some(expr),
                ExprKind::Call(_) => self.call = Some(expr),
                ExprKind::Try(_) | ExprKind::Recover { .. } => self.call = None,
                _ => {}
            }
            let handled = matches!(expr.kind, ExprKind::Try(_) | ExprKind::Recover { .. });
            visit::walk_expr(self, expr);
            if handled {
                self.call = None;
            }
        }
    }
}

fn edit(
    snapshot: &Snapshot,
    title: String,
    kind: CodeActionKind,
    file: FileId,
    edits: Vec<TextEdit>,
) -> Option<CodeActionOrCommand> {
    let changes = HashMap::from([(snapshot.url(file)?, edits)]);
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title,
        kind: Some(kind),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        ..CodeAction::default()
    }))
}

/// The indentation of the line that a place is on.
fn indentation(snapshot: &Snapshot, span: Span) -> String {
    let text = snapshot.text(span.file).as_str();
    let start = text[..span.start as usize].rfind('\n').map_or(0, |n| n + 1);
    text[start..].chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

/// The patterns of all cases of what a `match` takes apart, and which of them it has.
pub fn arms_of(snapshot: &Snapshot, found: &ast::Match) -> Option<(Vec<String>, Vec<bool>)> {
    let info = &snapshot.program.info;
    let TyKind::Named(def, _) = info.exprs.get(&found.subject.id)?.ty.kind() else { return None };
    let all = arms(&snapshot.program, *def)?;
    let mut there = vec![false; all.len()];
    for arm in found.arms.iter().filter(|arm| arm.guard.is_none()) {
        cover(snapshot, &arm.pattern, &mut there);
    }
    Some((all, there))
}

/// The cases that a `match` lacks.
fn fill_match(snapshot: &Snapshot, expr: &Expr) -> Option<CodeActionOrCommand> {
    let ExprKind::Match(found) = &expr.kind else { return None };
    let (all, there) = arms_of(snapshot, found)?;
    let missing: Vec<&String> =
        all.iter().zip(&there).filter(|(_, there)| !**there).map(|(arm, _)| arm).collect();
    if missing.is_empty() {
        return None;
    }
    let indent = indentation(snapshot, expr.span);
    let close = Span { start: expr.span.end - 1, ..expr.span };
    let one_line = !snapshot.source(expr.span).contains('\n');
    let value = found.arms.iter().any(|arm| matches!(arm.body, MatchBody::Expr(_)));
    let body = if value { "panic(\"not written yet\")" } else { "{}" };
    let mut text = if one_line { "\n".to_owned() } else { String::new() };
    for (index, arm) in missing.iter().enumerate() {
        let tabs = if index == 0 && !one_line { "\t".to_owned() } else { format!("{indent}\t") };
        text += &format!("{tabs}{arm} => {body}\n");
    }
    text += &indent;
    let range = snapshot.range(Span { end: close.start, ..close });
    let plural = if missing.len() == 1 { "" } else { "s" };
    let title = format!("Add the {} missing case{plural}", missing.len());
    edit(snapshot, title, CodeActionKind::QUICKFIX, expr.span.file, vec![TextEdit { range, new_text: text }])
}

fn cover(snapshot: &Snapshot, pattern: &ast::Pattern, there: &mut [bool]) {
    match (&pattern.kind, snapshot.program.info.patterns.get(&pattern.id)) {
        (PatternKind::Or(patterns), _) => patterns.iter().for_each(|pattern| cover(snapshot, pattern, there)),
        (_, Some(PatternInfo::Case { index, .. })) => there[*index as usize] = true,
        (PatternKind::Wildcard, _) | (_, Some(PatternInfo::Bind(_) | PatternInfo::Wildcard)) => {
            there.fill(true)
        }
        _ => {}
    }
}

/// The fields that a struct literal leaves out, with their zero values.
fn fill_struct(snapshot: &Snapshot, expr: &Expr) -> Option<CodeActionOrCommand> {
    let ExprKind::Composite { elems, .. } = &expr.kind else { return None };
    let ty = snapshot.program.info.exprs.get(&expr.id)?.ty;
    let TyKind::Struct(fields) = snapshot.program.underlying(ty).kind() else { return None };
    if elems.iter().any(|elem| elem.key.is_none()) {
        return None;
    }
    let given: Vec<&str> =
        elems.iter().filter_map(|elem| Some(snapshot.source(elem.key.as_ref()?.span))).collect();
    let missing: Vec<String> = fields
        .iter()
        .filter(|field| !given.contains(&field.name.as_str()))
        .map(|field| format!("{}: {}", field.name, zero(snapshot, field.ty)))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let inside = snapshot.source(expr.span);
    let close = Span { start: expr.span.end - 1, end: expr.span.end - 1, ..expr.span };
    let several = inside.contains('\n');
    let text = if several {
        let indent = indentation(snapshot, expr.span);
        let lines: String = missing
            .iter()
            .enumerate()
            .map(|(i, field)| match i {
                0 => format!("\t{field},\n"),
                _ => format!("{indent}\t{field},\n"),
            })
            .collect();
        lines + &indent
    } else if elems.is_empty() {
        missing.join(", ")
    } else {
        format!(", {}", missing.join(", "))
    };
    let range = snapshot.range(close);
    edit(
        snapshot,
        "Fill in the other fields".to_owned(),
        CodeActionKind::REFACTOR_REWRITE,
        expr.span.file,
        vec![TextEdit { range, new_text: text }],
    )
}

/// How the zero value of a type is written.
fn zero(snapshot: &Snapshot, ty: Ty) -> String {
    match snapshot.program.underlying(ty).kind() {
        TyKind::Bool => "false".to_owned(),
        TyKind::Int(_) | TyKind::Float(_) | TyKind::Duration => "0".to_owned(),
        TyKind::String => "\"\"".to_owned(),
        TyKind::Optional(_) => "none".to_owned(),
        TyKind::Slice(_) | TyKind::Map(..) | TyKind::Struct(_) | TyKind::Array(..) => {
            format!("{}{{}}", type_text(snapshot, ty))
        }
        TyKind::Chan { .. } => format!("make({})", type_text(snapshot, ty)),
        _ => "none".to_owned(),
    }
}

/// `f()` to `f() recover err { … }`.
fn add_recover(snapshot: &Snapshot, expr: &Expr) -> Option<CodeActionOrCommand> {
    let TyKind::Result(value, _) = snapshot.program.info.exprs.get(&expr.id)?.ty.kind() else { return None };
    let handler = match value.kind() {
        TyKind::Unit => " recover err { panic(err) }".to_owned(),
        _ => format!(" recover err {{ {} }}", zero(snapshot, *value)),
    };
    let end = Span { start: expr.span.end, ..expr.span };
    let change = TextEdit { range: snapshot.range(end), new_text: handler };
    edit(
        snapshot,
        "Handle the error with `recover`".to_owned(),
        CodeActionKind::REFACTOR_REWRITE,
        expr.span.file,
        vec![change],
    )
}

/// Imports sorted, those that nothing uses removed, and those that are missing added.
fn organise_imports(snapshot: &Snapshot, file: FileId) -> Option<CodeActionOrCommand> {
    let text = snapshot.text(file).as_str();
    // Where the mistake is, and the first edit of its fix.
    let fixes = |code: Code| {
        let own = snapshot.diagnostics.iter().filter(move |d| d.primary.span.file == file && d.code == code);
        own.filter_map(|d| Some((d.primary.span, d.fix.as_ref()?.edits.first()?)))
    };
    let removed: Vec<std::ops::Range<usize>> =
        fixes(Code::UnusedImport).map(|(_, (span, _))| span.start as usize..span.end as usize).collect();
    // What mends an unknown name elsewhere than at the name is an import.
    let added =
        fixes(Code::Undefined).filter(|(name, (span, _))| span.end <= name.start || name.end <= span.start);
    let added = added.map(|(_, (span, new))| {
        let mut at = span.start as usize;
        // What would be added behind one that goes comes behind the line before it.
        while let Some(gone) = removed.iter().find(|gone| gone.contains(&at)) {
            at = gone.start - 1;
        }
        (at, at, new.as_str())
    });
    let mut edits: Vec<_> = added.chain(removed.iter().map(|gone| (gone.start, gone.end, ""))).collect();
    edits.sort_unstable();
    edits.dedup();
    let mut kept = text.to_owned();
    for &(start, end, new) in edits.iter().rev() {
        kept.replace_range(start..end, new);
    }
    let sorted = goo_compiler::format::format(file, &kept).ok()?;
    if sorted == text || edits.is_empty() && imports_of(&sorted) == imports_of(text) {
        return None;
    }
    let whole = snapshot.text(file).range(0, text.len(), snapshot.encoding);
    edit(
        snapshot,
        "Organise imports".to_owned(),
        CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
        file,
        vec![TextEdit { range: whole, new_text: sorted }],
    )
}

fn imports_of(text: &str) -> Vec<&str> {
    let before = text.find("\nfunc ").unwrap_or(text.len());
    text[..before].lines().map(str::trim).filter(|line| line.contains('"')).collect()
}

/// The edit that imports a package.
pub fn import_edit(snapshot: &Snapshot, tree: &ast::File, path: &str) -> TextEdit {
    let (span, new_text) = load::import_edit(snapshot.text(tree.span.file).as_str(), tree, path);
    TextEdit { range: snapshot.range(span), new_text }
}
