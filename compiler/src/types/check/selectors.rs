//! `x.name`: fields, methods, package members, enum cases.

use super::method_sets::{Lookup, Member, MemberKind};
use super::names::closest;
use super::{Checker, Dep, ObjectKind, Operand, instead};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Symbol;
use crate::syntax::ast::{Expr, ExprKind, Ident, strip};
use crate::types::patterns::{End, Other};
use crate::types::{
    BuiltinMethod, CaseTy, Entity, FuncTy, Mode, PackageId, ParamTy, Selection, Ty, TyKind, TypeDefId,
};

/// All cases of an enum, for the help of a mistake about them.
pub(super) fn cases_of(cases: &[CaseTy]) -> String {
    let names: Vec<_> = cases.iter().map(|case| case.name.as_str()).collect();
    format!("its cases are {}", names.join(", "))
}

/// Whether other packages may use the name.
pub(crate) fn is_exported(name: Symbol) -> bool {
    name.as_str().chars().next().is_some_and(char::is_uppercase)
}

impl<'a> Checker<'a> {
    pub(super) fn selector(
        &mut self,
        expr: &'a Expr,
        base: &'a Expr,
        name: Ident,
        hint: Option<Ty>,
    ) -> Operand<'a> {
        if let ExprKind::Name(package) = &base.kind
            && let Some(object) = self.lookup(*package)
        {
            match self.object(object).kind.clone() {
                ObjectKind::Package(id) => {
                    self.object_mut(object).used = true;
                    self.record(&Operand::new(Mode::Package, Ty::unit(), base));
                    self.record_use(base.id, Entity::Package(id));
                    return self.package_member(expr, id, name, hint);
                }
                ObjectKind::MissingPackage => {
                    self.object_mut(object).used = true;
                    return Operand::error(expr);
                }
                _ => {}
            }
        }
        // `Option.None` of a generic enum: the arguments come from the context.
        if let Some(def) = self.generic_type_named(base) {
            return self.generic_enum_case(expr, base, def, name, hint);
        }
        // `news["topic"].TrySend(m)` sends there.
        let sends = matches!(name.name.as_str(), "TrySend" | "SendWithin");
        let before = std::mem::replace(&mut self.addressing, sends.then(|| strip(base).id));
        let x = self.expr_or_type(base, None);
        self.addressing = before;
        if x.is_error() {
            return Operand::error(expr);
        }
        match x.is_type() {
            true => self.type_member(expr, x.ty, name),
            false => self.value_member(expr, x, name),
        }
    }

    fn package_member(
        &mut self,
        expr: &'a Expr,
        package: PackageId,
        name: Ident,
        hint: Option<Ty>,
    ) -> Operand<'a> {
        let scope = self.package_scopes[package.0 as usize];
        let package_name = self.program.packages[package.0 as usize].name;
        let Some(object) = self.lookup_in(scope, name.name) else {
            if let Some(cases) = self.scope_at(scope).cases.get(&name.name).cloned()
                && let [(def, index)] = cases.as_slice()
                && is_exported(name.name)
            {
                return self.case_operand(expr, *def, *index, hint);
            }
            if self.member_may_be_lost(name.name) {
                return Operand::error(expr);
            }
            let candidates: Vec<Symbol> =
                self.scope_at(scope).names.keys().copied().filter(|n| is_exported(*n)).collect();
            let mut diagnostic = Diagnostic::error(
                Code::Undefined,
                name.span,
                format!("package `{package_name}` has no `{}`", name.name),
            )
            .label("not found");
            if let Some(instead) =
                instead::of_member(&self.program.packages[package.0 as usize].path, name.name.as_str())
            {
                diagnostic = diagnostic.help(instead);
            } else if let Some(close) = closest(name.name, candidates.into_iter()) {
                diagnostic = diagnostic
                    .help(format!("did you mean `{package_name}.{close}`?"))
                    .guess(format!("write `{close}`"), vec![(name.span, close.to_string())]);
            }
            self.report(diagnostic);
            return Operand::error(expr);
        };
        if !is_exported(name.name) {
            let mut diagnostic = Diagnostic::error(
                Code::Unexported,
                name.span,
                format!("`{package_name}.{}` is not exported", name.name),
            )
            .label("a small first letter keeps it in its package");
            let names = self.scope_at(scope).names.keys().copied();
            let mut exported = names.filter(|known| is_exported(*known));
            let meant = exported.find(|known| known.as_str().eq_ignore_ascii_case(name.name.as_str()));
            if let Some(meant) = meant {
                diagnostic = diagnostic
                    .help(format!("did you mean `{package_name}.{meant}`?"))
                    .guess(format!("write `{meant}`"), vec![(name.span, meant.to_string())]);
            }
            self.report(diagnostic);
            return Operand::error(expr);
        }
        let operand = self.object_expr(expr, object, hint);
        let entity = self.entity(object);
        self.program.info.selections.insert(expr.id, Selection::Member(entity));
        operand
    }

    /// `T.Method`, `Shape.Circle`.
    fn type_member(&mut self, expr: &'a Expr, ty: Ty, name: Ident) -> Operand<'a> {
        if let (TyKind::Named(def, _), TyKind::Enum(cases)) = (ty.kind(), self.underlying(ty).kind())
            && let Some(index) = cases.iter().position(|case| case.name == name.name)
        {
            return self.case_of(expr, *def, index as u32, ty);
        }
        let member = match self.member(ty, name.name) {
            Lookup::Found(member) => member,
            Lookup::Ambiguous => return self.report_ambiguous(expr, ty, name),
            Lookup::Missing => return self.report_missing_member(expr, ty, name, true),
        };
        let mut generic = None;
        let (sig, inout) = match member.kind {
            MemberKind::Field(_) => return self.report_missing_member(expr, ty, name, true),
            MemberKind::Method { func, .. } if self.is_damaged_func(func) => return Operand::error(expr),
            MemberKind::Method { func, sig, receiver } => {
                self.depend_on(Dep::Func(func));
                generic = (!self.own_type_params(func).is_empty()).then_some((func, receiver));
                (sig, self.program.funcs[func.0 as usize].changes_receiver())
            }
            MemberKind::Interface { sig } | MemberKind::Param { sig } | MemberKind::Builtin { sig, .. } => {
                (sig, false)
            }
        };
        if inout {
            let type_name = self.type_name(ty);
            self.report(
                Diagnostic::error(
                    Code::InvalidOperation,
                    expr.span,
                    format!(
                        "`{}` changes its receiver, so `{type_name}.{}` is not a function",
                        name.name, name.name
                    ),
                )
                .label(format!("has a receiver `*{type_name}`"))
                .help(format!("write a function: `func(x *{type_name}) {{ x.{}() }}`", name.name)),
            );
            return Operand::error(expr);
        }
        let mut params = vec![ParamTy { ty, inout: false }];
        params.extend(sig.params.iter().copied());
        let sig = FuncTy { params, variadic: sig.variadic, result: sig.result };
        let selection = Selection::MethodExpr { receiver: ty, name: name.name };
        self.program.info.selections.insert(expr.id, selection);
        if let Some((func, receiver)) = generic {
            return self.generic_method(expr, func, receiver, sig);
        }
        Operand::value(Ty::new(TyKind::Func(sig)), expr)
    }

    fn value_member(&mut self, expr: &'a Expr, x: Operand<'a>, name: Ident) -> Operand<'a> {
        let member = match self.member(x.ty, name.name) {
            Lookup::Found(member) => member,
            Lookup::Ambiguous => return self.report_ambiguous(expr, x.ty, name),
            Lookup::Missing => return self.report_missing_member(expr, x.ty, name, false),
        };
        if !self.may_access(x.ty, &member, name) {
            return self.report_missing_member(expr, x.ty, name, false);
        }
        let Member { path, kind } = member;
        let (selection, sig) = match kind {
            MemberKind::Field(ty) => {
                let mode = match x.mode {
                    Mode::Variable => Mode::Variable,
                    _ => Mode::Value,
                };
                self.program.info.selections.insert(expr.id, Selection::Field { path });
                let ty = self.use_field(expr, ty);
                return Operand::new(mode, ty, expr);
            }
            MemberKind::Method { func, sig, receiver } => {
                self.depend_on(Dep::Func(func));
                if !self.receiver_fits(&x, func, receiver, name) {
                    return Operand::error(expr);
                }
                let selection = Selection::Method { path, func };
                if self.is_damaged_func(func) {
                    self.program.info.selections.insert(expr.id, selection);
                    return Operand::error(expr);
                }
                if !self.own_type_params(func).is_empty() {
                    self.program.info.selections.insert(expr.id, selection);
                    return self.generic_method(expr, func, receiver, sig);
                }
                (selection, sig)
            }
            MemberKind::Interface { sig } => {
                self.depend_on(Dep::Method(name.name));
                (Selection::InterfaceMethod { path, name: name.name }, sig)
            }
            MemberKind::Param { sig } => {
                self.depend_on(Dep::Method(name.name));
                (Selection::ParamMethod { path, name: name.name }, sig)
            }
            MemberKind::Builtin { method, sig } => {
                let sends = matches!(method, BuiltinMethod::TrySend | BuiltinMethod::SendWithin);
                if sends && !self.says_to_whom(&x) {
                    return Operand::error(expr);
                }
                let under = self.underlying(x.ty);
                let other = End::of_kind(under.kind()).map(|end| end.other);
                if matches!(other, Some(Other::Method(gives, _)) if gives == method) {
                    self.program.info.other_ends.insert(under);
                }
                (Selection::Builtin(method), sig)
            }
        };
        self.program.info.selections.insert(expr.id, selection);
        Operand::value(Ty::new(TyKind::Func(sig)), expr)
    }

    /// A method that changes its receiver needs a variable to change.
    fn receiver_fits(
        &mut self,
        x: &Operand<'a>,
        func: crate::types::FuncId,
        receiver: Ty,
        name: Ident,
    ) -> bool {
        let def = &self.program.funcs[func.0 as usize];
        let span = def.span;
        if !def.changes_receiver() || x.mode == Mode::Variable {
            return true;
        }
        let (what, type_name) = (self.describe(x), self.type_name(receiver));
        let why = match x.mode {
            Mode::MapIndex => "an element of a map is a copy",
            _ => "not a variable",
        };
        self.report(
            Diagnostic::error(
                Code::Inout,
                x.span,
                format!("`{}` changes its receiver, and {what} is not a variable", name.name),
            )
            .label(why)
            .also(span, format!("declared with the receiver `*{type_name}`"))
            .help("put the value into a variable first, and store it again after the call"),
        );
        false
    }

    /// Fields and methods with small first letters belong to their package.
    fn may_access(&mut self, ty: Ty, member: &Member, name: Ident) -> bool {
        if is_exported(name.name) {
            return true;
        }
        let home = match &member.kind {
            MemberKind::Method { func, .. } => Some(self.program.funcs[func.0 as usize].package),
            _ => {
                let mut owner = ty;
                for index in member.path.iter().take(member.path.len().saturating_sub(1)) {
                    if let Some(fields) = self.struct_fields(owner) {
                        owner = fields[*index as usize].ty;
                    }
                }
                match owner.kind() {
                    TyKind::Named(def, _) => self.program.types[def.0 as usize].package,
                    _ => None,
                }
            }
        };
        home.is_none_or(|home| home == self.package)
    }

    fn report_ambiguous(&mut self, expr: &'a Expr, ty: Ty, name: Ident) -> Operand<'a> {
        let type_name = self.type_name(ty);
        self.report(
            Diagnostic::error(
                Code::Ambiguous,
                name.span,
                format!("`{}` is ambiguous in `{type_name}`", name.name),
            )
            .label("several embedded fields have it")
            .help("name the embedded field, too"),
        );
        Operand::error(expr)
    }

    fn report_missing_member(&mut self, expr: &'a Expr, ty: Ty, name: Ident, of_type: bool) -> Operand<'a> {
        // What is under the type is wrong, and has been reported.
        if self.underlying(ty).is_error() || self.has_lost_member(ty, name.name) {
            return Operand::error(expr);
        }
        let type_name = self.type_name(ty);
        let what = match of_type {
            true => "method or case",
            false => "field or method",
        };
        let mut diagnostic = Diagnostic::error(
            Code::UnknownField,
            name.span,
            format!("`{type_name}` has no {what} `{}`", name.name),
        )
        .label("not found");
        let names = self.member_names(ty);
        let close = closest(name.name, names.into_iter());
        let under = self.underlying(ty);
        // Durations have the methods that package `time` gives them.
        let imported = self.builtin_methods.keys().any(|(of, _)| *of == ty);
        let instead = instead::of_method(under.kind(), name.name.as_str()).filter(|_| !imported);
        let help = match (instead, close, under.kind()) {
            (Some(instead), ..) => Some(instead),
            (None, Some(close), _) => {
                diagnostic =
                    diagnostic.guess(format!("write `{close}`"), vec![(name.span, close.to_string())]);
                Some(format!("did you mean `{close}`?"))
            }
            (None, None, TyKind::Enum(cases)) if of_type => Some(cases_of(cases)),
            _ => None,
        };
        if let Some(help) = help {
            diagnostic = diagnostic.help(help);
        }
        self.report(diagnostic);
        Operand::error(expr)
    }

    /// An enum's case of this name: of the enum that is wanted here, or of the only enum in sight that has it.
    pub(super) fn case_by_name(
        &mut self,
        expr: &'a Expr,
        name: Symbol,
        hint: Option<Ty>,
    ) -> Option<Operand<'a>> {
        let wanted = hint.map(|ty| match self.underlying(ty).kind() {
            TyKind::Optional(inner) => *inner,
            TyKind::Result(value, _) => *value,
            _ => ty,
        });
        if let Some(ty) = wanted
            && let (TyKind::Named(def, _), TyKind::Enum(cases)) = (ty.kind(), self.underlying(ty).kind())
            && let Some(index) = cases.iter().position(|case| case.name == name)
        {
            return Some(self.case_of(expr, *def, index as u32, ty));
        }
        let mut at = Some(self.scope);
        while let Some(id) = at {
            let scope = self.scope_at(id);
            at = scope.parent;
            let Some(cases) = scope.cases.get(&name).cloned() else { continue };
            if let [(def, index)] = cases.as_slice() {
                return Some(self.case_operand(expr, *def, *index, hint));
            }
            let enums: Vec<String> = cases
                .iter()
                .map(|(def, _)| format!("`{}.{name}`", self.program.types[def.0 as usize].name))
                .collect();
            self.report(
                Diagnostic::error(Code::Ambiguous, expr.span, format!("several enums have a case `{name}`"))
                    .label("which one is meant?")
                    .help(format!("write {}", enums.join(" or "))),
            );
            return Some(Operand::error(expr));
        }
        None
    }

    /// A case of an enum whose type arguments are not known yet.
    fn case_operand(&mut self, expr: &'a Expr, def: TypeDefId, index: u32, hint: Option<Ty>) -> Operand<'a> {
        self.complete(def);
        let params = self.program.types[def.0 as usize].params.clone();
        if params.is_empty() {
            return self.case_of(expr, def, index, Ty::new(TyKind::Named(def, Vec::new())));
        }
        let wanted = hint.map(|ty| match self.underlying(ty).kind() {
            TyKind::Optional(inner) => *inner,
            TyKind::Result(value, _) => *value,
            _ => ty,
        });
        if let Some(ty) = wanted
            && matches!(ty.kind(), TyKind::Named(d, _) if *d == def)
        {
            return self.case_of(expr, def, index, ty);
        }
        // A local enum of a generic function is about that function's own parameters.
        let own: Vec<Ty> = params.iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
        let local = self.local_type_params.get(&def).copied().unwrap_or(0);
        if local == params.len() {
            return self.case_of(expr, def, index, Ty::new(TyKind::Named(def, own)));
        }
        self.program.info.uses.insert(expr.id, Entity::Case(def, index));
        self.program.info.selections.insert(expr.id, Selection::Case { def, index });
        let ty = Ty::new(TyKind::Named(def, own));
        let mut operand = self.case_of(expr, def, index, ty);
        operand.generic = None;
        self.open_cases.insert(expr.id, (def, index));
        operand
    }

    fn generic_enum_case(
        &mut self,
        expr: &'a Expr,
        base: &'a Expr,
        def: TypeDefId,
        name: Ident,
        hint: Option<Ty>,
    ) -> Operand<'a> {
        self.complete(def);
        let under = self.program.types[def.0 as usize].underlying;
        if let TyKind::Enum(cases) = under.kind()
            && let Some(index) = cases.iter().position(|case| case.name == name.name)
        {
            return self.case_operand(expr, def, index as u32, hint);
        }
        self.report_bare_generic(def, base.span);
        Operand::error(expr)
    }

    /// A case of an enum of a known type: a value if it has no fields, else a function of them.
    fn case_of(&mut self, expr: &'a Expr, def: TypeDefId, index: u32, ty: Ty) -> Operand<'a> {
        self.program.info.uses.insert(expr.id, Entity::Case(def, index));
        if matches!(expr.kind, ExprKind::Select { .. }) {
            self.program.info.selections.insert(expr.id, Selection::Case { def, index });
        }
        let fields = self.case_fields(ty, index);
        if fields.is_empty() {
            return Operand::value(ty, expr);
        }
        let sig = FuncTy::of(fields.iter().map(|(_, ty)| *ty), ty);
        Operand::value(Ty::new(TyKind::Func(sig)), expr)
    }
}
