//! A package from its files to its checked bodies.
//!
//! 1. Imports go into the scope of their file, everything declared into the scope of the package, unresolved.
//! 2. Methods are attached to their types, so that any later question about a type knows them.
//! 3. Everything is resolved, in source order; what needs something else resolves that first.
//! 4. Types that contain themselves are found; then the bodies are checked; then comes the order of initialisation.

use super::decls::Decl;
use super::imports::LoadedPackage;
use super::scope::{Object, State};
use super::{Checker, FuncBody, ObjId, ObjectKind, ScopeId};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{self, ConstSpec, FuncDecl};
use crate::syntax::{Span, Symbol};
use crate::types::{FuncDef, FuncId, FuncTy, Package, PackageId, ReceiverDef, Test, Ty, TyKind, VarKind};

/// An import, for "imported and not used".
#[derive(Debug)]
pub(super) struct ImportUse {
    object: Option<ObjId>,
    path: String,
    span: Span,
    /// `import . "x"`: used when one of these objects is.
    dotted: Vec<ObjId>,
}

impl<'a> Checker<'a> {
    /// Checks one package: everything but function bodies, then the bodies.
    pub fn package(&mut self, package: &LoadedPackage) {
        let universe = self.universe.scope;
        let scope = self.new_scope(Some(universe));
        let id = PackageId(self.program.packages.len() as u32);
        self.package_scopes.push(scope);
        self.package = id;
        let name = package
            .files
            .first()
            .map_or_else(|| Symbol::intern("main"), |file| self.files[*file].package.name);
        self.program.packages.push(Package {
            path: package.path.clone(),
            name,
            std: package.std,
            scope: rustc_hash::FxHashMap::default(),
        });
        self.package_ids.insert(package.path.clone(), id);
        self.package_objects.clear();
        let first_type = self.program.types.len();
        let first_func = self.program.funcs.len();
        if package.path == "sync" {
            self.declare_sync(scope);
        }
        let mut imports = Vec::new();
        for &file in &package.files {
            let file_scope = self.new_scope(Some(scope));
            self.file_scopes.insert(file, file_scope);
            self.file = file;
            self.scope = file_scope;
            self.check_package_name(file, name);
            self.collect_decls(file, scope);
        }
        for &file in &package.files {
            self.file = file;
            self.scope = self.file_scopes[&file];
            self.collect_imports(file, package, scope, &mut imports);
        }
        self.attach_methods(first_func);
        self.resolve_all(first_type, first_func);
        // Before what is delayed, which has nothing to say about types without end.
        for def in first_type..self.program.types.len() {
            self.check_recursion(crate::types::TypeDefId(def as u32));
        }
        self.run_delayed();
        self.check_bodies(first_func);
        self.check_tests(package, id);
        self.run_delayed();
        // After other mistakes the arguments may not be the ones that were meant.
        if self.is_undamaged() && !self.diagnostics.has_errors() {
            self.report_growth();
        }
        self.report_unused_imports(imports);
        self.order_inits();
        self.export(id, scope);
        if package.path == super::universe::PRELUDE {
            self.adopt_prelude(scope);
        }
    }

    fn check_package_name(&mut self, file: usize, name: Symbol) {
        let ident = self.files[file].package;
        if ident.name.as_str() == "_" {
            self.report(
                Diagnostic::error(Code::InvalidType, ident.span, "a package cannot be named `_`")
                    .label("no other package could name it")
                    .help("the package of a program is `main`"),
            );
        }
        if ident.name != name {
            self.report(
                Diagnostic::error(
                    Code::Redeclared,
                    ident.span,
                    format!("this file is of package `{}`, the others of `{name}`", ident.name),
                )
                .label("another package")
                .help("a directory holds one package"),
            );
        }
    }

    /// `Mutex` and `Counter` of package `sync` are types of the language.
    fn declare_sync(&mut self, scope: ScopeId) {
        let types = [
            ("Mutex", ObjectKind::GenericType(super::universe::MUTEX)),
            ("Counter", ObjectKind::Type(Ty::new(TyKind::Counter))),
        ];
        for (name, kind) in types {
            self.add_package_object(scope, Symbol::intern(name), Span::default(), kind, None);
        }
    }

