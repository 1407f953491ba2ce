//! `switch v := x.(type)`.

use super::Lower;
use super::function::{Builder, Val};
use crate::mir::{BlockId, Operand, Rvalue};
use crate::syntax::Symbol;
use crate::syntax::ast::{Expr, ExprKind, SwitchCase, TypeSwitch, strip};
use crate::types::{Entity, Ty};

impl Builder<'_, '_> {
    pub fn type_switch(&mut self, label: Option<Symbol>, s: &TypeSwitch) -> Lower<()> {
        self.open_scope();
        if let Some(init) = &s.init {
            self.stmt(init)?;
        }
        let original = self.value(&s.subject)?;
        let original = Val { op: self.snapshot(original.op, original.ty), ty: original.ty };
        let value = self.interface_of(original.clone())?;
        let end = self.block();
        let bodies: Vec<BlockId> = s.cases.iter().map(|_| self.block()).collect();
        let default =
            s.cases.iter().position(|case| case.values.is_none()).map_or(end, |index| bodies[index]);
        for (case, body) in s.cases.iter().zip(&bodies) {
            for ty in case.values.iter().flatten() {
                let next = self.block();
                let cond = match self.is_none_case(ty) {
                    true => self.eval(Rvalue::IsEmptyInterface(value.op.clone()), Ty::bool()).op,
                    false => {
                        let ty = self.denoted(ty)?;
                        self.is_type(value.op.clone(), ty)
                    }
                };
                self.branch(cond, *body, next);
                self.start(next);
            }
        }
        self.goto(default);
        self.open_target(label, end, None);
        for (case, body) in s.cases.iter().zip(bodies) {
            self.start(body);
            self.open_scope();
            self.bind_clause(case, &value, &original)?;
            self.stmts(&case.body)?;
            self.close_scope();
            self.goto(end);
        }
        self.targets.pop();
        self.start(end);
        self.close_scope();
        Ok(())
    }

    /// `case none`.
    fn is_none_case(&self, e: &Expr) -> bool {
        let e = strip(e);
        let info = &self.world.program.info;
        matches!(info.uses.get(&e.id), Some(Entity::None))
            || (matches!(&e.kind, ExprKind::Name(name) if name.as_str() == "none")
                && !info.types.contains_key(&e.id)
                && !matches!(info.uses.get(&e.id), Some(Entity::Type(_))))
    }

    /// The clause's variable: of the type of its only case, else of the subject's.
    fn bind_clause(&mut self, case: &SwitchCase, value: &Val, original: &Val) -> Lower<()> {
        let Some(&var) = self.world.program.info.defs.get(&case.id) else { return Ok(()) };
        let ty = self.var_ty(var);
        let op: Operand = match case.values.as_deref() {
            Some([only]) if !self.is_none_case(only) => {
                let held = self.denoted(only)?;
                let concrete = self.concrete(value.op.clone(), held);
                let concrete = self.eval(concrete, held);
                self.coerce(concrete, ty)?
            }
            _ if ty == value.ty => value.op.clone(),
            _ => self.coerce(original.clone(), ty)?,
        };
        // More than one clause reads the subject.
        let op = self.snapshot(op, ty);
        self.bind(var, op);
        Ok(())
    }
}
