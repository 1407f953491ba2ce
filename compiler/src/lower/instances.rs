//! What a type is in one instance: substitution, what is under a declared type, and methods of concrete types.

use std::cell::RefCell;
use std::fmt::Write;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Ice, Lower};
use crate::mir::{Access, Global, GlobalId};
use crate::syntax::ast::{Decl, FuncDecl};
use crate::syntax::{Span, Symbol};
use crate::types::check::contents::may_hold_function;
use crate::types::patterns::End;
use crate::types::{
    CaseTy, FieldTy, FuncDef, FuncId, FuncTy, InterfaceTy, MethodTy, ParamTy, Program, Ty, TyKind,
    TypeParamId, Var, VarId, VarKind,
};

/// The program, with what lowering looks up again and again.
pub(super) struct World<'p> {
    pub program: &'p Program,
    globals: FxHashMap<VarId, GlobalId>,
    global_vars: Vec<VarId>,
    /// The methods of `duration`, which is no declared type; package `time` declares them.
    duration_methods: FxHashMap<Symbol, FuncId>,
    /// Names of the methods that may change what an interface value holds: see [`changing_methods`].
    changing: FxHashSet<Symbol>,
}

/// A method of a concrete type.
#[derive(Clone, Debug)]
pub(super) struct Method {
    /// The embedded fields that lead to its receiver.
    pub path: Vec<u32>,
    pub target: MethodTarget,
    /// A `Func`, without receiver.
    pub sig: Ty,
}

#[derive(Clone, Debug)]
pub(super) enum MethodTarget {
    /// A declared method, and the type arguments of its receiver.
    Declared(FuncId, Vec<Ty>),
    /// A method of the interface value at the path's end.
    Interface,
}

/// The names of the in-out methods of types that are given to in-out parameters of interface types. All other types
/// are in interface values without their in-out methods, so that a call by another name changes nothing.
fn changing_methods(program: &Program) -> FxHashSet<Symbol> {
    let mut defs = FxHashSet::default();
    let mut any = false;
    let mut todo: Vec<Ty> = program.info.lent.iter().copied().collect();
    while let Some(ty) = todo.pop() {
        let kind = match ty.kind() {
            TyKind::Named(def, _) if defs.insert(*def) => program.types[def.0 as usize].underlying.kind(),
            kind => kind,
        };
        match kind {
            TyKind::Struct(fields) => {
                todo.extend(fields.iter().filter(|field| field.embedded).map(|field| field.ty));
            }
            // Which type it is depends on the instance.
            TyKind::Param(_) => any = true,
            _ => {}
        }
    }
    let changes = |func: &&FuncDef| {
        func.receiver.is_some_and(|receiver| {
            receiver.inout && (any || receiver.type_def.is_some_and(|def| defs.contains(&def)))
        })
    };
    program.funcs.iter().filter(changes).map(|func| func.name).collect()
}

impl<'p> World<'p> {
    pub fn new(program: &'p Program) -> Self {
        let mut globals = FxHashMap::default();
        let mut global_vars = Vec::new();
        for (index, var) in program.vars.iter().enumerate() {
            if let VarKind::Global { .. } = var.kind {
                globals.insert(VarId(index as u32), GlobalId(global_vars.len() as u32));
                global_vars.push(VarId(index as u32));
            }
        }
        let duration_methods = (0..)
            .zip(&program.funcs)
            .filter(|(_, f)| f.receiver.is_some_and(|receiver| receiver.ty == Ty::duration()))
            .map(|(index, f)| (f.name, FuncId(index)))
            .collect();
        let changing = changing_methods(program);
        World { program, globals, global_vars, duration_methods, changing }
    }

    /// Whether a method of this name may change what an interface value holds.
    pub fn may_change(&self, name: Symbol) -> bool {
        self.changing.contains(&name)
    }

    /// Whether only the main task may use a package-level variable.
    pub fn is_of_main(&self, global: GlobalId) -> bool {
        self.access(self.global_vars[global.0 as usize]) == Access::Main
    }

    fn access(&self, var: VarId) -> Access {
        let var = self.var(var);
        let VarKind::Global { package, assigned } = var.kind else { unreachable!("kept only globals") };
        match assigned {
            // The library sees to its own variables.
            _ if self.program.packages[package.0 as usize].std => Access::Any,
            true => Access::Main,
            false if may_hold_function(self.program, var.ty) => Access::Closures,
            false => Access::Any,
        }
    }

    /// The package-level variables, by [`GlobalId`].
    pub fn globals(&self) -> Vec<Global> {
        self.global_vars
            .iter()
            .map(|&id| Global { name: self.global_name(id), ty: self.var(id).ty, access: self.access(id) })
            .collect()
    }

