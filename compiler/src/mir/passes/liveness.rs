//! Which locals are used later: backward dataflow over a function.
//!
//! A use of a `Ref` temporary counts as a use of the locals that it may point into or through, so that what is lent
//! to a call lives as long as the call.

use crate::mir::bits::BitSet;
use crate::mir::visit::{
    base_local, defined_local, read_places, rvalue_operands, successors, terminator_places,
};
use crate::mir::{Function, Local, Operand, Rvalue, Statement, StatementKind, Terminator};

/// The result of the analysis.
pub struct Liveness {
    /// Locals live at each block's start.
    pub live_in: Vec<BitSet>,
    /// For each local of `Ref` type, the locals that it may point into.
    lent: Vec<Vec<Local>>,
    locals: usize,
}

impl Liveness {
    /// Analyses a function, following only the locals for which `tracked` holds.
    pub fn new(function: &Function, tracked: &[bool]) -> Liveness {
        let locals = function.locals.len();
        let mut this = Liveness {
            live_in: vec![BitSet::new(locals); function.blocks.len()],
            lent: lent(function),
            locals,
        };
        let mut changed = true;
        while changed {
            changed = false;
            for index in (0..function.blocks.len()).rev() {
                let block = &function.blocks[index];
                let mut live = this.before_terminator(&block.terminator, function.result, tracked);
                for statement in block.statements.iter().rev() {
                    this.step_back(statement, tracked, &mut live);
                }
                changed |= this.live_in[index].union(&live);
            }
        }
        this
    }

    /// What is live just before a block's terminator.
    pub fn before_terminator(
        &self,
        terminator: &Terminator,
        result: Option<Local>,
        tracked: &[bool],
    ) -> BitSet {
        let mut live = BitSet::new(self.locals);
        for successor in successors(terminator) {
            live.union(&self.live_in[successor.0 as usize]);
        }
        terminator_places(terminator, &mut |place| {
            if let Some(local) = base_local(place) {
                self.add(local, tracked, &mut live);
            }
        });
        if let (Terminator::Return, Some(result)) = (terminator, result) {
            self.add(result, tracked, &mut live);
        }
        live
    }

    /// Goes from what is live behind a statement to what is live before it.
    pub fn step_back(&self, statement: &Statement, tracked: &[bool], live: &mut BitSet) {
        if let Some(local) = defined_local(statement) {
            live.remove(local.0);
        }
        if let StatementKind::StorageDead(local) = statement.kind {
            live.remove(local.0);
        }
        self.uses(statement, &mut |local| {
            if tracked[local.0 as usize] {
                live.insert(local.0);
            }
        });
    }

    /// The locals that a statement reads, changes in part, or uses through a `Ref`; a local as often as it stands there.
    pub fn uses(&self, statement: &Statement, f: &mut dyn FnMut(Local)) {
        read_places(statement, &mut |place| {
            if let Some(local) = base_local(place) {
                f(local);
                self.lent[local.0 as usize].iter().for_each(|lent| f(*lent));
            }
        });
    }

    /// The locals that the `Ref`s among these locals may point into.
    pub fn lent_by(&self, local: Local) -> &[Local] {
        &self.lent[local.0 as usize]
    }

    fn add(&self, local: Local, tracked: &[bool], live: &mut BitSet) {
        for local in self.lent[local.0 as usize].iter().copied().chain([local]) {
            if tracked[local.0 as usize] {
                live.insert(local.0);
            }
        }
    }
}

/// For each local, what it may point into if it is a `Ref`: the bases of the places it was made from, and
/// what those point into in turn.
pub fn lent(function: &Function) -> Vec<Vec<Local>> {
    let mut lent: Vec<Vec<Local>> = vec![Vec::new(); function.locals.len()];
    let mut edges: Vec<(Local, Local)> = Vec::new();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match &statement.kind {
            StatementKind::Assign(dest, Rvalue::Ref(place)) => {
                if let (Some(dest), Some(base)) = (base_local(dest), base_local(place)) {
                    edges.push((dest, base));
                }
            }
            StatementKind::Assign(dest, value @ (Rvalue::Use(_) | Rvalue::Retype(..))) => {
                for operand in rvalue_operands(value) {
                    // What is written behind a `Ref` does not let it point elsewhere.
                    if let (Some(dest), Operand::Copy(place)) = (dest.as_local(), operand)
                        && let Some(source) = place.as_local()
                        && is_ref(function, dest)
                    {
                        edges.push((dest, source));
                    }
                }
            }
            StatementKind::Lend { held, address: Operand::Copy(address), .. } => {
                if let (Some(address), Some(held)) = (base_local(address), base_local(held)) {
                    edges.push((address, held));
                }
            }
            // A runtime function that gives the address of an element gives one within what it was lent.
            StatementKind::Call(call) => {
                if let Some(dest) = call.dest.as_ref().and_then(|dest| dest.as_local())
                    && is_ref(function, dest)
                {
                    for arg in &call.args {
                        if let Operand::Copy(place) = arg
                            && let Some(source) = base_local(place)
                        {
                            edges.push((dest, source));
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let mut changed = true;
    while changed {
        changed = false;
        for (dest, base) in &edges {
            let further: Vec<Local> = lent[base.0 as usize].iter().copied().chain([*base]).collect();
            for local in further {
                let set = &mut lent[dest.0 as usize];
                if local != *dest && !set.contains(&local) {
                    set.push(local);
                    changed = true;
                }
            }
        }
    }
    lent
}

fn is_ref(function: &Function, local: Local) -> bool {
    matches!(function.locals[local.0 as usize].ty.kind(), crate::types::TyKind::Ref(_))
}