    fn add_package_object(
        &mut self,
        scope: ScopeId,
        name: Symbol,
        span: Span,
        kind: ObjectKind,
        decl: Option<Decl<'a>>,
    ) -> ObjId {
        let name_str = name.as_str();
        let main = name_str == "main" && self.program.packages[self.package.0 as usize].name == name;
        if (main || name_str == "init") && !matches!(kind, ObjectKind::Func(_)) {
            self.report(
                Diagnostic::error(Code::MainFunction, span, format!("`{name}` can only be a function"))
                    .label("the program starts with it"),
            );
            return self.add_object(Object {
                name,
                span,
                kind,
                package: Some(self.package),
                file: self.file,
                state: State::Resolved,
                used: false,
                decl: None,
            });
        }
        let state = if decl.is_some() { State::Unresolved } else { State::Resolved };
        let object = self.add_object(Object {
            name,
            span,
            kind,
            package: Some(self.package),
            file: self.file,
            state,
            used: false,
            decl,
        });
        self.package_objects.push(object);
        self.insert(scope, object);
        object
    }

    fn collect_decls(&mut self, file: usize, scope: ScopeId) {
        let files: &'a [ast::File] = self.files;
        for (index, decl) in files[file].decls.iter().enumerate() {
            match decl {
                ast::Decl::Func(func) => self.collect_func(func, (file, index), scope),
                ast::Decl::Type(specs) => {
                    for spec in specs {
                        self.collect_type(spec, scope);
                    }
                }
                ast::Decl::Var(specs) => {
                    for (spec_index, spec) in specs.iter().enumerate() {
                        self.collect_vars(spec, (file, index, spec_index), scope);
                    }
                }
                ast::Decl::Const(specs) => self.collect_consts(specs, scope),
                ast::Decl::Test(_) | ast::Decl::Error(_) => {}
            }
        }
    }

    fn collect_type(&mut self, spec: &'a ast::TypeSpec, scope: ScopeId) {
        let (name, span) = (spec.name.name, spec.name.span);
        if spec.alias && spec.type_params.is_empty() {
            self.add_package_object(scope, name, span, ObjectKind::Unknown, Some(Decl::Alias(spec)));
            return;
        }
        let def = self.new_type_def(spec);
        if spec.alias {
            self.aliases.insert(def);
        }
        let kind = match spec.type_params.is_empty() {
            true => ObjectKind::Type(Ty::new(TyKind::Named(def, Vec::new()))),
            false => ObjectKind::GenericType(def),
        };
        self.add_package_object(scope, name, span, kind, None);
        self.declare_cases(scope, def, spec);
    }

    fn collect_vars(&mut self, spec: &'a ast::VarSpec, place: (usize, usize, usize), scope: ScopeId) {
        let mut vars = Vec::new();
        for (index, name) in spec.names.iter().enumerate() {
            let kind = VarKind::Global { package: self.package, assigned: false };
            let var = self.new_var(name.name, name.span, Ty::error(), kind);
            self.program.info.defs.insert(name.id, var);
            let decl = Decl::Var { spec, index };
            let object =
                self.add_package_object(scope, name.name, name.span, ObjectKind::Var(var), Some(decl));
            self.var_objects.insert(var, object);
            vars.push((name.name.as_str() != "_").then_some(var));
            self.global_vars.push(var);
        }
        self.global_specs.push(super::init_order::GlobalSpec {
            vars: spec.names.iter().filter_map(|n| self.program.info.defs.get(&n.id).copied()).collect(),
            targets: vars,
            place,
            values: spec.values.len(),
        });
    }

    fn collect_consts(&mut self, specs: &'a [ConstSpec], scope: ScopeId) {
        let mut values: Option<&'a ConstSpec> = None;
        for spec in specs {
            if !spec.values.is_empty() || values.is_none() {
                values = Some(spec);
            }
            let from = values.unwrap_or(spec);
            self.extra_constants(spec, from);
            for (index, name) in spec.names.iter().enumerate() {
                let kind = ObjectKind::Const { ty: Ty::error(), value: None };
                let decl = Decl::Const { spec, values: from, index };
                self.add_package_object(scope, name.name, name.span, kind, Some(decl));
            }
        }
    }

    fn collect_func(&mut self, decl: &'a FuncDecl, place: (usize, usize), scope: ScopeId) {
        let id = FuncId(self.program.funcs.len() as u32);
        self.program.funcs.push(FuncDef {
            name: decl.name.name,
            package: self.package,
            span: decl.name.span,
            decl: place,
            receiver: None,
            type_params: Vec::new(),
            sig: FuncTy { params: Vec::new(), variadic: false, result: Ty::unit() },
            params: Vec::new(),
            results: Vec::new(),
            native: decl.body.is_none(),
        });
        self.pending_funcs.insert(id, decl);
        if decl.receiver.is_some() {
            return;
        }
        match decl.name.name.as_str() {
            // Any number of these; nothing refers to them.
            "init" => self.init_funcs.push(id),
            "_" => {}
            name => {
                let main =
                    name == "main" && self.program.packages[self.package.0 as usize].name.as_str() == "main";
                if main && self.program.main.is_none() {
                    self.program.main = Some(id);
                }
                self.add_package_object(scope, decl.name.name, decl.name.span, ObjectKind::Func(id), None);
            }
        }
    }

