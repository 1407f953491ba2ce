//! Which field or method does a name mean for a type, and which interfaces does the type implement?
//!
//! Embedded fields are searched breadth first: the shallowest name wins, and two of the same depth are ambiguous.

use rustc_hash::FxHashSet;

use super::Checker;
use crate::syntax::ast::{ChanDir, ChanPattern};
use crate::syntax::{Span, Symbol};
use crate::types::patterns::{End, Receives, Sends};
use crate::types::subst::{map_func, subst};
use crate::types::{BuiltinMethod, FieldTy, FuncId, FuncTy, ParamTy, Ty, TyKind, TypeDefId};

/// What a name means for a type.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// The embedded fields on the way, and the field itself, if it is one.
    pub path: Vec<u32>,
    pub kind: MemberKind,
}

#[derive(Clone, Debug)]
pub(crate) enum MemberKind {
    Field(Ty),
    /// A declared method; its receiver's type, arguments filled in, and its signature for that.
    Method {
        func: FuncId,
        receiver: Ty,
        sig: FuncTy,
    },
    Interface {
        sig: FuncTy,
    },
    /// A method of a type parameter's constraint.
    Param {
        sig: FuncTy,
    },
    Builtin {
        method: BuiltinMethod,
        sig: FuncTy,
    },
}

#[derive(Clone, Debug)]
pub(crate) enum Lookup {
    Found(Member),
    Ambiguous,
    Missing,
}

/// What an interface value holds: a copy, or a variable that is lent for a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Receiver {
    Copy,
    Lent,
}

impl<'a> Checker<'a> {
    /// The declared method of a type, not looking into embedded fields.
    pub fn declared_method(&self, ty: Ty, name: Symbol) -> Option<FuncId> {
        match ty.kind() {
            TyKind::Named(def, _) => self.methods.get(&(*def, name)).copied(),
            _ => self.builtin_methods.get(&(ty, name)).copied(),
        }
    }

    /// A declared method's signature for a receiver of this type.
    pub fn method_sig(&mut self, func: FuncId, receiver: Ty) -> FuncTy {
        self.complete_func(func);
        let def = &self.program.funcs[func.0 as usize];
        match receiver.kind() {
            TyKind::Named(_, args) if !args.is_empty() => {
                let params = def.type_params.clone();
                map_func(&def.sig, &mut |param| {
                    params.iter().position(|p| *p == param).and_then(|i| args.get(i).copied())
                })
            }
            _ => def.sig.clone(),
        }
    }

    /// What `name` means for values of the type.
    pub fn member(&mut self, ty: Ty, name: Symbol) -> Lookup {
        if name.as_str() == "_" {
            return Lookup::Missing;
        }
        let mut level: Vec<(Ty, Vec<u32>, bool)> = vec![(ty, Vec::new(), false)];
        let mut seen = FxHashSet::default();
        while !level.is_empty() {
            let mut found: Option<Member> = None;
            let mut count = 0;
            let mut next: Vec<(Ty, Vec<u32>, bool)> = Vec::new();
            for (ty, path, several) in level {
                if !seen.insert(ty) {
                    continue;
                }
                if let Some(member) = self.member_here(ty, &path, name, &mut next, several) {
                    count += if several { 2 } else { 1 };
                    found = Some(member);
                }
            }
            match (found, count) {
                (Some(member), 1) => return Lookup::Found(member),
                (Some(_), _) => return Lookup::Ambiguous,
                _ => level = merge(next),
            }
        }
        Lookup::Missing
    }

