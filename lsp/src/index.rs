//! Every name in the program's own files, and what it means: what navigation, renaming, colours and hints rest on.

use goo_compiler::syntax::ast::{self, *};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, NodeId, Span, Symbol};
use goo_compiler::types::{Entity, FuncId, PackageId, Program, Ty, TyKind, TypeDefId, TypeParamId, VarId};
use goo_compiler::types::{PatternInfo, Selection};
use rustc_hash::FxHashMap;

/// What a name means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Target {
    Var(VarId),
    Func(FuncId),
    Type(TypeDefId),
    TypeParam(TypeParamId),
    /// A constant, by the place of its declaration.
    Const(Span),
    /// A field of a struct, by the place of its declaration.
    Field(Span),
    /// A method that an interface asks for, by name.
    InterfaceMethod(Symbol),
    Case(TypeDefId, u32),
    Package(PackageId),
    Label(Span),
}

/// What a name does where it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Definition,
    Read,
    Write,
}

/// A name at a place.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence {
    pub span: Span,
    pub target: Target,
    pub role: Role,
    /// `y` in the pattern `Point{y}`: it is the field and the variable, and has an occurrence for each.
    pub shorthand: bool,
}

/// All occurrences, in the order of their places.
#[derive(Debug, Default)]
pub struct Index {
    pub occurrences: Vec<Occurrence>,
    /// The names of declared types' fields, by type and position.
    fields: FxHashMap<TypeDefId, Vec<Span>>,
    /// The names of the cases of enums.
    cases: FxHashMap<TypeDefId, Vec<Span>>,
}

impl Index {
    /// The occurrence at a place; one that ends there counts, too.
    pub fn at(&self, file: FileId, offset: usize) -> Option<&Occurrence> {
        let offset = offset as u32;
        let end = self.occurrences.partition_point(|o| (o.span.file, o.span.start) <= (file, offset));
        self.occurrences[..end].iter().rev().take(2).find(|o| o.span.file == file && o.span.end >= offset)
    }

    pub fn of(&self, target: Target) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |occurrence| occurrence.target == target)
    }

    /// The field of a declared struct whose declaration stands at a place.
    pub fn field_at(&self, span: Span) -> Option<(TypeDefId, u32)> {
        self.fields
            .iter()
            .find_map(|(def, spans)| Some((*def, spans.iter().position(|found| *found == span)? as u32)))
    }

    /// Where what a name means was declared.
    pub fn declaration(&self, program: &Program, target: Target) -> Option<Span> {
        Some(match target {
            Target::Var(var) => program.vars[var.0 as usize].span,
            Target::Func(func) => program.funcs[func.0 as usize].span,
            Target::Type(def) => program.types[def.0 as usize].span,
            Target::TypeParam(param) => program.type_params[param.0 as usize].span,
            Target::Const(span) | Target::Field(span) | Target::Label(span) => span,
            Target::Case(def, index) => *self.cases.get(&def)?.get(index as usize)?,
            Target::InterfaceMethod(_) => self.of(target).find(|o| o.role == Role::Definition)?.span,
            Target::Package(_) => return None,
        })
    }
}

/// Indexes a program.
pub fn index(program: &Program) -> Index {
    let mut builder = Builder {
        program,
        index: Index::default(),
        defs: program.types.iter().enumerate().map(|(i, def)| (def.span, TypeDefId(i as u32))).collect(),
        params: program
            .type_params
            .iter()
            .enumerate()
            .map(|(i, p)| (p.span, TypeParamId(i as u32)))
            .collect(),
        funcs: program.funcs.iter().enumerate().map(|(i, f)| (f.span, FuncId(i as u32))).collect(),
        consts: FxHashMap::default(),
        scopes: Vec::new(),
        labels: Vec::new(),
        package: PackageId(0),
        collecting: true,
        shorthand: false,
        imports: FxHashMap::default(),
    };
    // Declarations first: a use may stand above, or in another file.
    program.files.iter().for_each(|file| builder.file(file));
    builder.collecting = false;
    program.files.iter().for_each(|file| builder.file(file));
    let mut index = builder.index;
    // One number each is compared sooner than three.
    index.occurrences.sort_by_key(|o| {
        u128::from(o.span.file.0) << 64 | u128::from(o.span.start) << 32 | u128::from(o.span.end)
    });
    index.occurrences.dedup_by_key(|o| (o.span, o.shorthand.then_some(o.target)));
    index
}

struct Builder<'a> {
    program: &'a Program,
    index: Index,
    defs: FxHashMap<Span, TypeDefId>,
    params: FxHashMap<Span, TypeParamId>,
    funcs: FxHashMap<Span, FuncId>,
    /// Constants of packages.
    consts: FxHashMap<(PackageId, Symbol), Span>,
    /// Constants of the blocks around, innermost last.
    scopes: Vec<Vec<(Symbol, Span)>>,
    labels: Vec<Ident>,
    package: PackageId,
    /// The first walk: only fields, cases and constants.
    collecting: bool,
    /// What is added is one of two under one name.
    shorthand: bool,
    imports: FxHashMap<Symbol, PackageId>,
}

