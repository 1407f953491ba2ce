//! A plain channel gets a pattern: its `make`, the types of the variables that hold it, and where its other end is needed.

use goo_compiler::syntax::Span;
use goo_compiler::syntax::ast::*;
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::types::patterns::{End, Other};
use goo_compiler::types::{Entity, VarId};
use tower_lsp::lsp_types::CodeActionKind;

use super::Offer;
use crate::snapshot::Snapshot;

/// Patterns that a plain channel can turn into without its messages becoming others.
const CANDIDATES: [ChanPattern; 2] = [ChanPattern::Push, ChanPattern::Broadcast];

/// The offers for the `make` at a place.
pub fn patterns(snapshot: &Snapshot, at: Span) -> Vec<Offer> {
    let graph = snapshot.graph();
    let found = graph.channels.iter().position(|channel| {
        let made = channel.made;
        made.file == at.file && made.start <= at.start && at.end <= made.end
    });
    let Some(index) = found else { return Vec::new() };
    let channel = &graph.channels[index];
    if channel.pattern != ChanPattern::Plain || channel.escapes {
        return Vec::new();
    }
    CANDIDATES.iter().filter_map(|pattern| turn(snapshot, index, *pattern)).collect()
}

fn turn(snapshot: &Snapshot, channel: usize, pattern: ChanPattern) -> Option<Offer> {
    let lead = End::of(pattern, ChanDir::Both);
    let Other::Method(method, other) = lead.other else { return None };
    let other_dir = if other == ChanPattern::Plain { ChanDir::Recv } else { ChanDir::Both };
    let mut walk = Walk {
        snapshot,
        channel,
        lead: lead.written,
        other: End::of(other, other_dir).written,
        method: format!(".{}()", method.name()),
        // Each subscription begins anew: one that is made for a single receive would miss all others.
        receives_in_place: pattern == ChanPattern::Push,
        edits: Vec::new(),
        possible: true,
    };
    for file in snapshot.own_files() {
        if let Some(tree) = snapshot.tree(file) {
            tree.decls.iter().for_each(|decl| walk.decl(decl));
        }
    }
    walk.edits.sort_by_key(|(span, _)| *span);
    walk.edits.dedup();
    (walk.possible && !walk.edits.is_empty()).then(|| Offer {
        title: format!("Turn into a `{}`", lead.written),
        kind: CodeActionKind::REFACTOR_REWRITE,
        edits: walk.edits,
    })
}

struct Walk<'s> {
    snapshot: &'s Snapshot,
    channel: usize,
    lead: &'static str,
    other: &'static str,
    method: String,
    receives_in_place: bool,
    edits: Vec<(Span, String)>,
    possible: bool,
}

impl Walk<'_> {
    fn decl(&mut self, decl: &Decl) {
        match decl {
            Decl::Func(func) => self.signature(&func.sig),
            Decl::Var(specs) => {
                for spec in specs {
                    if let (Some(ty), Some(name)) = (&spec.ty, spec.names.first()) {
                        self.declared(name, ty);
                    }
                }
            }
            _ => {}
        }
        visit::walk_decl(&mut Uses(self), decl);
    }

    fn signature(&mut self, sig: &FuncSig) {
        for param in &sig.params {
            if let Some(name) = &param.name {
                self.declared(name, &param.ty);
            }
        }
    }

    fn holds(&mut self, var: VarId) -> bool {
        match self.snapshot.graph().held_by_var(var) {
            [] => false,
            [one] => *one == self.channel,
            several => {
                // It would have two types.
                self.possible &= !several.contains(&self.channel);
                false
            }
        }
    }

    /// A variable with a written type.
    fn declared(&mut self, name: &Ident, ty: &Expr) {
        let Some(&var) = self.snapshot.program.info.defs.get(&name.id) else { return };
        if !self.holds(var) {
            return;
        }
        let ExprKind::ChanType(chan) = &ty.kind else {
            self.possible = false;
            return;
        };
        let head = Span { end: chan.elem.span.start, ..ty.span };
        let written = if chan.dir == ChanDir::Recv { self.other } else { self.lead };
        self.edits.push((head, format!("{written} ")));
    }

    /// The variable that an expression is, if it has the leading end when all is done.
    fn leads(&mut self, expr: &Expr) -> bool {
        let ExprKind::Name(_) = expr.kind else { return false };
        let Some(Entity::Var(var)) = self.snapshot.program.info.uses.get(&expr.id) else { return false };
        let var = *var;
        self.holds(var) && !self.receives_only(var)
    }

    fn receives_only(&self, var: VarId) -> bool {
        use goo_compiler::types::TyKind;
        let ty = self.snapshot.program.vars[var.0 as usize].ty;
        matches!(ty.kind(), TyKind::Chan { dir: ChanDir::Recv, .. })
    }

    /// An expression from which something is received.
    fn receive(&mut self, chan: &Expr) {
        if self.leads(chan) {
            self.possible &= self.receives_in_place;
            self.edits.push((chan.span.after(), self.method.clone()));
        }
    }

    fn call(&mut self, call: &Call) {
        if let Some(func) = self.snapshot.called(call) {
            let params = self.snapshot.params(func).to_vec();
            for (param, arg) in params.into_iter().zip(&call.args) {
                if self.receives_only(param) && self.leads(&arg.value) {
                    self.edits.push((arg.value.span.after(), self.method.clone()));
                }
            }
        }
        if let ExprKind::Select { base, name } = &call.callee.kind
            && matches!(name.name.as_str(), "TryRecv" | "RecvWithin" | "Batch")
        {
            self.receive(base);
        }
    }
}

struct Uses<'w, 's>(&'w mut Walk<'s>);

impl<'a> Visitor<'a> for Uses<'_, '_> {
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Recv, operand } => self.0.receive(operand),
            ExprKind::Call(call) => {
                self.0.call(call);
                let made = self.0.snapshot.graph().channels[self.0.channel].made;
                if expr.span == made
                    && let Some(Expr { kind: ExprKind::ChanType(chan), span, .. }) =
                        call.args.first().map(|arg| &arg.value)
                {
                    let head = Span { end: chan.elem.span.start, ..*span };
                    self.0.edits.push((head, format!("{} ", self.0.lead)));
                }
            }
            ExprKind::FuncLit(lit) => self.0.signature(&lit.sig),
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Range(range) => self.0.receive(&range.subject),
            StmtKind::Decl(decl) => {
                if let Decl::Var(specs) = &**decl {
                    for spec in specs {
                        if let (Some(ty), Some(name)) = (&spec.ty, spec.names.first()) {
                            self.0.declared(name, ty);
                        }
                    }
                }
            }
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }
}