    /// A field or method of the type itself; adds its embedded types to the next level.
    fn member_here(
        &mut self,
        ty: Ty,
        path: &[u32],
        name: Symbol,
        next: &mut Vec<(Ty, Vec<u32>, bool)>,
        several: bool,
    ) -> Option<Member> {
        if let Some(func) = self.declared_method(ty, name) {
            let sig = self.method_sig(func, ty);
            return Some(Member {
                path: path.to_vec(),
                kind: MemberKind::Method { func, receiver: ty, sig },
            });
        }
        if let TyKind::Param(param) = ty.kind() {
            let TyKind::Interface(interface) = self.constraint(*param).kind() else { return None };
            let method = interface.methods.iter().find(|method| method.name == name)?;
            let sig = func_ty(method.sig)?;
            return Some(Member { path: path.to_vec(), kind: MemberKind::Param { sig } });
        }
        let under = self.underlying(ty);
        match under.kind() {
            TyKind::Struct(fields) => {
                for (index, field) in fields.iter().enumerate() {
                    let mut path = path.to_vec();
                    path.push(index as u32);
                    if field.name == name {
                        return Some(Member { path, kind: MemberKind::Field(field.ty) });
                    }
                    if field.embedded {
                        next.push((field.ty, path, several));
                    }
                }
                None
            }
            TyKind::Interface(interface) => {
                let method = interface.methods.iter().find(|method| method.name == name)?;
                let sig = func_ty(method.sig)?;
                Some(Member { path: path.to_vec(), kind: MemberKind::Interface { sig } })
            }
            _ => {
                let (method, sig) = self.builtin_method(under, name)?;
                Some(Member { path: path.to_vec(), kind: MemberKind::Builtin { method, sig } })
            }
        }
    }

    /// The fields and methods that the type has, those of embedded structs among them, for suggestions.
    pub fn member_names(&mut self, ty: Ty) -> Vec<Symbol> {
        let mut names = Vec::new();
        let (mut types, mut next) = (vec![ty], 0);
        while let Some(&ty) = types.get(next) {
            next += 1;
            names.extend(self.own_member_names(ty));
            for field in self.struct_fields(ty).into_iter().flatten().filter(|field| field.embedded) {
                if !types.contains(&field.ty) {
                    types.push(field.ty);
                }
            }
        }
        names
    }

    fn own_member_names(&mut self, ty: Ty) -> Vec<Symbol> {
        let mut names = Vec::new();
        match ty.kind() {
            TyKind::Named(def, _) => names.extend(self.methods_of(*def).into_iter().map(|(name, _)| name)),
            _ => {
                let mut known: Vec<Symbol> =
                    self.builtin_methods.keys().filter(|(of, _)| *of == ty).map(|(_, name)| *name).collect();
                known.sort_unstable_by_key(|name| name.as_str());
                names.extend(known);
            }
        }
        let under =
            if let TyKind::Param(param) = ty.kind() { self.constraint(*param) } else { self.underlying(ty) };
        match under.kind() {
            TyKind::Struct(fields) => names.extend(fields.iter().map(|field| field.name)),
            TyKind::Interface(interface) => names.extend(interface.methods.iter().map(|m| m.name)),
            TyKind::Enum(cases) => names.extend(cases.iter().map(|case| case.name)),
            _ => {
                let built_in = BuiltinMethod::ALL.iter().map(|m| Symbol::intern(m.name()));
                let built_in: Vec<_> =
                    built_in.filter(|n| self.builtin_method(under, *n).is_some()).collect();
                names.extend(built_in);
            }
        }
        names
    }

    /// The declared methods of a type, in source order.
    pub fn methods_of(&self, def: TypeDefId) -> Vec<(Symbol, FuncId)> {
        let methods = &self.program.types[def.0 as usize].methods;
        methods.iter().map(|func| (self.program.funcs[func.0 as usize].name, *func)).collect()
    }

    /// Whether a value of the type can be used as the interface; the reason if it cannot.
    pub fn implements(&mut self, ty: Ty, interface: Ty) -> Result<(), String> {
        let under = self.underlying(interface);
        let TyKind::Interface(wanted) = under.kind() else {
            return if under.is_error() { Ok(()) } else { Err("not an interface".to_owned()) };
        };
        if ty == interface || self.underlying(ty).is_error() {
            return Ok(());
        }
        for method in &wanted.methods {
            self.has_method(ty, (method.name, method.sig), interface, Receiver::Copy)?;
        }
        self.in_type_set(ty, interface, wanted)
    }

