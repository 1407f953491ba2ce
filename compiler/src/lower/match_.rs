//! `match`: arm after arm, or, where every arm just names a case, one jump.
//!
//! An arm first tests its pattern without binding anything, then binds, then evaluates its guard; so a pattern that fails halfway
//! leaves nothing behind.

use super::Lower;
use super::function::{Builder, Val, int, zero};
use super::instances::ice;
use crate::mir::{BlockId, Operand, Place, PlaceBase, Proj, Rvalue, Terminator};
use crate::syntax::ast::{BinaryOp, Expr, Match, MatchArm, MatchBody, Pattern, PatternKind};
use crate::types::{Constant, PatternInfo, Ty, TyKind};

impl Builder<'_, '_> {
    pub fn match_expr(&mut self, e: &Expr, m: &Match) -> Lower<Val> {
        let ty = match self.world.program.info.exprs.get(&e.id) {
            Some(info) => self.ty(info.ty),
            None => Ty::unit(),
        };
        let subject = self.value(&m.subject)?;
        if !self.is_open() {
            return Ok(Val { op: zero(ty), ty });
        }
        // A variable that only this function knows stays as it is until an arm has been chosen.
        let op = match is_own(&subject.op) {
            true => subject.op,
            false => self.snapshot(subject.op, subject.ty),
        };
        let subject = (self.place_of(op, subject.ty), subject.ty);
        let result = self.temp(ty);
        let end = self.block();
        if !self.case_table(m, &subject, result.into(), ty, end)? {
            for arm in &m.arms {
                let next = self.block();
                self.arm(arm, &subject, next, result.into(), ty)?;
                self.goto(end);
                self.start(next);
            }
            // The checker has seen that some arm matches.
            self.end(Terminator::Unreachable);
        }
        self.start(end);
        Ok(match ty.kind() {
            TyKind::Unit | TyKind::Never => Val { op: zero(ty), ty },
            _ => Val::new(result, ty),
        })
    }

    fn arm(
        &mut self,
        arm: &MatchArm,
        subject: &(Place, Ty),
        next: BlockId,
        result: Place,
        ty: Ty,
    ) -> Lower<()> {
        self.span = arm.span;
        self.test(&arm.pattern, subject, next)?;
        self.arm_body(arm, subject, next, result, ty)
    }

    /// Binds, evaluates the guard, and runs the body.
    fn arm_body(
        &mut self,
        arm: &MatchArm,
        subject: &(Place, Ty),
        next: BlockId,
        result: Place,
        ty: Ty,
    ) -> Lower<()> {
        self.open_scope();
        self.bind_pattern(&arm.pattern, subject)?;
        if let Some(guard) = &arm.guard {
            let [yes, no] = [self.block(), self.block()];
            self.branch_on(guard, yes, no)?;
            self.start(no);
            let depth = self.depth() - 1;
            self.leave_scopes(depth);
            self.goto(next);
            self.start(yes);
        }
        let value = match &arm.body {
            MatchBody::Expr(e) => self.value(e)?,
            MatchBody::Block(block) => self.block_value(block, ty)?,
            MatchBody::Stmt(stmt) => {
                self.stmt(stmt)?;
                Val { op: zero(ty), ty }
            }
        };
        self.store_result(result, value, ty)?;
        self.close_scope();
        Ok(())
    }

    /// A match of an enum whose arms are cases with nothing more to test: one jump on the case. False if it is not that.
    fn case_table(
        &mut self,
        m: &Match,
        subject: &(Place, Ty),
        result: Place,
        ty: Ty,
        end: BlockId,
    ) -> Lower<bool> {
        let TyKind::Enum(cases) = self.kind(subject.1) else { return Ok(false) };
        if !m.arms.iter().all(|arm| arm.guard.is_none() && self.is_plain(&arm.pattern, subject.1, true)) {
            return Ok(false);
        }
        let unreachable = self.block();
        let mut targets: Vec<Option<BlockId>> = vec![None; cases.len()];
        let mut default = None;
        let mut bodies = Vec::new();
        for arm in &m.arms {
            let block = self.block();
            bodies.push(block);
            let mut named = Vec::new();
            if self.named_cases(&arm.pattern, &mut named) {
                default.get_or_insert(block);
            }
            for index in named {
                if let Some(slot) = targets.get_mut(index as usize)
                    && slot.is_none()
                    && default.is_none_or(|default| default == block)
                {
                    *slot = Some(block);
                }
            }
        }
        let value = self.eval(Rvalue::Discriminant(subject.0.clone()), Ty::int()).op;
        let cases = targets
            .into_iter()
            .enumerate()
            .filter_map(|(index, block)| Some((index as i64, block?)))
            .collect();
        self.end(Terminator::Switch { value, cases, default: default.unwrap_or(unreachable) });
        self.start(unreachable);
        self.end(Terminator::Unreachable);
        for (arm, block) in m.arms.iter().zip(bodies) {
            self.start(block);
            self.span = arm.span;
            self.arm_body(arm, subject, unreachable, result.clone(), ty)?;
            self.goto(end);
        }
        Ok(true)
    }

