//! What does a pattern mean for a value of a type, and which names does it bind?

use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::{Span, Symbol};
use crate::types::check::names::{closest, count};
use crate::types::check::selectors::cases_of;
use crate::types::check::{Checker, Context, ObjectKind, Operand};
use crate::types::{CaseTy, Constant, Entity, Mode, PatternInfo, Ty, TyKind, TypeDefId, VarId, VarKind};

/// The names that a pattern binds, so that each alternative of an `a | b` binds the same variables.
#[derive(Default)]
pub(super) struct Names {
    bound: Vec<(Symbol, VarId)>,
    /// Inside a further alternative: the names of the first one.
    first: Option<Vec<(Symbol, VarId)>>,
}

impl<'a> Checker<'a> {
    fn pattern_error(&mut self, span: Span, message: String) {
        self.flow.broken_match = true;
        self.report(Diagnostic::error(Code::Pattern, span, message));
    }

    /// Finds out what a pattern means for values of type `ty`, and declares its names.
    pub(super) fn pattern(&mut self, pattern: &'a Pattern, ty: Ty, names: &mut Names) {
        let inner = match self.underlying(ty).kind() {
            TyKind::Optional(inner) => *inner,
            _ => ty,
        };
        let info = match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Error => PatternInfo::Wildcard,
            PatternKind::Name(name) => self.name_pattern(pattern, *name, ty, inner, names),
            PatternKind::Case { path, args } => self.case_pattern(pattern, path, args, inner, names),
            PatternKind::Value(value) => self.value_pattern(value, ty, inner),
            PatternKind::Range { low, high } => self.range_pattern(pattern, low, high, inner),
            PatternKind::Or(alternatives) => self.or_pattern(pattern, alternatives, ty, names),
            PatternKind::Struct { path, fields } => self.struct_pattern(pattern, path, fields, inner, names),
        };
        self.program.info.patterns.insert(pattern.id, info);
    }

    fn name_pattern(
        &mut self,
        pattern: &'a Pattern,
        name: Ident,
        ty: Ty,
        inner: Ty,
        names: &mut Names,
    ) -> PatternInfo {
        if name.name.as_str() == "_" {
            return PatternInfo::Wildcard;
        }
        if let Some((def, cases)) = self.enum_cases(inner) {
            if let Some(index) = cases.iter().position(|case| case.name == name.name) {
                self.program.info.uses.insert(name.id, Entity::Case(def, index as u32));
                return PatternInfo::Case { def, index: index as u32 };
            }
            if name.name.as_str().starts_with(char::is_uppercase) {
                self.unknown_case(name, inner, &cases);
                return PatternInfo::Wildcard;
            }
        }
        let object = self.lookup(name.name);
        match object.map(|object| self.object(object).kind.clone()) {
            Some(ObjectKind::None) => {
                self.program.info.uses.insert(name.id, Entity::None);
                if inner == ty
                    && !ty.is_error()
                    && !matches!(self.underlying(ty).kind(), TyKind::Interface(_))
                {
                    let ty = self.type_name(ty);
                    self.pattern_error(pattern.span, format!("a value of type `{ty}` is never `none`"));
                }
                PatternInfo::None
            }
            Some(ObjectKind::Const { ty: const_ty, value: Some(value) }) => {
                self.program.info.uses.insert(name.id, Entity::Const);
                if let Some(object) = object {
                    self.object_mut(object).used = true;
                }
                self.constant_pattern(pattern.span, const_ty, value, inner)
            }
            _ => PatternInfo::Bind(self.bind(name, if inner == ty { ty } else { inner }, names)),
        }
    }

    /// A constant named in a pattern.
    fn constant_pattern(&mut self, span: Span, ty: Ty, value: Constant, wanted: Ty) -> PatternInfo {
        let mut operand = Operand::synthetic(ty, span);
        operand.mode = Mode::Const;
        operand.constant = Some(value);
        let operand = self.assign(operand, wanted, &Context::Other("in this pattern"));
        self.flow.broken_match |= operand.is_error();
        PatternInfo::Value(operand.constant)
    }

    fn bind(&mut self, name: Ident, ty: Ty, names: &mut Names) -> VarId {
        if let Some(first) = &names.first {
            if let Some(&(_, var)) = first.iter().find(|(bound, _)| *bound == name.name) {
                self.program.info.defs.insert(name.id, var);
                names.bound.push((name.name, var));
                if self.var(var).ty != ty && !ty.is_error() {
                    let message = format!("`{}` has another type in the first alternative", name.name);
                    self.pattern_error(name.span, message);
                }
                return var;
            }
            let message = format!("`{}` is not bound in every alternative", name.name);
            self.pattern_error(name.span, message);
        }
        let var = self.declare_var(name, ty, VarKind::Local);
        names.bound.push((name.name, var));
        var
    }

    fn or_pattern(
        &mut self,
        pattern: &'a Pattern,
        alternatives: &'a [Pattern],
        ty: Ty,
        names: &mut Names,
    ) -> PatternInfo {
        let mut first: Option<Vec<(Symbol, VarId)>> = None;
        for alternative in alternatives {
            let mut inner = Names { bound: Vec::new(), first: first.clone().or(names.first.clone()) };
            self.pattern(alternative, ty, &mut inner);
            match &first {
                None => first = Some(inner.bound),
                Some(first) => {
                    let missing = first.iter().find(|(name, _)| !inner.bound.iter().any(|(b, _)| b == name));
                    if let Some((name, _)) = missing {
                        let message = format!("`{name}` is not bound in every alternative");
                        self.pattern_error(pattern.span, message);
                    }
                }
            }
        }
        names.bound.extend(first.unwrap_or_default());
        PatternInfo::Or
    }

    fn case_pattern(
        &mut self,
        pattern: &'a Pattern,
        path: &'a [Ident],
        args: &'a [Pattern],
        ty: Ty,
        names: &mut Names,
    ) -> PatternInfo {
        self.use_path(path);
        let found = path.last().and_then(|name| Some((*name, self.enum_cases(ty)?)));
        let Some((name, (def, cases))) = found else {
            if !ty.is_error() {
                let ty = self.type_name(ty);
                self.pattern_error(pattern.span, format!("`{ty}` is not an enum: it has no cases"));
            }
            args.iter().for_each(|arg| self.pattern(arg, Ty::error(), names));
            return PatternInfo::Wildcard;
        };
        let Some(index) = cases.iter().position(|case| case.name == name.name) else {
            self.unknown_case(name, ty, &cases);
            args.iter().for_each(|arg| self.pattern(arg, Ty::error(), names));
            return PatternInfo::Wildcard;
        };
        self.program.info.uses.insert(name.id, Entity::Case(def, index as u32));
        let fields = &cases[index].fields;
        if args.len() != fields.len() && !args.is_empty() {
            let message =
                format!("`{}` has {}, the pattern {}", name.name, count(fields.len(), "field"), args.len());
            self.pattern_error(pattern.span, message);
        }
        for (i, arg) in args.iter().enumerate() {
            let field = fields.get(i).map_or(Ty::error(), |(_, ty)| *ty);
            self.pattern(arg, field, names);
        }
        PatternInfo::Case { def, index: index as u32 }
    }

    /// The names before the case or type name: a package, a type.
    fn use_path(&mut self, path: &[Ident]) {
        let Some(first) = path.first().filter(|_| path.len() > 1) else { return };
        match self.lookup(first.name) {
            Some(object) => self.object_mut(object).used = true,
            None if self.may_be_declared(first.name, first.span) || self.is_lost_name(first.name) => {
                self.flow.broken_match = true;
            }
            None => self.pattern_error(first.span, format!("undefined: `{}`", first.name)),
        }
    }

    fn unknown_case(&mut self, name: Ident, ty: Ty, cases: &[CaseTy]) {
        self.flow.broken_match = true;
        if self.member_may_be_lost(name.name) {
            return;
        }
        let ty = self.type_name(ty);
        let mut help = cases_of(cases);
        let mut diagnostic =
            Diagnostic::error(Code::Pattern, name.span, format!("`{ty}` has no case `{}`", name.name));
        if let Some(close) = closest(name.name, cases.iter().map(|case| case.name)) {
            help = format!("did you mean `{close}`? {}", help.replacen("its", "Its", 1));
            diagnostic = diagnostic.guess(format!("write `{close}`"), vec![(name.span, close.to_string())]);
        }
        self.report(diagnostic.help(help));
    }

    fn enum_cases(&mut self, ty: Ty) -> Option<(TypeDefId, Vec<CaseTy>)> {
        let TyKind::Named(def, _) = ty.kind() else { return None };
        match self.underlying(ty).kind() {
            TyKind::Enum(cases) => Some((*def, cases.clone())),
            _ => None,
        }
    }

    fn value_pattern(&mut self, value: &'a Expr, ty: Ty, inner: Ty) -> PatternInfo {
        let operand = self.expr(value, Some(inner));
        if operand.is_error() || inner.is_error() {
            self.flow.broken_match = true;
            return PatternInfo::Value(None);
        }
        if operand.is_none() {
            if inner == ty {
                let ty = self.type_name(ty);
                self.pattern_error(value.span, format!("a value of type `{ty}` is never `none`"));
            }
            return PatternInfo::None;
        }
        let operand = self.assign(operand, inner, &Context::Other("in this pattern"));
        self.flow.broken_match |= operand.is_error();
        if !self.comparable(inner) {
            let ty = self.type_name(inner);
            self.pattern_error(value.span, format!("values of type `{ty}` cannot be compared"));
        }
        PatternInfo::Value(operand.constant)
    }

    fn range_pattern(&mut self, pattern: &'a Pattern, low: &'a Expr, high: &'a Expr, ty: Ty) -> PatternInfo {
        let end = |this: &mut Self, expr: &'a Expr| {
            let operand = this.expr(expr, Some(ty));
            let operand = this.assign(operand, ty, &Context::Other("in this pattern"));
            this.flow.broken_match |= operand.is_error();
            if operand.constant.is_none() && !operand.is_error() {
                this.pattern_error(expr.span, "the end of a range in a pattern must be constant".into());
            }
            operand.constant
        };
        let (low, high) = (end(self, low), end(self, high));
        let (Some(low), Some(high)) = (low, high) else { return PatternInfo::Wildcard };
        let empty = match (&low, &high) {
            (Constant::Int(a), Constant::Int(b)) => a > b,
            (Constant::Float(a), Constant::Float(b)) => a > b,
            (Constant::Str(a), Constant::Str(b)) => a > b,
            _ => {
                self.pattern_error(pattern.span, "values of this type have no order, so no ranges".into());
                false
            }
        };
        if empty {
            self.pattern_error(pattern.span, "this range is empty: its low end is above its high end".into());
        }
        PatternInfo::Range(low, high)
    }

    fn struct_pattern(
        &mut self,
        pattern: &'a Pattern,
        path: &'a [Ident],
        fields: &'a [(Ident, Pattern)],
        ty: Ty,
        names: &mut Names,
    ) -> PatternInfo {
        self.use_path(path);
        let known = match self.underlying(ty).kind() {
            TyKind::Struct(known) => known.clone(),
            _ => {
                if !ty.is_error() {
                    let name = self.type_name(ty);
                    let message = format!("`{name}` is not a struct: it has no fields");
                    let mut diagnostic = Diagnostic::error(Code::Pattern, pattern.span, message);
                    if let TyKind::Enum(_) = self.underlying(ty).kind() {
                        diagnostic = diagnostic.help("what a case holds stands in parentheses: `Circle(r)`");
                    }
                    self.flow.broken_match = true;
                    self.report(diagnostic);
                }
                fields.iter().for_each(|(_, inner)| self.pattern(inner, Ty::error(), names));
                return PatternInfo::Wildcard;
            }
        };
        let mut indexes = Vec::new();
        for (name, inner) in fields {
            match known.iter().position(|field| field.name == name.name) {
                Some(index) => {
                    indexes.push(index as u32);
                    self.pattern(inner, known[index].ty, names);
                }
                None => {
                    let ty = self.type_name(ty);
                    self.pattern_error(name.span, format!("`{ty}` has no field `{}`", name.name));
                    indexes.push(0);
                    self.pattern(inner, Ty::error(), names);
                }
            }
        }
        PatternInfo::Struct(indexes)
    }
}
