//! A selected expression becomes a variable; selected statements, or an expression, become a function.

use goo_compiler::syntax::Span;
use goo_compiler::syntax::ast::*;
use goo_compiler::types::{Mode, Ty, VarId, VarKind};
use tower_lsp::lsp_types::CodeActionKind;

use super::Offer;
use super::tree::{self, Changes, Leaves};
use crate::hover::type_text;
use crate::index::{Role, Target};
use crate::snapshot::Snapshot;

/// The expression that is selected, whole.
fn selected(snapshot: &Snapshot, span: Span) -> Option<(&Expr, Ty, tree::Around<'_>)> {
    let around = tree::around(snapshot, span);
    let expr = *around.exprs.iter().find(|expr| expr.span == span)?;
    let info = snapshot.program.info.exprs.get(&expr.id)?;
    let value =
        matches!(info.mode, Mode::Value | Mode::Variable | Mode::MapIndex | Mode::CommaOk | Mode::Const);
    (value && tree::is_value(info.ty)).then_some((expr, info.ty, around))
}

/// `f(a + b)` to `value := a + b` and `f(value)`.
pub fn variable(snapshot: &Snapshot, span: Span) -> Option<Offer> {
    let (expr, _, around) = selected(snapshot, span)?;
    if around.conditional || around.changed || Leaves::in_expr(expr) && around.exprs.len() > 1 {
        return None;
    }
    let list = around.lists.last()?;
    let stmt = list.stmts.get(list.first).filter(|_| list.first == list.last)?;
    // A whole statement has nothing to be a part of.
    if stmt.span == span {
        return None;
    }
    let start = Span { end: stmt.span.start, ..stmt.span };
    let declared_before = |var: VarId| {
        let var = &snapshot.program.vars[var.0 as usize];
        matches!(var.kind, VarKind::Global { .. }) || var.span.end <= start.start
    };
    let within = |inner: Span| span.start <= inner.start && inner.end <= span.end;
    let mut vars = tree::vars_in(snapshot, span).into_iter();
    if !vars.all(|var| declared_before(var) || within(snapshot.program.vars[var.0 as usize].span)) {
        return None;
    }
    let decl = tree::decl_around(snapshot, span)?;
    let name = tree::fresh_name(snapshot.source(tree::decl_span(decl)?), "value");
    let indent = tree::indentation(snapshot, stmt.span);
    Some(Offer {
        title: "Extract into a variable".to_owned(),
        kind: CodeActionKind::REFACTOR_EXTRACT,
        edits: vec![(start, format!("{name} := {}\n{indent}", snapshot.source(span))), (span, name)],
    })
}

/// Selected statements or an expression to a function behind the present one.
pub fn function(snapshot: &Snapshot, span: Span) -> Option<Offer> {
    let decl = tree::decl_around(snapshot, span)?;
    if tree::is_generic(decl) {
        return None;
    }
    let whole = tree::decl_span(decl)?;
    let name = tree::fresh_name(snapshot.text(span.file).as_str(), "extracted");
    let (call, text) = match selected(snapshot, span) {
        Some((expr, ty, around)) => {
            if around.changed || Leaves::in_expr(expr) {
                return None;
            }
            let taken = taken(snapshot, span, whole)?;
            if taken.iter().any(|(_, changed)| *changed) {
                return None;
            }
            let (params, args) = lists(snapshot, &taken);
            let result = type_text(snapshot, ty);
            let body = snapshot.source(span);
            (format!("{name}({args})"), format!("func {name}({params}) {result} {{\n\treturn {body}\n}}"))
        }
        None => of_statements(snapshot, span, whole, &name)?,
    };
    Some(Offer {
        title: "Extract into a function".to_owned(),
        kind: CodeActionKind::REFACTOR_EXTRACT,
        edits: vec![(span, call), (whole.after(), format!("\n\n{text}"))],
    })
}

