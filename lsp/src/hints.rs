//! Hints between the lines: types that are inferred, names of parameters, variables that a closure captures, and sends that copy.

use goo_compiler::syntax::ast::{Call, Expr, ExprKind, Ident, Lit, SelectKind, Stmt, StmtKind, UnaryOp};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::{Entity, Program, Ty, TyKind};
use tower_lsp::lsp_types::{InlayHint, InlayHintKind, InlayHintLabel, InlayHintTooltip, Position, Range};

use crate::hover::type_text;
use crate::refactor::Changes;
use crate::snapshot::Snapshot;

/// The hints within a range of lines.
pub fn hints(snapshot: &Snapshot, file: FileId, range: Range) -> Vec<InlayHint> {
    let Some(tree) = snapshot.tree(file) else { return Vec::new() };
    let within = snapshot.offset(file, range.start) as u32..=snapshot.offset(file, range.end) as u32;
    let mut finder = Finder { snapshot, within, hints: Vec::new(), loops: Vec::new(), changes: None };
    tree.decls.iter().for_each(|decl| visit::walk_decl(&mut finder, decl));
    finder.hints.sort_by_key(|hint| hint.position);
    finder.hints
}

struct Finder<'a> {
    snapshot: &'a Snapshot,
    within: std::ops::RangeInclusive<u32>,
    hints: Vec<InlayHint>,
    /// The loops around.
    loops: Vec<Span>,
    /// Where variables are changed: found when something is sent.
    changes: Option<Changes<'a>>,
}

/// Types longer than this say more than they help.
const LONGEST: usize = 40;

impl Finder<'_> {
    fn hint(&mut self, span: Span, at_end: bool, label: String, kind: InlayHintKind) {
        let offset = if at_end { span.end } else { span.start };
        if !self.within.contains(&offset) {
            return;
        }
        let range = self.snapshot.range(span);
        let position: Position = if at_end { range.end } else { range.start };
        self.hints.push(InlayHint {
            position,
            label: InlayHintLabel::String(label),
            kind: Some(kind),
            text_edits: None,
            tooltip: None,
            padding_left: Some(at_end),
            padding_right: Some(!at_end),
            data: None,
        });
    }

    /// The names of parameters, before arguments that do not say what they are.
    fn arguments(&mut self, call: &Call) {
        let Some(func) = self.snapshot.called(call) else { return };
        let program = &self.snapshot.program;
        let def = &program.funcs[func.0 as usize];
        let params = self.snapshot.params(func);
        let names: Vec<String> =
            params.iter().map(|var| program.vars[var.0 as usize].name.to_string()).collect();
        let last = names.len().saturating_sub(1);
        for (index, (name, arg)) in names.into_iter().zip(&call.args).enumerate() {
            let variadic = def.sig.variadic && index == last;
            if says_nothing(&arg.value) && name.len() > 1 && !variadic && arg.name.is_none() {
                self.hint(arg.value.span, false, format!("{name}:"), InlayHintKind::PARAMETER);
            }
        }
    }
}

/// Whether an argument is a mere value.
fn says_nothing(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Lit(Lit::Duration(_)) => false,
        ExprKind::Lit(_) => true,
        ExprKind::Name(name) => matches!(name.as_str(), "true" | "false" | "none"),
        ExprKind::Unary { op: UnaryOp::Neg, operand } => says_nothing(operand),
        _ => false,
    }
}

impl<'a> Finder<'a> {
    /// A variable that is sent and changed later: by then the receiver may hold the same storage, which is copied then.
    fn sent(&mut self, value: &Expr) {
        let ExprKind::Name(name) = value.kind else { return };
        let program = &self.snapshot.program;
        let Some(Entity::Var(var)) = program.info.uses.get(&value.id).copied() else { return };
        let def = &program.vars[var.0 as usize];
        if !has_storage(program, def.ty, 0) {
            return;
        }
        let declared = def.span;
        let loops: Vec<Span> = self.loops.clone();
        let changes = self.changes.get_or_insert_with(|| Changes::of_file(self.snapshot, value.span.file));
        let changed = changes.found.iter().any(|(found, at)| {
            let inside = |outer: &Span| outer.start <= at.start && at.end <= outer.end;
            let around = |outer: &&Span| !(outer.start <= declared.start && declared.end <= outer.end);
            *found == var && (at.start > value.span.end || loops.iter().filter(around).any(inside))
        });
        if changed {
            let tooltip = format!(
                "`{name}` is changed after it was sent. If the receiver still holds it then, that change copies it."
            );
            let before = self.hints.len();
            self.hint(value.span, true, "copied".to_owned(), InlayHintKind::TYPE);
            if let Some(hint) = self.hints.get_mut(before) {
                hint.tooltip = Some(InlayHintTooltip::String(tooltip));
            }
        }
    }
}

/// Whether a value has storage that two owners can share until one changes it. Strings never change.
fn has_storage(program: &Program, ty: Ty, depth: u32) -> bool {
    // A type that contains itself does so through what is found before.
    if depth > 8 {
        return false;
    }
    match program.underlying(ty).kind() {
        TyKind::Slice(_) | TyKind::Map(..) => true,
        TyKind::Struct(fields) => fields.iter().any(|field| has_storage(program, field.ty, depth + 1)),
        TyKind::Array(_, inner) | TyKind::Optional(inner) => has_storage(program, *inner, depth + 1),
        _ => false,
    }
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Send { value, .. } => self.sent(value),
            StmtKind::Select(select) => {
                for case in &select.cases {
                    if let SelectKind::Send { value, .. } = &case.kind {
                        self.sent(value);
                    }
                }
            }
            StmtKind::For(_) | StmtKind::Range(_) => {
                self.loops.push(stmt.span);
                visit::walk_stmt(self, stmt);
                self.loops.pop();
                return;
            }
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Call(call) => self.arguments(call),
            ExprKind::FuncLit(lit) => {
                let program = &self.snapshot.program;
                let copied: Vec<String> = program
                    .info
                    .captures
                    .get(&expr.id)
                    .into_iter()
                    .flatten()
                    .map(|var| &program.vars[var.0 as usize])
                    .filter(|var| !var.cell)
                    .map(|var| var.name.to_string())
                    .collect();
                if !copied.is_empty() {
                    let span = Span { end: lit.body.span.start + 1, ..lit.body.span };
                    self.hint(span, true, format!("copies {}", copied.join(", ")), InlayHintKind::TYPE);
                }
            }
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn binding(&mut self, name: &'a Ident) {
        let program = &self.snapshot.program;
        let Some(var) = program.info.defs.get(&name.id) else { return };
        let var = &program.vars[var.0 as usize];
        let text = type_text(self.snapshot, var.ty);
        // Where the type is written, it follows the name.
        let after = &self.snapshot.text(name.span.file).as_str()[name.span.end as usize..];
        let inferred = after.trim_start_matches(' ').starts_with([',', ':', '{', ')', '=', '|'])
            && !after.starts_with(')')
            || after.trim_start_matches(' ').starts_with("=>");
        if inferred
            && !var.ty.is_error()
            && text.len() <= LONGEST
            && var.kind == goo_compiler::types::VarKind::Local
        {
            self.hint(name.span, true, text, InlayHintKind::TYPE);
        }
    }
}
