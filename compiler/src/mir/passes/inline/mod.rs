//! Replaces calls by the bodies of their callees, where that costs little or brings much.
//!
//! Before and after: MIR as lowering gives it. Runs before ownership, so that a lent argument is the variable itself and counts
//! are decided for the whole; and before the analysis of suspension, which then sees fewer calls through function values.
//!
//! ```text
//! _3 = main.Max[int](_1, _2)         b0: _5 = _1 > _2; if _5 goto b1 else b2
//!                                    b1: _4 = _1; goto b3
//!                                    b2: _4 = _2; goto b3
//!                                    b3: _3 = _4
//! ```
//!
//! The functions are gone through from callees to callers, so that what is put in a body's place is final. What is small goes
//! everywhere, what has one call only goes there, and what calls a closure that the caller made goes where that
//! closure is known, because its body can then stand there, too. A small function that calls itself takes in a few turns of itself.
//! Functions that stay with nobody calling them are removed.

mod special;
mod splice;
mod summary;

use rustc_hash::FxHashSet;

use self::special::Specials;
use self::splice::{Pick, splice};
use self::summary::Summary;
use super::callgraph::{self, Named};
use super::{closures, simplify, suspend};
use crate::mir::{Callee, FnId, Function, Inline, Local, Module, Operand, StatementKind};
use crate::parallel;
use crate::types::Program;

/// So big, see [`summary::size`], may a function be that goes wherever it is called. As big as what a call costs in code, with its
/// arguments, result and checks, two or three times over.
const SMALL: u32 = 30;

/// So big may one be that is called in one place only.
const SINGLE: u32 = 120;

/// So big may one be that is given a closure that it calls.
const WITH_CLOSURE: u32 = 200;

/// A caller that is so big takes in nothing more but what is tiny.
const BIG: u32 = 1200;

/// What is smaller than its call.
const TINY: u32 = 8;

/// So big may a function get by taking in turns of itself.
const UNROLLED: u32 = 150;

/// So many turns at most, one in the other.
const TURNS: usize = 3;

/// So often is a function looked through again for calls that came with what it took in.
const ROUNDS: usize = 4;

/// Runs the pass over the whole module.
pub fn run(program: &Program, module: &mut Module) {
    parallel::for_each(&mut module.functions, |function| {
        closures::call_directly(function);
        simplify::run(program, function);
    });
    let singles = singles(module);
    let order = callgraph::bottom_up(module);
    let mut inliner = Inliner {
        program,
        summaries: parallel::map(&module.functions, Summary::new),
        finished: vec![false; module.functions.len()],
        suspends: suspend::suspending(program, module),
        singles,
        specials: Specials::default(),
        module,
    };
    for id in order {
        inliner.function(id);
    }
    callgraph::remove_unreached(module);
}

/// The functions that one call leads to, and nothing else.
fn singles(module: &Module) -> FxHashSet<FnId> {
    let mut counts = vec![0_u32; module.functions.len()];
    for function in &module.functions {
        callgraph::for_each_named(function, &mut |id, named| {
            counts[id.0 as usize] += if named == Named::Value { 2 } else { 1 };
        });
    }
    let known = callgraph::known_elsewhere(module);
    let single = |id: &FnId| counts[id.0 as usize] == 1 && !known.contains(id);
    (0..module.functions.len() as u32).map(FnId).filter(single).collect()
}

struct Inliner<'a> {
    program: &'a Program,
    module: &'a mut Module,
    summaries: Vec<Summary>,
    /// Functions that have taken in what they will: only these are put elsewhere.
    finished: Vec<bool>,
    /// Functions that may suspend.
    suspends: Vec<bool>,
    singles: FxHashSet<FnId>,
    specials: Specials,
}

/// A call that may be replaced.
struct Candidate {
    block: usize,
    statement: usize,
    callee: FnId,
    captures: Vec<Local>,
}