    fn collect_imports(
        &mut self,
        file: usize,
        package: &LoadedPackage,
        package_scope: ScopeId,
        imports: &mut Vec<ImportUse>,
    ) {
        let files: &'a [ast::File] = self.files;
        for import in &files[file].imports {
            let found = package.imports.get(&import.id).and_then(|path| self.package_ids.get(path)).copied();
            let own = found.map(|id| self.program.packages[id.0 as usize].name);
            let last = import.path.rsplit('/').next().unwrap_or(&import.path);
            let name = import.alias.map_or_else(|| own.unwrap_or(Symbol::intern(last)), |alias| alias.name);
            let span = import.alias.map_or(import.path_span, |alias| alias.span);
            let mut used =
                ImportUse { object: None, path: import.path.clone(), span: import.span, dotted: Vec::new() };
            match (name.as_str(), found) {
                ("_", _) => continue,
                (".", Some(id)) => {
                    used.dotted = self.import_all(id);
                    for &imported in &used.dotted {
                        let name = self.object(imported).name;
                        let own = self.scope_at(package_scope).names.get(&name);
                        if let Some(span) = own.map(|own| self.object(*own).span) {
                            self.report_redeclared(name, span, import.span);
                        }
                    }
                }
                (".", None) => {
                    self.lost_dot_imports.insert(file);
                    continue;
                }
                // Its name may be no name at all, or that of another import that is right.
                (_, None) if self.lookup_in(self.scope, name).is_some() => continue,
                (_, found) => {
                    if let Some(&other) = self.scope_at(package_scope).names.get(&name) {
                        let first = self.object(other).span;
                        self.report_redeclared(name, first, span);
                    }
                    let kind = found.map_or(ObjectKind::MissingPackage, ObjectKind::Package);
                    let object = self.add_object(Object {
                        name,
                        span,
                        kind,
                        package: Some(self.package),
                        file,
                        state: State::Resolved,
                        used: found.is_none(),
                        decl: None,
                    });
                    let scope = self.scope;
                    self.insert(scope, object);
                    used.object = Some(object);
                }
            }
            imports.push(used);
        }
    }

    /// `import . "x"`: the exported names are the file's own.
    fn import_all(&mut self, id: PackageId) -> Vec<ObjId> {
        let from = self.package_scopes[id.0 as usize];
        let mut objects: Vec<(Symbol, ObjId)> = self
            .scope_at(from)
            .names
            .iter()
            .filter(|(name, _)| super::selectors::is_exported(**name))
            .map(|(name, object)| (*name, *object))
            .collect();
        objects.sort_by_key(|(_, object)| *object);
        let scope = self.scope;
        for (name, object) in &objects {
            self.object_mut(*object).used = false;
            self.scope_at_mut(scope).names.insert(*name, *object);
        }
        objects.into_iter().map(|(_, object)| object).collect()
    }

    fn report_unused_imports(&mut self, imports: Vec<ImportUse>) {
        for import in imports {
            let used = import.object.is_some_and(|object| self.object(object).used)
                || import.dotted.iter().any(|object| self.object(*object).used);
            let last = import.path.rsplit('/').next().unwrap_or(&import.path);
            let name = import.object.map_or_else(|| Symbol::intern(last), |object| self.object(object).name);
            let lost = match import.dotted.is_empty() {
                true => {
                    let package = import.object.and_then(|object| match self.object(object).kind {
                        ObjectKind::Package(package) => Some(package),
                        _ => None,
                    });
                    self.import_may_be_used(name, package, import.span)
                }
                false => !self.is_undamaged(),
            };
            if !used && !lost {
                let whole = self.whole_import(import.span);
                self.report(
                    Diagnostic::error(
                        Code::UnusedImport,
                        import.span,
                        format!("`{}` is imported and not used", import.path),
                    )
                    .label("nothing here needs it")
                    .fix("remove the import", vec![(whole, String::new())]),
                );
            }
        }
    }

