//! How types and operands are named in messages.

use super::{Checker, ObjId, ObjectKind, Operand, imports};
use crate::diagnostics::similar;
use crate::syntax::{Span, Symbol};
use crate::types::display;
use crate::types::{Mode, Ty, TyKind, Untyped};

/// What stands for the name of a type that has none; no source text can hold it.
pub(super) const UNSPEAKABLE: &str = "\u{0}invalid type\u{0}";

impl<'a> Checker<'a> {
    /// A type as the user would write it in the package being checked. One that is made of a mistake cannot be written, and
    /// what would be said of it follows from the mistake: see [`Checker::report`].
    pub fn type_name(&self, ty: Ty) -> String {
        if ty.has_error() {
            return UNSPEAKABLE.to_owned();
        }
        display::written_name(&self.program, ty, Some(self.package))
    }

    /// The types of some values, as a list of them is written: "(string, number)".
    pub fn type_list(&self, types: impl Iterator<Item = Ty>) -> String {
        let name = |ty: Ty| match ty.kind() {
            TyKind::Untyped(Untyped::Int | Untyped::Rune | Untyped::Float) => "number".to_owned(),
            TyKind::Untyped(Untyped::String) => "string".to_owned(),
            TyKind::Untyped(Untyped::Bool) => "bool".to_owned(),
            // How many there are is known all the same.
            _ if ty.has_error() => "unknown type".to_owned(),
            _ => self.type_name(ty),
        };
        format!("({})", types.map(name).collect::<Vec<_>>().join(", "))
    }

    /// The source under a span, shortened to fit into a sentence.
    pub fn source_text(&self, span: Span) -> String {
        let text = self.program.sources.text(span);
        let line = text.lines().next().unwrap_or("");
        let short: String = line.chars().take(60).collect();
        match short.len() < text.len() {
            true => format!("{short}…"),
            false => short,
        }
    }

    /// An operand in a sentence: "`x` (a variable of type `int`)".
    pub fn describe(&self, operand: &Operand<'a>) -> String {
        let text = self.source_text(operand.span);
        if operand.is_none() {
            return "`none`".to_owned();
        }
        if operand.generic.is_some() {
            return format!("the generic function `{text}`");
        }
        let ty = self.type_name(operand.ty);
        match (operand.mode, operand.ty.kind()) {
            (Mode::NoValue, _) => format!("`{text}`, which has no value"),
            (Mode::Type, _) => format!("the type `{ty}`"),
            (Mode::Builtin(_), _) => format!("the built-in function `{text}`"),
            (Mode::Package, _) => format!("the package `{text}`"),
            (Mode::Const, TyKind::Untyped(_)) => format!("the constant `{text}`"),
            (Mode::Const, _) => format!("the constant `{text}` (of type `{ty}`)"),
            (_, TyKind::Untyped(Untyped::Bool)) => format!("`{text}` (a `bool`)"),
            (Mode::Variable, _) => format!("`{text}` (a variable of type `{ty}`)"),
            _ => format!("`{text}` (of type `{ty}`)"),
        }
    }

    /// The name that is known here and is most like an unknown one, if one is like it.
    pub fn similar_name(&self, name: Symbol) -> Option<Symbol> {
        let mut candidates = Vec::new();
        let mut at = Some(self.scope);
        while let Some(id) = at {
            let scope = self.scope_at(id);
            candidates.extend(scope.names.keys().chain(scope.cases.keys()).copied());
            at = scope.parent;
        }
        closest(name, candidates.into_iter())
    }

    /// The package that is most like an unknown name before a `.`: one that the file imports, or else one of the standard
    /// library, with its path.
    pub fn similar_package(&self, name: Symbol) -> Option<(Symbol, Option<&'static str>)> {
        let scope = self.file_scopes.get(&self.file).map(|scope| self.scope_at(*scope))?;
        let is_package = |id: &ObjId| matches!(self.object(*id).kind, ObjectKind::Package(_));
        let imported = scope.names.iter().filter(|(_, id)| is_package(id)).map(|(name, _)| *name);
        if let Some(close) = closest(name, imported) {
            return Some((close, None));
        }
        let known = imports::package_names().map(|(name, _)| Symbol::intern(name));
        let close = closest(name, known)?;
        Some((close, Some(imports::package_named(close.as_str())?)))
    }
}

/// The closest of some names to a misspelt one, if one is close enough to be meant.
pub(super) fn closest(name: Symbol, candidates: impl Iterator<Item = Symbol>) -> Option<Symbol> {
    similar::closest(name.as_str(), candidates.map(Symbol::as_str)).map(Symbol::intern)
}

/// `1 field`, `2 fields`.
pub(super) fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
