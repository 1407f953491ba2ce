//! Which functions do nothing that others could notice, but for their results and what they take in-out?
//!
//! Taken for granted is that all do, and then those are taken away that have an effect themselves or call one that was
//! taken away: so two functions that call each other are both found.

use rustc_hash::{FxHashMap, FxHashSet};

use super::look::Look;
use crate::types::{FuncId, Program, Ty, VarId};

/// The functions without effects, and the parameters of their own that they change.
pub struct Effects {
    free: FxHashSet<FuncId>,
    changed: FxHashSet<VarId>,
    changes_lent: FxHashSet<FuncId>,
}

impl Effects {
    pub fn new<'l>(
        program: &Program,
        looks: impl Iterator<Item = (Option<FuncId>, &'l Look<'l>)>,
    ) -> Effects {
        let looks: FxHashMap<FuncId, &Look> =
            looks.filter_map(|(func, look)| func.map(|func| (func, look))).collect();
        let mut free: FxHashSet<FuncId> =
            looks.iter().filter(|(_, look)| !look.effect).map(|(func, _)| *func).collect();
        loop {
            let before = free.len();
            let still = |func: &FuncId| looks[func].calls.iter().all(|callee| free.contains(callee));
            let kept: FxHashSet<FuncId> = free.iter().filter(|func| still(func)).copied().collect();
            free = kept;
            if free.len() == before {
                break;
            }
        }
        let changes_lent =
            looks.iter().filter(|(_, look)| look.changes_lent).map(|(func, _)| *func).collect();
        let mut effects = Effects { free, changed: FxHashSet::default(), changes_lent };
        loop {
            let before = effects.changed.len();
            for func in &effects.free {
                let look = looks[func];
                let handed = look.handed.iter();
                let handed = handed.filter(|handed| effects.changes(program, handed.callee, handed.param));
                let lent = look.lent.iter().map(|lent| lent.change.var);
                let found: Vec<VarId> = look
                    .changes
                    .iter()
                    .map(|change| change.var)
                    .chain(handed.map(|handed| handed.change.var))
                    .chain(lent)
                    .collect();
                effects.changed.extend(found);
            }
            if effects.changed.len() == before {
                break;
            }
        }
        effects
    }

    pub fn is_free(&self, func: FuncId) -> bool {
        self.free.contains(&func)
    }

    /// Whether a function without effects changes this parameter of its own, the receiver being the first.
    pub fn changes(&self, program: &Program, func: FuncId, param: usize) -> bool {
        let params = &program.funcs[func.0 as usize].params;
        self.is_free(func) && params.get(param).is_some_and(|var| self.changed.contains(var))
    }

    /// Whether nobody gets anything from the function.
    pub fn gives_nothing(&self, program: &Program, func: FuncId) -> bool {
        !self.changes_lent.contains(&func) && program.funcs[func.0 as usize].sig.result == Ty::unit()
    }
}
