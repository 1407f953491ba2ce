//! A variable's value in place of the variable; a function's body in place of a call.

use goo_compiler::syntax::Span;
use goo_compiler::syntax::ast::*;
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::types::{VarId, VarKind};
use tower_lsp::lsp_types::CodeActionKind;

use super::Offer;
use super::tree::{self, Changes, Leaves};
use crate::hover::func_decl;
use crate::index::{Role, Target};
use crate::snapshot::Snapshot;

/// The statement that defines a variable alone: `x := value`.
struct Definition<'a> {
    snapshot: &'a Snapshot,
    var: VarId,
    found: Option<(&'a Stmt, &'a Expr)>,
}

impl<'a> Visitor<'a> for Definition<'a> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        if let StmtKind::Define { names, values } = &stmt.kind
            && let ([name], [value]) = (names.as_slice(), values.as_slice())
            && self.snapshot.program.info.defs.get(&name.id) == Some(&self.var)
        {
            self.found = Some((stmt, value));
        }
        visit::walk_stmt(self, stmt);
    }
}

/// `x := a + b` and `f(x)` to `f(a + b)`.
pub fn variable(snapshot: &Snapshot, at: Span) -> Option<Offer> {
    let Target::Var(var) = snapshot.index().at(at.file, at.start as usize)?.target else { return None };
    if snapshot.program.vars[var.0 as usize].kind != VarKind::Local {
        return None;
    }
    let mut definition = Definition { snapshot, var, found: None };
    visit::walk_decl(&mut definition, tree::decl_around(snapshot, at)?);
    let (stmt, value) = definition.found?;
    let uses: Vec<Span> = snapshot
        .index()
        .of(Target::Var(var))
        .filter(|occurrence| occurrence.role != Role::Definition)
        .map(|occurrence| occurrence.span)
        .collect();
    let changes = Changes::of_file(snapshot, at.file);
    if uses.is_empty() || changes.has(var) {
        return None;
    }
    let stays = || {
        let later = |span: &Span| span.start > stmt.span.start;
        tree::vars_in(snapshot, value.span)
            .into_iter()
            .all(|var| !changes.found.iter().any(|(found, span)| *found == var && later(span)))
    };
    let same_time = || uses.len() == 1 && is_next(snapshot, stmt, uses[0]);
    if !(tree::is_pure(snapshot, value) && stays() || same_time()) {
        return None;
    }
    let mut edits = vec![(whole_line(snapshot, stmt.span), String::new())];
    edits.extend(uses.iter().map(|span| (*span, tree::operand(snapshot, value, *span))));
    Some(Offer {
        title: format!("Inline `{}`", snapshot.program.vars[var.0 as usize].name),
        kind: CodeActionKind::REFACTOR_INLINE,
        edits,
    })
}