    /// Of a package-level variable, with its package.
    pub fn global_name(&self, id: VarId) -> String {
        let var = self.var(id);
        match var.kind {
            VarKind::Global { package, .. } => {
                format!("{}.{}", self.program.packages[package.0 as usize].name, var.name)
            }
            _ => var.name.to_string(),
        }
    }

    pub fn global(&self, var: VarId) -> Option<GlobalId> {
        self.globals.get(&var).copied()
    }

    pub fn var(&self, id: VarId) -> &'p Var {
        &self.program.vars[id.0 as usize]
    }

    pub fn global_ty(&self, global: GlobalId) -> Option<Ty> {
        self.global_vars.get(global.0 as usize).map(|&var| self.var(var).ty)
    }

    pub fn func(&self, id: FuncId) -> &'p FuncDef {
        &self.program.funcs[id.0 as usize]
    }

    pub fn func_decl(&self, id: FuncId) -> Lower<&'p FuncDecl> {
        let func = self.func(id);
        match self.program.files.get(func.decl.0).and_then(|file| file.decls.get(func.decl.1)) {
            Some(Decl::Func(decl)) => Ok(decl),
            _ => Err(Ice { span: func.span, message: format!("no declaration of function `{}`", func.name) }),
        }
    }

    /// What is under a declared type; other types are themselves.
    pub fn underlying(&self, ty: Ty) -> Ty {
        self.program.underlying(ty)
    }

    /// The kind of what is under a type.
    pub fn kind(&self, ty: Ty) -> &'static TyKind {
        self.underlying(ty).kind()
    }

    pub fn is_interface(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::Interface(_))
    }

    pub fn is_string(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::String)
    }

    /// Numbers, `bool` and `duration`.
    pub fn is_scalar(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::Bool | TyKind::Int(_) | TyKind::Float(_) | TyKind::Duration)
    }

    pub fn is_numeric(&self, ty: Ty) -> bool {
        matches!(self.kind(ty), TyKind::Int(_) | TyKind::Float(_) | TyKind::Duration)
    }

    pub fn fields(&self, ty: Ty) -> Option<&'static [FieldTy]> {
        match self.kind(ty) {
            TyKind::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    pub fn case(&self, ty: Ty, index: u32) -> Option<&'static CaseTy> {
        match self.kind(ty) {
            TyKind::Enum(cases) => cases.get(index as usize),
            _ => None,
        }
    }

    /// The type of the field or element that a path of field indexes leads to.
    pub fn field_at(&self, ty: Ty, path: &[u32]) -> Option<Ty> {
        path.iter().try_fold(ty, |ty, &index| Some(self.fields(ty)?.get(index as usize)?.ty))
    }

    /// The field of this name at the shallowest depth of embedded structs, and its type.
    pub fn find_field(&self, ty: Ty, name: Symbol) -> Option<(Vec<u32>, Ty)> {
        let mut level: Vec<(Vec<u32>, Ty)> = vec![(Vec::new(), ty)];
        let mut seen = FxHashSet::default();
        while !level.is_empty() {
            let mut next = Vec::new();
            for (path, ty) in level {
                if !seen.insert(ty) {
                    continue;
                }
                for (index, field) in self.fields(ty).unwrap_or_default().iter().enumerate() {
                    let path: Vec<u32> = path.iter().copied().chain([index as u32]).collect();
                    if field.name == name {
                        return Some((path, field.ty));
                    }
                    if field.embedded {
                        next.push((path, field.ty));
                    }
                }
            }
            level = next;
        }
        None
    }

    /// The method of this name in the method set of a type: its own, or, as in Go, the one at the shallowest
    /// depth of embedded fields.
    pub fn find_method(&self, ty: Ty, name: Symbol) -> Option<Method> {
        let mut level: Vec<(Vec<u32>, Ty)> = vec![(Vec::new(), ty)];
        let mut seen = FxHashSet::default();
        while !level.is_empty() {
            let mut next = Vec::new();
            for (path, ty) in level {
                if let Some(method) = self.own_method(ty, name, &path) {
                    return Some(method);
                }
                if !seen.insert(ty) {
                    continue;
                }
                for (index, field) in self.fields(ty).unwrap_or_default().iter().enumerate() {
                    if field.embedded {
                        let mut path = path.clone();
                        path.push(index as u32);
                        next.push((path, field.ty));
                    }
                }
            }
            level = next;
        }
        None
    }

    fn own_method(&self, ty: Ty, name: Symbol, path: &[u32]) -> Option<Method> {
        if let TyKind::Named(def, args) = ty.kind() {
            let def = &self.program.types[def.0 as usize];
            if let Some(&id) = def.methods.iter().find(|id| self.func(**id).name == name) {
                let sig = self.func_sig(id, args);
                return Some(Method {
                    path: path.to_vec(),
                    target: MethodTarget::Declared(id, args.clone()),
                    sig,
                });
            }
        }
        if ty == Ty::duration()
            && let Some(&id) = self.duration_methods.get(&name)
        {
            let target = MethodTarget::Declared(id, Vec::new());
            return Some(Method { path: path.to_vec(), target, sig: self.func_sig(id, &[]) });
        }
        if let TyKind::Interface(interface) = self.kind(ty) {
            let method = interface.methods.iter().find(|method| method.name == name)?;
            return Some(Method { path: path.to_vec(), target: MethodTarget::Interface, sig: method.sig });
        }
        None
    }

    /// A method's signature, with the arguments for its own type parameters.
    pub fn instance_sig(&self, method: &Method, own: &[Ty]) -> Ty {
        match &method.target {
            MethodTarget::Declared(func, args) if !own.is_empty() => {
                self.func_sig(*func, &[args.as_slice(), own].concat())
            }
            _ => method.sig,
        }
    }

    /// Whether a method has type parameters of its own: then it is no method of any interface.
    pub fn is_generic_method(&self, method: &Method) -> bool {
        match &method.target {
            MethodTarget::Declared(func, args) => self.func(*func).type_params.len() > args.len(),
            MethodTarget::Interface => false,
        }
    }

    /// Whether a method takes its receiver in-out.
    pub fn changes_receiver(&self, method: &Method) -> bool {
        match method.target {
            MethodTarget::Declared(func, _) => self.func(func).changes_receiver(),
            MethodTarget::Interface => false,
        }
    }

    /// The signature of an instance, without its receiver.
    pub fn func_sig(&self, id: FuncId, args: &[Ty]) -> Ty {
        let func = self.func(id);
        Subst::new(&func.type_params, args).apply(Ty::new(TyKind::Func(func.sig.clone())))
    }

    /// As a call stack shows it: `main.Map[int,string]`, `main.Stack.Push`.
    pub fn instance_name(&self, id: FuncId, args: &[Ty]) -> String {
        let func = self.func(id);
        let package = self.program.packages[func.package.0 as usize].name;
        let mut name = package.as_str().to_owned();
        if let Some(def) = func.receiver.and_then(|receiver| receiver.type_def) {
            let _ = write!(name, ".{}", self.program.types[def.0 as usize].name);
        }
        let _ = write!(name, ".{}", func.name);
        self.write_args(&mut name, args);
        name
    }

    fn write_args(&self, name: &mut String, args: &[Ty]) {
        if args.is_empty() {
            return;
        }
        name.push('[');
        for (index, arg) in args.iter().enumerate() {
            if index > 0 {
                name.push(',');
            }
            name.push_str(&self.type_name(*arg));
        }
        name.push(']');
    }

    /// A type in short, for names of functions.
    pub fn type_name(&self, ty: Ty) -> String {
        match ty.kind() {
            TyKind::Named(def, args) => {
                let def = &self.program.types[def.0 as usize];
                let mut name = String::new();
                if let Some(package) = def.package {
                    let _ = write!(name, "{}.", self.program.packages[package.0 as usize].name);
                }
                name.push_str(def.name.as_str());
                self.write_args(&mut name, args);
                name
            }
            TyKind::Bool => "bool".to_owned(),
            TyKind::String => "string".to_owned(),
            TyKind::Duration => "duration".to_owned(),
            TyKind::Int(int) => format!("{int:?}").to_lowercase(),
            TyKind::Float(float) => {
                format!("float{}", if *float == crate::types::FloatTy::F32 { 32 } else { 64 })
            }
            TyKind::Slice(elem) => format!("[]{}", self.type_name(*elem)),
            TyKind::Array(len, elem) => format!("[{len}]{}", self.type_name(*elem)),
            TyKind::Map(key, value) => format!("map[{}]{}", self.type_name(*key), self.type_name(*value)),
            TyKind::Optional(inner) => format!("{}?", self.type_name(*inner)),
            TyKind::Result(value, error) => format!("{}!{}", self.type_name(*value), self.type_name(*error)),
            TyKind::Tuple(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.type_name(*part)).collect();
                format!("({})", parts.join(","))
            }
            TyKind::Chan { pattern, dir, elem, reply } => {
                let reply = reply.map(|reply| format!(" {}", self.type_name(reply))).unwrap_or_default();
                format!("{} {}{reply}", End::of(*pattern, *dir).written, self.type_name(*elem))
            }
            TyKind::Func(func) => {
                let params: Vec<_> = func.params.iter().map(|param| self.type_name(param.ty)).collect();
                format!("func({}) {}", params.join(","), self.type_name(func.result))
            }
            TyKind::Struct(fields) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{} {}", field.name, self.type_name(field.ty)))
                    .collect();
                format!("struct{{{}}}", fields.join(";"))
            }
            TyKind::Interface(interface) if interface.methods.is_empty() => "any".to_owned(),
            TyKind::Interface(interface) => {
                let methods: Vec<_> = interface
                    .methods
                    .iter()
                    .map(|method| format!("{} {}", method.name, self.type_name(method.sig)))
                    .collect();
                format!("interface{{{}}}", methods.join(";"))
            }
            TyKind::Task(result) => format!("task[{}]", self.type_name(*result)),
            TyKind::Mutex(value) => format!("sync.Mutex[{}]", self.type_name(*value)),
            kind => format!("{kind:?}").to_lowercase(),
        }
    }
}

