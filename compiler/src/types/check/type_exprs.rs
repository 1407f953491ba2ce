//! What type does this expression denote?

use rustc_hash::FxHashMap;

use super::{Checker, ObjectKind};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{
    ChanType, Decl, EnumCase, Expr, ExprKind, Field, FuncSig, Ident, InterfaceElem, UnaryOp, strip,
};
use crate::syntax::{NodeId, Span, Symbol};
use crate::types::{CaseTy, FieldTy, FuncTy, Mode, ParamTy, Ty, TyKind, TypeDef, TypeDefId, Untyped};

impl<'a> Checker<'a> {
    /// The type that an expression denotes; reports one that is not a type and gives [`Ty::error`].
    pub fn type_expr(&mut self, expr: &'a Expr) -> Ty {
        let ty = self.type_kind(expr);
        self.program.info.types.insert(expr.id, ty);
        ty
    }

    /// The type of a variable, field, element: as [`Checker::type_expr`], and constraint interfaces are refused.
    pub fn var_type(&mut self, expr: &'a Expr) -> Ty {
        let ty = self.type_expr(expr);
        if matches!(ty.kind(), TyKind::Named(..) | TyKind::Interface(_)) {
            self.delay(move |checker| {
                if checker.is_constraint(ty) {
                    let name = checker.type_name(ty);
                    checker.report(
                        Diagnostic::error(
                            Code::InvalidType,
                            expr.span,
                            format!("`{name}` is a constraint, so no value has it as its type"),
                        )
                        .label("only type parameters can have this constraint"),
                    );
                }
            });
        }
        ty
    }

    /// Whether the type is an interface that only constrains type parameters.
    pub fn is_constraint(&mut self, ty: Ty) -> bool {
        match self.underlying(ty).kind() {
            TyKind::Interface(interface) => interface.terms.is_some() || interface.comparable,
            _ => false,
        }
    }

    fn type_kind(&mut self, expr: &'a Expr) -> Ty {
        match &expr.kind {
            ExprKind::Name(name) => self.named_type(expr, *name),
            ExprKind::Select { .. } => {
                let x = self.raw_expr(expr, None);
                if x.is_error() {
                    return Ty::error();
                }
                match x.mode {
                    Mode::Type => x.ty,
                    _ => self.not_a_type(expr),
                }
            }
            ExprKind::Index { base, args } => match self.generic_type_named(base) {
                Some(def) => self.instantiate_type(expr, def, args),
                None => {
                    let x = self.raw_expr(base, None);
                    if x.is_error() {
                        return Ty::error();
                    }
                    if !x.is_type() {
                        return self.not_a_type(expr);
                    }
                    self.report_not_generic(expr, x.ty);
                    Ty::error()
                }
            },
            ExprKind::Paren(inner) => self.type_expr(inner),
            ExprKind::ArrayType { len, elem } => self.array_type(expr, len.as_deref(), elem),
            ExprKind::SliceType(elem) => {
                let elem = self.var_type(elem);
                wrap([elem], |[elem]| TyKind::Slice(elem))
            }
            ExprKind::MapType { key, value } => self.map_type(key, value),
            ExprKind::ChanType(chan) => self.chan_type(chan),
            ExprKind::FuncType(sig) => {
                self.check_param_names(sig);
                let ty = Ty::new(TyKind::Func(self.func_type(sig)));
                if sig.damaged { Ty::error() } else { ty }
            }
            ExprKind::StructType(fields) => self.struct_type(fields, expr.id),
            ExprKind::InterfaceType(elems) => {
                // `interface { T }` in the type of a method of `T` is `T`: what is under that is not known yet.
                if let ([InterfaceElem::Embed(only)], Some(node)) = (elems.as_slice(), self.completing_node)
                    && node != expr.id
                {
                    let ty = self.type_expr(only);
                    if let TyKind::Named(def, _) = ty.kind()
                        && !self.broken_types.contains(def)
                        && !self.completing.contains(def)
                    {
                        return ty;
                    }
                }
                self.interface_type(elems, expr.id)
            }
            ExprKind::EnumType(_) => {
                self.report(
                    Diagnostic::error(Code::InvalidType, expr.span, "an enum needs a name")
                        .label("its cases belong to a declared type")
                        .help("declare it: `type Name enum { … }`"),
                );
                Ty::error()
            }
            ExprKind::OptionalType(inner) if self.is_value(inner) => self.misplaced_mark(expr, inner),
            ExprKind::OptionalType(inner) => {
                let inner = self.var_type(inner);
                wrap([inner], |[inner]| TyKind::Optional(inner))
            }
            ExprKind::ResultType { value, error } => {
                let value = value.as_ref().map_or_else(Ty::unit, |value| self.var_type(value));
                let error = self.var_type(error);
                wrap([value, error], |[value, error]| TyKind::Result(value, error))
            }
            ExprKind::PointerType(inner) => {
                let of = self.type_expr(inner);
                self.pointer_type(expr.span, inner, of, expr);
                Ty::error()
            }
            ExprKind::Unary { op: UnaryOp::Deref, operand } => {
                let of = self.type_expr(operand);
                self.pointer_type(expr.span, operand, of, expr);
                Ty::error()
            }
            ExprKind::Union(terms) => self.union_type(terms),
            ExprKind::Error => Ty::error(),
            _ => self.not_a_type(expr),
        }
    }

