//! By what comparison a block decides where to go.

use crate::mir::visit::{base_local, read_places, terminator_places};
use crate::mir::{Block, Function, Local, Operand, Place, Rvalue, Statement, StatementKind, Terminator};
use crate::syntax::ast::BinaryOp;

/// What is read of a function's locals, in one state of it.
pub struct Conditions {
    /// Read somewhere, the function's result included.
    read: Vec<bool>,
    /// Read by a statement, or by the end of a block that does not set it.
    elsewhere: Vec<bool>,
}

impl Conditions {
    pub fn new(function: &Function) -> Conditions {
        let mut found = Conditions {
            read: vec![false; function.locals.len()],
            elsewhere: vec![false; function.locals.len()],
        };
        if let Some(local) = function.result {
            found.read[local.0 as usize] = true;
            found.elsewhere[local.0 as usize] = true;
        }
        for block in &function.blocks {
            for statement in &block.statements {
                let mut mark = |place: &Place| {
                    if let Some(local) = base_local(place) {
                        found.read[local.0 as usize] = true;
                        found.elsewhere[local.0 as usize] = true;
                    }
                };
                read_places(statement, &mut mark);
                for operand in crate::mir::visit::operands(statement) {
                    if let Operand::Move(local) = operand {
                        mark(&Place::local(*local));
                    }
                }
            }
            terminator_places(&block.terminator, &mut |place| {
                if let Some(local) = base_local(place) {
                    found.read[local.0 as usize] = true;
                    let set = block.statements.iter().any(|it| assigns(it, local));
                    found.elsewhere[local.0 as usize] |= !set;
                }
            });
        }
        found
    }

    pub fn is_never_read(&self, local: Local) -> bool {
        // Locals that were made since are not known.
        self.read.get(local.0 as usize) == Some(&false)
    }

    /// Whether the place is what the block's end asks for, and nothing else does.
    pub fn is_end_of(&self, block: &Block, place: &Place) -> bool {
        self.condition(block).is_some_and(|it| place.as_local() == Some(it))
    }

    fn condition(&self, block: &Block) -> Option<Local> {
        let Terminator::Branch { cond: Operand::Copy(cond), .. } = &block.terminator else { return None };
        let cond = cond.as_local()?;
        (self.elsewhere.get(cond.0 as usize) == Some(&false)).then_some(cond)
    }

    /// The comparison that the block ends with, whose result nobody else wants.
    pub fn comparison<'f>(&self, block: &'f Block) -> Option<(BinaryOp, &'f Operand, &'f Operand)> {
        let cond = self.condition(block)?;
        let last = block.statements.iter().rfind(|it| !matches!(it.kind, StatementKind::Nop))?;
        match &last.kind {
            StatementKind::Assign(dest, Rvalue::Binary(op, left, right)) if dest.as_local() == Some(cond) => {
                Some((*op, left, right))
            }
            _ => None,
        }
    }

    /// As [`Self::comparison`], to be changed.
    pub fn comparison_mut<'f>(&self, block: &'f mut Block) -> Option<&'f mut BinaryOp> {
        self.comparison(block)?;
        let last = block.statements.iter_mut().rfind(|it| !matches!(it.kind, StatementKind::Nop))?;
        match &mut last.kind {
            StatementKind::Assign(_, Rvalue::Binary(op, ..)) => Some(op),
            _ => None,
        }
    }
}

fn assigns(statement: &Statement, local: Local) -> bool {
    matches!(&statement.kind, StatementKind::Assign(dest, _) if dest.as_local() == Some(local))
}

/// The comparison that holds when this one does not: of anything but floats, of which one may be no number.
pub fn negated(op: BinaryOp) -> Option<BinaryOp> {
    use BinaryOp::*;
    Some(match op {
        Lt => Ge,
        Le => Gt,
        Gt => Le,
        Ge => Lt,
        Eq => Ne,
        Ne => Eq,
        _ => return None,
    })
}
