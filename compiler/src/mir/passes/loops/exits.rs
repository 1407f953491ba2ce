//! Lets a branch inside a loop leave the loop when its condition holds, not when it does not.
//!
//! ```text
//! if c != '"' goto body else end        if c == '"' goto end else body
//! ```
//!
//! The code generator puts what follows the second way next. So a loop's blocks lie together, and going on costs no jump.

use super::cfg::Cfg;
use super::conditions::{Conditions, negated};
use crate::mir::typing::Typing;
use crate::mir::{Function, Module, Terminator};
use crate::syntax::ast::BinaryOp;
use crate::types::{Program, TyKind};

pub fn run(program: &Program, module: &Module, function: &mut Function) {
    let cfg = Cfg::new(function);
    let conditions = Conditions::new(function);
    for l in cfg.loops(function) {
        for index in l.blocks.iter() {
            let block = &function.blocks[index as usize];
            let Terminator::Branch { then, otherwise, .. } = block.terminator else { continue };
            let stays = l.contains(then.0 as usize) && then.0 as usize != l.header;
            if !stays || l.contains(otherwise.0 as usize) {
                continue;
            }
            let Some((op, left, _)) = conditions.comparison(block) else { continue };
            let ty = Typing { program, module, function }.operand(left);
            // "Not less" is true of what is no number, and "greater or equal" is not.
            let is_float = matches!(program.underlying(ty).kind(), TyKind::Float(_) | TyKind::Untyped(_));
            let Some(opposite) =
                negated(op).filter(|it| !is_float || *it == BinaryOp::Eq || *it == BinaryOp::Ne)
            else {
                continue;
            };
            let block = &mut function.blocks[index as usize];
            if let Some(op) = conditions.comparison_mut(block) {
                *op = opposite;
                if let Terminator::Branch { then, otherwise, .. } = &mut block.terminator {
                    std::mem::swap(then, otherwise);
                }
            }
        }
    }
}