impl Inliner<'_> {
    fn function(&mut self, id: FnId) {
        let mut function = self.take(id);
        let mut changed = false;
        for _ in 0..ROUNDS {
            if !self.round(id, &mut function) && !self.specialise(&mut function) {
                break;
            }
            changed = true;
            self.tidy(&mut function);
        }
        if changed {
            self.summaries[id.0 as usize] = Summary::new(&function);
        }
        self.put_back(id, function);
        self.unroll(id);
        self.finished[id.0 as usize] = true;
    }

    /// Takes a function out of the module, to be changed while others are looked at.
    fn take(&mut self, id: FnId) -> Function {
        let function = &mut self.module.functions[id.0 as usize];
        let left = Function {
            name: String::new(),
            params: function.params.clone(),
            captures: function.captures.clone(),
            locals: Vec::new(),
            blocks: Vec::new(),
            inlined: Vec::new(),
            ..*function
        };
        std::mem::replace(function, left)
    }

    fn put_back(&mut self, id: FnId, function: Function) {
        self.module.functions[id.0 as usize] = function;
    }

    /// What replaced calls leave to be done.
    fn tidy(&self, function: &mut Function) {
        simplify::run(self.program, function);
        closures::call_directly(function);
        if closures::dissolve_cells(function) {
            simplify::run(self.program, function);
        }
    }

    /// Replaces the calls that are worth it; whether there were any.
    fn round(&self, id: FnId, function: &mut Function) -> bool {
        closures::name_captures(function, |id| self.module.functions[id.0 as usize].captures.clone());
        let mut room = BIG.saturating_sub(summary::size(function));
        let candidates = self.candidates(id, function);
        let mut picks = Vec::new();
        for candidate in candidates {
            let summary = &self.summaries[candidate.callee.0 as usize];
            if summary.size > TINY && summary.size > room {
                continue;
            }
            room = room.saturating_sub(summary.size);
            picks.push(Pick {
                block: candidate.block,
                statement: candidate.statement,
                callee: &self.module.functions[candidate.callee.0 as usize],
                summary,
                captures: candidate.captures,
            });
        }
        splice(function, &picks);
        !picks.is_empty()
    }

    fn candidates(&self, id: FnId, function: &Function) -> Vec<Candidate> {
        let known = closures::known(function);
        let mut candidates = Vec::new();
        for (block, body) in function.blocks.iter().enumerate() {
            for (statement, it) in body.statements.iter().enumerate() {
                let StatementKind::Call(call) = &it.kind else { continue };
                let of = |operand: &Operand| closures::of_operand(operand, &known);
                let (callee, captures) = match &call.callee {
                    Callee::Direct(callee) => (*callee, Vec::new()),
                    Callee::Closure(value) => match of(value) {
                        Some(known) => (known.function, known.captures),
                        None => continue,
                    },
                    Callee::Method { .. } | Callee::Native { .. } => continue,
                };
                let direct = matches!(call.callee, Callee::Direct(_));
                let given = |index: usize| call.args.get(index).is_some_and(|arg| of(arg).is_some());
                if callee != id && self.is_worth_it(id, callee, direct, given) {
                    candidates.push(Candidate { block, statement, callee, captures });
                }
            }
        }
        candidates
    }

    /// Whether a call of this function is to be replaced; `given` tells which arguments are known closures.
    fn is_worth_it(&self, caller: FnId, callee: FnId, direct: bool, given: impl Fn(usize) -> bool) -> bool {
        let function = &self.module.functions[callee.0 as usize];
        let summary = &self.summaries[callee.0 as usize];
        if !self.finished[callee.0 as usize] || summary.stays || function.inline == Inline::Never {
            return false;
        }
        if direct && !function.captures.is_empty() {
            return false;
        }
        let with_closure =
            || summary.called.iter().enumerate().any(|(index, called)| *called && given(index));
        if summary.size <= WITH_CLOSURE && with_closure() {
            return true;
        }
        // A loop that cannot wait is faster in a function that cannot.
        if summary.has_loop && self.suspends[caller.0 as usize] && !self.suspends[callee.0 as usize] {
            return false;
        }
        summary.size <= SMALL || summary.size <= SINGLE && !summary.has_loop && self.singles.contains(&callee)
    }

    /// Lets a small function that calls itself take in turns of itself.
    fn unroll(&mut self, id: FnId) {
        let calls = |function: &Function| -> Vec<(usize, usize)> {
            let blocks = function.blocks.iter().enumerate();
            blocks
                .flat_map(|(block, body)| body.statements.iter().enumerate().map(move |it| (block, it)))
                .filter(|(_, (_, it))| matches!(&it.kind, StatementKind::Call(call) if matches!(call.callee, Callee::Direct(callee) if callee == id)))
                .map(|(block, (statement, _))| (block, statement))
                .collect()
        };
        let summary = &self.summaries[id.0 as usize];
        let own = &self.module.functions[id.0 as usize];
        // Where the function does other things, too, its calls of itself are not what it spends its time with.
        if summary.stays || summary.size > SMALL || !calls_only(own, id) || own.inline == Inline::Never {
            return;
        }
        let mut function: Option<Function> = None;
        for _ in 0..TURNS {
            let current = function.as_ref().unwrap_or(own);
            let sites = calls(current);
            let size = summary::size(current) + sites.len() as u32 * summary.size;
            if sites.is_empty() || size > UNROLLED {
                break;
            }
            let picks: Vec<Pick> = sites
                .into_iter()
                .map(|(block, statement)| Pick {
                    block,
                    statement,
                    callee: own,
                    summary,
                    captures: Vec::new(),
                })
                .collect();
            let mut next = current.clone();
            splice(&mut next, &picks);
            simplify::run(self.program, &mut next);
            function = Some(next);
        }
        if let Some(function) = function {
            self.summaries[id.0 as usize] = Summary::new(&function);
            self.put_back(id, function);
        }
    }
}

/// Whether a function calls itself and nothing else, and otherwise only computes.
fn calls_only(function: &Function, id: FnId) -> bool {
    function.captures.is_empty()
        && function.blocks.iter().flat_map(|block| &block.statements).all(|statement| match &statement.kind {
            StatementKind::Call(call) => matches!(call.callee, Callee::Direct(callee) if callee == id),
            StatementKind::Assign(..) | StatementKind::StorageLive(_) | StatementKind::StorageDead(_) => true,
            _ => false,
        })
}
