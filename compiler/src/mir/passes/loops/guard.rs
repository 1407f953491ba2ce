//! Doing something with a place before a loop, only if its index is in range there.

use super::effects::Storage;
use crate::mir::{
    Block, BlockId, Const, Function, Local, LocalDecl, Operand, Place, Proj, Rvalue, Scope, Statement,
    StatementKind, Terminator,
};
use crate::syntax::Span;
use crate::syntax::ast::BinaryOp;
use crate::types::{IntTy, Ty, TyKind};

/// Where in the source something stands: what a pass adds stands where the reason for it stands.
#[derive(Clone, Copy)]
pub struct Site {
    pub span: Span,
    pub scope: Scope,
}

impl Site {
    pub fn of(statement: &Statement) -> Site {
        Site { span: statement.span, scope: statement.scope }
    }

    pub fn of_end(block: &Block) -> Site {
        Site { span: block.span, scope: block.scope }
    }

    pub fn statement(self, kind: StatementKind) -> Statement {
        Statement { kind, span: self.span, scope: self.scope }
    }

    pub fn block(self, statements: Vec<Statement>, terminator: Terminator) -> Block {
        Block { statements, terminator, span: self.span, scope: self.scope }
    }
}

/// A new temporary.
pub fn temp(function: &mut Function, ty: Ty, site: Site) -> Local {
    function.locals.push(LocalDecl::new(ty, None, site.span));
    Local(function.locals.len() as u32 - 1)
}

/// Puts `act` (on the place with its index in range) at the end of the block `before`, behind a look at the one index that the place may
/// have. Gives the block that is now the last.
pub fn act(
    storage: &Storage,
    function: &mut Function,
    before: usize,
    place: &Place,
    act: impl FnOnce(Place) -> StatementKind,
) -> usize {
    let site = Site::of_end(&function.blocks[before]);
    let action = site.statement(act(place.in_range()));
    let Some((container, index)) = index_of(place) else {
        function.blocks[before].statements.push(action);
        return before;
    };
    // As unsigned numbers, because a negative index is out of range.
    let uint = Ty::new(TyKind::Int(IntTy::Uint));
    let [len, wide_len, wide_index, cond] =
        [Ty::int(), uint, uint, Ty::bool()].map(|ty| temp(function, ty, site));
    let container_ty = storage.place_ty(function, &container);
    let known_len = match storage.program.underlying(container_ty).kind() {
        TyKind::Array(len, _) => Rvalue::Use(Operand::Const(Const::Int(*len as i64), Ty::int())),
        _ => Rvalue::Len(container),
    };
    let assign = |to: Local, value| site.statement(StatementKind::Assign(to.into(), value));
    function.blocks[before].statements.extend([
        assign(len, known_len),
        assign(wide_len, Rvalue::Cast(len.into(), uint)),
        assign(wide_index, Rvalue::Cast(index, uint)),
        assign(cond, Rvalue::Binary(BinaryOp::Lt, wide_index.into(), wide_len.into())),
    ]);
    let (inside, after) = (BlockId(function.blocks.len() as u32), BlockId(function.blocks.len() as u32 + 1));
    let branch = Terminator::Branch { cond: cond.into(), then: inside, otherwise: after };
    let end = std::mem::replace(&mut function.blocks[before].terminator, branch);
    function.blocks.push(site.block(vec![action], Terminator::Goto(after)));
    function.blocks.push(site.block(Vec::new(), end));
    after.0 as usize
}

/// The only index of the place, and what it is an index of.
fn index_of(place: &Place) -> Option<(Place, Operand)> {
    let at = place.proj.iter().position(|step| matches!(step, Proj::Index { .. }))?;
    let Proj::Index { index, .. } = &place.proj[at] else { return None };
    Some((place.prefix(at), (**index).clone()))
}