    /// Whether the pattern tests nothing but (`top`) which case the value of type `ty` is.
    fn is_plain(&self, pattern: &Pattern, ty: Ty, top: bool) -> bool {
        match (self.world.program.info.patterns.get(&pattern.id), &pattern.kind) {
            (Some(PatternInfo::Bind(var)), _) => !self.binds_inside(*var, ty),
            (Some(PatternInfo::Wildcard), _) | (None, PatternKind::Wildcard) => true,
            (Some(PatternInfo::Case { index, .. }), PatternKind::Case { args, .. }) => {
                let fields = self.world.case(ty, *index).map_or(&[][..], |case| &case.fields);
                top && args.iter().zip(fields).all(|(arg, (_, ty))| self.is_plain(arg, *ty, false))
            }
            (Some(PatternInfo::Case { .. }), _) => top,
            (_, PatternKind::Or(args)) => {
                top && args.iter().all(|arg| self.is_plain(arg, ty, true) && !self.binds(arg))
            }
            _ => false,
        }
    }

    /// Whether a name binds the value inside an optional, and so matches only where there is one.
    fn binds_inside(&self, var: crate::types::VarId, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::Optional(_)) && self.var_ty(var) != ty
    }

    /// Adds the cases that a plain pattern names; true if it matches anything.
    fn named_cases(&self, pattern: &Pattern, out: &mut Vec<u32>) -> bool {
        match (self.world.program.info.patterns.get(&pattern.id), &pattern.kind) {
            (Some(PatternInfo::Case { index, .. }), _) => {
                out.push(*index);
                false
            }
            (_, PatternKind::Or(args)) => {
                let mut any = false;
                for arg in args {
                    any |= self.named_cases(arg, out);
                }
                any
            }
            _ => true,
        }
    }

    fn binds(&self, pattern: &Pattern) -> bool {
        if let Some(PatternInfo::Bind(_)) = self.world.program.info.patterns.get(&pattern.id) {
            return true;
        }
        match &pattern.kind {
            PatternKind::Case { args, .. } | PatternKind::Or(args) => args.iter().any(|arg| self.binds(arg)),
            PatternKind::Struct { fields, .. } => fields.iter().any(|(_, arg)| self.binds(arg)),
            _ => false,
        }
    }

    /// A pattern for the value inside an optional is tested on that value, once it is known to be there.
    fn inside(&self, subject: &(Place, Ty)) -> Option<(Place, Ty)> {
        match self.kind(subject.1) {
            TyKind::Optional(inner) => Some((subject.0.then(Proj::Some), *inner)),
            _ => None,
        }
    }

    /// Goes on if the value matches, else to `fail`.
    fn test(&mut self, pattern: &Pattern, subject: &(Place, Ty), fail: BlockId) -> Lower<()> {
        let info = &self.world.program.info;
        let found = info.patterns.get(&pattern.id);
        let inside = tests_inner(found, &pattern.kind)
            || matches!(found, Some(PatternInfo::Bind(var)) if self.binds_inside(*var, subject.1));
        if let (Some(inner), true) = (self.inside(subject), inside) {
            let cond = self.tag_is(subject.0.clone(), BinaryOp::Ne);
            self.go_on_if(cond, fail);
            return self.test_plain(pattern, found, &inner, fail);
        }
        self.test_plain(pattern, found, subject, fail)
    }

    fn test_plain(
        &mut self,
        pattern: &Pattern,
        found: Option<&PatternInfo>,
        subject: &(Place, Ty),
        fail: BlockId,
    ) -> Lower<()> {
        match (found, &pattern.kind) {
            (_, PatternKind::Or(alternatives)) => self.test_or(alternatives, subject, fail),
            (Some(PatternInfo::Bind(_) | PatternInfo::Wildcard) | None, _) => Ok(()),
            (Some(PatternInfo::Case { index, .. }), kind) => {
                self.test_tag(&subject.0, i64::from(*index), fail);
                let PatternKind::Case { args, .. } = kind else { return Ok(()) };
                for (field, arg) in args.iter().enumerate() {
                    let part = self.case_field(subject, *index, field)?;
                    self.test(arg, &part, fail)?;
                }
                Ok(())
            }
            (Some(PatternInfo::None), _) => {
                let cond = self.compare_zero(subject)?;
                self.go_on_if(cond, fail);
                Ok(())
            }
            (Some(PatternInfo::Value(constant)), kind) => {
                let value = match (constant, kind) {
                    (Some(constant), _) => self.constant(constant, subject.1),
                    (None, PatternKind::Value(e)) => self.value(e)?,
                    _ => return ice(pattern.span, "a pattern without a value"),
                };
                let cond = self.compare(BinaryOp::Eq, Val::new(subject.0.clone(), subject.1), value)?;
                self.go_on_if(cond, fail);
                Ok(())
            }
            (Some(PatternInfo::Range(low, high)), _) => {
                let (low, high) = (low.clone(), high.clone());
                self.test_range(subject, [(BinaryOp::Ge, low), (BinaryOp::Le, high)], fail)
            }
            (Some(PatternInfo::Struct(indexes)), PatternKind::Struct { fields, .. }) => {
                for (index, (_, arg)) in indexes.iter().zip(fields) {
                    let part = self.struct_field(subject, *index)?;
                    self.test(arg, &part, fail)?;
                }
                Ok(())
            }
            (Some(PatternInfo::Some), PatternKind::Case { args, .. }) => {
                args.iter().try_for_each(|arg| self.test(arg, subject, fail))
            }
            _ => Ok(()),
        }
    }

    fn test_or(&mut self, alternatives: &[Pattern], subject: &(Place, Ty), fail: BlockId) -> Lower<()> {
        let matched = self.block();
        for alternative in alternatives {
            let next = self.block();
            self.test(alternative, subject, next)?;
            self.goto(matched);
            self.start(next);
        }
        self.goto(fail);
        self.start(matched);
        Ok(())
    }

    fn test_range(
        &mut self,
        subject: &(Place, Ty),
        bounds: [(BinaryOp, Constant); 2],
        fail: BlockId,
    ) -> Lower<()> {
        for (op, bound) in bounds {
            let bound = self.constant(&bound, subject.1);
            let cond = self.compare(op, Val::new(subject.0.clone(), subject.1), bound)?;
            self.go_on_if(cond, fail);
        }
        Ok(())
    }

    fn test_tag(&mut self, place: &Place, tag: i64, fail: BlockId) {
        let found = self.eval(Rvalue::Discriminant(place.clone()), Ty::int()).op;
        let cond = self.eval(Rvalue::Binary(BinaryOp::Eq, found, int(tag)), Ty::bool()).op;
        self.go_on_if(cond, fail);
    }

    fn go_on_if(&mut self, cond: Operand, fail: BlockId) {
        let next = self.block();
        self.branch(cond, next, fail);
        self.start(next);
    }

    /// Whether the subject is `none`.
    fn compare_zero(&mut self, subject: &(Place, Ty)) -> Lower<Operand> {
        if self.world.is_interface(subject.1) {
            return Ok(self.eval(Rvalue::IsEmptyInterface(subject.0.clone().into()), Ty::bool()).op);
        }
        Ok(self.tag_is(subject.0.clone(), BinaryOp::Eq))
    }

    fn case_field(&self, subject: &(Place, Ty), case: u32, field: usize) -> Lower<(Place, Ty)> {
        match self.world.case(subject.1, case).and_then(|case| case.fields.get(field)) {
            Some((_, ty)) => Ok((subject.0.then(Proj::Case(case, field as u32)), *ty)),
            None => ice(self.span, "a pattern for a field that the case does not have"),
        }
    }

    fn struct_field(&self, subject: &(Place, Ty), index: u32) -> Lower<(Place, Ty)> {
        match self.world.field_at(subject.1, &[index]) {
            Some(ty) => Ok((subject.0.field(index), ty)),
            None => ice(self.span, "a pattern for a field that the struct does not have"),
        }
    }

    /// Gives the variables of a pattern that matched their values.
    fn bind_pattern(&mut self, pattern: &Pattern, subject: &(Place, Ty)) -> Lower<()> {
        let info = &self.world.program.info;
        let found = info.patterns.get(&pattern.id);
        let inner = match (self.inside(subject), tests_inner(found, &pattern.kind)) {
            (Some(inner), true) => inner,
            _ => subject.clone(),
        };
        match (found, &pattern.kind) {
            (Some(PatternInfo::Bind(var)), _) => {
                let ty = self.var_ty(*var);
                // A name binds the value inside an optional when the checker says so.
                let value = match self.inside(subject) {
                    Some(inside) if ty != subject.1 => Val::new(inside.0, inside.1),
                    _ => Val::new(subject.0.clone(), subject.1),
                };
                let op = self.coerce(value, ty)?;
                match self.shared_bindings.get(var) {
                    Some(&local) => self.init_var(*var, local, op),
                    None => self.bind(*var, op),
                }
                Ok(())
            }
            (Some(PatternInfo::Case { index, .. }), PatternKind::Case { args, .. }) => {
                for (field, arg) in args.iter().enumerate() {
                    let part = self.case_field(&inner, *index, field)?;
                    self.bind_pattern(arg, &part)?;
                }
                Ok(())
            }
            (Some(PatternInfo::Struct(indexes)), PatternKind::Struct { fields, .. }) => {
                for (index, (_, arg)) in indexes.iter().zip(fields) {
                    let part = self.struct_field(&inner, *index)?;
                    self.bind_pattern(arg, &part)?;
                }
                Ok(())
            }
            (Some(PatternInfo::Some), PatternKind::Case { args, .. }) => {
                args.iter().try_for_each(|arg| self.bind_pattern(arg, &inner))
            }
            (_, PatternKind::Or(alternatives)) if self.binds(pattern) => self.bind_or(alternatives, subject),
            _ => Ok(()),
        }
    }

    /// Declares the variables of an alternative, which the others give their values to as well.
    fn declare_bindings(&mut self, pattern: &Pattern) {
        if let Some(PatternInfo::Bind(var)) = self.world.program.info.patterns.get(&pattern.id) {
            if !self.shared_bindings.contains_key(var) {
                let local = self.declare(*var);
                self.shared_bindings.insert(*var, local);
            }
            return;
        }
        match &pattern.kind {
            PatternKind::Case { args, .. } => args.iter().for_each(|arg| self.declare_bindings(arg)),
            PatternKind::Or(args) => args.iter().take(1).for_each(|arg| self.declare_bindings(arg)),
            PatternKind::Struct { fields, .. } => {
                fields.iter().for_each(|(_, arg)| self.declare_bindings(arg));
            }
            _ => {}
        }
    }

    /// Alternatives that bind are tested again, to know which one matched. All bind the same variables.
    fn bind_or(&mut self, alternatives: &[Pattern], subject: &(Place, Ty)) -> Lower<()> {
        let join = self.block();
        alternatives.iter().take(1).for_each(|first| self.declare_bindings(first));
        for alternative in alternatives {
            let next = self.block();
            self.test(alternative, subject, next)?;
            self.bind_pattern(alternative, subject)?;
            self.goto(join);
            self.start(next);
        }
        self.end(Terminator::Unreachable);
        self.start(join);
        Ok(())
    }
}

/// Whether the operand is a local, or fields of one.
fn is_own(op: &Operand) -> bool {
    match op {
        Operand::Copy(place) => {
            matches!(place.base, PlaceBase::Local(_))
                && place.proj.iter().all(|step| matches!(step, Proj::Field(_)))
        }
        _ => false,
    }
}

/// Whether a pattern looks at the value inside when its subject is an optional.
fn tests_inner(found: Option<&PatternInfo>, kind: &PatternKind) -> bool {
    match found {
        Some(
            PatternInfo::Case { .. } | PatternInfo::Struct(_) | PatternInfo::Range(..) | PatternInfo::Some,
        ) => true,
        Some(PatternInfo::Value(Some(_))) => true,
        Some(PatternInfo::Value(None)) => matches!(kind, PatternKind::Value(e) if !is_none_value(e)),
        _ => false,
    }
}

fn is_none_value(e: &Expr) -> bool {
    matches!(&e.kind, crate::syntax::ast::ExprKind::Name(name) if name.as_str() == "none")
}
