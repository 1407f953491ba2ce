//! The checker: names, types, constants and flow of a whole program.
//!
//! The order of work, each step needing the ones before it:
//!
//! 1. [`imports`] has parsed every package that the program reaches, in dependency order.
//! 2. [`collect`] puts what a package declares into its scope, as unresolved objects.
//! 3. [`decls`] resolves the objects, each when it is first needed; a cycle is an error unless something delays it.
//! 4. Function bodies follow ([`stmts`]), when the types of everything at package level are known. Bodies of
//!    literals at package level wait for that moment in [`Checker::delayed`].
//! 5. [`init_order`] sorts the package-level variables by what their initialisers use.
//!
//! An expression gives an [`Operand`]. A mistake is reported once and gives an operand of type [`Ty::error`], with
//! which every later check agrees silently. So does what could not be parsed; what else follows from that, and is not said, is
//! in [`damaged`].

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::syntax::ast::{self, BinaryOp, FuncDecl, TypeSpec};
use crate::syntax::damage::Damage;
use crate::syntax::{FileId, NodeId, SourceMap, Span, Symbol};
use crate::types::{FuncId, PackageId, Program, Ty, TypeDefId, TypeParamId, VarId};

mod absent;
mod analyses;
mod assignability;
mod binary;
mod builtins;
mod calls;
mod channels;
mod closures;
mod collect;
mod composite;
mod constants;
pub(crate) mod contents;
mod conversions;
mod cycles;
mod damaged;
mod decls;
mod definite;
pub mod dependencies;
mod endpoints;
mod ends;
mod errors;
mod exhaustive;
mod exprs;
mod file_imports;
mod format_strings;
mod func_body;
mod funcs;
mod generics;
mod globals;
pub mod imports;
mod indexing;
mod init_order;
mod inout;
mod inproc;
mod instead;
mod interfaces;
mod labels;
mod lost;
pub(crate) mod make;
mod match_;
mod method_sets;
mod names;
mod operand;
mod optionals;
mod places;
mod predicates;
mod range;
mod reach;
mod refusing;
mod resultless;
mod scope;
mod sections;
mod select;
mod selectors;
mod shifts;
mod sizes;
mod stmts;
mod supervise;
mod switch;
mod tasks;
mod terminating;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod type_decls;
mod type_exprs;
pub mod universe;
mod walked;

pub(crate) use assignability::Context;
pub(crate) use decls::Dep;
pub(crate) use operand::{GenericFunc, Operand};
pub(crate) use scope::{ObjId, Object, ObjectKind, ScopeId};
pub(crate) use stmts::{FuncBody, FuncContext, FuncKind};

pub use imports::LoadedPackage;

/// Checks a program whose packages have been loaded, in dependency order: the last one is the program's own.
pub fn check(
    sources: SourceMap,
    files: Vec<ast::File>,
    packages: &[LoadedPackage],
) -> (Program, Diagnostics) {
    check_until(sources, files, packages, &|| false)
}

/// [`check`], which ends soon after `stop` says so. What it gives then is of no use: it says nothing about what was not
/// looked at.
pub fn check_until(
    sources: SourceMap,
    files: Vec<ast::File>,
    packages: &[LoadedPackage],
    stop: Stop<'_>,
) -> (Program, Diagnostics) {
    // A node for so many bytes of text, or fewer: growing the large tables step by step moves them each time.
    let nodes = sources.iter().map(|(_, file)| file.text.len()).sum::<usize>() / 8;
    let (mut program, mut diagnostics) = {
        let mut checker = Checker::new(sources, &files, stop);
        checker.program.info.exprs.reserve(nodes);
        checker.program.info.uses.reserve(nodes / 2);
        checker.declare_universe();
        for package in packages {
            checker.package(package);
        }
        checker.finish();
        if let Some(package) = packages.last() {
            checker.require_main(package);
        }
        checker.drop_covered();
        (std::mem::take(&mut checker.program), std::mem::take(&mut checker.diagnostics))
    };
    let whole = files.iter().all(|file| file.damage.is_empty());
    if whole && !diagnostics.has_errors() && !stop() {
        analyses::run(&mut program, &files, &mut diagnostics);
    }
    program.files = files;
    (program, diagnostics)
}

