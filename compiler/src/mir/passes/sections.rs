//! May a task be suspended in the section of a mutex?
//!
//! The checker refuses sections that plainly wait. What is left are calls of function values and methods that may suspend, sections
//! of other mutexes inside, and loops that a suspending function got inlined. Then the worker's thread must not hold the
//! lock: all sections of the program use the runtime's other pair of functions, in which who waits for a section is suspended.
//!
//! ```text
//! before: a = goo_mutex_lock(m); call f(a); goo_mutex_unlock(m)     f may suspend
//! after:  a = goo_mutex_enter(m); call f(a); goo_mutex_leave(m)
//! ```

use rustc_hash::FxHashSet;

use super::suspend::{CallGraph, native_suspends};
use crate::mir::typing::Typing;
use crate::mir::visit::successors;
use crate::mir::{BlockId, Callee, FnId, Function, Module, StatementKind};
use crate::types::Program;

/// Begins a section that does not suspend.
pub const LOCK: &str = "goo_mutex_lock";
const UNLOCK: &str = "goo_mutex_unlock";

/// Whether some section may suspend, or enter a section. `suspends` and `locks` tell which functions may.
pub fn may_wait(
    program: &Program,
    module: &Module,
    graph: &CallGraph,
    suspends: &[bool],
    locks: &[bool],
) -> bool {
    let waits = |id: &FnId| suspends[id.0 as usize] || locks[id.0 as usize];
    module.functions.iter().enumerate().any(|(index, function)| {
        let typing = Typing { program, module, function };
        let mut sections = Sections { function, seen: FxHashSet::default(), found: false };
        sections.each(|statement| match statement {
            StatementKind::Call(call) => match &call.callee {
                Callee::Native { name, .. } => *name == LOCK || native_suspends(name),
                callee => graph.callees(&typing, callee).iter().any(waits),
            },
            StatementKind::Select(select) => !select.has_default,
            StatementKind::RunDefers => graph.deferred().iter().any(waits),
            StatementKind::Poll => suspends[index],
            _ => false,
        });
        sections.found
    })
}

/// Makes all sections of the program such that a task may be suspended in them.
pub fn let_wait(module: &mut Module) {
    let blocks = module.functions.iter_mut().flat_map(|function| &mut function.blocks);
    for statement in blocks.flat_map(|block| &mut block.statements) {
        if let StatementKind::Call(call) = &mut statement.kind
            && let Callee::Native { name, .. } = &mut call.callee
        {
            match *name {
                LOCK => *name = "goo_mutex_enter",
                UNLOCK => *name = "goo_mutex_leave",
                _ => {}
            }
        }
    }
}

/// The statements of a function between the beginnings of its sections and their ends.
struct Sections<'m> {
    function: &'m Function,
    /// Blocks that were entered from the start, in a section.
    seen: FxHashSet<u32>,
    found: bool,
}

impl Sections<'_> {
    /// Looks at each statement in a section, until one is `wanted`.
    fn each(&mut self, wanted: impl Fn(&StatementKind) -> bool) {
        for (block, code) in self.function.blocks.iter().enumerate() {
            for (at, statement) in code.statements.iter().enumerate() {
                if is_call(&statement.kind, LOCK) {
                    self.follow(BlockId(block as u32), at + 1, &wanted);
                }
            }
        }
    }

    fn follow(&mut self, block: BlockId, from: usize, wanted: &impl Fn(&StatementKind) -> bool) {
        let mut work = vec![(block, from)];
        while let Some((block, from)) = work.pop() {
            let code = &self.function.blocks[block.0 as usize];
            let rest = &code.statements[from..];
            let end = rest.iter().position(|statement| is_call(&statement.kind, UNLOCK));
            self.found |= rest[..end.unwrap_or(rest.len())].iter().any(|statement| wanted(&statement.kind));
            if end.is_none() {
                let next = successors(&code.terminator);
                work.extend(next.into_iter().filter(|next| self.seen.insert(next.0)).map(|next| (next, 0)));
            }
        }
    }
}

fn is_call(statement: &StatementKind, wanted: &str) -> bool {
    matches!(statement, StatementKind::Call(call) if matches!(&call.callee, Callee::Native { name, .. } if *name == wanted))
}
