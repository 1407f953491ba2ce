//! Which functions may change or share what is in variables of others, other than by the in-out parameters they are given: in variables
//! that closures share, and those of the package. All that call function values or methods may.

use super::effects::is_anyones;
use crate::mir::typing::{Typing, is_counted};
use crate::mir::visit::{destinations, operands};
use crate::mir::{Callee, Module, Operand, Place, Rvalue, Statement, StatementKind};
use crate::types::Program;

/// For each function of the module, whether it may.
pub fn reaching(program: &Program, module: &Module) -> Vec<bool> {
    let mut callers: Vec<Vec<usize>> = vec![Vec::new(); module.functions.len()];
    let mut reaching = vec![false; module.functions.len()];
    let mut work = Vec::new();
    for (index, function) in module.functions.iter().enumerate() {
        let typing = Typing { program, module, function };
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            if let StatementKind::Call(call) = &statement.kind
                && let Callee::Direct(callee) = call.callee
            {
                callers[callee.0 as usize].push(index);
            }
            reaching[index] =
                reaching[index] || reaches(statement, &[]) || changes_others(&typing, statement);
        }
        if reaching[index] {
            work.push(index);
        }
    }
    while let Some(index) = work.pop() {
        for &caller in &callers[index] {
            if !std::mem::replace(&mut reaching[caller], true) {
                work.push(caller);
            }
        }
    }
    reaching
}

/// Whether what the statement calls may; `reaching` tells of functions by number. The functions of the runtime call nothing: what
/// they start runs in another task, which shares no variables.
pub fn reaches(statement: &Statement, reaching: &[bool]) -> bool {
    match &statement.kind {
        StatementKind::RunDefers => true,
        StatementKind::Call(call) => match &call.callee {
            Callee::Direct(callee) => reaching.get(callee.0 as usize).copied().unwrap_or(false),
            Callee::Closure(_) | Callee::Method { .. } => true,
            Callee::Native { .. } => false,
        },
        _ => false,
    }
}

/// Whether the statement itself changes such a variable, takes a counted value from there, or lends it to what may.
fn changes_others(typing: &Typing, statement: &Statement) -> bool {
    let mut changes = operands(statement).into_iter().any(|operand| match operand {
        Operand::Copy(place) => is_anyones(place) && is_counted(typing.program, typing.place(place)),
        Operand::Move(_) | Operand::Const(..) => false,
    });
    let mut note = |place: &Place| changes |= is_anyones(place);
    destinations(statement, &mut note);
    match &statement.kind {
        StatementKind::Assign(_, Rvalue::Ref(place))
        | StatementKind::MakeUnique(place)
        | StatementKind::Append(place, _)
        | StatementKind::Drop(place)
        | StatementKind::Retain(place)
        | StatementKind::Settle(place) => note(place),
        _ => {}
    }
    changes
}
