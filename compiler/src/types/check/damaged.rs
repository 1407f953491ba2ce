//! What follows from source that could not be read, and so is not said.
//!
//! The parser tells which parts are damaged ([`Damage`]). All else is checked as in a file without mistakes; a check whose
//! outcome may be different once the damaged part is mended asks here first.

use rustc_hash::FxHashMap;

use super::{Checker, FuncId, ObjectKind, imports};
use crate::diagnostics::Code;
use crate::syntax::ast::{ConstSpec, Decl, Expr, ExprKind, Lost};
use crate::syntax::damage::Damage;
use crate::syntax::visit::{self, Visitor};
use crate::syntax::{FileId, Span, Symbol};
use crate::types::{PackageId, Ty, TyKind, VarKind};

/// How deep embedded structs are looked into: a type may embed itself by mistake.
const MAX_EMBEDDED: u32 = 16;

impl<'a> Checker<'a> {
    /// Whether all files could be read as a whole.
    pub(super) fn is_undamaged(&self) -> bool {
        self.damage.is_empty()
    }

    /// Whether a damaged part may declare the name that is used at a place, or use the one that is declared there.
    pub(super) fn may_be_lost(&self, name: Symbol, at: Span) -> bool {
        self.damage.iter().any(|(file, damage)| match *file == at.file {
            true => damage.mentions(name, at.start),
            false => damage.mentions_outside(name),
        })
    }

    /// Whether a name that nothing declares may be declared in a damaged part: by this name, or by one that is not there any
    /// more. What is called is most likely a function, which no statement declares, and a package is imported.
    pub(super) fn may_be_declared(&self, name: Symbol, at: Span) -> bool {
        let Some(damage) = self.damage.get(&at.file) else { return self.may_be_lost(name, at) };
        let behind = &self.program.sources.file(at.file).text[at.end as usize..];
        let package = behind.starts_with('.') && imports::package_named(name.as_str()).is_some();
        if package && self.has_lost_import(at.file, damage) {
            return true;
        }
        let plain = !behind.starts_with('(') && !package;
        let unread = self.funcs.iter().any(|func| func.damaged);
        self.may_be_lost(name, at) || (plain && (unread || damage.is_beside(at.start)))
    }

    /// Whether a name that nothing declares may be that of a declaration which has lost its own, as `type struct { … }` has.
    /// Each of these accounts for one name, the first that is missing.
    pub(super) fn is_lost_name(&mut self, name: Symbol) -> bool {
        let nameless: usize = self.damage.values().map(|damage| damage.nameless()).sum();
        self.lost_names.contains(&name) || (self.lost_names.len() < nameless && self.lost_names.insert(name))
    }

    /// Whether an import could not be read.
    fn has_lost_import(&self, file: FileId, damage: &Damage) -> bool {
        let known = self.files.iter().find(|known| known.span.file == file);
        let first = known.and_then(|file| file.decls.first()).and_then(Decl::span);
        first.is_some_and(|first| damage.begins_before(first.start))
    }

    /// Whether a local variable's only use may be in a damaged part.
    pub(super) fn may_be_used(&self, name: Symbol, at: Span) -> bool {
        let damage = self.damage.get(&at.file);
        damage.is_some_and(|damage| {
            damage.is_cut_short() || damage.is_beside(at.start) || damage.mentions_outside(name)
        })
    }

    /// Whether a damaged part may declare a field, method, case or member of a package by this name.
    pub(super) fn member_may_be_lost(&self, name: Symbol) -> bool {
        self.lost_methods.contains(&name) || self.damage.values().any(|damage| damage.has(name))
    }

    /// Whether a type that has no member by this name may have lost it: a line of the struct, or of one that it embeds,
    /// could not be read, or embeds what is a mistake.
    pub(super) fn has_lost_member(&mut self, ty: Ty, name: Symbol) -> bool {
        self.member_may_be_lost(name) || self.has_lost_field(ty, 0)
    }

    fn has_lost_field(&mut self, ty: Ty, depth: u32) -> bool {
        let interface = match ty.kind() {
            TyKind::Param(param) => self.constraint(*param),
            _ => self.underlying(ty),
        };
        if let TyKind::Interface(interface) = interface.kind() {
            return interface.is_lost();
        }
        let Some(fields) = self.struct_fields(ty).filter(|_| depth < MAX_EMBEDDED) else { return false };
        fields.iter().any(|field| match field.embedded {
            true => field.ty.is_error() || self.has_lost_field(field.ty, depth + 1),
            // That is how the line stands among the fields.
            false => field.ty.is_error() && field.name.as_str() == "_",
        })
    }

