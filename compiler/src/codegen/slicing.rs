//! `s[lo:hi]` of strings and slices: bounds that lie within the length are checked and applied here; everything else, a crash
//! included, is the runtime's business.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use smallvec::smallvec;

use super::function::Fx;
use super::places::Val;
use crate::mir::{Const, Operand, Place};
use crate::types::Ty;

/// Stands for a bound that is not there.
const ABSENT: i64 = i64::MIN;

impl Fx<'_, '_> {
    /// Whether the function is one of these; then its code has been written.
    pub fn slicing(
        &mut self,
        name: &'static str,
        tys: &[Ty],
        operands: &[Operand],
        dest: Option<&Place>,
    ) -> bool {
        let (whole, lo, hi) = match (name, operands) {
            ("goo_string_range", [whole, lo, hi]) => (whole, lo, hi),
            ("goo_slice_range", [whole, lo, hi, max]) if is_absent(max) => (whole, lo, hi),
            _ => return false,
        };
        let Some(dest) = dest else { return false };
        let (Val::Leaves(leaves), ty) = self.operand(whole) else { return false };
        let [owner, ptr, len] = leaves[..] else { return false };
        let hi = if is_absent(hi) { len } else { self.bound(hi) };
        let lo = if is_absent(lo) { self.zero(types::I64) } else { self.bound(lo) };
        let [order, fast, slow, done] = std::array::from_fn(|_| self.b.create_block());
        self.b.set_cold_block(slow);
        // Two branches: joined into one condition, each comparison's result would have to be in a register.
        let within = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, hi, len);
        self.b.ins().brif(within, order, &[], slow, &[]);
        self.b.switch_to_block(order);
        let ordered = self.b.ins().icmp(IntCC::UnsignedLessThanOrEqual, lo, hi);
        self.b.ins().brif(ordered, fast, &[], slow, &[]);

        self.b.switch_to_block(slow);
        self.call_runtime_function(name, tys, operands, Some(dest));
        self.b.ins().jump(done, &[]);

        self.b.switch_to_block(fast);
        let part_len = self.b.ins().isub(hi, lo);
        let (owner, offset) = match tys.first() {
            // A slice without elements may still have room, which is its storage's.
            Some(elem) => {
                let size = self.layout(*elem).size;
                (owner, self.b.ins().imul_imm_s(lo, i64::from(size)))
            }
            // The empty string keeps nothing alive.
            None => {
                let null = self.zero(types::I64);
                (self.b.ins().select(part_len, owner, null), lo)
            }
        };
        let ptr = self.b.ins().iadd(ptr, offset);
        let part = Val::Leaves(smallvec![owner, ptr, part_len]);
        self.retain(ty, &part);
        let (spot, ty) = self.place(dest);
        self.write_spot(spot, ty, &part);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        true
    }

    fn bound(&mut self, operand: &Operand) -> Value {
        let (value, _) = self.operand_value(operand);
        self.fit(value, types::I64)
    }
}

fn is_absent(operand: &Operand) -> bool {
    matches!(operand, Operand::Const(Const::Int(ABSENT), _))
}