impl<'a> Builder<'a> {
    fn add(&mut self, span: Span, target: Target, role: Role) {
        // The library is only looked up, never looked through.
        if !self.collecting && !self.program.sources.file(span.file).std && span.end > span.start {
            let shorthand = self.shorthand;
            self.index.occurrences.push(Occurrence { span, target, role, shorthand });
        }
    }

    fn file(&mut self, file: &'a File) {
        self.package = self.package_of(file);
        self.imports.clear();
        for import in &file.imports {
            if let Some(id) = self.package_by_path(&import.path) {
                let name = import.alias.map_or(self.program.packages[id.0 as usize].name, |alias| alias.name);
                self.imports.insert(name, id);
                self.add(
                    import.alias.map_or(import.path_span, |alias| alias.span),
                    Target::Package(id),
                    Role::Definition,
                );
            }
        }
        for decl in &file.decls {
            self.decl(decl);
        }
    }

    fn package_by_path(&self, path: &str) -> Option<PackageId> {
        let at = self.program.packages.iter().position(|package| package.path == path)?;
        Some(PackageId(at as u32))
    }

    /// The package of a file: the library's have it in their names, the others are told by what they declare.
    fn package_of(&self, file: &File) -> PackageId {
        let source = self.program.sources.file(file.span.file);
        if source.std {
            let folder = source.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            return self.package_by_path(folder).unwrap_or(PackageId(0));
        }
        let declared = file.decls.iter().find_map(|decl| match decl {
            Decl::Func(func) => {
                self.funcs.get(&func.name.span).map(|id| self.program.funcs[id.0 as usize].package)
            }
            Decl::Type(specs) => {
                let def = self.defs.get(&specs.first()?.name.span)?;
                self.program.types[def.0 as usize].package
            }
            _ => None,
        });
        declared.unwrap_or(PackageId(self.program.packages.len().saturating_sub(1) as u32))
    }

    fn decl(&mut self, decl: &'a Decl) {
        match decl {
            Decl::Func(func) => self.func(func),
            Decl::Type(specs) => specs.iter().for_each(|spec| self.type_spec(spec)),
            Decl::Const(specs) => {
                for name in specs.iter().flat_map(|spec| &spec.names) {
                    self.constant(name);
                }
                visit::walk_decl(self, decl);
            }
            _ => visit::walk_decl(self, decl),
        }
    }

    fn constant(&mut self, name: &Ident) {
        match self.scopes.last_mut() {
            Some(scope) => scope.push((name.name, name.span)),
            None => {
                self.consts.insert((self.package, name.name), name.span);
            }
        }
        self.add(name.span, Target::Const(name.span), Role::Definition);
    }

    fn func(&mut self, func: &'a FuncDecl) {
        if let Some(&id) = self.funcs.get(&func.name.span) {
            self.add(func.name.span, Target::Func(id), Role::Definition);
            if let Some(receiver) = &func.receiver {
                let def = &self.program.funcs[id.0 as usize];
                if let Some(ty) = def.receiver.and_then(|receiver| receiver.type_def) {
                    self.add(receiver.type_name.span, Target::Type(ty), Role::Read);
                }
                if let (Some(name), Some(&var)) = (&receiver.name, def.params.first()) {
                    self.add(name.span, Target::Var(var), Role::Definition);
                }
                self.type_param_names(receiver.type_params.iter());
            }
        }
        self.type_params(&func.type_params);
        self.scopes.push(Vec::new());
        visit::walk_sig(self, &func.sig);
        if let Some(body) = &func.body {
            self.block(body);
        }
        self.scopes.pop();
    }

    fn type_params(&mut self, params: &'a [TypeParam]) {
        self.type_param_names(params.iter().map(|param| &param.name));
        params.iter().for_each(|param| self.expr(&param.constraint));
    }