    /// As [`Checker::implements`], for a variable that an in-out parameter of the interface type gets: methods that change
    /// their receiver count, too.
    pub fn implements_lent(&mut self, ty: Ty, interface: Ty) -> Result<(), String> {
        let TyKind::Interface(wanted) = self.underlying(interface).kind() else {
            return Err("not an interface".to_owned());
        };
        for method in &wanted.methods {
            self.has_method(ty, (method.name, method.sig), interface, Receiver::Lent)?;
        }
        self.in_type_set(ty, interface, wanted)
    }

    /// The part of [`Checker::implements`] that is about constraints.
    fn in_type_set(
        &mut self,
        ty: Ty,
        interface: Ty,
        wanted: &'static crate::types::InterfaceTy,
    ) -> Result<(), String> {
        if wanted.comparable
            && let Some(why) = self.incomparable(ty)
        {
            return Err(format!("`{}` has no `==`: {why}", self.type_name(ty)));
        }
        let Some(terms) = &wanted.terms else { return Ok(()) };
        if terms.is_empty() {
            return Err(format!("no type satisfies `{}`", self.type_name(interface)));
        }
        let own = match ty.kind() {
            TyKind::Param(param) => self.terms(*param).map(<[_]>::to_vec),
            _ => match self.underlying(ty).kind() {
                TyKind::Interface(interface) => interface.terms.clone(),
                _ => Some(vec![crate::types::Term { tilde: false, ty }]),
            },
        };
        let Some(own) = own else {
            let (name, goal) = (self.type_name(ty), self.type_name(interface));
            return Err(format!("`{name}` may be a type that is not in `{goal}`"));
        };
        for term in own {
            let under = self.underlying(term.ty);
            let fits = terms.iter().any(|t| match t.tilde {
                // What is under a type has nothing but itself under it: else the term holds no type.
                true => t.ty == under,
                false => !term.tilde && t.ty == term.ty,
            });
            if !fits {
                let near = terms.iter().find(|t| !t.tilde && t.ty == under);
                let (missing, goal) = (self.type_name(term.ty), self.type_name(interface));
                return Err(match near {
                    Some(near) => {
                        let near = self.type_name(near.ty);
                        format!("`{missing}` is not in `{goal}`; `~{near}` would admit it")
                    }
                    None => format!("`{missing}` is not in `{goal}`"),
                });
            }
        }
        Ok(())
    }

    fn has_method(
        &mut self,
        ty: Ty,
        (name, sig): (Symbol, Ty),
        interface: Ty,
        receiver: Receiver,
    ) -> Result<(), String> {
        if sig.is_error() {
            return Ok(());
        }
        let member = match self.member(ty, name) {
            Lookup::Found(member) => member,
            Lookup::Ambiguous => {
                return Err(self.lacks(ty, interface, &format!("method `{name}` is ambiguous")));
            }
            Lookup::Missing if self.has_lost_member(ty, name) => return Ok(()),
            Lookup::Missing => {
                let near = self
                    .member_names(ty)
                    .into_iter()
                    .find(|n| n.as_str().eq_ignore_ascii_case(name.as_str()));
                let missing = match near {
                    Some(near) => format!("missing method `{name}` (it has `{near}`)"),
                    None => format!("missing method `{name}`"),
                };
                return Err(self.lacks(ty, interface, &missing));
            }
        };
        let (found, inout) = match member.kind {
            MemberKind::Field(_) => {
                return Err(self.lacks(ty, interface, &format!("`{name}` is a field, not a method")));
            }
            // Nobody knows what it takes.
            MemberKind::Method { func, .. } if self.is_damaged_func(func) => return Ok(()),
            MemberKind::Method { func, sig, .. } => {
                if !self.own_type_params(func).is_empty() {
                    let why = format!("method `{name}` has type parameters of its own");
                    return Err(self.lacks(ty, interface, &why));
                }
                let receiver = self.program.funcs[func.0 as usize].receiver;
                (sig, receiver.is_some_and(|receiver| receiver.inout))
            }
            MemberKind::Interface { sig } | MemberKind::Param { sig } | MemberKind::Builtin { sig, .. } => {
                (sig, false)
            }
        };
        let found = Ty::new(TyKind::Func(found));
        if found != sig && !found.has_error() && !sig.has_error() {
            let (have, want) = (self.type_name(found), self.type_name(sig));
            return Err(self.lacks(ty, interface, &format!("method `{name}` is `{have}`, not `{want}`")));
        }
        if inout && receiver == Receiver::Copy {
            let own = self.type_name(ty);
            let why =
                format!("method `{name}` changes its receiver (`*{own}`), and an interface holds a copy");
            return Err(self.lacks(ty, interface, &why));
        }
        Ok(())
    }

