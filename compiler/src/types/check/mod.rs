//! The checker: names, types, constants and flow of a whole program.
//!
//! The order of work, each step needing the ones before it:
//!
//! 1. [`imports`] has parsed every package that the program reaches, in dependency order.
//! 2. [`collect`](decls) puts what a package declares into its scope, as unresolved [`Object`]s.
//! 3. [`decls`] resolves the objects, each when it is first needed; a cycle is an error unless something delays it.
//! 4. Function bodies follow ([`stmts`]), when the types of everything at package level are known. Bodies of
//!    literals at package level wait for that moment in [`Checker::delayed`].
//! 5. [`init_order`] sorts the package-level variables by what their initialisers use.
//!
//! An expression gives an [`Operand`]. A mistake is reported once and gives an operand of type [`Ty::error`], with
//! which every later check agrees silently.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::ast;
use crate::syntax::{NodeId, SourceMap};
use crate::types::{PackageId, Program, VarId};

mod assignability;
mod binary;
mod builtins;
mod calls;
mod composite;
mod constants;
mod conversions;
mod cycles;
mod decls;
mod exprs;
mod generics;
pub mod imports;
mod init_order;
mod method_sets;
mod names;
mod operand;
mod scope;
mod selectors;
mod stmts;
mod type_exprs;
mod universe;

pub(crate) use assignability::Context;
pub(crate) use decls::Dep;
pub(crate) use operand::{GenericFunc, Operand};
pub(crate) use scope::{ObjId, Object, ObjectKind, ScopeId};
pub(crate) use stmts::{FuncBody, FuncContext};

use imports::LoadedPackage;

/// Checks a program whose packages have been loaded, in dependency order: the last one is the program's own.
pub fn check(
    sources: SourceMap,
    files: Vec<ast::File>,
    packages: Vec<LoadedPackage>,
) -> (Program, Diagnostics) {
    let (mut program, diagnostics) = {
        let mut checker = Checker::new(sources, &files);
        for package in &packages {
            checker.package(package);
        }
        checker.finish();
        (std::mem::take(&mut checker.program), std::mem::take(&mut checker.diagnostics))
    };
    program.files = files;
    (program, diagnostics)
}

/// Work put off until the types at package level are known.
type Delayed<'a> = Box<dyn FnOnce(&mut Checker<'a>) + 'a>;

/// Everything that checking knows. `'a` is the life of the syntax trees.
pub(crate) struct Checker<'a> {
    /// The program under construction; its `files` stay empty until checking ends: see `files`.
    pub program: Program,
    pub files: &'a [ast::File],
    pub diagnostics: Diagnostics,
    pub scopes: Vec<scope::Scope>,
    pub objects: Vec<Object<'a>>,
    pub universe: universe::Universe,
    /// The package, file and scope that the code being checked is in.
    pub package: PackageId,
    pub file: usize,
    pub scope: ScopeId,
    /// The functions around the code being checked, innermost last; empty in package-level declarations.
    pub funcs: Vec<FuncContext>,
    /// The value of `iota`, in a constant declaration.
    pub iota: Option<u32>,
    /// What the code being checked initialises or is the body of: what it uses is noted in `deps`.
    pub decl: Option<Dep>,
    pub deps: FxHashMap<Dep, indexmap::IndexSet<Dep>>,
    /// The package-level objects being resolved, outermost first, for reports of cycles.
    pub resolving: Vec<ObjId>,
    pub delayed: VecDeque<Delayed<'a>>,
    /// The object of each variable, for reports and for "declared and not used".
    pub var_objects: FxHashMap<VarId, ObjId>,
    /// How many functions are around each local variable's declaration: a use from deeper inside is a capture.
    pub var_levels: FxHashMap<VarId, usize>,
    /// Local variables that something reads.
    pub used_vars: FxHashSet<VarId>,
    /// Optional variables that flow has shown to hold a value here. Kept by the statements' half.
    pub narrowed: FxHashSet<VarId>,
    /// Untyped left operands of non-constant shifts: they must be integers once they get a type.
    pub shift_operands: FxHashSet<NodeId>,
    /// Package-level objects, in source order, of the package being checked.
    pub package_objects: Vec<ObjId>,
    /// Declared types whose underlying type is not known yet.
    pub incomplete: FxHashSet<crate::types::TypeDefId>,
}

impl<'a> Checker<'a> {
    fn new(sources: SourceMap, files: &'a [ast::File]) -> Checker<'a> {
        Checker {
            program: Program { sources, ..Program::default() },
            files,
            diagnostics: Diagnostics::default(),
            scopes: Vec::new(),
            objects: Vec::new(),
            universe: universe::Universe {},
            package: PackageId(0),
            file: 0,
            scope: ScopeId(0),
            funcs: Vec::new(),
            iota: None,
            decl: None,
            deps: FxHashMap::default(),
            resolving: Vec::new(),
            delayed: VecDeque::new(),
            var_objects: FxHashMap::default(),
            var_levels: FxHashMap::default(),
            used_vars: FxHashSet::default(),
            narrowed: FxHashSet::default(),
            shift_operands: FxHashSet::default(),
            package_objects: Vec::new(),
            incomplete: FxHashSet::default(),
        }
    }

    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }
}
