//! Signatures of declared functions, methods and literals.

use super::names::count;
use super::{Checker, Dep, ObjId, ObjectKind, ScopeId};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Symbol;
use crate::syntax::ast::{Expr, ExprKind, FuncDecl, FuncSig, Ident, Param, Receiver};
use crate::types::subst::subst;
use crate::types::{
    FuncId, FuncTy, ReceiverDef, Ty, TyKind, TypeDefId, TypeParamDef, TypeParamId, VarId, VarKind,
};

impl<'a> Checker<'a> {
    /// Finds out a declared function's signature.
    pub fn complete_func(&mut self, id: FuncId) {
        let Some(decl) = self.pending_funcs.remove(&id) else { return };
        let def = &self.program.funcs[id.0 as usize];
        let (package, file) = (def.package, def.decl.0);
        self.at_package_level(package, file, |checker| checker.declared_signature(id, decl));
    }

    fn declared_signature(&mut self, id: FuncId, decl: &'a FuncDecl) {
        self.open_scope();
        let scope = self.scope;
        let mut params = Vec::new();
        let mut receiver_type = None;
        let type_params = match &decl.receiver {
            Some(receiver) => {
                let (ty, type_params) = self.receiver_type(id, receiver);
                receiver_type = Some((ty, receiver));
                let own = self.type_params(&decl.type_params);
                [type_params, own].concat()
            }
            None => self.type_params(&decl.type_params),
        };
        self.func_type_params = type_params.clone();
        let (sig, mut own, results) = self.signature(&decl.sig, scope, VarKind::Param);
        if let Some((ty, receiver)) = receiver_type {
            let var = self.receiver_var(receiver, ty, scope);
            params.push(var);
        }
        params.append(&mut own);
        if decl.sig.damaged {
            self.damaged_funcs.insert(id);
        } else {
            self.check_special(decl, &sig);
        }
        self.func_scopes.insert(id, scope);
        let def = &mut self.program.funcs[id.0 as usize];
        def.type_params = type_params;
        def.sig = sig;
        def.params = params;
        def.results = results;
    }

    fn receiver_var(&mut self, receiver: &'a Receiver, ty: Ty, scope: ScopeId) -> VarId {
        let outer = std::mem::replace(&mut self.scope, scope);
        let name = match receiver.name {
            // What stands where the type belongs is the name.
            None if ty.is_error() && self.lookup(receiver.type_name.name).is_none() => {
                Some(receiver.type_name)
            }
            Some(_) if self.turned_receiver(receiver).is_some() => Some(receiver.type_name),
            name => name,
        };
        let var = self.param_var(name, ty, VarKind::Param, receiver.span);
        self.var_mut(var).inout = receiver.inout;
        self.scope = outer;
        var
    }

    /// The receiver's type, over the parameters as they are named there.
    fn receiver_type(&mut self, id: FuncId, receiver: &'a Receiver) -> (Ty, Vec<TypeParamId>) {
        let Some(def) = self.program.funcs[id.0 as usize].receiver else { return (Ty::error(), Vec::new()) };
        let Some(type_def) = def.type_def else {
            self.declare_lost_types(&receiver.type_params);
            return (def.ty, Vec::new());
        };
        self.declare_type_params(type_def);
        let wanted = self.program.types[type_def.0 as usize].params.clone();
        let type_params = self.receiver_params(receiver, &wanted, type_def);
        let args: Vec<Ty> = type_params.iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
        let ty = Ty::new(TyKind::Named(type_def, args));
        self.program.funcs[id.0 as usize].receiver =
            Some(ReceiverDef { type_def: Some(type_def), ty, inout: receiver.inout });
        self.delay(move |checker| {
            if checker.is_interface(ty) {
                let name = checker.type_name(ty);
                checker.report(
                    Diagnostic::error(
                        Code::InvalidReceiver,
                        receiver.type_name.span,
                        format!("the interface `{name}` cannot get methods"),
                    )
                    .label("an interface only names the methods of others"),
                );
            }
        });
        (ty, type_params)
    }