    /// An import with its `import`, if that is for it alone, and its line, if nothing else is there.
    fn whole_import(&self, span: Span) -> Span {
        let text = &self.program.sources.file(span.file).text;
        let (before, behind) = (&text[..span.start as usize], &text[span.end as usize..]);
        let own = before
            .trim_end()
            .strip_suffix("import")
            .filter(|rest| rest.is_empty() || rest.ends_with(['\n', ';']));
        let before = own.unwrap_or(before);
        let indent = before.trim_end_matches([' ', '\t']);
        let rest = behind.trim_start_matches([' ', '\t', '\r']);
        match rest.strip_prefix('\n') {
            Some(next) if indent.is_empty() || indent.ends_with('\n') => {
                Span::new(span.file, indent.len(), text.len() - next.len())
            }
            _ => Span { start: before.len() as u32, ..span },
        }
    }

    /// Finds each method's type. What is under the types is not known yet, and need not be.
    fn attach_methods(&mut self, first: usize) {
        for index in first..self.program.funcs.len() {
            let id = FuncId(index as u32);
            let Some(decl) = self.pending_funcs.get(&id).copied() else { continue };
            let Some(receiver) = &decl.receiver else { continue };
            let place = self.program.funcs[index].decl;
            self.file = place.0;
            self.scope = self.file_scopes[&place.0];
            let base = self.receiver_base(receiver);
            let name = decl.name;
            match base {
                Some(Base::Def(def)) => {
                    self.program.funcs[index].receiver =
                        Some(ReceiverDef { type_def: Some(def), ty: Ty::error(), inout: receiver.inout });
                    if name.name.as_str() == "_" {
                        continue;
                    }
                    if let Some(first) = self.methods.get(&(def, name.name)) {
                        let first = self.program.funcs[first.0 as usize].span;
                        let type_name = self.program.types[def.0 as usize].name;
                        self.report(
                            Diagnostic::error(
                                Code::Redeclared,
                                name.span,
                                format!("`{type_name}` has two methods `{}`", name.name),
                            )
                            .label("declared again here")
                            .also(first, "first declared here"),
                        );
                        continue;
                    }
                    self.methods.insert((def, name.name), id);
                    self.program.types[def.0 as usize].methods.push(id);
                }
                Some(Base::BuiltIn(ty)) => {
                    self.program.funcs[index].receiver =
                        Some(ReceiverDef { type_def: None, ty, inout: receiver.inout });
                    self.builtin_methods.insert((ty, name.name), id);
                }
                None => {
                    if name.name.as_str() != "_" {
                        self.lost_methods.insert(name.name);
                    }
                    self.program.funcs[index].receiver =
                        Some(ReceiverDef { type_def: None, ty: Ty::error(), inout: receiver.inout });
                }
            }
        }
    }

    fn receiver_base(&mut self, receiver: &'a ast::Receiver) -> Option<Base> {
        let name = receiver.type_name;
        let turned = self.turned_receiver(receiver);
        if turned.is_some()
            && let Some(ty) = receiver.name
        {
            self.report(
                Diagnostic::error(
                    Code::Syntax,
                    ty.span.to(name.span),
                    "a receiver's type stands behind its name",
                )
                .label(format!("in this order `{}` would be the name", ty.name))
                .help(format!("write `{} {}`", name.name, ty.name)),
            );
        }
        let Some(object) = turned.or_else(|| self.lookup(name.name)) else {
            self.report_undefined(name.span, name.name);
            return None;
        };
        self.resolve(object, name.span);
        self.object_mut(object).used = true;
        let entity = self.entity(object);
        self.record_use(name.id, entity);
        let std = self.program.packages[self.package.0 as usize].std;
        let why = match self.object(object).kind {
            ObjectKind::GenericType(def) if self.aliases.contains(&def) => "an alias",
            ObjectKind::GenericType(def)
                if self.program.types[def.0 as usize].package == Some(self.package) =>
            {
                return Some(Base::Def(def));
            }
            ObjectKind::Type(ty) => match ty.kind() {
                TyKind::Named(_, args) if !args.is_empty() => "an instance of a generic type",
                TyKind::Named(def, _) if self.program.types[def.0 as usize].package == Some(self.package) => {
                    return Some(Base::Def(*def));
                }
                TyKind::Error => return None,
                // The standard library gives durations their methods.
                _ if std => return Some(Base::BuiltIn(ty)),
                _ => "not declared in this package",
            },
            ObjectKind::GenericType(_) => "not declared in this package",
            ObjectKind::Unknown | ObjectKind::MissingPackage => return None,
            _ => "not a type",
        };
        self.report(
            Diagnostic::error(
                Code::InvalidReceiver,
                name.span,
                format!("`{}` cannot get methods here", name.name),
            )
            .label(why)
            .help(format!("declare a type of your own: `type My{} {}`", name.name, name.name)),
        );
        None
    }

