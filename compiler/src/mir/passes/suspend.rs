//! Finds the functions whose calls may suspend; all others are plain native code.
//!
//! A function may suspend if it calls a runtime function that may, waits in a `select` without `default`, or calls a function that may.
//! A call through a function value may suspend if some function that is used as a value of that type may; a call of an
//! interface's method, if some implementation may. Types and methods bound the callees well, because the whole program is known.
//!
//! So may one that starts tasks in a loop: it makes them faster than they can end, and is asked to let them run now and then, while what they
//! work on is still in the caches and before a million of them have their memory.

use rustc_hash::{FxHashMap, FxHashSet};

use goo_runtime::abi::table::{self, Kind};

use super::sections;
use crate::mir::typing::Typing;
use crate::mir::visit::operands;
use crate::mir::{Callee, Const, FnId, Function, Module, Operand, Rvalue, StatementKind, cycles};
use crate::syntax::Symbol;
use crate::types::{FuncTy, Program, Ty, TyKind};

/// Other functions, by id and by what kind of call.
#[derive(Default)]
struct Callees {
    direct: Vec<FnId>,
    values: FxHashSet<Ty>,
    methods: FxHashSet<Symbol>,
}

/// What a function calls.
#[derive(Default)]
struct Calls {
    suspends: bool,
    /// Enters the section of a mutex.
    locks: bool,
    /// Defers a call that changes what an in-out parameter stands for.
    defers_lent: bool,
    /// Calls `defer`, or lets a callee do it.
    defers: bool,
    /// Makes a closure that holds an address.
    lends_by_closure: bool,
    all: Callees,
    /// Those that get an address.
    lent_to: Callees,
}

/// Who may call whom.
pub struct CallGraph {
    calls: Vec<Calls>,
    /// The functions that become values, by type, and the methods, by name.
    values: FxHashMap<Ty, Vec<FnId>>,
    methods: FxHashMap<Symbol, Vec<FnId>>,
    /// So that each fact is spread once.
    callers: Callers,
}

type Callers = FxHashMap<FnId, Vec<usize>>;

/// Sets [`Function::suspends`] and [`Function::outlived`] of every function.
pub fn run(program: &Program, module: &mut Module) {
    let graph = CallGraph::new(program, module);
    let outlived = graph.outlived();
    let mut suspends = graph.spread(|calls| calls.suspends);
    if graph.calls.iter().any(|calls| calls.locks) {
        let locks = graph.spread(|calls| calls.locks);
        if sections::may_wait(program, module, &graph, &suspends, &locks) {
            sections::let_wait(module);
            suspends = graph.spread(|calls| calls.suspends || calls.locks);
        }
    }
    for (index, function) in module.functions.iter_mut().enumerate() {
        function.suspends = suspends[index];
        function.outlived = outlived[index];
    }
}

/// Which functions may suspend as they stand.
pub fn suspending(program: &Program, module: &Module) -> Vec<bool> {
    CallGraph::new(program, module).spread(|calls| calls.suspends)
}

impl CallGraph {
    pub fn new(program: &Program, module: &Module) -> CallGraph {
        let calls: Vec<Calls> = module.functions.iter().map(|f| calls_of(program, module, f)).collect();
        let mut methods: FxHashMap<Symbol, Vec<FnId>> = FxHashMap::default();
        for method in &module.methods {
            methods.entry(method.name).or_default().push(method.function);
        }
        let values = functions_as_values(program, module);
        let mut graph = CallGraph { calls, values, methods, callers: FxHashMap::default() };
        graph.callers = graph.callers_by(|calls| &calls.all);
        graph
    }

    fn callers_by(&self, which: impl Fn(&Calls) -> &Callees) -> Callers {
        let mut callers = Callers::default();
        for (index, calls) in self.calls.iter().enumerate() {
            self.each(which(calls), |callee| callers.entry(callee).or_default().push(index));
        }
        callers
    }

    fn each(&self, callees: &Callees, mut f: impl FnMut(FnId)) {
        let through_values = callees.values.iter().flat_map(|ty| self.of_type(*ty));
        let through_methods = callees.methods.iter().flat_map(|name| self.of_method(*name));
        callees.direct.iter().chain(through_values).chain(through_methods).for_each(|id| f(*id));
    }

    /// The functions that a function may call.
    pub fn called_by(&self, id: FnId, f: impl FnMut(FnId)) {
        self.each(&self.calls[id.0 as usize].all, f);
    }