    fn lacks(&self, ty: Ty, interface: Ty, why: &str) -> String {
        format!("`{}` does not implement `{}`: {why}", self.type_name(ty), self.type_name(interface))
    }

    /// For the message about a type that does not implement an interface: where the method is that is missing, or
    /// that does not fit.
    pub fn missing_method_place(&mut self, ty: Ty, interface: Ty) -> Option<(String, Span)> {
        let TyKind::Interface(wanted) = self.underlying(interface).kind() else { return None };
        let missing = wanted
            .methods
            .iter()
            .find(|m| self.has_method(ty, (m.name, m.sig), interface, Receiver::Copy).is_err())?;
        if let Lookup::Found(Member { kind: MemberKind::Method { func, .. }, .. }) =
            self.member(ty, missing.name)
        {
            let span = self.program.funcs[func.0 as usize].span;
            return Some((format!("this is the `{}` that it has", missing.name), span));
        }
        let TyKind::Named(def, _) = interface.kind() else { return None };
        let def = &self.program.types[def.0 as usize];
        def.package?;
        Some((format!("`{}` is declared here", def.name), def.span))
    }

    /// Methods of channels, tasks, supervisors and the cells of package `sync`.
    fn builtin_method(&mut self, under: Ty, name: Symbol) -> Option<(BuiltinMethod, FuncTy)> {
        use BuiltinMethod::*;
        let name = name.as_str();
        let found = match under.kind() {
            TyKind::Chan { .. } => self.channel_method(under, name)?,
            TyKind::Task(_) => match name {
                "Cancel" => (Cancel, FuncTy::of([], Ty::unit())),
                "Watch" => (Watch, FuncTy::of([], self.universe.ends())),
                _ => return None,
            },
            TyKind::Supervisor => {
                let action = Ty::new(TyKind::Func(FuncTy::of([], Ty::unit())));
                match name {
                    "Start" => (Start, FuncTy::of([action], Ty::unit())),
                    "Stop" => (Stop, FuncTy::of([Ty::string()], Ty::unit())),
                    "Children" => (Children, FuncTy::of([], Ty::slice(Ty::string()))),
                    "Restarts" => (Restarts, FuncTy::of([], Ty::int())),
                    "Watch" => (Watch, FuncTy::of([], self.universe.ends())),
                    // What package `supervision` rests on.
                    "startAs" => {
                        let int = Ty::int();
                        (StartAs, FuncTy::of([action, Ty::string(), int, int, int, int], int))
                    }
                    "startKind" => (StartKind, FuncTy::of([action, Ty::string(), Ty::string()], Ty::int())),
                    _ => return None,
                }
            }
            TyKind::Mutex(value) => match name {
                "With" => {
                    let section = FuncTy {
                        params: vec![ParamTy { ty: *value, inout: true }],
                        variadic: false,
                        result: Ty::unit(),
                    };
                    (With, FuncTy::of([Ty::new(TyKind::Func(section))], Ty::unit()))
                }
                _ => return None,
            },
            TyKind::Counter => match name {
                "Add" => (CounterAdd, FuncTy::of([Ty::int()], Ty::unit())),
                "Value" => (CounterValue, FuncTy::of([], Ty::int())),
                _ => return None,
            },
            _ => return None,
        };
        Some(found)
    }