/// The call that stands for statements, and the function that has them.
fn of_statements(snapshot: &Snapshot, span: Span, whole: Span, name: &str) -> Option<(String, String)> {
    let around = tree::around(snapshot, span);
    let list = around.lists.iter().rev().find(|list| {
        list.stmts[list.first].span.start == span.start && list.stmts[list.last].span.end == span.end
    })?;
    if Leaves::in_stmts(&list.stmts[list.first..=list.last]) {
        return None;
    }
    let taken = taken(snapshot, span, whole)?;
    let results = given(snapshot, span);
    let (params, args) = lists(snapshot, &taken);
    let names: Vec<String> =
        results.iter().map(|var| snapshot.program.vars[var.0 as usize].name.to_string()).collect();
    let types: Vec<String> =
        results.iter().map(|var| type_text(snapshot, snapshot.program.vars[var.0 as usize].ty)).collect();
    let result = match types.as_slice() {
        [] => String::new(),
        [one] => format!(" {one}"),
        several => format!(" ({})", several.join(", ")),
    };
    let indent = tree::indentation(snapshot, span);
    let body: Vec<String> = snapshot
        .source(span)
        .lines()
        .map(|line| match line.strip_prefix(&indent).unwrap_or(line) {
            "" => String::new(),
            line => format!("\t{}", line.trim_end()),
        })
        .collect();
    let back = if names.is_empty() { String::new() } else { format!("\n\treturn {}", names.join(", ")) };
    let call = match names.is_empty() {
        true => format!("{name}({args})"),
        false => format!("{} := {name}({args})", names.join(", ")),
    };
    Some((call, format!("func {name}({params}){result} {{\n{}{back}\n}}", body.join("\n"))))
}

/// The local variables from outside that code uses, and whether it changes them.
fn taken(snapshot: &Snapshot, span: Span, whole: Span) -> Option<Vec<(VarId, bool)>> {
    let changed = Changes::of_file(snapshot, span.file).within(span);
    let mut vars: Vec<VarId> = tree::vars_in(snapshot, span)
        .into_iter()
        .filter(|var| {
            let var = &snapshot.program.vars[var.0 as usize];
            !matches!(var.kind, VarKind::Global { .. })
                && var.span.file == span.file
                && !(span.start <= var.span.start && var.span.end <= span.end)
        })
        .collect();
    vars.sort_unstable();
    // A variable from somewhere else has no place in this function's parameters.
    let inside = vars.iter().all(|var| {
        let at = snapshot.program.vars[var.0 as usize].span;
        whole.start <= at.start && at.end <= whole.end
    });
    inside.then(|| vars.into_iter().map(|var| (var, changed.contains(&var))).collect())
}

/// The variables that code defines and what follows uses.
fn given(snapshot: &Snapshot, span: Span) -> Vec<VarId> {
    let inside = |at: Span| at.file == span.file && span.start <= at.start && at.end <= span.end;
    let mut found: Vec<VarId> = snapshot
        .index()
        .occurrences
        .iter()
        .filter(|occurrence| occurrence.role == Role::Definition && inside(occurrence.span))
        .filter_map(|occurrence| match occurrence.target {
            Target::Var(var) => Some(var),
            _ => None,
        })
        .filter(|var| snapshot.index().of(Target::Var(*var)).any(|occurrence| !inside(occurrence.span)))
        .collect();
    found.dedup();
    found
}

/// Parameters and arguments: what is changed is lent.
fn lists(snapshot: &Snapshot, taken: &[(VarId, bool)]) -> (String, String) {
    let (params, args): (Vec<String>, Vec<String>) = taken
        .iter()
        .map(|(var, changed)| {
            let var = &snapshot.program.vars[var.0 as usize];
            let ty = type_text(snapshot, var.ty);
            match changed {
                true => (format!("{} *{ty}", var.name), format!("&{}", var.name)),
                false => (format!("{} {ty}", var.name), var.name.to_string()),
            }
        })
        .unzip();
    (params.join(", "), args.join(", "))
}
