//! What each call site must keep: the locals that are used later, and the locals that own something.
//!
//! "Owned" means may own: a counted local that was given a value and not moved from or dropped since, on some path. Where it was on
//! another path it holds zero, and releasing zero does nothing.

use super::unit::Unit;
use crate::mir::bits::BitSet;
use crate::mir::passes::liveness::Liveness;
use crate::mir::typing::is_counted;
use crate::mir::visit::{defined_local, successors};
use crate::mir::visit::{destinations, operands};
use crate::mir::{
    Function, Local, Operand, ParamMode, Place, PlaceBase, Proj, Rvalue, Statement, StatementKind,
};

/// What is known about a function's locals.
pub struct Facts<'a> {
    function: &'a Function,
    /// Only for functions that can suspend.
    live: Option<(Liveness, Vec<bool>)>,
    ownable: Vec<bool>,
    owned_in: Vec<BitSet>,
}

/// What is kept at one statement.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Used behind the statement, or for writing its result; empty when the function cannot suspend.
    pub live: BitSet,
    pub owned: BitSet,
}

impl<'a> Facts<'a> {
    pub fn new(unit: &Unit, function: &'a Function) -> Facts<'a> {
        let live = function.suspends.then(|| {
            let tracked = vec![true; function.locals.len()];
            (Liveness::new(function, &tracked), tracked)
        });
        let mut facts = Facts { function, live, ownable: ownable(unit, function), owned_in: Vec::new() };
        facts.owned_in = facts.solve_owned();
        facts
    }

    /// Whether the local may own counted objects at some time.
    pub fn ownable(&self, local: u32) -> bool {
        self.ownable[local as usize]
    }

    /// For each statement of a block.
    pub fn block(&self, index: usize) -> Vec<Kept> {
        let block = &self.function.blocks[index];
        let mut owned = self.owned_in[index].clone();
        let mut kept: Vec<Kept> = block
            .statements
            .iter()
            .map(|statement| {
                self.give_up(statement, &mut owned);
                let before = owned.clone();
                self.gain(statement, &mut owned);
                Kept { live: BitSet::default(), owned: before }
            })
            .collect();
        if let Some((live, tracked)) = &self.live {
            let mut set = live.before_terminator(&block.terminator, self.function.result, tracked);
            for (statement, kept) in block.statements.iter().zip(&mut kept).rev() {
                kept.live = set.clone();
                if let Some(local) = defined_local(statement) {
                    kept.live.remove(local.0);
                }
                destinations(statement, &mut |place| uses_of_destination(place, &mut kept.live));
                live.step_back(statement, tracked, &mut set);
            }
        }
        kept
    }

    fn solve_owned(&self) -> Vec<BitSet> {
        let function = self.function;
        let count = function.locals.len();
        let mut entry = BitSet::new(count);
        for (index, mode) in function.params.iter().enumerate() {
            if *mode == ParamMode::Own && self.ownable[index] {
                entry.insert(index as u32);
            }
        }
        let mut owned = vec![BitSet::new(count); function.blocks.len()];
        let mut reached = vec![false; function.blocks.len()];
        if let Some(first) = owned.first_mut() {
            *first = entry;
        }
        let mut work = vec![0];
        while let Some(index) = work.pop() {
            let Some(block) = function.blocks.get(index) else { continue };
            let mut set = owned[index].clone();
            for statement in &block.statements {
                self.give_up(statement, &mut set);
                self.gain(statement, &mut set);
            }
            for successor in successors(&block.terminator) {
                let successor = successor.0 as usize;
                let first = !std::mem::replace(&mut reached[successor], true);
                if owned[successor].union(&set) || first {
                    work.push(successor);
                }
            }
        }
        owned
    }

    /// Takes away what the statement moves from or drops.
    fn give_up(&self, statement: &Statement, owned: &mut BitSet) {
        for operand in operands(statement) {
            if let Operand::Move(local) = operand {
                owned.remove(local.0);
            }
        }
        if let StatementKind::Drop(place) = &statement.kind
            && let Some(local) = place.as_local()
        {
            owned.remove(local.0);
        }
    }

    /// Adds what the statement gives a value to.
    fn gain(&self, statement: &Statement, owned: &mut BitSet) {
        let mut add = |place: &Place| {
            if let PlaceBase::Local(local) = place.base
                && self.ownable[local.0 as usize]
            {
                owned.insert(local.0);
            }
        };
        destinations(statement, &mut add);
        match &statement.kind {
            StatementKind::Retain(place) if place.as_local().is_some() => add(place),
            StatementKind::Assign(_, Rvalue::Ref(place))
            | StatementKind::Append(place, _)
            | StatementKind::Settle(place)
            | StatementKind::MakeUnique(place) => add(place),
            _ => {}
        }
    }
}

/// Counted locals that are not just borrowed, from the caller or from another local.
fn ownable(unit: &Unit, function: &Function) -> Vec<bool> {
    let mut ownable: Vec<bool> = function
        .locals
        .iter()
        .enumerate()
        .map(|(index, decl)| {
            function.params.get(index) != Some(&ParamMode::Borrow)
                && !decl.borrowed
                && is_counted(unit.program, decl.ty)
        })
        .collect();
    // A borrowed parameter that the function changes is its own: the ownership pass retains it first, and drops it.
    let mut own = |local: Local| {
        ownable[local.0 as usize] = is_counted(unit.program, function.locals[local.0 as usize].ty);
    };
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        if let StatementKind::Drop(place) = &statement.kind
            && let Some(local) = place.as_local()
        {
            own(local);
        }
        for operand in operands(statement) {
            if let Operand::Move(local) = operand {
                own(*local);
            }
        }
    }
    ownable
}

/// A destination is evaluated behind the call, so what it is reached through stays live.
fn uses_of_destination(place: &Place, live: &mut BitSet) {
    let (PlaceBase::Local(local), false) = (place.base, place.proj.is_empty()) else { return };
    live.insert(local.0);
    for step in &place.proj {
        if let Proj::Index { index, .. } = step
            && let Operand::Copy(place) = &**index
            && let PlaceBase::Local(local) = place.base
        {
            live.insert(local.0);
        }
    }
}
