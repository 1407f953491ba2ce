//! Reads a temporary's original instead, while both are the same.
//!
//! ```text
//! _5 = i; _9 = xs[_5] + 1      _5 = i; _9 = xs[i] + 1
//! ```
//!
//! Lowering keeps the operands of an assignment in temporaries, in case the assignment itself changes them. The passes behind this one
//! compare places and indexes by name.

use super::cfg::Cfg;
use super::dataflow;
use crate::mir::bits::BitSet;
use crate::mir::rewrite::{self, Role};
use crate::mir::visit::defined_local;
use crate::mir::{Function, Local, Operand, Place, PlaceBase, Rvalue, Statement, StatementKind};
use crate::types::{Program, TyKind};

pub fn run(program: &Program, function: &mut Function) {
    let pairs = candidates(program, function);
    if pairs.is_empty() {
        return;
    }
    let cfg = Cfg::new(function);
    let facts = Facts::new(pairs, function.locals.len());
    let at_start = dataflow::known_at_start(function, &cfg, facts.pairs.len(), |statement, known| {
        facts.step(statement, known)
    });
    for &index in &cfg.order {
        let mut known = at_start[index].clone();
        let block = &mut function.blocks[index];
        for statement in &mut block.statements {
            rewrite::places(&mut statement.kind, &mut |place, role| {
                // A destination that is a whole local is not read.
                if role == Role::Read || !place.proj.is_empty() {
                    facts.replace(&known, place);
                }
            });
            facts.step(statement, &mut known);
        }
        rewrite::terminator_places(&mut block.terminator, &mut |place, _| facts.replace(&known, place));
    }
}

/// Pairs of a temporary and its original, somewhere in the function.
struct Facts {
    pairs: Vec<(Local, Local)>,
    /// The pairs that each local stands in, by number.
    of: Vec<Vec<u32>>,
}

impl Facts {
    fn new(pairs: Vec<(Local, Local)>, locals: usize) -> Facts {
        let mut of = vec![Vec::new(); locals];
        for (number, (temp, original)) in pairs.iter().enumerate() {
            of[temp.0 as usize].push(number as u32);
            of[original.0 as usize].push(number as u32);
        }
        Facts { pairs, of }
    }

    fn step(&self, statement: &Statement, known: &mut BitSet) {
        let mut forget = |local: Local| self.of[local.0 as usize].iter().for_each(|pair| known.remove(*pair));
        if let StatementKind::Select(select) = &statement.kind {
            select.received().filter_map(Place::as_local).for_each(&mut forget);
        }
        if let Some(local) = defined_local(statement) {
            forget(local);
        }
        if let Some((temp, original)) = copied(statement)
            && let Some(number) =
                self.of[temp.0 as usize].iter().find(|pair| self.pairs[**pair as usize] == (temp, original))
        {
            known.insert(*number);
        }
    }

    fn replace(&self, known: &BitSet, place: &mut Place) {
        let Some(local) = place.as_local() else { return };
        let pairs = self.of[local.0 as usize].iter().filter(|pair| known.contains(**pair));
        if let Some((_, original)) =
            pairs.map(|pair| self.pairs[*pair as usize]).find(|(temp, _)| *temp == local)
        {
            *place = original.into();
        }
    }
}

fn copied(statement: &Statement) -> Option<(Local, Local)> {
    let StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(place))) = &statement.kind else { return None };
    Some((dest.as_local()?, place.as_local()?))
}

/// Unnamed scalars that are somewhere given the value of another local, neither of which has its address taken.
fn candidates(program: &Program, function: &Function) -> Vec<(Local, Local)> {
    let mut lent = vec![false; function.locals.len()];
    let mut pairs = Vec::new();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        if let StatementKind::Assign(_, Rvalue::Ref(place)) = &statement.kind
            && let PlaceBase::Local(local) = place.base
        {
            lent[local.0 as usize] = true;
        }
        pairs.extend(copied(statement));
    }
    let decl = |local: Local| &function.locals[local.0 as usize];
    let scalar = |local: Local| {
        let kind = program.underlying(decl(local).ty).kind();
        matches!(kind, TyKind::Int(_) | TyKind::Float(_) | TyKind::Bool | TyKind::Duration)
    };
    pairs.retain(|(temp, original)| {
        temp != original
            && decl(*temp).name.is_none()
            && decl(*temp).ty == decl(*original).ty
            && scalar(*temp)
            && !lent[temp.0 as usize]
            && !lent[original.0 as usize]
    });
    pairs.sort();
    pairs.dedup();
    pairs
}