    fn type_param_names<'i>(&mut self, names: impl Iterator<Item = &'i Ident>) {
        for name in names {
            if let Some(&id) = self.params.get(&name.span) {
                self.add(name.span, Target::TypeParam(id), Role::Definition);
            }
        }
    }

    fn type_spec(&mut self, spec: &'a TypeSpec) {
        if let Some(&def) = self.defs.get(&spec.name.span) {
            self.add(spec.name.span, Target::Type(def), Role::Definition);
            match &spec.ty.kind {
                ExprKind::StructType(fields) => {
                    self.index.fields.insert(def, fields.iter().map(field_span).collect());
                }
                ExprKind::EnumType(cases) => {
                    self.index.cases.insert(def, cases.iter().map(|case| case.name.span).collect());
                    for (index, case) in cases.iter().enumerate() {
                        self.add(case.name.span, Target::Case(def, index as u32), Role::Definition);
                    }
                }
                _ => {}
            }
        }
        self.type_params(&spec.type_params);
        self.expr(&spec.ty);
    }

    fn entity(&self, entity: Entity, name: Symbol) -> Option<Target> {
        Some(match entity {
            Entity::Var(var) => Target::Var(var),
            Entity::Func(func) => Target::Func(func),
            Entity::Const => self.const_named(self.package, name)?,
            Entity::Type(ty) => self.of_type(ty)?,
            Entity::GenericType(def) => Target::Type(def),
            Entity::Package(package) => Target::Package(package),
            Entity::Case(def, index) => Target::Case(def, index),
            Entity::Builtin(_) | Entity::None | Entity::Blank => return None,
        })
    }

    fn of_type(&self, ty: Ty) -> Option<Target> {
        match ty.kind() {
            TyKind::Named(def, _) => Some(Target::Type(*def)),
            TyKind::Param(param) => Some(Target::TypeParam(*param)),
            _ => None,
        }
    }

    fn const_named(&self, package: PackageId, name: Symbol) -> Option<Target> {
        let local = self.scopes.iter().rev().flatten().rev().find(|(known, _)| *known == name);
        let span = local.map(|(_, span)| *span).or_else(|| self.consts.get(&(package, name)).copied());
        span.map(Target::Const)
    }

    /// `Point{x: 0, y}`: the type, the fields, and what the patterns bind.
    fn struct_pattern(&mut self, path: &[Ident], fields: &'a [(Ident, Pattern)], indexes: &[u32]) {
        let scope = match path {
            [package, _] => self.imports.get(&package.name).copied().unwrap_or(self.package),
            _ => self.package,
        };
        let named = path.last().and_then(|name| {
            let entity = *self.program.packages.get(scope.0 as usize)?.scope.get(&name.name)?;
            Some((name.span, self.entity(entity, name.name)?))
        });
        if let Some((span, target)) = named {
            self.add(span, target, Role::Read);
        }
        let declared = match named {
            Some((_, Target::Type(def))) => self.index.fields.get(&def).cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        for ((name, pattern), index) in fields.iter().zip(indexes) {
            self.shorthand = pattern.span == name.span;
            if let Some(span) = declared.get(*index as usize) {
                self.add(name.span, Target::Field(*span), Role::Read);
            }
            self.pattern(pattern);
            self.shorthand = false;
        }
    }

    /// What `base.name` means.
    fn selected(&self, id: NodeId, base: &Expr, name: Symbol) -> Option<Target> {
        let info = &self.program.info;
        match info.selections.get(&id)? {
            Selection::Field { path } => self.field(info.exprs.get(&base.id)?.ty, path),
            Selection::Method { func, .. } => Some(Target::Func(*func)),
            Selection::InterfaceMethod { name, .. } | Selection::ParamMethod { name, .. } => {
                Some(Target::InterfaceMethod(*name))
            }
            Selection::MethodExpr { receiver, name } => {
                let TyKind::Named(def, _) = receiver.kind() else {
                    return Some(Target::InterfaceMethod(*name));
                };
                let methods = &self.program.types[def.0 as usize].methods;
                let found = methods.iter().find(|func| self.program.funcs[func.0 as usize].name == *name);
                found.map(|func| Target::Func(*func))
            }
            Selection::Member(Entity::Const) => {
                let ExprKind::Name(package) = base.kind else { return None };
                self.const_named(*self.imports.get(&package)?, name)
            }
            Selection::Member(entity) => self.entity(*entity, name),
            Selection::Case { def, index } => Some(Target::Case(*def, *index)),
            Selection::Builtin(_) => None,
        }
    }

    /// The field at the end of a path from a value of this type.
    pub fn field(&self, ty: Ty, path: &[u32]) -> Option<Target> {
        let mut ty = ty;
        let mut found = None;
        for &step in path {
            if let TyKind::Optional(inner) = ty.kind() {
                ty = *inner;
            }
            let TyKind::Struct(fields) = self.program.underlying(ty).kind() else { return None };
            found = match ty.kind() {
                TyKind::Named(def, _) => {
                    self.index.fields.get(def).and_then(|spans| spans.get(step as usize))
                }
                _ => None,
            };
            ty = fields.get(step as usize)?.ty;
        }
        found.map(|span| Target::Field(*span))
    }

    fn name(&mut self, expr: &Expr, name: Symbol, role: Role) {
        let info = &self.program.info;
        let target = match info.uses.get(&expr.id) {
            Some(entity) => self.entity(*entity, name),
            None => info.types.get(&expr.id).and_then(|ty| self.of_type(*ty)),
        };
        if let Some(target) = target {
            self.add(expr.span, target, role);
        }
    }

    fn label(&mut self, label: &Ident) {
        if let Some(declared) = self.labels.iter().rev().find(|known| known.name == label.name) {
            self.add(label.span, Target::Label(declared.span), Role::Read);
        }
    }
}

