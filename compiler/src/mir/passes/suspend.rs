//! Finds the functions whose calls may suspend; all others are plain native code.
//!
//! A function may suspend if it calls a runtime function that may, waits in a `select` without `default`, or calls a function that may.
//! A call through a function value may suspend if some function that is used as a value of that type may; a call of an
//! interface's method, if some implementation may. Types and methods bound the callees well, because the whole program is known.

use rustc_hash::{FxHashMap, FxHashSet};

use goo_runtime::abi::table::{self, Kind};

use super::sections;
use crate::mir::typing::Typing;
use crate::mir::visit::operands;
use crate::mir::{Callee, Const, FnId, Function, Module, Operand, Rvalue, StatementKind};
use crate::syntax::Symbol;
use crate::types::{FuncTy, Program, Ty, TyKind};

/// What a function calls: other functions by id, and by what kind of call.
#[derive(Default)]
struct Calls {
    suspends: bool,
    /// Enters the section of a mutex.
    locks: bool,
    direct: Vec<FnId>,
    values: FxHashSet<Ty>,
    methods: FxHashSet<Symbol>,
}

/// Who may call whom.
pub struct CallGraph {
    calls: Vec<Calls>,
    /// The functions that become values, by type, and the methods, by name.
    values: FxHashMap<Ty, Vec<FnId>>,
    methods: FxHashMap<Symbol, Vec<FnId>>,
    /// So that each fact is spread once.
    callers: FxHashMap<FnId, Vec<usize>>,
}

/// Sets [`Function::suspends`] of every function.
pub fn run(program: &Program, module: &mut Module) {
    let graph = CallGraph::new(program, module);
    let mut suspends = graph.spread(|calls| calls.suspends);
    if graph.calls.iter().any(|calls| calls.locks) {
        let locks = graph.spread(|calls| calls.locks);
        if sections::may_wait(program, module, &graph, &suspends, &locks) {
            sections::let_wait(module);
            suspends = graph.spread(|calls| calls.suspends || calls.locks);
        }
    }
    for (function, suspends) in module.functions.iter_mut().zip(suspends) {
        function.suspends = suspends;
    }
}

/// Which functions may suspend as they stand.
pub fn suspending(program: &Program, module: &Module) -> Vec<bool> {
    CallGraph::new(program, module).spread(|calls| calls.suspends)
}

impl CallGraph {
    fn new(program: &Program, module: &Module) -> CallGraph {
        let calls: Vec<Calls> = module.functions.iter().map(|f| calls_of(program, module, f)).collect();
        let mut methods: FxHashMap<Symbol, Vec<FnId>> = FxHashMap::default();
        for method in &module.methods {
            methods.entry(method.name).or_default().push(method.function);
        }
        let values = functions_as_values(program, module);
        let mut graph = CallGraph { calls, values, methods, callers: FxHashMap::default() };
        let mut callers: FxHashMap<FnId, Vec<usize>> = FxHashMap::default();
        for (index, calls) in graph.calls.iter().enumerate() {
            let through_values = calls.values.iter().flat_map(|ty| graph.of_type(*ty));
            let through_methods = calls.methods.iter().flat_map(|name| graph.of_method(*name));
            for callee in calls.direct.iter().chain(through_values).chain(through_methods) {
                callers.entry(*callee).or_default().push(index);
            }
        }
        graph.callers = callers;
        graph
    }

    fn of_type(&self, ty: Ty) -> &[FnId] {
        self.values.get(&ty).map_or(&[], Vec::as_slice)
    }

    fn of_method(&self, name: Symbol) -> &[FnId] {
        self.methods.get(&name).map_or(&[], Vec::as_slice)
    }

    /// The functions that a call may run; none for the runtime's.
    pub fn callees<'g>(&'g self, typing: &Typing, callee: &'g Callee) -> &'g [FnId] {
        match callee {
            Callee::Direct(id) => std::slice::from_ref(id),
            Callee::Closure(value) => self.of_type(plain(typing.program, typing.operand(value))),
            Callee::Method { name, .. } => self.of_method(*name),
            Callee::Native { .. } => &[],
        }
    }

    /// The functions that a deferred call may run.
    pub fn deferred(&self) -> &[FnId] {
        self.of_type(deferred_type())
    }

    /// What is true of the functions of which it `starts` to be, and of all that may call them.
    fn spread(&self, starts: impl Fn(&Calls) -> bool) -> Vec<bool> {
        let mut work: Vec<usize> =
            (0..self.calls.len()).filter(|&index| starts(&self.calls[index])).collect();
        let mut found = vec![false; self.calls.len()];
        while let Some(index) = work.pop() {
            if !std::mem::replace(&mut found[index], true) {
                work.extend(self.callers.get(&FnId(index as u32)).into_iter().flatten());
            }
        }
        found
    }
}

/// Deferred closures are `func()`s.
fn deferred_type() -> Ty {
    Ty::new(TyKind::Func(FuncTy { params: Vec::new(), variadic: false, result: Ty::unit() }))
}

/// Whether a call of this runtime function may suspend.
pub fn native_suspends(name: &str) -> bool {
    table::find(name).is_some_and(|entry| entry.kind == Kind::Suspends)
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
                    calls.suspends |= native_suspends(name);
                    calls.locks |= *name == sections::LOCK;
                }
            },
            StatementKind::Select(select) => calls.suspends |= !select.has_default,
            StatementKind::RunDefers => {
                calls.values.insert(deferred_type());
            }
            _ => {}
        }
    }
    calls
}
