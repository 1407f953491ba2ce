//! Package-level declarations, resolved when they are first needed.

use super::Checker;
use super::imports::LoadedPackage;
use crate::syntax::ast::{ConstSpec, FuncDecl, TypeSpec, VarSpec};
use crate::types::{FuncId, VarId};

/// A node of the graph of initialisation: what an initialiser or a body uses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub(crate) enum Dep {
    Var(VarId),
    Func(FuncId),
}

/// Where an object's meaning comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Decl<'a> {
    Const { spec: &'a ConstSpec, inherited: &'a ConstSpec, index: usize },
    Var { spec: &'a VarSpec, index: usize },
    Type(&'a TypeSpec),
    Func(&'a FuncDecl),
}

impl<'a> Checker<'a> {
    /// Checks one package: everything but function bodies, then the bodies.
    pub fn package(&mut self, package: &LoadedPackage) {
        let _ = package;
    }

    /// `const`, `var` and `type` in a function: declares the names. (The statements' half calls it for
    /// `StmtKind::Decl`; "declared and not used" of the variables is its own business.)
    pub fn local_decl(&mut self, decl: &'a crate::syntax::ast::Decl) {
        let _ = decl;
    }

    /// What is left when all packages are checked: untyped expressions get their default types.
    pub fn finish(&mut self) {}
}