    /// Type arguments stand behind a type that has no parameters.
    pub fn report_not_generic(&mut self, expr: &'a Expr, ty: Ty) {
        if matches!(ty.kind(), TyKind::Named(def, _) if self.is_unconstrained(*def)) {
            return;
        }
        let name = self.type_name(ty);
        self.report(
            Diagnostic::error(Code::TypeArguments, expr.span, format!("`{name}` is not a generic type"))
                .label("has no type parameters"),
        );
    }

    /// A generic type stands where a type must.
    pub fn report_bare_generic(&mut self, def: TypeDefId, span: Span) {
        // What is predeclared may be hidden by what could not be read.
        let TypeDef { name, package, .. } = self.program.types[def.0 as usize];
        if package.is_none() && self.may_be_lost(name, span) {
            return;
        }
        let name = self.source_text(span);
        let mut diagnostic = Diagnostic::error(
            Code::TypeArguments,
            span,
            format!("the generic type `{name}` needs its type arguments"),
        )
        .label(format!("write `{name}[…]`"));
        if def == super::universe::MUTEX {
            diagnostic = diagnostic.help(
                "a mutex holds what it protects: `m := sync.NewMutex(0)`, and `m.With(func(n *int) { … })` uses it",
            );
        }
        self.report(diagnostic);
    }

    /// Whether what stands before a `?` is no type, whatever else is wrong with it.
    fn is_value(&self, expr: &Expr) -> bool {
        match &strip(expr).kind {
            ExprKind::Call(_) => true,
            ExprKind::Select { base, .. } => self.is_value(base),
            ExprKind::Name(name) => self.lookup(*name).is_some_and(|object| {
                matches!(self.object(object).kind, ObjectKind::Var(_) | ObjectKind::Const { .. })
            }),
            _ => false,
        }
    }

    /// `x?` and `f()?`, as other languages unwrap a value.
    fn misplaced_mark(&mut self, expr: &'a Expr, value: &'a Expr) -> Ty {
        self.pass_by(value);
        let text = self.source_text(value.span);
        let help = match strip(value).kind {
            ExprKind::Call(_) => {
                format!(
                    "the error of a call is passed on by `try {text}`, or handled: `{text} recover err {{ … }}`"
                )
            }
            _ => format!("an optional is unwrapped by `if v := {text} {{ … }}`, or `{text} ?? default`"),
        };
        let mark = Span { start: value.span.end, ..expr.span };
        self.report(
            Diagnostic::error(
                Code::NotType,
                mark,
                format!("`?` makes a type optional, and `{text}` is a value"),
            )
            .label("stands behind types only")
            .help(help),
        );
        Ty::error()
    }

    fn not_a_type(&mut self, expr: &'a Expr) -> Ty {
        self.pass_by(expr);
        let text = self.source_text(expr.span);
        self.report(
            Diagnostic::error(Code::NotType, expr.span, format!("`{text}` is not a type"))
                .label("a type is expected here"),
        );
        Ty::error()
    }