/// Whether nobody wants to know any more: asked before each body of a function.
pub type Stop<'s> = &'s dyn Fn() -> bool;

/// Work put off until the types at package level are known, and where it belongs.
struct Delayed<'a> {
    environment: Environment,
    run: Box<dyn FnOnce(&mut Checker<'a>) + 'a>,
}

/// Where the code being checked stands.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    package: PackageId,
    file: usize,
    scope: ScopeId,
    funcs: Vec<FuncContext>,
    iota: Option<u32>,
    decl: Option<Dep>,
    type_params: Vec<TypeParamId>,
}

/// A declared type whose parameters or underlying type are not known yet.
#[derive(Clone, Debug)]
pub(crate) struct PendingType<'a> {
    spec: &'a TypeSpec,
    environment: Environment,
}

/// Everything that checking knows. `'a` is the life of the syntax trees.
pub(crate) struct Checker<'a> {
    /// The program under construction; its `files` stay empty until checking ends: see `files`.
    pub program: Program,
    pub files: &'a [ast::File],
    stop: Stop<'a>,
    /// What could not be read, of the files of which that is so.
    damage: FxHashMap<FileId, &'a Damage>,
    /// Parameters that were written with the type first, and the header that each is in.
    pub turned_round: FxHashMap<VarId, Span>,
    /// Functions and methods whose parameters could not be read.
    pub damaged_funcs: FxHashSet<FuncId>,
    /// Names that nothing declares, each of which a declaration that has lost its name accounts for.
    pub lost_names: FxHashSet<Symbol>,
    /// Files with an `import .` of a package that is not there: it may declare any name that is exported.
    pub lost_dot_imports: FxHashSet<usize>,
    /// Methods whose receivers are mistakes: some type may miss them.
    pub lost_methods: FxHashSet<Symbol>,
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
    /// The type parameters of the function around.
    pub func_type_params: Vec<TypeParamId>,
    /// The value of `iota`, in a constant declaration.
    pub iota: Option<u32>,
    /// What the code being checked initialises or is the body of: what it uses is noted in `deps`.
    pub decl: Option<Dep>,
    pub deps: FxHashMap<Dep, indexmap::IndexSet<Dep>>,
    /// The expression that is called just now: a method that changes its receiver can only be called.
    pub callee: Option<NodeId>,
    /// What something is being sent to: only there a channel has a topic or a peer.
    pub addressing: Option<NodeId>,
    /// The `make` that has an address.
    pub endpoint: Option<NodeId>,
    /// The package-level objects being resolved, outermost first, for reports of cycles.
    pub resolving: Vec<ObjId>,
    delayed: VecDeque<Delayed<'a>>,
    /// The object of each variable, for reports and for "declared and not used".
    pub var_objects: FxHashMap<VarId, ObjId>,
    /// How many functions are around each local variable's declaration: a use from deeper inside is a capture.
    pub var_levels: FxHashMap<VarId, usize>,
    /// Local variables that something reads.
    pub used_vars: FxHashSet<VarId>,
    /// Optional variables and fields that flow has shown to hold a value here: see [`optionals`].
    pub narrowed: FxHashSet<places::FieldPath>,
    pub flow: stmts::FlowState,
    /// Untyped left operands of non-constant shifts: they must be integers once they get a type.
    pub shift_operands: FxHashSet<NodeId>,
    /// Cases of generic enums whose type arguments the call must say.
    pub open_cases: FxHashMap<NodeId, (TypeDefId, u32)>,
    /// Package-level objects, in source order, of the package being checked.
    pub package_objects: Vec<ObjId>,
    /// The scope of each package, and of each file.
    pub package_scopes: Vec<ScopeId>,
    pub file_scopes: FxHashMap<usize, ScopeId>,
    pub package_ids: FxHashMap<String, PackageId>,
    /// Declared types whose underlying type is not known yet; those whose parameters are not declared yet.
    incomplete: FxHashMap<TypeDefId, PendingType<'a>>,
    pending_params: FxHashMap<TypeDefId, PendingType<'a>>,
    /// The declared types being completed, outermost first, and what stands after the last one's name.
    completing: Vec<TypeDefId>,
    completing_node: Option<NodeId>,
    /// Types that contain themselves, reported; and types that do not.
    pub broken_types: FxHashSet<TypeDefId>,
    pub sound_types: FxHashSet<TypeDefId>,
    /// Types that were meant to be generic: their parameters have no constraints.
    pub unconstrained: FxHashSet<TypeDefId>,
    /// Types that are declared as interfaces.
    pub interface_decls: FxHashSet<TypeDefId>,
    /// What stands after the name in `type T U`: for finding types that contain themselves.
    written: FxHashMap<TypeDefId, Ty>,
    /// Which type parameters flow into which, for finding instances without end; and the parameters that receivers
    /// name, with those of the type that they stand for.
    flows: Vec<generics::Flow>,
    receiver_params: FxHashMap<TypeParamId, TypeParamId>,
    /// Generic aliases: they have parameters as declared types have, but are no types of their own.
    pub aliases: FxHashSet<TypeDefId>,
    /// How many of a local type's parameters are those of the function around it.
    pub local_type_params: FxHashMap<TypeDefId, usize>,
    /// The `!x` of the last `!x == y` or `!x != y`, which denies `x` only, with the operator and the place of `y`.
    denied: Option<(NodeId, BinaryOp, Span)>,
    /// Declared functions whose signature is not known yet, and the scopes with the parameters of the others.
    pending_funcs: FxHashMap<FuncId, &'a FuncDecl>,
    pub func_scopes: FxHashMap<FuncId, ScopeId>,
    pub methods: FxHashMap<(TypeDefId, Symbol), FuncId>,
    /// Methods that the standard library gives to types of the language.
    pub builtin_methods: FxHashMap<(Ty, Symbol), FuncId>,
    /// Of the package being checked: its `init` functions, variables and `var` specs, in source order.
    pub init_funcs: Vec<FuncId>,
    /// Functions of the program without a body.
    pub bodiless: Vec<FuncId>,
    pub global_vars: Vec<VarId>,
    pub global_specs: Vec<init_order::GlobalSpec>,
    /// How long all constant strings are that were put together from others.
    pub constant_bytes: usize,
    /// Initialisers of several variables that have been checked.
    pub initialised: FxHashSet<NodeId>,
}

