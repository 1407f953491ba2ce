//! Package variables that not every task may use: code that another task may run asks the runtime first.
//!
//! ```text
//! before: main.count = main.count + 1
//! after:  goo_global_main("main.count"); main.count = main.count + 1
//! ```
//!
//! The checker refuses what it sees of tasks that use the main task's variables (`types/check/globals.rs`), and shows the way
//! there. What it does not see, behind the results of functions, fields and messages, ends here: as for closures that
//! share variables, the task that does it crashes.
//!
//! Another task may run what is started as one, and what that calls; calls of function values are bounded by their types, as
//! in [`super::suspend`]. All other code, nearly all of most programs, pays nothing.

use rustc_hash::FxHashSet;

use super::suspend::{CallGraph, plain};
use crate::mir::typing::Typing;
use crate::mir::visit::{read_places, terminator_places};
use crate::mir::{
    Access, Block, Call, Callee, Const, FnId, Function, GlobalId, Local, Module, Operand, Place, PlaceBase,
    Rvalue, Statement, StatementKind,
};
use crate::types::{Program, Ty, TyKind};

/// Families of runtime functions to which closures are given for other tasks to run.
const STARTING: &[&str] = &["goo_task_", "goo_group_", "goo_supervisor_", "goo_supervision_"];

/// Puts the questions into all functions that need them. Behind the passes that move statements.
pub fn run(program: &Program, module: &mut Module) {
    if module.globals.iter().all(|global| global.access == Access::Any) {
        return;
    }
    let elsewhere = run_by_others(program, module);
    for id in elsewhere {
        let mut blocks = std::mem::take(&mut module.functions[id.0 as usize].blocks);
        let mut asked = FxHashSet::default();
        for (index, block) in blocks.iter_mut().enumerate() {
            // What the first block asks holds in all others.
            let mut here = asked.clone();
            ask(module, block, &mut here);
            if index == 0 {
                asked = here;
            }
        }
        module.functions[id.0 as usize].blocks = blocks;
    }
}

/// The functions that a task other than the main one may run.
fn run_by_others(program: &Program, module: &Module) -> Vec<FnId> {
    let graph = CallGraph::new(program, module);
    let mut todo = Vec::new();
    for function in &module.functions {
        let typing = Typing { program, module, function };
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            if let StatementKind::Call(call) = &statement.kind
                && let Callee::Native { name, .. } = &call.callee
                && STARTING.iter().any(|family| name.starts_with(family))
            {
                for operand in &call.args {
                    let ty = plain(program, typing.operand(operand));
                    if !matches!(ty.kind(), TyKind::Func(_)) {
                        continue;
                    }
                    match made_here(function, operand, 0) {
                        Some(id) => todo.push(id),
                        None => todo.extend(graph.of_type(ty)),
                    }
                }
            }
        }
    }
    let mut found = FxHashSet::default();
    let mut order = Vec::new();
    while let Some(id) = todo.pop() {
        if found.insert(id) {
            order.push(id);
            graph.called_by(id, |callee| todo.push(callee));
        }
    }
    order
}

/// The function of a closure that is made in the same function, and is the only one that the operand may be.
fn made_here(function: &Function, operand: &Operand, depth: u32) -> Option<FnId> {
    let local = match operand {
        Operand::Const(Const::Func(id), _) => return Some(*id),
        Operand::Move(local) => *local,
        Operand::Copy(place) => place.as_local()?,
        Operand::Const(..) => return None,
    };
    if depth > 4 || (local.0 as usize) < function.params.len() {
        return None;
    }
    let mut values = assignments(function, local);
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    match value {
        Some(Rvalue::Closure(id, _)) => Some(*id),
        Some(Rvalue::Use(operand)) => made_here(function, operand, depth + 1),
        _ => None,
    }
}

/// What is assigned to a local: a value, or something that a call, a `select` or an address gives it.
fn assignments(function: &Function, local: Local) -> impl Iterator<Item = Option<&Rvalue>> {
    let is = move |place: &Place| place.base == PlaceBase::Local(local);
    let statements = function.blocks.iter().flat_map(|block| &block.statements);
    statements.filter_map(move |statement| match &statement.kind {
        StatementKind::Assign(dest, value) if is(dest) => Some(dest.as_local().map(|_| value)),
        StatementKind::Assign(_, Rvalue::Ref(place)) if is(place) => Some(None),
        StatementKind::Call(call) if call.dest.as_ref().is_some_and(is) => Some(None),
        StatementKind::Select(_) => {
            let mut read = false;
            read_places(statement, &mut |place| read |= is(place));
            read.then_some(None)
        }
        _ => None,
    })
}

/// Asks before each statement of a block that uses a variable for the first time.
fn ask(module: &Module, block: &mut Block, asked: &mut FxHashSet<Question>) {
    let statements = std::mem::take(&mut block.statements);
    for statement in statements {
        let mut questions = Vec::new();
        read_places(&statement, &mut |place| questions.extend(question(module, place)));
        put(module, block, questions, asked, (statement.span, statement.scope));
        block.statements.push(statement);
    }
    let mut questions = Vec::new();
    terminator_places(&block.terminator, &mut |place| questions.extend(question(module, place)));
    put(module, block, questions, asked, (block.span, block.scope));
}

/// What is asked. Whether this is the main task is asked once for all variables.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Question {
    Main(GlobalId),
    Closures(GlobalId),
}

/// Of a place that is used, if it is in a package variable.
fn question(module: &Module, place: &Place) -> Option<Question> {
    let PlaceBase::Global(id) = place.base else { return None };
    match module.globals[id.0 as usize].access {
        Access::Any => None,
        Access::Main => Some(Question::Main(id)),
        Access::Closures => Some(Question::Closures(id)),
    }
}

fn put(
    module: &Module,
    block: &mut Block,
    questions: Vec<Question>,
    asked: &mut FxHashSet<Question>,
    (span, scope): (crate::syntax::Span, crate::mir::Scope),
) {
    for question in questions {
        let known = match question {
            Question::Main(_) => asked.iter().any(|asked| matches!(asked, Question::Main(_))),
            Question::Closures(_) => asked.contains(&question),
        };
        if known {
            continue;
        }
        asked.insert(question);
        let (Question::Main(id) | Question::Closures(id)) = question;
        let global = &module.globals[id.0 as usize];
        let name = match question {
            Question::Main(_) => "goo_global_main",
            Question::Closures(_) => "goo_global_closures",
        };
        let args = vec![Operand::Const(Const::Str(global.name.as_bytes().into()), Ty::string())];
        let callee = Callee::Native { name, types: Vec::new() };
        let kind = StatementKind::Call(Call { dest: None, callee, args });
        block.statements.push(Statement { kind, span, scope });
    }
}