    fn named_type(&mut self, expr: &'a Expr, name: Symbol) -> Ty {
        if name.as_str() == "_" {
            return self.not_a_type(expr);
        }
        let Some(object) = self.lookup(name) else {
            self.report_undefined(expr.span, name);
            return Ty::error();
        };
        // A constant or variable is no type, whatever it is: finding that out may need the type that is declared here.
        let value = matches!(self.object(object).kind, ObjectKind::Const { .. } | ObjectKind::Var(_));
        if !value {
            self.resolve(object, expr.span);
        }
        self.object_mut(object).used = true;
        let entity = self.entity(object);
        self.record_use(expr.id, entity);
        match self.object(object).kind {
            ObjectKind::Type(ty) => ty,
            // The handle of a task that gives nothing.
            ObjectKind::GenericType(super::universe::TASK) => Ty::new(TyKind::Task(Ty::unit())),
            // `type Set[T any] Set` is under itself.
            ObjectKind::GenericType(def)
                if self.completing_node == Some(expr.id) && self.completing.last() == Some(&def) =>
            {
                self.complete(def);
                Ty::error()
            }
            ObjectKind::GenericType(def) => {
                self.report_bare_generic(def, expr.span);
                Ty::error()
            }
            ObjectKind::Unknown | ObjectKind::MissingPackage => Ty::error(),
            ObjectKind::Nil => {
                self.report_nil(expr, None);
                Ty::error()
            }
            _ => {
                if let ObjectKind::Var(var) = self.object(object).kind {
                    self.used_vars.insert(var);
                }
                self.not_a_type(expr)
            }
        }
    }