/// Whether a place is in the statement behind this one, and evaluated once there.
fn is_next(snapshot: &Snapshot, stmt: &Stmt, place: Span) -> bool {
    let around = tree::around(snapshot, place);
    let Some(list) = around.lists.last() else { return false };
    let before = list.first.checked_sub(1).and_then(|before| list.stmts.get(before));
    let simple = matches!(
        list.stmts[list.first].kind,
        StmtKind::Expr(_)
            | StmtKind::Send { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Define { .. }
            | StmtKind::Return(_)
            | StmtKind::Go(_)
            | StmtKind::Range(_)
            | StmtKind::If(_)
    );
    before.is_some_and(|before| before.span == stmt.span) && simple && !around.conditional
}

/// A statement with its line, if nothing else stands there.
fn whole_line(snapshot: &Snapshot, span: Span) -> Span {
    let text = snapshot.text(span.file).as_str();
    let (start, end) = (span.start as usize, span.end as usize);
    let line_start = text[..start].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[end..].find('\n').map_or(text.len(), |n| end + n + 1);
    let alone = text[line_start..start].trim().is_empty() && text[end..line_end].trim().is_empty();
    if alone { Span::new(span.file, line_start, line_end) } else { span }
}

/// A call to what the function does.
pub fn function(snapshot: &Snapshot, at: Span) -> Option<Offer> {
    let around = tree::around(snapshot, at);
    let called = |expr: &&Expr| match &expr.kind {
        ExprKind::Call(call) => {
            let callee = call.callee.span;
            callee.start <= at.start && at.end <= callee.end
        }
        _ => false,
    };
    let expr = *around.exprs.iter().rev().find(|expr| called(expr))?;
    let ExprKind::Call(call) = &expr.kind else { return None };
    let func = snapshot.called(call)?;
    let def = &snapshot.program.funcs[func.0 as usize];
    let decl = func_decl(snapshot, func).filter(|_| snapshot.is_own(def.span))?;
    if !decl.type_params.is_empty() || def.sig.variadic || call.spread || calls_itself(snapshot, decl, func) {
        return None;
    }
    let body = decl.body.as_ref()?;
    // The receiver is a parameter as the others are.
    let mut args: Vec<&Expr> = Vec::new();
    if def.receiver.is_some() {
        let ExprKind::Select { base, .. } = &call.callee.kind else { return None };
        args.push(base);
    }
    args.extend(call.args.iter().map(|arg| &arg.value));
    if args.len() != def.params.len() || hides(snapshot, body.span, at) {
        return None;
    }
    let text = match body.stmts.as_slice() {
        [Stmt { kind: StmtKind::Return(values), .. }] => match values.as_slice() {
            [value] => of_expression(snapshot, value, &def.params, &args, expr)?,
            _ => return None,
        },
        stmts => {
            let list = around.lists.last()?;
            if list.stmts[list.first].span != expr.span
                || !decl.sig.results.is_empty()
                || Leaves::in_stmts(stmts)
            {
                return None;
            }
            of_body(snapshot, body, &def.params, &args, expr)?
        }
    };
    Some(Offer {
        title: format!("Inline `{}`", def.name),
        kind: CodeActionKind::REFACTOR_INLINE,
        edits: vec![(expr.span, text)],
    })
}

fn calls_itself(snapshot: &Snapshot, decl: &FuncDecl, func: goo_compiler::types::FuncId) -> bool {
    snapshot.index().of(Target::Func(func)).any(|occurrence| {
        let (at, whole) = (occurrence.span, decl.span);
        occurrence.role != Role::Definition
            && at.file == whole.file
            && whole.start <= at.start
            && at.end <= whole.end
    })
}

/// Whether a name of the package that the body uses means a local variable where the call stands.
fn hides(snapshot: &Snapshot, body: Span, at: Span) -> bool {
    let Some(around) = tree::decl_around(snapshot, at).and_then(tree::decl_span) else { return true };
    let inside = |outer: Span, inner: Span| {
        outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
    };
    let is_local = |target: Target| match target {
        Target::Var(var) => !matches!(snapshot.program.vars[var.0 as usize].kind, VarKind::Global { .. }),
        Target::Field(_) | Target::InterfaceMethod(_) | Target::Label(_) => true,
        _ => false,
    };
    let all = &snapshot.index().occurrences;
    let outer = all.iter().filter(|o| inside(body, o.span) && !is_local(o.target));
    let names: Vec<&str> = outer.map(|occurrence| snapshot.source(occurrence.span)).collect();
    all.iter().any(|o| {
        o.role == Role::Definition
            && inside(around, o.span)
            && matches!(o.target, Target::Var(_))
            && names.contains(&snapshot.source(o.span))
    })
}

/// The value of `return value` with arguments in place of parameters.
fn of_expression(
    snapshot: &Snapshot,
    value: &Expr,
    params: &[VarId],
    args: &[&Expr],
    call: &Expr,
) -> Option<String> {
    let types = &snapshot.program.info.exprs;
    // A conversion on the way out of the function would be lost.
    if Leaves::in_expr(value) || types.get(&value.id)?.ty != types.get(&call.id)?.ty {
        return None;
    }
    let text = replaced(snapshot, value.span, params, args, true)?;
    let loose = matches!(value.kind, ExprKind::Binary { .. } | ExprKind::Unary { .. });
    let place = tree::operand(snapshot, value, call.span);
    Some(if loose && place.starts_with('(') { format!("({text})") } else { text })
}

/// Statements as a block, in which the parameters are variables.
fn of_body(
    snapshot: &Snapshot,
    body: &Block,
    params: &[VarId],
    args: &[&Expr],
    call: &Expr,
) -> Option<String> {
    let indent = tree::indentation(snapshot, call.span);
    let mut lines = Vec::new();
    let (mut lent, mut lent_args) = (Vec::new(), Vec::new());
    for (var, arg) in params.iter().zip(args) {
        let param = &snapshot.program.vars[var.0 as usize];
        let used =
            snapshot.index().of(Target::Var(*var)).any(|occurrence| occurrence.role != Role::Definition);
        if param.inout {
            lent.push(*var);
            lent_args.push(match &arg.kind {
                ExprKind::Unary { op: UnaryOp::Ref, operand } => operand,
                _ => *arg,
            });
        } else if used {
            lines.push(format!("{indent}\t{} := {}", param.name, snapshot.source(arg.span)));
        } else if !tree::is_pure(snapshot, arg) {
            lines.push(format!("{indent}\t_ = {}", snapshot.source(arg.span)));
        }
    }
    let inside = Span { start: body.span.start + 1, end: body.span.end - 1, ..body.span };
    let text = replaced(snapshot, inside, &lent, &lent_args, false)?;
    let lines_of_body = text.lines().filter(|line| !line.trim().is_empty());
    let own = tree::indentation(snapshot, body.stmts.first()?.span);
    lines.extend(
        lines_of_body
            .map(|line| format!("{indent}\t{}", line.strip_prefix(&own).unwrap_or(line.trim_start()))),
    );
    Some(format!("{{\n{}\n{indent}}}", lines.join("\n")))
}

/// Source with arguments in place of parameters. `once`: an argument that is more than a value must be used exactly once.
fn replaced(snapshot: &Snapshot, span: Span, params: &[VarId], args: &[&Expr], once: bool) -> Option<String> {
    let mut text = snapshot.source(span).to_owned();
    let mut edits: Vec<(Span, String)> = Vec::new();
    for (var, arg) in params.iter().zip(args) {
        let inside = |at: &Span| at.file == span.file && span.start <= at.start && at.end <= span.end;
        let uses: Vec<Span> =
            snapshot.index().of(Target::Var(*var)).map(|occurrence| occurrence.span).filter(inside).collect();
        if once && uses.len() != 1 && !tree::is_pure(snapshot, arg) {
            return None;
        }
        edits.extend(uses.into_iter().map(|at| (at, tree::operand(snapshot, arg, at))));
    }
    edits.sort_by_key(|(at, _)| std::cmp::Reverse(at.start));
    for (at, new) in edits {
        let (start, end) = ((at.start - span.start) as usize, (at.end - span.start) as usize);
        text.replace_range(start..end, &new);
    }
    Some(text)
}
