//! Who calls whom, and which functions the program reaches.

use rustc_hash::FxHashSet;

use crate::mir::rewrite::for_each_function;
use crate::mir::visit::operands;
use crate::mir::{Callee, Const, FnId, Function, Module, Operand, Rvalue, StatementKind, cycles};

/// Calls `f` for each function that the body names: what it calls, and what it makes values of.
pub fn for_each_named(function: &Function, f: &mut dyn FnMut(FnId, Named)) {
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match &statement.kind {
            StatementKind::Call(call) => {
                if let Callee::Direct(id) = call.callee {
                    f(id, Named::Called);
                }
            }
            StatementKind::Assign(_, Rvalue::Closure(id, _)) => f(*id, Named::Closed),
            _ => {}
        }
        for operand in operands(statement) {
            if let Operand::Const(Const::Func(id), _) = operand {
                f(*id, Named::Value);
            }
        }
    }
}

/// How a body names a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    Called,
    /// Made a closure of.
    Closed,
    Value,
}

/// The functions in an order in which callees, and the functions of closures, come before those that name them, except in cycles.
pub fn bottom_up(module: &Module) -> Vec<FnId> {
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(module.functions.len());
    for function in &module.functions {
        let mut named = Vec::new();
        for_each_named(function, &mut |id, _| named.push(id.0 as usize));
        edges.push(named);
    }
    cycles::components(&edges).into_iter().flatten().map(|index| FnId(index as u32)).collect()
}

/// Removes the functions that nothing names any more, and numbers the others anew, in the same order.
pub fn remove_unreached(module: &mut Module) {
    let reached = reached(module);
    if reached.iter().all(|reached| *reached) {
        return;
    }
    let mut next = 0;
    let numbers: Vec<FnId> = reached
        .iter()
        .map(|reached| {
            let number = FnId(next);
            next += u32::from(*reached);
            number
        })
        .collect();
    let mut index = 0;
    module.functions.retain(|_| {
        index += 1;
        reached[index - 1]
    });
    let mut renumber = |id: &mut FnId| *id = numbers[id.0 as usize];
    module.functions.iter_mut().for_each(|function| for_each_function(function, &mut renumber));
    module.methods.iter_mut().for_each(|method| renumber(&mut method.function));
    module.tests.iter_mut().for_each(|(_, _, id)| renumber(id));
    module.init.iter_mut().chain(&mut module.main).for_each(renumber);
}

fn reached(module: &Module) -> Vec<bool> {
    let mut work: Vec<FnId> = module.methods.iter().map(|method| method.function).collect();
    work.extend(module.tests.iter().map(|(_, _, id)| *id));
    work.extend(module.init.iter().chain(&module.main));
    let mut reached = vec![false; module.functions.len()];
    while let Some(id) = work.pop() {
        if !std::mem::replace(&mut reached[id.0 as usize], true) {
            for_each_named(&module.functions[id.0 as usize], &mut |id, _| work.push(id));
        }
    }
    reached
}

/// Functions that others than direct calls lead to: methods of values in interfaces, the program's own beginnings, and functions as
/// values.
pub fn known_elsewhere(module: &Module) -> FxHashSet<FnId> {
    let mut known: FxHashSet<FnId> = module.methods.iter().map(|method| method.function).collect();
    known.extend(module.main);
    known.extend(module.init);
    known.extend(module.tests.iter().map(|(_, _, id)| *id));
    for function in &module.functions {
        for_each_named(function, &mut |id, named| {
            if named == Named::Value {
                known.insert(id);
            }
        });
    }
    known
}