    /// `*T` at `span`, where it is not a parameter's or receiver's mode; `pointed` is the `T`, and denotes `of`. A `T` that
    /// is a mistake itself is enough of an error for both.
    pub fn pointer_type(
        &mut self,
        span: Span,
        pointed: &'a Expr,
        of: Ty,
        expr: &'a Expr,
    ) -> super::Operand<'a> {
        if of.is_error() {
            return super::Operand::error(expr);
        }
        let name = self.source_text(pointed.span);
        let star = Span { end: span.start + 1, ..span };
        let mut edits = vec![(star, String::new())];
        // A list or a tree ends somewhere.
        let write = match self.is_within_own_declaration(span, of) {
            true => {
                edits.push((span.after(), "?".to_owned()));
                format!("{name}?")
            }
            false => name.clone(),
        };
        self.report(
            Diagnostic::error(
                Code::PointerType,
                span,
                format!("`*{name}` is not a type: `*` is a mode of parameters and receivers"),
            )
            .label("Goo has no pointer values")
            .help(format!("store the value itself, `{name}`, or `{name}?` if there may be none"))
            .guess(format!("write `{write}`"), edits),
        );
        super::Operand::error(expr)
    }

    /// As [`Checker::pointer_type`], where the tree has the `*` beside the type.
    fn starred_type(&mut self, ty: &'a Expr, of: Ty) {
        let before = &self.program.sources.file(ty.span.file).text[..ty.span.start as usize];
        let star = before.rfind('*').map_or(ty.span.start, |at| at as u32);
        self.pointer_type(Span { start: star, ..ty.span }, ty, of, ty);
    }

    /// Whether a place is in the declaration of a type that is named there.
    fn is_within_own_declaration(&self, place: Span, named: Ty) -> bool {
        let TyKind::Named(def, _) = named.kind() else { return false };
        let name = self.program.types[def.0 as usize].name;
        let specs = self.files[self.file].decls.iter().filter_map(|decl| match decl {
            Decl::Type(specs) => Some(specs),
            _ => None,
        });
        specs.flatten().any(|spec| {
            spec.name.name == name && spec.span.start <= place.start && place.end <= spec.span.end
        })
    }

    fn array_type(&mut self, expr: &'a Expr, len: Option<&'a Expr>, elem: &'a Expr) -> Ty {
        let len = match len {
            Some(len) => self.array_length(len),
            None => {
                self.report(
                    Diagnostic::error(Code::InvalidType, expr.span, "`[...]` needs a literal to count")
                        .label("only `[...]T{…}` has a length"),
                );
                None
            }
        };
        let elem = self.var_type(elem);
        match len {
            Some(len) if !elem.is_error() => Ty::new(TyKind::Array(len, elem)),
            _ => Ty::error(),
        }
    }

    fn array_length(&mut self, len: &'a Expr) -> Option<u64> {
        let mut x = self.expr(len, Some(Ty::int()));
        if x.is_error() {
            return None;
        }
        if x.mode != Mode::Const {
            let what = self.describe(&x);
            self.report(
                Diagnostic::error(
                    Code::NotConstant,
                    len.span,
                    format!("an array's length must be constant, unlike {what}"),
                )
                .label("not known before the program runs")
                .help("use a slice: `make([]T, n)`"),
            );
            return None;
        }
        let number = matches!(x.untyped(), Some(Untyped::Int | Untyped::Rune | Untyped::Float));
        if !number && !self.all_integer(x.ty) {
            let what = self.describe(&x);
            self.report(
                Diagnostic::error(
                    Code::InvalidOperation,
                    len.span,
                    format!("{what} cannot be an array's length"),
                )
                .label("an array's length is a whole number")
                .help("what other values lead to is a map: `map[K]V`"),
            );
            return None;
        }
        if !self.is_valid_index(&mut x, "the length") {
            return None;
        }
        x.constant.as_ref().and_then(super::constants::to_index).and_then(|len| u64::try_from(len).ok())
    }

    fn map_type(&mut self, key: &'a Expr, value: &'a Expr) -> Ty {
        let key_ty = self.var_type(key);
        let value = self.var_type(value);
        self.delay(move |checker| {
            let Some(why) = checker.incomparable(key_ty) else { return };
            let name = checker.type_name(key_ty);
            checker.report(
                Diagnostic::error(Code::NotComparable, key.span, format!("`{name}` cannot be a map's key"))
                    .label(why),
            );
        });
        wrap([key_ty, value], |[key, value]| TyKind::Map(key, value))
    }

    fn chan_type(&mut self, chan: &'a ChanType) -> Ty {
        let elem = self.var_type(&chan.elem);
        let reply = chan.reply.as_ref().map(|reply| self.var_type(reply));
        if reply.is_some_and(Ty::is_error) {
            return Ty::error();
        }
        wrap([elem], |[elem]| TyKind::Chan { pattern: chan.pattern, dir: chan.dir, elem, reply })
    }

    /// The names in a function's type mean nothing, but must differ.
    pub(super) fn check_param_names(&mut self, sig: &'a FuncSig) {
        let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
        let named = sig.params.iter().chain(&sig.results);
        let right_way = named.filter(|param| self.turned_round(param).is_none());
        let names: Vec<Ident> = right_way.filter_map(|param| param.name).collect();
        for name in names {
            if name.name.as_str() != "_"
                && let Some(first) = seen.insert(name.name, name.span)
            {
                self.report_redeclared(name.name, name.span, first);
            }
        }
    }

    /// A function's type; its parameters' names mean nothing here.
    pub fn func_type(&mut self, sig: &'a FuncSig) -> FuncTy {
        let mut variadic = false;
        self.report_turned_round(&sig.params);
        let untyped = self.untyped_params(&sig.params);
        if let Some(names) = &untyped {
            self.report_untyped_params(names);
        }
        let params: Vec<ParamTy> = sig
            .params
            .iter()
            .enumerate()
            .map(|(index, param)| {
                let ty = match self.turned_round(param) {
                    Some((_, ty)) => ty,
                    None if untyped.is_some() => Ty::error(),
                    None => self.var_type(&param.ty),
                };
                if !param.variadic {
                    return ParamTy { ty, inout: param.inout };
                }
                if index + 1 != sig.params.len() {
                    self.report(
                        Diagnostic::error(
                            Code::InvalidType,
                            param.span,
                            "only the last parameter can be `...T`",
                        )
                        .label("others follow"),
                    );
                } else {
                    variadic = true;
                }
                ParamTy { ty: Ty::slice(ty), inout: param.inout }
            })
            .collect();
        let results: Vec<Ty> = sig
            .results
            .iter()
            .map(|result| {
                let ty = self.var_type(&result.ty);
                if result.inout {
                    self.starred_type(&result.ty, ty);
                    return Ty::error();
                }
                if result.variadic {
                    self.report(Diagnostic::error(
                        Code::InvalidType,
                        result.span,
                        "a result cannot be `...T`: return a slice",
                    ));
                }
                ty
            })
            .collect();
        FuncTy { params, variadic, result: Ty::tuple(results) }
    }

    /// Reports a field, method or case that a type being declared has already; `node` is what stands for it there.
    pub(super) fn report_second(&mut self, name: Symbol, span: Span, first: Span, what: &str, node: NodeId) {
        let own = self.completing.last().filter(|_| self.completing_node == Some(node));
        let owner = match own {
            Some(def) => format!("`{}`", self.program.types[def.0 as usize].name),
            None => "this type".to_owned(),
        };
        self.report(
            Diagnostic::error(Code::Redeclared, span, format!("{owner} has two {what}s `{name}`"))
                .label("declared again here")
                .also(first, "first declared here")
                .help("rename or remove one of them"),
        );
    }

    fn struct_type(&mut self, fields: &'a [Field], node: NodeId) -> Ty {
        let mut types = Vec::with_capacity(fields.len());
        let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
        for field in fields {
            let (name, span, embedded) = match (field.name, embedded_name(&field.ty)) {
                (Some(name), _) => (name.name, name.span, false),
                (None, Some(name)) => (name, field.ty.span, true),
                // What could not be read: it counts as a field, of which nothing is known.
                (None, None) if matches!(field.ty.kind, ExprKind::Error) => {
                    (Symbol::intern("_"), field.span, false)
                }
                (None, None) => {
                    self.type_expr(&field.ty);
                    self.report(
                        Diagnostic::error(
                            Code::InvalidType,
                            field.span,
                            "only a declared type can be embedded",
                        )
                        .label("give this field a name"),
                    );
                    continue;
                }
            };
            let ty = self.var_type(&field.ty);
            if embedded {
                self.check_embedded(ty, field);
            }
            if name.as_str() != "_"
                && let Some(first) = seen.insert(name, span)
            {
                self.report_second(name, span, first, "field", node);
                continue;
            }
            types.push(FieldTy { name, ty, embedded, tag: field.tag.clone() });
        }
        Ty::new(TyKind::Struct(types))
    }

    fn check_embedded(&mut self, ty: Ty, field: &'a Field) {
        if let TyKind::Param(_) = ty.kind() {
            self.report(
                Diagnostic::error(Code::InvalidType, field.span, "a type parameter cannot be embedded")
                    .label("give this field a name"),
            );
        }
    }

    /// What is under `type Name enum { … }`.
    pub fn enum_type(&mut self, cases: &'a [EnumCase]) -> Ty {
        let mut seen: FxHashMap<Symbol, Span> = FxHashMap::default();
        let mut types = Vec::with_capacity(cases.len());
        for case in cases {
            if let Some(first) = seen.insert(case.name.name, case.name.span) {
                self.report_redeclared(case.name.name, case.name.span, first);
                continue;
            }
            let mut names: FxHashMap<Symbol, Span> = FxHashMap::default();
            let mut fields = Vec::new();
            for field in &case.fields {
                let ty = self.var_type(&field.ty);
                if field.inout {
                    self.starred_type(&field.ty, ty);
                }
                if let Some(name) = field.name
                    && let Some(first) = names.insert(name.name, name.span)
                {
                    self.report_redeclared(name.name, name.span, first);
                }
                fields.push((field.name.map(|name| name.name), ty));
            }
            types.push(CaseTy { name: case.name.name, fields });
        }
        Ty::new(TyKind::Enum(types))
    }
}

/// A type of types, unless one of those is an error: then so is it.
fn wrap<const N: usize>(parts: [Ty; N], kind: impl FnOnce([Ty; N]) -> TyKind) -> Ty {
    match parts.iter().any(|ty| ty.is_error()) {
        true => Ty::error(),
        false => Ty::new(kind(parts)),
    }
}

/// The name that an embedded field has: its type's.
fn embedded_name(ty: &Expr) -> Option<Symbol> {
    match &ty.kind {
        ExprKind::Name(name) => Some(*name),
        ExprKind::Select { name, .. } => Some(name.name),
        ExprKind::Index { base, .. } => embedded_name(base),
        ExprKind::PointerType(inner) => embedded_name(inner),
        ExprKind::Unary { op: UnaryOp::Deref, operand } => embedded_name(operand),
        _ => None,
    }
}