    /// Whether a damaged part of the file may use the package that has this name in it: it has the name, or one of a member.
    pub(super) fn import_may_be_used(&self, name: Symbol, package: Option<PackageId>, import: Span) -> bool {
        let Some(damage) = self.damage.get(&import.file) else { return false };
        let scope = package.map(|package| self.scope_at(self.package_scopes[package.0 as usize]));
        damage.is_cut_short()
            || damage.has(name)
            || scope.is_some_and(|scope| scope.names.keys().any(|member| damage.has(*member)))
    }

    /// Whether a part of the span is damaged.
    pub(super) fn is_damaged(&self, span: Span) -> bool {
        self.damage.get(&span.file).is_some_and(|damage| damage.touches(span))
    }

    /// Whether the parameters of a function are not known.
    pub(super) fn is_damaged_func(&self, func: FuncId) -> bool {
        self.damaged_funcs.contains(&func)
    }

    /// Whether some of a constant's values, or those that it repeats, could not be read.
    pub(super) fn has_lost_values(values: &ConstSpec) -> bool {
        values.values.iter().any(|value| matches!(value.kind, ExprKind::Error))
    }

    /// Takes back what was found within damaged parts.
    pub(super) fn drop_covered(&mut self) {
        let mistaken = self.files.iter().filter(|file| file.damage.has_mistakes());
        let damage: FxHashMap<FileId, &Damage> =
            mistaken.map(|file| (file.span.file, &file.damage)).collect();
        if !damage.is_empty() {
            self.diagnostics.retain(|diagnostic| {
                let place = diagnostic.primary.span;
                // A package that is not there is so whatever stands around its import.
                diagnostic.code == Code::UnknownImport
                    || damage.get(&place.file).is_none_or(|damage| !damage.covers(place.start))
            });
        }
    }

    /// A statement that could not be read: what it declares is there, of a type with which all agrees, and so are the
    /// variables of which it may have found out that they hold something.
    pub(super) fn lost_stmt(&mut self, lost: &Lost) {
        for ident in &lost.declared {
            let known = self.lookup_in(self.scope, ident.name).map(|object| self.object(object).kind.clone());
            match known {
                Some(ObjectKind::Var(var)) => self.var_mut(var).ty = Ty::error(),
                Some(_) => {}
                None => {
                    self.declare_var(*ident, Ty::error(), VarKind::Local);
                }
            }
        }
        for ident in &lost.mentioned {
            let Some(object) = self.lookup(ident.name) else { continue };
            let ObjectKind::Var(var) = self.object(object).kind else { continue };
            if !self.may_be_narrowed(self.var(var).ty) {
                continue;
            }
            match self.var(var).kind {
                VarKind::Global { .. } => {
                    self.declare_var(*ident, Ty::error(), VarKind::Local);
                }
                _ => self.var_mut(var).ty = Ty::error(),
            }
        }
    }

    /// What an expression names is used, though nothing can be said of the expression: what it stands in is a mistake.
    pub(super) fn pass_by(&mut self, expr: &'a Expr) {
        struct Named(Vec<Symbol>);
        impl<'a> Visitor<'a> for Named {
            fn expr(&mut self, expr: &'a Expr) {
                if let ExprKind::Name(name) = expr.kind {
                    self.0.push(name);
                }
                visit::walk_expr(self, expr);
            }
        }
        let mut named = Named(Vec::new());
        named.expr(expr);
        for object in named.0.into_iter().filter_map(|name| self.lookup(name)).collect::<Vec<_>>() {
            self.object_mut(object).used = true;
            if let ObjectKind::Var(var) = self.object(object).kind {
                self.used_vars.insert(var);
            }
        }
    }

    /// Whether flow may find out more about a variable of this type than that it has it.
    fn may_be_narrowed(&mut self, ty: Ty) -> bool {
        let holds = |ty: Ty| matches!(ty.kind(), TyKind::Optional(_) | TyKind::Result(..));
        holds(ty) || self.struct_fields(ty).is_some_and(|fields| fields.iter().any(|field| holds(field.ty)))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::types::check::testing::check;

    #[test]
    fn a_comment_without_an_end_may_use_everything() {
        check(
            "func f() {\n\tx := 1\n\tnowhere()\n\t/* and so on\n\t_ = x\n}\n",
            expect![[r#"
                4: [lex-comment] comment is not terminated
            "#]],
        );
    }
}
