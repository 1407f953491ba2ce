//! What a body changes: by assignments, by `&`, by methods with an in-out receiver, by builtins.

use super::{Entity, Info, Program, Selection, TyKind, VarId};
use crate::syntax::ast::{Block, Expr, ExprKind, Ident, Range, RangeBind, UnaryOp, strip, strip_ref};
use crate::syntax::visit::{Visitor, walk_expr};

/// The variable that an expression is a part of.
pub fn root_var(info: &Info, e: &Expr) -> Option<VarId> {
    let e = strip_ref(e);
    match &e.kind {
        ExprKind::Name(_) => match info.uses.get(&e.id) {
            Some(Entity::Var(var)) => Some(*var),
            _ => None,
        },
        ExprKind::Select { base, .. } => match info.selections.get(&e.id) {
            Some(Selection::Member(Entity::Var(var))) => Some(*var),
            _ => root_var(info, base),
        },
        ExprKind::Index { base, .. } => root_var(info, base),
        _ => None,
    }
}

/// What a built-in function changes that is given `e`: the place, also behind conversions.
pub fn changed<'e>(info: &Info, e: &'e Expr) -> &'e Expr {
    let e = strip_ref(e);
    match &e.kind {
        ExprKind::Call(call) if info.seen_through.contains(&e.id) => {
            call.args.first().map_or(e, |from| changed(info, &from.value))
        }
        _ => e,
    }
}

/// Whether a range assigns a variable, or changes anything in it.
pub fn changes_var(program: &Program, var: VarId, range: &Range) -> bool {
    let assigns = match &range.bind {
        RangeBind::Assign(targets) => {
            targets.iter().any(|target| root_var(&program.info, target) == Some(var))
        }
        RangeBind::None | RangeBind::Define(_) => false,
    };
    assigns || changes(program, var, &range.body)
}

/// Whether a body assigns a variable, or changes anything in it.
pub fn changes(program: &Program, var: VarId, body: &Block) -> bool {
    Writes::any(program, var, What::Anything, body)
}

/// Whether a body assigns a variable as a whole.
pub fn assigns_var(program: &Program, var: VarId, body: &Block) -> bool {
    Writes::any(program, var, What::Whole(Vec::new()), body)
}

/// Whether a body may assign a variable, or a part of it, as a whole: it, what it is a part of, or with an index what may
/// be it. What is no such expression may always be.
pub fn assigns(program: &Program, place: &Expr, body: &Block) -> bool {
    match (root_var(&program.info, place), steps(program, place)) {
        (Some(var), Some(steps)) => Writes::any(program, var, What::Whole(steps), body),
        _ => true,
    }
}

#[derive(PartialEq)]
enum Step {
    Field(u32),
    Index,
}

/// The way from a variable to a part of it; none where there is more than fields and elements.
fn steps(program: &Program, e: &Expr) -> Option<Vec<Step>> {
    let info = &program.info;
    let e = strip_ref(e);
    let (base, more) = match &e.kind {
        ExprKind::Name(_) => return Some(Vec::new()),
        ExprKind::Select { base, .. } => match info.selections.get(&e.id)? {
            Selection::Field { path } => (base, path.iter().map(|&field| Step::Field(field)).collect()),
            _ => return None,
        },
        ExprKind::Index { base, .. } => (base, vec![Step::Index]),
        _ => return None,
    };
    // Within an optional, or an entry of a map, is another place at another time.
    let id = strip_ref(base).id;
    let is_map = matches!(program.underlying(info.exprs.get(&id)?.ty).kind(), TyKind::Map(..));
    if is_map || info.narrowed.contains(&id) {
        return None;
    }
    let mut all = steps(program, base)?;
    all.extend(more);
    Some(all)
}

/// What is looked for.
enum What {
    /// Any change in the variable.
    Anything,
    /// That the part of it at these steps is assigned as a whole.
    Whole(Vec<Step>),
}

struct Writes<'p> {
    program: &'p Program,
    var: VarId,
    what: What,
    found: bool,
}

impl<'p> Writes<'p> {
    fn any(program: &'p Program, var: VarId, what: What, body: &Block) -> bool {
        let mut writes = Writes { program, var, what, found: false };
        writes.block(body);
        writes.found
    }

    /// A place that is assigned, or given to somebody who may.
    fn touches(&mut self, e: &Expr) {
        if root_var(&self.program.info, e) != Some(self.var) {
            return;
        }
        self.found |= match &self.what {
            What::Anything => true,
            // Whoever may assign something may assign the parts of it. What is within an entry is no part of `whole`.
            What::Whole(whole) => steps(self.program, e).is_some_and(|steps| whole.starts_with(&steps)),
        };
    }

    /// Whether what is selected is a method that may change its receiver.
    fn may_change(&self, selection: &Selection) -> bool {
        match selection {
            Selection::Method { func, .. } => self.program.funcs[func.0 as usize].changes_receiver(),
            Selection::ParamMethod { .. } => true,
            _ => false,
        }
    }
}

impl<'a> Visitor<'a> for Writes<'_> {
    fn target(&mut self, e: &'a Expr) {
        self.touches(e);
        self.expr(e);
    }

    fn binding(&mut self, name: &'a Ident) {
        // `xs, y := …` may assign `xs`.
        if matches!(self.program.info.uses.get(&name.id), Some(Entity::Var(var)) if *var == self.var) {
            self.found = true;
        }
    }

    fn expr(&mut self, e: &'a Expr) {
        match &e.kind {
            ExprKind::Unary { op: UnaryOp::Ref, operand } => self.touches(operand),
            ExprKind::Select { base, .. }
                if self.program.info.selections.get(&e.id).is_some_and(|it| self.may_change(it)) =>
            {
                self.touches(base);
            }
            // Builtins change their first argument without an `&`.
            ExprKind::Call(call) => {
                let callee = strip(&call.callee);
                let builtin = matches!(self.program.info.uses.get(&callee.id), Some(Entity::Builtin(_)));
                let changes = builtin && matches!(self.what, What::Anything) && changes_first(callee);
                if let (true, Some(arg)) = (changes, call.args.first()) {
                    self.touches(sliced(changed(&self.program.info, &arg.value)));
                }
                // An in-out parameter is passed on by its name.
                if matches!(self.what, What::Whole(_)) && self.program.vars[self.var.0 as usize].inout {
                    let names =
                        call.args.iter().filter(|arg| matches!(strip(&arg.value).kind, ExprKind::Name(_)));
                    names.for_each(|arg| self.touches(&arg.value));
                }
            }
            _ => {}
        }
        walk_expr(self, e);
    }
}

/// The variable behind `dst[lo:]`.
fn sliced(e: &Expr) -> &Expr {
    match &strip_ref(e).kind {
        ExprKind::Slice { base, .. } => sliced(base),
        _ => e,
    }
}

/// Builtins that change their first argument in place. A range sees that, as it sees an element being assigned.
fn changes_first(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Name(name) if matches!(name.as_str(), "copy" | "clear" | "delete"))
}
