//! Lending a part of storage that other code can reach: the usual case, one lend at a time, inline. See
//! [`goo_runtime::value::lent`].

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, Value, types};
use goo_runtime::abi::layout::{Header, TypeDesc};
use goo_runtime::value::lent::{DIRECT, THROUGH};
use rustc_hash::FxHashMap;

use super::function::Fx;
use super::layout::Shape;
use super::places::{FLAGS, Val};
use crate::mir::{Function, Local, Place, StatementKind};
use crate::types::Ty;

/// The locals of a function that hold what it lends.
pub fn of(function: &Function) -> FxHashMap<Local, bool> {
    let statements = function.blocks.iter().flat_map(|block| &block.statements);
    statements
        .filter_map(|statement| match &statement.kind {
            StatementKind::Lend { held, direct, .. } => Some((held.as_local()?, *direct)),
            _ => None,
        })
        .collect()
}

/// The count of what is lent once, and referred to by its variable and by the lend.
fn lent_once(direct: bool) -> i64 {
    i64::from(if direct { DIRECT } else { THROUGH } - 2)
}

impl Fx<'_, '_> {
    /// The local has just been given a reference to it.
    pub fn lend(&mut self, held: &Place, direct: bool) {
        let (spot, ty) = self.place(held);
        let value = self.read_spot(spot, ty);
        let (object, done) = self.lent_object(ty, &value);
        self.exchange(object, 2, lent_once(direct), |this| {
            let direct = this.b.ins().iconst(types::I64, i64::from(direct));
            this.call_cold("goo_lend", &[object, direct]);
        });
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Gives up the reference.
    pub fn end_lend(&mut self, ty: Ty, value: &Val, direct: bool) {
        let (object, done) = self.lent_object(ty, value);
        self.exchange(object, lent_once(direct), 1, |this| {
            this.call_cold("goo_release_slow", &[object]);
        });
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// The storage or box that a value refers to, if there is one; goes on there, and gives the block for when there is none.
    fn lent_object(&mut self, ty: Ty, value: &Val) -> (Value, ir::Block) {
        let done = self.b.create_block();
        let object = match self.layout(ty).shape {
            Shape::Interface => {
                let [full, boxed] = std::array::from_fn(|_| self.b.create_block());
                let desc = self.first(value);
                self.b.ins().brif(desc, full, &[], done, &[]);
                self.b.switch_to_block(full);
                let size = self.b.ins().load(types::I64, FLAGS, desc, TypeDesc::SIZE as i32);
                let small = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, size, 8);
                self.b.ins().brif(small, done, &[], boxed, &[]);
                self.b.switch_to_block(boxed);
                match value {
                    Val::Leaves(words) => words[1],
                    Val::At(addr) => self.load(types::I64, addr.at(8)),
                }
            }
            _ => self.first(value),
        };
        let full = self.b.create_block();
        self.b.ins().brif(object, full, &[], done, &[]);
        self.b.switch_to_block(full);
        (object, done)
    }

    /// Turns the count `from` into `to`; any other is for `other`.
    fn exchange(&mut self, object: Value, from: i64, to: i64, other: impl FnOnce(&mut Self)) {
        let [fast, slow, done] = std::array::from_fn(|_| self.b.create_block());
        self.b.set_cold_block(slow);
        let count = self.b.ins().load(types::I32, FLAGS, object, Header::COUNT as i32);
        let usual = self.b.ins().icmp_imm_s(IntCC::Equal, count, from);
        self.b.ins().brif(usual, fast, &[], slow, &[]);
        self.b.switch_to_block(fast);
        let to = self.b.ins().iconst(types::I32, to & 0xffff_ffff);
        self.b.ins().store(FLAGS, to, object, Header::COUNT as i32);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(slow);
        other(self);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }
}