    fn receiver_params(
        &mut self,
        receiver: &'a Receiver,
        wanted: &[TypeParamId],
        def: TypeDefId,
    ) -> Vec<TypeParamId> {
        let type_name = self.program.types[def.0 as usize].name;
        if receiver.type_params.len() != wanted.len() && !self.is_unconstrained(def) {
            let names: Vec<&str> =
                wanted.iter().map(|param| self.program.type_params[param.0 as usize].name.as_str()).collect();
            self.report(
                Diagnostic::error(
                    Code::TypeArguments,
                    receiver.type_name.span,
                    format!(
                        "`{type_name}` has {}, not {}",
                        count(wanted.len(), "type parameter"),
                        receiver.type_params.len()
                    ),
                )
                .label("name them all here")
                .help(format!("write `{type_name}[{}]`", names.join(", "))),
            );
        }
        let first = self.program.type_params.len() as u32;
        let ids: Vec<TypeParamId> = (0..wanted.len() as u32).map(|i| TypeParamId(first + i)).collect();
        let args: Vec<Ty> = ids.iter().map(|param| Ty::new(TyKind::Param(*param))).collect();
        for (index, &param) in wanted.iter().enumerate() {
            let def = &self.program.type_params[param.0 as usize];
            let name = receiver.type_params.get(index).map_or(def.name, |ident| ident.name);
            let span = receiver.type_params.get(index).map_or(def.span, |ident| ident.span);
            let constraint = subst(def.constraint, wanted, &args);
            self.receiver_params.insert(ids[index], param);
            self.program.type_params.push(TypeParamDef { name, constraint, span });
        }
        for (ident, ty) in receiver.type_params.iter().zip(&args) {
            self.declare(*ident, ObjectKind::Type(*ty));
        }
        self.declare_lost_types(receiver.type_params.get(wanted.len()..).unwrap_or_default());
        ids
    }

    /// Declares type parameters of a receiver that stand for nothing, which has been reported.
    fn declare_lost_types(&mut self, names: &[Ident]) {
        for ident in names {
            self.declare(*ident, ObjectKind::Type(Ty::error()));
        }
    }

    /// `main` and `init` have a form of their own.
    fn check_special(&mut self, decl: &'a FuncDecl, sig: &FuncTy) {
        if decl.receiver.is_some() {
            return;
        }
        let name = decl.name.name.as_str();
        let main = name == "main" && self.program.packages[self.package.0 as usize].name.as_str() == "main";
        if !main && name != "init" {
            return;
        }
        if let Some(param) = decl.type_params.first() {
            self.report(
                Diagnostic::error(
                    Code::MainFunction,
                    param.name.span,
                    format!("`func {name}` cannot have type parameters"),
                )
                .label("nothing could say what they are"),
            );
        }
        let result = !matches!(sig.result.kind(), TyKind::Unit);
        if !sig.params.is_empty() || result {
            let what = if sig.params.is_empty() { "results" } else { "parameters" };
            self.report(
                Diagnostic::error(
                    Code::MainFunction,
                    decl.name.span,
                    format!("`func {name}` cannot have {what}"),
                )
                .label(format!("write `func {name}()`")),
            );
        }
    }

    /// A function's type, and its parameters and named results as variables in `scope`.
    pub fn signature(
        &mut self,
        sig: &'a FuncSig,
        scope: ScopeId,
        kind: VarKind,
    ) -> (FuncTy, Vec<VarId>, Vec<VarId>) {
        let untyped = self.untyped_params(&sig.params);
        let ty = self.func_type(sig);
        let outer = std::mem::replace(&mut self.scope, scope);
        let params = sig
            .params
            .iter()
            .zip(&ty.params)
            .enumerate()
            .map(|(index, (param, param_ty))| {
                let turned = self.turned_round(param).map(|(name, _)| name);
                let alone = untyped.as_ref().map(|names| names[index]);
                let name = turned.or(alone).or(param.name);
                let var = self.param_var(name, param_ty.ty, kind, param.span);
                self.var_mut(var).inout = param.inout;
                if turned.is_some() {
                    self.turned_round.insert(var, sig.span);
                }
                var
            })
            .collect();
        let named = sig.results.iter().any(|result| result.name.is_some());
        let types: Vec<Ty> = match ty.result.kind() {
            TyKind::Tuple(types) if sig.results.len() > 1 => types.clone(),
            _ => vec![ty.result],
        };
        let results = match named {
            false => Vec::new(),
            true => sig
                .results
                .iter()
                .zip(types)
                .map(|(result, ty)| self.param_var(result.name, ty, VarKind::Result, result.span))
                .collect(),
        };
        self.scope = outer;
        (ty, params, results)
    }

    /// The name and type of a parameter that was written in C's order, `int a`: nothing declares what stands where the
    /// type belongs, and what stands where the name belongs is a type.
    pub(super) fn turned_round(&self, param: &Param) -> Option<(Ident, Ty)> {
        let (Some(first), ExprKind::Name(second)) = (param.name, &param.ty.kind) else { return None };
        if self.lookup(*second).is_some() || self.may_be_declared(*second, param.ty.span) {
            return None;
        }
        let ObjectKind::Type(ty) = self.object(self.lookup(first.name)?).kind else { return None };
        Some((Ident { id: param.ty.id, name: *second, span: param.ty.span }, ty))
    }