impl<'a> Checker<'a> {
    fn new(sources: SourceMap, files: &'a [ast::File], stop: Stop<'a>) -> Checker<'a> {
        Checker {
            program: Program { sources, ..Program::default() },
            files,
            stop,
            damage: files
                .iter()
                .filter(|file| !file.damage.is_empty())
                .map(|file| (file.span.file, &file.damage))
                .collect(),
            turned_round: FxHashMap::default(),
            lost_names: FxHashSet::default(),
            lost_dot_imports: FxHashSet::default(),
            lost_methods: FxHashSet::default(),
            damaged_funcs: FxHashSet::default(),
            diagnostics: Diagnostics::default(),
            scopes: Vec::new(),
            objects: Vec::new(),
            universe: universe::Universe::empty(),
            package: PackageId(0),
            file: 0,
            scope: ScopeId(0),
            funcs: Vec::new(),
            func_type_params: Vec::new(),
            iota: None,
            decl: None,
            deps: FxHashMap::default(),
            callee: None,
            addressing: None,
            endpoint: None,
            resolving: Vec::new(),
            delayed: VecDeque::new(),
            var_objects: FxHashMap::default(),
            var_levels: FxHashMap::default(),
            used_vars: FxHashSet::default(),
            narrowed: FxHashSet::default(),
            flow: stmts::FlowState::default(),
            shift_operands: FxHashSet::default(),
            open_cases: FxHashMap::default(),
            package_objects: Vec::new(),
            package_scopes: Vec::new(),
            file_scopes: FxHashMap::default(),
            package_ids: FxHashMap::default(),
            incomplete: FxHashMap::default(),
            pending_params: FxHashMap::default(),
            completing: Vec::new(),
            completing_node: None,
            broken_types: FxHashSet::default(),
            unconstrained: FxHashSet::default(),
            interface_decls: FxHashSet::default(),
            sound_types: FxHashSet::default(),
            written: FxHashMap::default(),
            flows: Vec::new(),
            receiver_params: FxHashMap::default(),
            aliases: FxHashSet::default(),
            local_type_params: FxHashMap::default(),
            denied: None,
            pending_funcs: FxHashMap::default(),
            func_scopes: FxHashMap::default(),
            methods: FxHashMap::default(),
            builtin_methods: FxHashMap::default(),
            init_funcs: Vec::new(),
            bodiless: Vec::new(),
            global_vars: Vec::new(),
            global_specs: Vec::new(),
            constant_bytes: 0,
            initialised: FxHashSet::default(),
        }
    }

    /// Reports a mistake, unless that speaks of a type which is a mistake itself.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        if !diagnostic.mentions(names::UNSPEAKABLE) {
            self.diagnostics.push(diagnostic);
        }
    }

    fn environment(&self) -> Environment {
        Environment {
            package: self.package,
            file: self.file,
            scope: self.scope,
            funcs: self.funcs.clone(),
            iota: self.iota,
            decl: self.decl,
            type_params: self.func_type_params.clone(),
        }
    }

    /// Runs `f` as if the code stood in another place.
    fn in_environment<R>(&mut self, environment: Environment, f: impl FnOnce(&mut Self) -> R) -> R {
        let outer = self.environment();
        self.enter(environment);
        let callee = self.callee.take();
        let result = f(self);
        self.callee = callee;
        self.enter(outer);
        result
    }

    fn enter(&mut self, environment: Environment) {
        let Environment { package, file, scope, funcs, iota, decl, type_params } = environment;
        self.package = package;
        self.file = file;
        self.scope = scope;
        self.funcs = funcs;
        self.iota = iota;
        self.decl = decl;
        self.func_type_params = type_params;
    }

    /// Runs `f` outside all functions, in a file.
    fn at_package_level<R>(&mut self, package: PackageId, file: usize, f: impl FnOnce(&mut Self) -> R) -> R {
        let scope = self.file_scopes.get(&file).copied().unwrap_or(self.scope);
        let environment = Environment {
            package,
            file,
            scope,
            funcs: Vec::new(),
            iota: None,
            decl: None,
            type_params: Vec::new(),
        };
        self.in_environment(environment, f)
    }

    /// Puts off a check until the types at package level are known.
    pub fn delay(&mut self, run: impl FnOnce(&mut Checker<'a>) + 'a) {
        let environment = self.environment();
        self.delayed.push_back(Delayed { environment, run: Box::new(run) });
    }

    fn run_delayed(&mut self) {
        while let Some(delayed) = self.delayed.pop_front() {
            self.in_environment(delayed.environment, delayed.run);
        }
    }

    /// What is left when all packages are checked: expressions without a type get their default one.
    fn finish(&mut self) {
        for info in self.program.info.exprs.values_mut() {
            info.ty = conversions::default_type(info.ty);
            if let Some(constant) = &info.constant
                && let Ok(value) = constants::represent(constant, info.ty)
            {
                info.constant = Some(value);
            }
        }
    }
}
