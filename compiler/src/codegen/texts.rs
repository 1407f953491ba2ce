//! Texts in the activation's own memory, without an owner: see [`crate::mir::passes::texts`]. How long they may be is known, and so that what
//! lies behind them may be read and written as well: they are copied without a look at their length.

use cranelift_codegen::ir::{self, InstBuilder, types};
use goo_runtime::text::pad::DIGITS;
use smallvec::SmallVec;

use super::function::Fx;
use super::places::{Addr, Val};
use crate::mir::passes::texts::ON_STACK;
use crate::mir::{Const, Local, Operand, Place};

/// Texts with more room than this are copied by a call.
const COPIED: u32 = 64;

impl Fx<'_, '_> {
    /// A number's digits.
    pub fn text_of_int(&mut self, number: &Operand, dest: &Place) {
        let (number, _) = self.operand_value(number);
        // They are at the end, and may be copied from their first on as if they were as many as there can be.
        let slot = self.stack_slot(DIGITS as u32 + DIGITS as u32);
        let digits = self.stack_address(slot).base;
        let len = self.call_runtime(ON_STACK, &[digits, number]);
        let end = self.b.ins().iadd_imm_s(digits, DIGITS as i64);
        let first = self.b.ins().isub(end, len);
        self.write_short(dest, first, len, DIGITS as u32);
    }

    /// Constants and short texts, joined.
    pub fn short_text(&mut self, parts: &[Operand], dest: &Place) {
        let room: u32 = parts.iter().map(|part| self.room_of(part).unwrap_or(0)).sum();
        let slot = self.stack_slot(copied(room) + 8);
        let start = self.stack_address(slot).base;
        let mut at = Addr::new(start);
        for part in parts {
            if let Operand::Const(Const::Str(bytes), _) = part {
                self.store_bytes(bytes, at);
                at = at.at(bytes.len() as u32);
                continue;
            }
            let Some(room) = self.room_of(part) else {
                return self.problem("a part of a short text is not one".to_owned());
            };
            let (leaves, _) = self.operand_leaves(part);
            self.copy_short(Addr::new(leaves[1]), at, room);
            let here = self.address(at);
            at = Addr::new(self.b.ins().iadd(here, leaves[2]));
        }
        let end = self.address(at);
        let len = self.b.ins().isub(end, start);
        self.write_short(dest, start, len, room);
    }

    fn write_short(&mut self, dest: &Place, first: ir::Value, len: ir::Value, room: u32) {
        let none = self.zero(types::I64);
        let (spot, ty) = self.place(dest);
        self.write_spot(spot, ty, &Val::Leaves(SmallVec::from_slice(&[none, first, len])));
        if let Some(local) = dest.as_local() {
            self.short_texts.insert(local, room);
        }
    }

    /// How many bytes there may be read, and the text has at most.
    fn room_of(&self, part: &Operand) -> Option<u32> {
        match part {
            Operand::Const(Const::Str(bytes), _) => Some(bytes.len() as u32),
            Operand::Copy(place) => self.short_room(place.as_local()?),
            _ => None,
        }
    }

    fn short_room(&self, local: Local) -> Option<u32> {
        self.short_texts.get(&local).copied()
    }

    /// How many bytes [`Fx::copy_short`] copies, if the operand is a text for that.
    pub fn short_copy(&self, text: &Operand) -> Option<u32> {
        let Operand::Copy(place) = text else { return None };
        let room = self.short_room(place.as_local()?)?;
        (room <= COPIED).then(|| copied(room))
    }

    /// Copies a short text with what may be behind it.
    pub fn copy_short(&mut self, from: Addr, to: Addr, room: u32) {
        let size = copied(room);
        let piece = |at| (at, if size - at >= 16 { types::I8X16 } else { types::I64 });
        self.copy_pieces(from, to, (0..size).step_by(16).map(piece));
    }
}

/// Whole words.
fn copied(room: u32) -> u32 {
    room.next_multiple_of(8)
}