    fn resolve_all(&mut self, first_type: usize, first_func: usize) {
        for def in first_type..self.program.types.len() {
            let def = crate::types::TypeDefId(def as u32);
            self.declare_type_params(def);
            self.complete(def);
        }
        for object in self.package_objects.clone() {
            let span = self.object(object).span;
            self.resolve(object, span);
        }
        for index in first_func..self.program.funcs.len() {
            self.complete_func(FuncId(index as u32));
        }
        self.check_fields_against_methods(first_type);
    }

    /// A field and a method of one name.
    fn check_fields_against_methods(&mut self, first: usize) {
        for def in first..self.program.types.len() {
            let id = crate::types::TypeDefId(def as u32);
            let TyKind::Struct(fields) = self.program.types[def].underlying.kind() else { continue };
            for (name, func) in self.methods_of(id) {
                if fields.iter().any(|field| field.name == name) {
                    let span = self.program.funcs[func.0 as usize].span;
                    let type_name = self.program.types[def].name;
                    self.report(
                        Diagnostic::error(
                            Code::Redeclared,
                            span,
                            format!("`{type_name}` has a field and a method `{name}`"),
                        )
                        .label("the method"),
                    );
                }
            }
        }
    }

    fn check_bodies(&mut self, first: usize) {
        for index in first..self.program.funcs.len() {
            if (self.stop)() {
                break;
            }
            self.check_body(FuncId(index as u32));
        }
    }

    fn check_body(&mut self, id: FuncId) {
        let files: &'a [ast::File] = self.files;
        let def = &self.program.funcs[id.0 as usize];
        let (file, decl) = def.decl;
        let ast::Decl::Func(func) = &files[file].decls[decl] else { return };
        let Some(scope) = self.func_scopes.get(&id).copied() else { return };
        let Some(block) = &func.body else {
            if !self.program.packages[self.package.0 as usize].std {
                self.bodiless.push(id);
            }
            return;
        };
        let body = FuncBody {
            literal: None,
            sig: def.sig.clone(),
            results: def.results.clone(),
            scope,
            block,
            damaged: func.sig.damaged,
        };
        let params = def.type_params.clone();
        self.at_package_level(self.package, file, |checker| {
            checker.decl = Some(super::Dep::Func(id));
            checker.func_type_params = params;
            checker.func_body(body);
        });
    }

    fn check_tests(&mut self, package: &LoadedPackage, id: PackageId) {
        let files: &'a [ast::File] = self.files;
        for &file in &package.files {
            for (index, decl) in files[file].decls.iter().enumerate() {
                let ast::Decl::Test(test) = decl else { continue };
                self.program.tests.push(Test {
                    name: test.name.clone(),
                    span: test.name_span,
                    package: id,
                    decl: (file, index),
                });
                self.at_package_level(id, file, |checker| checker.test_body(test));
            }
        }
    }

    /// A program starts with `func main`; a file of tests needs none.
    pub(super) fn require_main(&mut self, package: &LoadedPackage) {
        // What is missing as a whole is told when all that is there is right, as Go does: a file with mistakes is often a
        // part of what will be a program.
        if !self.is_undamaged() || self.diagnostics.has_errors() {
            return;
        }
        for id in std::mem::take(&mut self.bodiless) {
            let def = &self.program.funcs[id.0 as usize];
            let (name, span) = (def.name, def.span);
            self.report(
                Diagnostic::error(Code::InvalidType, span, format!("the function `{name}` has no body"))
                    .label("only the standard library has those"),
            );
        }
        let Some(&file) = package.files.first() else { return };
        let ident = self.files[file].package;
        let tests = package
            .files
            .iter()
            .any(|file| self.files[*file].decls.iter().any(|decl| matches!(decl, ast::Decl::Test(_))));
        if package.path != "main" || ident.name.as_str() != "main" || tests || self.program.main.is_some() {
            return;
        }
        // It may be what a mistake has swallowed, or what it is in.
        if self.diagnostics.has_errors() || self.files.iter().any(|file| !file.damage.is_empty()) {
            return;
        }
        self.report(
            Diagnostic::error(Code::MainFunction, ident.span, "the program has no `func main`")
                .label("a program of package `main` starts there")
                .help("write `func main() { … }`"),
        );
    }

    /// What lowering reads of the package's scope.
    fn export(&mut self, id: PackageId, scope: ScopeId) {
        let names: Vec<_> =
            self.scope_at(scope).names.iter().map(|(name, object)| (*name, *object)).collect();
        let entities = names.into_iter().map(|(name, object)| (name, self.entity(object))).collect();
        self.program.packages[id.0 as usize].scope = entities;
    }
}

/// What methods can be declared for.
enum Base {
    Def(crate::types::TypeDefId),
    BuiltIn(Ty),
}