/// The name of a field; an embedded one's is its type's.
fn field_span(field: &ast::Field) -> Span {
    field.name.map_or(field.ty.span, |name| name.span)
}

impl<'a> Visitor<'a> for Builder<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.name(expr, *name, Role::Read),
            ExprKind::Select { base, name } => {
                self.expr(base);
                let target = self
                    .selected(expr.id, base, name.name)
                    .or_else(|| self.program.info.types.get(&expr.id).and_then(|ty| self.of_type(*ty)));
                if let Some(target) = target {
                    self.add(name.span, target, Role::Read);
                }
            }
            ExprKind::Composite { ty, elems } => {
                ty.iter().for_each(|ty| self.expr(ty));
                for elem in elems {
                    if let Some(key) = &elem.key {
                        match self.program.info.selections.get(&key.id) {
                            Some(Selection::Field { path }) => {
                                let ty = self.program.info.exprs.get(&expr.id).map(|info| info.ty);
                                if let Some(target) = ty.and_then(|ty| self.field(ty, path)) {
                                    self.add(key.span, target, Role::Write);
                                }
                            }
                            _ => self.expr(key),
                        }
                    }
                    self.expr(&elem.value);
                }
            }
            ExprKind::StructType(fields) => {
                for field in fields {
                    if field.name.is_some() {
                        self.add(field_span(field), Target::Field(field_span(field)), Role::Definition);
                    }
                    self.expr(&field.ty);
                }
            }
            ExprKind::InterfaceType(elems) => {
                for elem in elems {
                    if let InterfaceElem::Method { name, .. } = elem {
                        self.add(name.span, Target::InterfaceMethod(name.name), Role::Definition);
                    }
                }
                visit::walk_expr(self, expr);
            }
            _ => visit::walk_expr(self, expr),
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Decl(decl) => self.decl(decl),
            StmtKind::Labeled { label, stmt } => {
                self.add(label.span, Target::Label(label.span), Role::Definition);
                self.labels.push(*label);
                self.stmt(stmt);
                self.labels.pop();
            }
            StmtKind::Break(Some(label)) | StmtKind::Continue(Some(label)) => self.label(label),
            StmtKind::TypeSwitch(switch) => {
                visit::walk_stmt(self, stmt);
                // Each clause has a variable of its own under the one name.
                let var = switch.cases.iter().find_map(|case| self.program.info.defs.get(&case.id));
                if let (Some(name), Some(var)) = (switch.binding, var) {
                    self.add(name.span, Target::Var(*var), Role::Definition);
                }
            }
            _ => visit::walk_stmt(self, stmt),
        }
    }

    fn block(&mut self, block: &'a Block) {
        self.scopes.push(Vec::new());
        visit::walk_block(self, block);
        self.scopes.pop();
    }

    fn pattern(&mut self, pattern: &'a Pattern) {
        let found = self.program.info.patterns.get(&pattern.id);
        match (&pattern.kind, found) {
            (PatternKind::Name(name), Some(PatternInfo::Bind(var))) => {
                self.add(name.span, Target::Var(*var), Role::Definition);
            }
            (PatternKind::Name(name), Some(PatternInfo::Case { def, index })) => {
                self.add(name.span, Target::Case(*def, *index), Role::Read);
            }
            (PatternKind::Case { path, args }, Some(PatternInfo::Case { def, index })) => {
                if let Some(name) = path.last() {
                    self.add(name.span, Target::Case(*def, *index), Role::Read);
                }
                args.iter().for_each(|arg| self.pattern(arg));
            }
            (PatternKind::Struct { path, fields }, Some(PatternInfo::Struct(indexes))) => {
                self.struct_pattern(path, fields, indexes);
            }
            _ => visit::walk_pattern(self, pattern),
        }
    }

    fn binding(&mut self, name: &'a Ident) {
        let info = &self.program.info;
        if let Some(var) = info.defs.get(&name.id) {
            self.add(name.span, Target::Var(*var), Role::Definition);
        } else if let Some(target) =
            info.uses.get(&name.id).and_then(|entity| self.entity(*entity, name.name))
        {
            // `a, b := …` assigns those that are there already.
            self.add(name.span, target, Role::Write);
        }
    }

    fn target(&mut self, expr: &'a Expr) {
        match expr.kind {
            ExprKind::Name(name) => self.name(expr, name, Role::Write),
            _ => self.expr(expr),
        }
    }
}