    /// Which functions lend something that may be used when a crash has ended their activation: a deferred call, of
    /// the function that it is lent to or of one further on, works on it. So may any that gets a closure with an address in it,
    /// and defers calls.
    fn outlived(&self) -> Vec<bool> {
        let lenders = self.calls.iter().any(|calls| calls.lends_by_closure);
        let defers = match lenders {
            true => self.spread(|calls| calls.defers),
            false => Vec::new(),
        };
        let starts = |(index, calls): (usize, &Calls)| {
            (calls.defers_lent || calls.lends_by_closure && defers[index]).then_some(index)
        };
        let starts: Vec<usize> = self.calls.iter().enumerate().filter_map(starts).collect();
        match starts.is_empty() {
            true => vec![false; self.calls.len()],
            false => self.spread_from(starts, &self.callers_by(|calls| &calls.lent_to)),
        }
    }

    /// The functions that are values of a function type.
    pub fn of_type(&self, ty: Ty) -> &[FnId] {
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
        let starts = (0..self.calls.len()).filter(|&index| starts(&self.calls[index])).collect();
        self.spread_from(starts, &self.callers)
    }

    fn spread_from(&self, mut work: Vec<usize>, callers: &Callers) -> Vec<bool> {
        let mut found = vec![false; self.calls.len()];
        while let Some(index) = work.pop() {
            if !std::mem::replace(&mut found[index], true) {
                work.extend(callers.get(&FnId(index as u32)).into_iter().flatten());
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
pub fn plain(program: &Program, ty: Ty) -> Ty {
    let under = program.underlying(ty);
    match under.kind() {
        TyKind::Func(func) if func.variadic => {
            Ty::new(TyKind::Func(FuncTy { variadic: false, ..func.clone() }))
        }
        TyKind::Optional(inner) => plain(program, *inner),
        _ => under,
    }
}

/// What starts a task, and goes on.
const STARTING: &[&str] = &["goo_task_go", "goo_task_spawn"];

/// Whether a loop of the function starts tasks, and polls.
fn starts_in_a_loop(function: &Function) -> bool {
    let starts = |kind: &StatementKind| match kind {
        StatementKind::Call(call) => {
            matches!(&call.callee, Callee::Native { name, .. } if STARTING.contains(name))
        }
        _ => false,
    };
    let polls = |kind: &StatementKind| matches!(kind, StatementKind::Poll);
    let has = |wanted: &dyn Fn(&StatementKind) -> bool, block: usize| {
        function.blocks[block].statements.iter().any(|statement| wanted(&statement.kind))
    };
    let blocks = 0..function.blocks.len();
    let mut starting = blocks.clone().filter(|&block| has(&starts, block)).peekable();
    if starting.peek().is_none() || !blocks.clone().any(|block| has(&polls, block)) {
        return false;
    }
    let repeated = cycles::repeated_blocks(function);
    starting.any(|block| repeated[block])
}

fn calls_of(program: &Program, module: &Module, function: &Function) -> Calls {
    let typing = Typing { program, module, function };
    let mut calls = Calls { suspends: starts_in_a_loop(function), ..Calls::default() };
    let is_address = |ty: Ty| matches!(ty.kind(), TyKind::Ref(_));
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match &statement.kind {
            StatementKind::Call(call) => {
                if let Callee::Native { name, .. } = &call.callee {
                    calls.suspends |= native_suspends(name);
                    calls.locks |= *name == sections::LOCK;
                }
                calls.all.add(&typing, &call.callee);
                if call.args.iter().any(|arg| is_address(typing.operand(arg))) {
                    calls.lent_to.add(&typing, &call.callee);
                }
            }
            StatementKind::Select(select) => calls.suspends |= !select.has_default,
            StatementKind::RunDefers => {
                calls.defers = true;
                calls.all.values.insert(deferred_type());
            }
            StatementKind::Assign(_, Rvalue::Closure(id, captured))
                if captured.iter().any(|operand| is_address(typing.operand(operand))) =>
            {
                calls.lends_by_closure = true;
                calls.lent_to.direct.push(*id);
                calls.defers_lent |= function.has_defer;
            }
            _ => {}
        }
    }
    calls
}

impl Callees {
    fn add(&mut self, typing: &Typing, callee: &Callee) {
        match callee {
            Callee::Direct(id) => self.direct.push(*id),
            Callee::Closure(value) => {
                self.values.insert(plain(typing.program, typing.operand(value)));
            }
            Callee::Method { name, .. } => {
                self.methods.insert(*name);
            }
            Callee::Native { .. } => {}
        }
    }
}
