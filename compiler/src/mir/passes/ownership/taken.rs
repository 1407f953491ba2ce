//! Which parts of variables can be moved out of them, by what the statements behind do.

use super::Ownership;
use crate::mir::bits::BitSet;
use crate::mir::visit::{base_local, defined_local};
use crate::mir::{Operand, Place, Proj, Rvalue, Statement, StatementKind};

impl Ownership<'_> {
    /// Whether the place is a part of a variable that the statements behind give a new value before anything
    /// looks at the variable again.
    pub(super) fn is_overwritten(&self, place: &Place, rest: &[Statement]) -> bool {
        let fixed = |step: &Proj| matches!(step, Proj::Field(_) | Proj::Deref | Proj::Some | Proj::Case(..));
        let Some(base) = base_local(place) else { return false };
        if place.proj.is_empty() || !place.proj.iter().all(fixed) {
            return false;
        }
        for statement in rest {
            // Preparing the write is not looking.
            if let StatementKind::MakeUnique(part) = &statement.kind
                && part.base == place.base
                && place.proj.starts_with(&part.proj)
            {
                continue;
            }
            let overwrites = match &statement.kind {
                StatementKind::Assign(dest, _) => dest == place,
                StatementKind::Call(call) => call.dest.as_ref() == Some(place),
                _ => false,
            };
            let mut mentions = 0;
            self.liveness.uses(statement, &mut |local| mentions += usize::from(local == base));
            match (overwrites, mentions) {
                // The destination itself is the one mention.
                (true, 1) => return true,
                (false, 0) if defined_local(statement) != Some(base) => {}
                _ => return false,
            }
        }
        false
    }

    /// Whether the place is a field of an owned local of which the statements behind only copy other fields, until it dies.
    pub(super) fn is_taken_out(&self, place: &Place, rest: &[Statement], kept: &BitSet) -> bool {
        let is_field = |place: &Place| place.proj.iter().all(|step| matches!(step, Proj::Field(_)));
        let Some(base) = base_local(place) else { return false };
        if !self.owned[base.0 as usize] || place.proj.is_empty() || !is_field(place) {
            return false;
        }
        for statement in rest {
            let mut mentions = 0;
            self.liveness.uses(statement, &mut |local| mentions += usize::from(local == base));
            if mentions == 0 {
                if defined_local(statement) == Some(base) {
                    return true;
                }
                continue;
            }
            let apart = match &statement.kind {
                StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(other))) => {
                    let apart = place.proj.iter().zip(&other.proj).any(|(one, other)| one != other);
                    mentions == 1 && base_local(dest) != Some(base) && is_field(other) && apart
                }
                _ => false,
            };
            if !apart {
                return false;
            }
        }
        !kept.contains(base.0)
    }
}