/// Type parameters and what stands for them.
#[derive(Default)]
pub(super) struct Subst {
    map: FxHashMap<TypeParamId, Ty>,
    /// Types already substituted: expressions mention the same few again and again.
    done: RefCell<FxHashMap<Ty, Ty>>,
}

impl Subst {
    pub fn new(params: &[TypeParamId], args: &[Ty]) -> Subst {
        Subst {
            map: params.iter().copied().zip(args.iter().copied()).collect(),
            done: RefCell::new(FxHashMap::default()),
        }
    }

    /// The type in this instance.
    pub fn apply(&self, ty: Ty) -> Ty {
        if self.map.is_empty() {
            return ty;
        }
        if let Some(&done) = self.done.borrow().get(&ty) {
            return done;
        }
        let result = self.compute(ty);
        self.done.borrow_mut().insert(ty, result);
        result
    }

    fn all(&self, types: &[Ty]) -> Vec<Ty> {
        types.iter().map(|ty| self.apply(*ty)).collect()
    }

    fn compute(&self, ty: Ty) -> Ty {
        let kind = match ty.kind() {
            TyKind::Param(param) => return self.map.get(param).copied().unwrap_or(ty),
            TyKind::Named(def, args) => TyKind::Named(*def, self.all(args)),
            TyKind::Array(len, elem) => TyKind::Array(*len, self.apply(*elem)),
            TyKind::Slice(elem) => TyKind::Slice(self.apply(*elem)),
            TyKind::Map(key, value) => TyKind::Map(self.apply(*key), self.apply(*value)),
            TyKind::Chan { pattern, dir, elem, reply } => TyKind::Chan {
                pattern: *pattern,
                dir: *dir,
                elem: self.apply(*elem),
                reply: reply.map(|reply| self.apply(reply)),
            },
            TyKind::Func(func) => TyKind::Func(FuncTy {
                params: func
                    .params
                    .iter()
                    .map(|param| ParamTy { ty: self.apply(param.ty), inout: param.inout })
                    .collect(),
                variadic: func.variadic,
                result: self.apply(func.result),
            }),
            TyKind::Struct(fields) => TyKind::Struct(
                fields.iter().map(|field| FieldTy { ty: self.apply(field.ty), ..field.clone() }).collect(),
            ),
            TyKind::Enum(cases) => TyKind::Enum(
                cases
                    .iter()
                    .map(|case| CaseTy {
                        name: case.name,
                        fields: case.fields.iter().map(|(name, ty)| (*name, self.apply(*ty))).collect(),
                    })
                    .collect(),
            ),
            TyKind::Interface(interface) => TyKind::Interface(InterfaceTy {
                methods: interface
                    .methods
                    .iter()
                    .map(|method| MethodTy { name: method.name, sig: self.apply(method.sig) })
                    .collect(),
                ..interface.clone()
            }),
            TyKind::Optional(inner) => TyKind::Optional(self.apply(*inner)),
            TyKind::Result(value, error) => TyKind::Result(self.apply(*value), self.apply(*error)),
            TyKind::Tuple(parts) => TyKind::Tuple(self.all(parts)),
            TyKind::Task(result) => TyKind::Task(self.apply(*result)),
            TyKind::Mutex(value) => TyKind::Mutex(self.apply(*value)),
            TyKind::Ref(inner) => TyKind::Ref(self.apply(*inner)),
            TyKind::Cell(inner) => TyKind::Cell(self.apply(*inner)),
            _ => return ty,
        };
        Ty::new(kind)
    }
}

/// The `Ref` to a type.
pub(super) fn ref_to(ty: Ty) -> Ty {
    Ty::new(TyKind::Ref(ty))
}

/// The `Cell` of a type.
pub(super) fn cell_of(ty: Ty) -> Ty {
    Ty::new(TyKind::Cell(ty))
}

/// A span-carrying mistake of an earlier stage.
pub(super) fn ice<T>(span: Span, message: impl Into<String>) -> Lower<T> {
    Err(Ice { span, message: message.into() })
}
