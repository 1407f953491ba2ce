//! Finds the functions whose calls may suspend; all others are plain native code.
//!
//! A function may suspend if it calls a runtime function that may, waits in a `select` without `default`, or calls a function that may.
//! A call through a function value may suspend if some function that is used as a value of that type may; a call of an
//! interface's method, if some implementation may. Types and methods bound the callees well, because the whole program is known.

use rustc_hash::{FxHashMap, FxHashSet};

use goo_runtime::abi::table::{self, Kind};

use crate::mir::typing::Typing;
use crate::mir::visit::operands;
use crate::mir::{Callee, Const, FnId, Function, Module, Operand, Rvalue, StatementKind};
use crate::syntax::Symbol;
use crate::types::{FuncTy, Program, Ty, TyKind};

/// What a function calls: other functions by id, and by what kind of call.
#[derive(Default)]
struct Calls {
    suspends: bool,
    direct: Vec<FnId>,
    values: FxHashSet<Ty>,
    methods: FxHashSet<Symbol>,
}

/// Sets [`Function::suspends`] of every function.
pub fn run(program: &Program, module: &mut Module) {
    let calls: Vec<Calls> = module.functions.iter().map(|f| calls_of(program, module, f)).collect();
    let values = functions_as_values(program, module);
    let mut methods: FxHashMap<Symbol, Vec<FnId>> = FxHashMap::default();
    for method in &module.methods {
        methods.entry(method.name).or_default().push(method.function);
    }

    // Callers of each function, and of each function type and method name, so that each fact is spread once.
    let mut callers: FxHashMap<FnId, Vec<usize>> = FxHashMap::default();
    for (index, calls) in calls.iter().enumerate() {
        let through_values = calls.values.iter().filter_map(|ty| values.get(ty)).flatten();
        let through_methods = calls.methods.iter().filter_map(|name| methods.get(name)).flatten();
        for callee in calls.direct.iter().chain(through_values).chain(through_methods) {
            callers.entry(*callee).or_default().push(index);
        }
    }
    let mut work: Vec<usize> = (0..calls.len()).filter(|index| calls[*index].suspends).collect();
    let mut suspends = vec![false; calls.len()];
    while let Some(index) = work.pop() {
        if !std::mem::replace(&mut suspends[index], true) {
            work.extend(callers.get(&FnId(index as u32)).into_iter().flatten());
        }
    }
    for (function, suspends) in module.functions.iter_mut().zip(suspends) {
        function.suspends = suspends;
    }
}

/// The functions that become values, by the function type (what is under it) that they have there.
fn functions_as_values(program: &Program, module: &Module) -> FxHashMap<Ty, Vec<FnId>> {
    let mut values: FxHashMap<Ty, Vec<FnId>> = FxHashMap::default();
    for function in &module.functions {
        let mut add = |ty: Ty, id: FnId| {
            let list = values.entry(plain(program, ty)).or_default();
            if !list.contains(&id) {
                list.push(id);
            }
        };
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            for operand in operands(statement) {
                if let Operand::Const(Const::Func(id), ty) = operand {
                    add(*ty, *id);
                }
            }
            if let StatementKind::Assign(_, Rvalue::Closure(id, _)) = &statement.kind {
                add(function_type(&module.functions[id.0 as usize]), *id);
            }
        }
    }
    values
}

/// The type that a closure's function has as a value.
fn function_type(function: &Function) -> Ty {
    use crate::mir::ParamMode;
    use crate::types::ParamTy;
    let params = function
        .params
        .iter()
        .zip(&function.locals)
        .map(|(mode, decl)| match (mode, decl.ty.kind()) {
            (ParamMode::InOut, TyKind::Ref(inner)) => ParamTy { ty: *inner, inout: true },
            _ => ParamTy { ty: decl.ty, inout: false },
        })
        .collect();
    Ty::new(TyKind::Func(FuncTy { params, variadic: false, result: function.result_ty }))
}

/// A function type without the difference that `...` makes, by which calls and values are matched.
fn plain(program: &Program, ty: Ty) -> Ty {
    let under = program.underlying(ty);
    match under.kind() {
        TyKind::Func(func) if func.variadic => {
            Ty::new(TyKind::Func(FuncTy { variadic: false, ..func.clone() }))
        }
        TyKind::Optional(inner) => plain(program, *inner),
        _ => under,
    }
}

fn calls_of(program: &Program, module: &Module, function: &Function) -> Calls {
    let typing = Typing { program, module, function };
    let mut calls = Calls::default();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match &statement.kind {
            StatementKind::Call(call) => match &call.callee {
                Callee::Direct(id) => calls.direct.push(*id),
                Callee::Closure(value) => {
                    calls.values.insert(plain(program, typing.operand(value)));
                }
                Callee::Method { name, .. } => {
                    calls.methods.insert(*name);
                }
                Callee::Native { name, .. } => {
                    calls.suspends |= table::find(name).is_some_and(|entry| entry.kind == Kind::Suspends);
                }
            },
            StatementKind::Select(select) => calls.suspends |= !select.has_default,
            // Deferred closures are `func()`s.
            StatementKind::RunDefers => {
                let func = FuncTy { params: Vec::new(), variadic: false, result: Ty::unit() };
                calls.values.insert(Ty::new(TyKind::Func(func)));
            }
            _ => {}
        }
    }
    calls
}