    /// The type of a receiver that was written in C's order, `(T t)`.
    pub(super) fn turned_receiver(&self, receiver: &Receiver) -> Option<ObjId> {
        let name = receiver.type_name;
        if self.lookup(name.name).is_some() || self.may_be_declared(name.name, name.span) {
            return None;
        }
        let found = self.lookup(receiver.name?.name)?;
        let object = self.object(found);
        let is_type = matches!(object.kind, ObjectKind::Type(_) | ObjectKind::GenericType(_));
        (is_type && object.package.is_some()).then_some(found)
    }

    /// The parameters of `func f(a, b)`, which has names only: all of them are unknown as types, begin with a small letter and
    /// are like no name that is known.
    pub(super) fn untyped_params(&self, params: &'a [Param]) -> Option<Vec<Ident>> {
        let names: Option<Vec<Ident>> = params
            .iter()
            .map(|param| match (&param.ty.kind, param.name) {
                (ExprKind::Name(name), None) if !param.variadic && name.as_str() != "_" => {
                    Some(Ident { id: param.ty.id, name: *name, span: param.ty.span })
                }
                _ => None,
            })
            .collect();
        let names = names.filter(|names| !names.is_empty())?;
        let unknown = names.iter().all(|ident| {
            ident.name.as_str().starts_with(char::is_lowercase)
                && self.lookup(ident.name).is_none()
                && !self.may_be_declared(ident.name, ident.span)
                && self.similar_name(ident.name).is_none()
        });
        unknown.then_some(names)
    }

    pub(super) fn report_untyped_params(&mut self, names: &[Ident]) {
        let (Some(first), Some(last)) = (names.first(), names.last()) else { return };
        let all: Vec<&str> = names.iter().map(|ident| ident.name.as_str()).collect();
        let (these, have) = match all.as_slice() {
            [_] => ("the parameter", "has"),
            _ => ("the parameters", "have"),
        };
        let quoted: Vec<String> = all.iter().map(|name| format!("`{name}`")).collect();
        self.report(
            Diagnostic::error(
                Code::Syntax,
                first.span.to(last.span),
                format!("{these} {} {have} no type", quoted.join(", ")),
            )
            .label("names only")
            .help(format!("write the type behind: `{} int`", all.join(", "))),
        );
    }

    /// Reports the parameters that were written in C's order: one mistake, however many there are.
    pub(super) fn report_turned_round(&mut self, params: &'a [Param]) {
        let turned: Vec<_> =
            params.iter().filter_map(|param| Some((param.name?, self.turned_round(param)?.0))).collect();
        let Some((ty, name)) = turned.first() else { return };
        let edits = turned
            .iter()
            .flat_map(|(ty, name)| [(ty.span, name.name.to_string()), (name.span, ty.name.to_string())])
            .collect();
        let (place, help) = (ty.span.to(name.span), format!("write `{} {}`", name.name, ty.name));
        self.report(
            Diagnostic::error(Code::Syntax, place, "a parameter's type stands behind its name")
                .label("in this order `".to_owned() + ty.name.as_str() + "` would be the name")
                .help(help)
                .fix("put the names first", edits),
        );
    }

    /// A use of a parameter that was written in C's order. Of those of one function the first is told: the place may be
    /// far from the header, and all others say nothing new.
    pub(super) fn note_turned_round(&mut self, var: VarId, expr: &Expr) {
        let Some(&header) = self.turned_round.get(&var) else { return };
        self.turned_round.retain(|_, of| *of != header);
        let var = self.var(var);
        let (name, place) = (var.name, var.span);
        self.report(
            Diagnostic::error(Code::Undefined, expr.span, format!("`{name}` is not declared"))
                .label("meant as a parameter")
                .also(place, "stands here in the place of a type"),
        );
    }

    /// The variable of a parameter or result; it belongs to the function that is about to be entered.
    fn param_var(&mut self, name: Option<Ident>, ty: Ty, kind: VarKind, span: crate::syntax::Span) -> VarId {
        let var = match name {
            Some(name) => self.declare_var(name, ty, kind),
            None => self.new_var(Symbol::intern("_"), span, ty, kind),
        };
        self.var_levels.insert(var, self.funcs.len() + 1);
        var
    }

    /// Notes that the declaration being checked needs another one to be initialised.
    pub fn depend_on(&mut self, dep: Dep) {
        if let Some(decl) = self.decl {
            self.deps.entry(decl).or_default().insert(dep);
        }
    }

    pub fn depend_on_var(&mut self, var: VarId) {
        if matches!(self.var(var).kind, VarKind::Global { .. }) {
            self.depend_on(Dep::Var(var));
        }
    }
}