    /// What the table of ends gives a channel.
    fn channel_method(&mut self, under: Ty, name: &str) -> Option<(BuiltinMethod, FuncTy)> {
        use BuiltinMethod::*;
        let TyKind::Chan { elem, reply, .. } = under.kind() else { return None };
        let end = End::of_kind(under.kind())?;
        let method = end.methods().into_iter().find(|method| method.name() == name)?;
        let received = self.received_ty(under).unwrap_or(Ty::error());
        let topics = Ty::slice(Ty::string());
        let sig = match method {
            TrySend => FuncTy::of([*elem], Ty::bool()),
            SendWithin => FuncTy::of([*elem, Ty::duration()], Ty::bool()),
            Close => FuncTy::of([], Ty::unit()),
            Stats => FuncTy::of([], self.universe.stats),
            TryRecv => FuncTy::of([], Ty::optional(received)),
            RecvWithin => FuncTy::of([Ty::duration()], Ty::optional(received)),
            Batch => {
                let batches = Ty::new(TyKind::Chan {
                    pattern: ChanPattern::Plain,
                    dir: ChanDir::Recv,
                    elem: Ty::slice(received),
                    reply: None,
                });
                FuncTy::of([Ty::int(), Ty::duration()], batches)
            }
            // A subscriber changes its topics.
            Subscribe | Unsubscribe if end.receives == Receives::Published => {
                FuncTy { variadic: true, ..FuncTy::of([topics], Ty::unit()) }
            }
            _ => {
                let (_, other) = end.other_end(*elem, *reply)?;
                match end.sends {
                    Sends::Topic => FuncTy { variadic: true, ..FuncTy::of([topics], other) },
                    _ => FuncTy::of([], other),
                }
            }
        };
        Some((method, sig))
    }

    /// A field of a struct type, with its type for this instance of it.
    pub fn struct_fields(&mut self, ty: Ty) -> Option<&'static [FieldTy]> {
        match self.core_type(ty)?.kind() {
            TyKind::Struct(fields) => Some(fields),
            _ => None,
        }
    }

    /// The fields of an enum's case, for this instance of it.
    pub fn case_fields(&mut self, ty: Ty, index: u32) -> Vec<(Option<Symbol>, Ty)> {
        match self.underlying(ty).kind() {
            TyKind::Enum(cases) => {
                cases.get(index as usize).map(|case| case.fields.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// The type of an enum with its parameters as arguments replaced by `args`.
    pub fn enum_fields_with(&mut self, def: TypeDefId, index: u32, args: &[Ty]) -> Vec<Ty> {
        self.complete(def);
        let info = &self.program.types[def.0 as usize];
        let params = info.params.clone();
        match info.underlying.kind() {
            TyKind::Enum(cases) => cases
                .get(index as usize)
                .map(|case| case.fields.iter().map(|(_, ty)| subst(*ty, &params, args)).collect())
                .unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

/// The same type reached twice at one depth makes all that it has ambiguous.
fn merge(level: Vec<(Ty, Vec<u32>, bool)>) -> Vec<(Ty, Vec<u32>, bool)> {
    let mut merged: Vec<(Ty, Vec<u32>, bool)> = Vec::new();
    for (ty, path, several) in level {
        match merged.iter_mut().find(|(other, ..)| *other == ty) {
            Some((_, _, twice)) => *twice = true,
            None => merged.push((ty, path, several)),
        }
    }
    merged
}

fn func_ty(ty: Ty) -> Option<FuncTy> {
    match ty.kind() {
        TyKind::Func(func) => Some(func.clone()),
        _ => None,
    }
}
