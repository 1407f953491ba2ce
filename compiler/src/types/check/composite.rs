//! Composite literals: `T{…}`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::constants;
use super::method_sets::{Lookup, Member, MemberKind};
use super::names::{closest, count};
use super::selectors::is_exported;
use super::{Checker, Context, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{Element, Expr, ExprKind};
use crate::types::{Constant, FieldTy, Selection, Ty, TyKind};

impl<'a> Checker<'a> {
    pub(super) fn composite(
        &mut self,
        expr: &'a Expr,
        ty: Option<&'a Expr>,
        elems: &'a [Element],
        hint: Option<Ty>,
    ) -> Operand<'a> {
        let ty = match ty {
            // `[...]T{…}` is as long as what it holds.
            Some(Expr { id, kind: ExprKind::ArrayType { len: None, elem }, .. }) => {
                let elem = self.var_type(elem);
                let len = self.indexed_elements(elems, elem, None);
                let ty = match elem.is_error() {
                    true => Ty::error(),
                    false => Ty::new(TyKind::Array(len as u64, elem)),
                };
                self.program.info.types.insert(*id, ty);
                return Operand::value(ty, expr);
            }
            Some(ty) => self.type_expr(ty),
            None => match hint {
                Some(hint) => match self.underlying(hint).kind() {
                    TyKind::Optional(inner) => *inner,
                    _ => hint,
                },
                None => {
                    self.report(
                        Diagnostic::error(Code::InvalidType, expr.span, "this literal has no type")
                            .label("write the type before the `{`"),
                    );
                    Ty::error()
                }
            },
        };
        let core = self.core_type(ty);
        match core.map(Ty::kind) {
            Some(TyKind::Struct(fields)) => self.struct_elements(expr, ty, fields, elems),
            Some(TyKind::Array(len, elem)) => {
                self.indexed_elements(elems, *elem, Some(*len as i64));
            }
            Some(TyKind::Slice(elem)) => {
                self.indexed_elements(elems, *elem, None);
            }
            Some(TyKind::Map(key, value)) => self.map_elements(*key, *value, elems),
            Some(TyKind::Error) => {
                // Their own types may come from it, and so are mistakes.
                for elem in elems {
                    if let Some(key) = &elem.key {
                        self.pass_by(key);
                    }
                    self.element(&elem.value, Ty::error());
                }
                return Operand::error(expr);
            }
            _ => {
                for elem in elems {
                    self.expr_or_type(&elem.value, None);
                }
                let name = self.type_name(ty);
                self.report(
                    Diagnostic::error(
                        Code::InvalidType,
                        expr.span,
                        format!("`{name}` has no literals with braces"),
                    )
                    .label("not a struct, array, slice or map"),
                );
                return Operand::error(expr);
            }
        }
        Operand::value(ty, expr)
    }

    fn struct_elements(&mut self, expr: &'a Expr, ty: Ty, fields: &'static [FieldTy], elems: &'a [Element]) {
        let Some(first) = elems.first() else { return };
        match first.key {
            Some(_) => self.keyed_fields(ty, fields, elems),
            None => self.positional_fields(expr, ty, fields, elems),
        }
    }

    fn report_mixture(&mut self, elem: &'a Element) {
        let span = elem.key.as_ref().map_or(elem.value.span, |key| key.span);
        self.report(
            Diagnostic::error(Code::LiteralFields, span, "either all fields are named here, or none")
                .label("unlike the first one"),
        );
    }

    fn keyed_fields(&mut self, ty: Ty, fields: &'static [FieldTy], elems: &'a [Element]) {
        let mut seen: Vec<Vec<u32>> = Vec::new();
        for elem in elems {
            let Some(key) = &elem.key else {
                self.report_mixture(elem);
                continue;
            };
            let name = match &key.kind {
                ExprKind::Name(name) => *name,
                _ => {
                    self.expr(&elem.value, None);
                    self.report(
                        Diagnostic::error(
                            Code::LiteralFields,
                            key.span,
                            "the name of a field is expected here",
                        )
                        .label("not a name"),
                    );
                    continue;
                }
            };
            let field = self.literal_field(ty, fields, name);
            let x = self.generic_expr(&elem.value, field.as_ref().map(|(_, ty)| *ty));
            let Some((path, field_ty)) = field else {
                self.report_unknown_field(ty, fields, key, name);
                continue;
            };
            self.assign(x, field_ty, &Context::StructLiteral);
            // The same field, or a part of it, or what it is a part of.
            if seen.iter().any(|before| before.starts_with(&path) || path.starts_with(before)) {
                self.report(
                    Diagnostic::error(
                        Code::LiteralFields,
                        key.span,
                        format!("the field `{name}` is set twice"),
                    )
                    .label("set before"),
                );
            }
            self.program.info.selections.insert(key.id, Selection::Field { path: path.clone() });
            seen.push(path);
        }
    }

    /// The field that a key names: one of the struct, or one promoted from an embedded struct.
    fn literal_field(
        &mut self,
        ty: Ty,
        fields: &'static [FieldTy],
        name: crate::syntax::Symbol,
    ) -> Option<(Vec<u32>, Ty)> {
        if name.as_str() == "_" {
            return None;
        }
        if let Some(index) = fields.iter().position(|field| field.name == name) {
            let field = &fields[index];
            return self.may_set(ty, field).then(|| (vec![index as u32], field.ty));
        }
        match self.member(ty, name) {
            Lookup::Found(Member { path, kind: MemberKind::Field(field) }) if is_exported(name) => {
                Some((path, field))
            }
            Lookup::Found(Member { path, kind: MemberKind::Field(field) }) => {
                let home = match ty.kind() {
                    TyKind::Named(def, _) => self.program.types[def.0 as usize].package,
                    _ => None,
                };
                home.is_none_or(|home| home == self.package).then_some((path, field))
            }
            _ => None,
        }
    }

    fn may_set(&mut self, ty: Ty, field: &FieldTy) -> bool {
        let home = match ty.kind() {
            TyKind::Named(def, _) => self.program.types[def.0 as usize].package,
            _ => None,
        };
        is_exported(field.name) || home.is_none_or(|home| home == self.package)
    }

    fn report_unknown_field(
        &mut self,
        ty: Ty,
        fields: &'static [FieldTy],
        key: &'a Expr,
        name: crate::syntax::Symbol,
    ) {
        if self.has_lost_member(ty, name) {
            return;
        }
        let type_name = self.type_name(ty);
        let mut diagnostic =
            Diagnostic::error(Code::UnknownField, key.span, format!("`{type_name}` has no field `{name}`"))
                .label("not found");
        if let Some(close) = closest(name, fields.iter().map(|field| field.name)) {
            diagnostic = diagnostic
                .help(format!("did you mean `{close}`?"))
                .guess(format!("write `{close}`"), vec![(key.span, close.to_string())]);
        }
        self.report(diagnostic);
    }

    fn positional_fields(
        &mut self,
        expr: &'a Expr,
        ty: Ty,
        fields: &'static [FieldTy],
        elems: &'a [Element],
    ) {
        let type_name = self.type_name(ty);
        if !self.is_undamaged() && fields.iter().any(|field| field.ty.is_error()) {
            elems.iter().for_each(|elem| drop(self.generic_expr(&elem.value, None)));
            return;
        }
        // Once one is refused, the fields have to be named in any case.
        let mut refused = false;
        for (index, elem) in elems.iter().enumerate() {
            if elem.key.is_some() {
                self.report_mixture(elem);
                refused = true;
                continue;
            }
            let field = fields.get(index);
            let wanted = field.map(|field| if self.may_set(ty, field) { field.ty } else { Ty::error() });
            let x = self.generic_expr(&elem.value, wanted);
            let Some(field) = field else {
                self.report(
                    Diagnostic::error(
                        Code::LiteralFields,
                        elem.value.span,
                        format!("too many values: `{type_name}` has {}", count(fields.len(), "field")),
                    )
                    .label("one too many"),
                );
                return;
            };
            if !self.may_set(ty, field) {
                self.report(
                    Diagnostic::error(
                        Code::Unexported,
                        elem.value.span,
                        format!("the field `{}` of `{type_name}` is not exported", field.name),
                    )
                    .label("cannot be set from another package"),
                );
                refused = true;
                continue;
            }
            self.assign(x, field.ty, &Context::StructLiteral);
        }
        if elems.len() < fields.len() && !refused {
            // Where Go reports it: at the closing brace.
            let close = crate::syntax::Span { start: expr.span.end.saturating_sub(1), ..expr.span };
            let missing: Vec<String> =
                fields[elems.len()..].iter().map(|f| format!("`{}`", f.name)).collect();
            self.report(
                Diagnostic::error(
                    Code::LiteralFields,
                    close,
                    format!("too few values: `{type_name}` has {}", count(fields.len(), "field")),
                )
                .label(format!("{} missing", missing.join(", ")))
                .help("name the fields to set only some of them: `T{Field: value}`"),
            );
        }
    }

    /// An element or key: a literal needs no type of its own here.
    fn element(&mut self, expr: &'a Expr, ty: Ty) -> Operand<'a> {
        match &expr.kind {
            ExprKind::Composite { ty: None, elems } => {
                let x = self.composite(expr, None, elems, Some(ty));
                self.record(&x);
                x
            }
            _ => self.generic_expr(expr, Some(ty)),
        }
    }

    /// The elements of an array or slice; gives the length: the largest index and one.
    fn indexed_elements(&mut self, elems: &'a [Element], ty: Ty, len: Option<i64>) -> i64 {
        let mut seen: FxHashSet<i64> = FxHashSet::default();
        let mut full = false;
        let (mut index, mut max) = (0i64, 0i64);
        for elem in elems {
            let mut valid = true;
            if let Some(key) = &elem.key {
                let before = self.diagnostics.len();
                match self.index_value(key, len, "the index") {
                    Some(value) => index = value,
                    None => {
                        valid = false;
                        let mistake =
                            self.program.info.exprs.get(&key.id).is_some_and(|info| info.ty.is_error());
                        if !mistake && self.diagnostics.len() == before {
                            self.report(
                                Diagnostic::error(
                                    Code::NotConstant,
                                    key.span,
                                    "an index here must be constant",
                                )
                                .label("not known before the program runs"),
                            );
                        }
                    }
                }
            } else if let Some(len) = len
                && index >= len
            {
                valid = false;
                // Those that follow are too many, too: the first one tells.
                if !std::mem::replace(&mut full, true) {
                    self.report(
                        Diagnostic::error(
                            Code::IndexRange,
                            elem.value.span,
                            format!("too many elements: the array has {len}"),
                        )
                        .label(format!("this has index {index}")),
                    );
                }
            }
            if valid && !seen.insert(index) {
                let span = elem.key.as_ref().map_or(elem.value.span, |key| key.span);
                self.report(
                    Diagnostic::error(Code::DuplicateKey, span, format!("index {index} is given twice"))
                        .label("given before"),
                );
            }
            index = index.saturating_add(1);
            max = max.max(index);
            let x = self.element(&elem.value, ty);
            self.assign(x, ty, &Context::ElementLiteral);
        }
        max
    }

    fn map_elements(&mut self, key_ty: Ty, value_ty: Ty, elems: &'a [Element]) {
        let mut seen: FxHashMap<(Constant, Ty), crate::syntax::Span> = FxHashMap::default();
        let interface = self.is_interface(key_ty);
        for elem in elems {
            let Some(key) = &elem.key else {
                self.report(
                    Diagnostic::error(Code::LiteralFields, elem.value.span, "a map's element needs a key")
                        .label("write `key: value`"),
                );
                self.expr(&elem.value, Some(value_ty));
                continue;
            };
            let mut k = self.element(key, key_ty);
            if interface && !k.is_none() && k.untyped().is_some() {
                self.use_default(&mut k);
            }
            let (constant, own) = (k.constant.clone(), k.ty);
            let k = self.assign(k, key_ty, &Context::MapKey);
            if k.is_error() {
                continue;
            }
            let value = k.constant.clone().or(constant).filter(|_| k.constant.is_some() || interface);
            if let Some(value) = value {
                let tag = if interface { own } else { key_ty };
                if let Some(first) = seen.insert((value.clone(), tag), key.span) {
                    self.report(
                        Diagnostic::error(
                            Code::DuplicateKey,
                            key.span,
                            format!("the key {} is given twice", constants::show(&value)),
                        )
                        .label("again")
                        .also(first, "first given here"),
                    );
                    continue;
                }
            }
            let x = self.element(&elem.value, value_ty);
            self.assign(x, value_ty, &Context::ElementLiteral);
        }
    }
}
