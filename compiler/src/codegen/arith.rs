//! Arithmetic, comparisons and conversions of scalars, as Go defines them.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, InstructionData, Opcode, Type, Value, ValueDef, types};

use super::function::Fx;
use super::places::{Leaves, Val};
use crate::mir::{Const, Operand, UnaryOp};
use crate::syntax::ast::BinaryOp;
use crate::types::{Ty, TyKind};

impl Fx<'_, '_> {
    pub fn unary(&mut self, op: UnaryOp, operand: &Operand) -> Value {
        let (value, _) = self.operand_value(operand);
        let ty = self.b.func.dfg.value_type(value);
        match op {
            UnaryOp::Neg if ty.is_float() => self.b.ins().fneg(value),
            UnaryOp::Neg => self.b.ins().ineg(value),
            UnaryOp::Not => self.b.ins().bxor_imm_u(value, 1),
            UnaryOp::BitNot => self.b.ins().bnot(value),
        }
    }

    pub fn binary(&mut self, op: BinaryOp, left: &Operand, right: &Operand) -> Value {
        use BinaryOp::*;
        let typing = self.typing();
        let ty = typing.operand(left);
        if is_scalar(self, ty) {
            return match op {
                Shl | Shr => self.shift(op, left, right),
                Div | Rem => self.divide(op, left, right),
                _ => {
                    // A constant that stands second is used where it lies in memory; that two numbers may change places is
                    // true of floating-point ones as well.
                    let (left, right) = match (left, op) {
                        (Operand::Const(Const::Float(_), _), Add | Mul) => (right, left),
                        _ => (left, right),
                    };
                    let (x, _) = self.operand_value(left);
                    if op == Mul && is_two(right) && self.b.func.dfg.value_type(x).is_float() {
                        // The same number, and no constant at all.
                        return self.b.ins().fadd(x, x);
                    }
                    let (y, _) = self.operand_value(right);
                    // The result takes the first operand's register: rather that of a number which was made for this, than that of one
                    // which comes from another block, and would have to be copied to stay.
                    let fresh = !matches!(right, Operand::Const(..)) && !self.is_from_elsewhere(y);
                    let (x, y) = match op == Mul && fresh && self.is_from_elsewhere(x) {
                        true => (y, x),
                        false => (x, y),
                    };
                    self.simple(op, x, y, self.is_signed(ty))
                }
            };
        }
        match (self.unit.program.underlying(ty).kind(), op) {
            (TyKind::String, Add) => {
                self.problem("strings are joined by a runtime function".to_owned());
                self.zero(types::I64)
            }
            (TyKind::String, _) => self.compare_strings(op, left, right),
            _ => self.compare_values(op, left, right, ty),
        }
    }

    /// Whether an integer type is signed; durations are.
    pub fn is_signed(&self, ty: Ty) -> bool {
        match self.unit.program.underlying(ty).kind() {
            TyKind::Int(int) => int.signed(),
            TyKind::Duration | TyKind::Untyped(_) => true,
            _ => false,
        }
    }

    /// Whether a value is a parameter of its block.
    fn is_from_elsewhere(&self, value: Value) -> bool {
        matches!(self.b.func.dfg.value_def(value), ValueDef::Param(..))
    }

    /// What a constant of 64 bits stands for.
    fn word_constant(&self, value: Value) -> Option<i64> {
        let dfg = &self.b.func.dfg;
        match dfg.insts[dfg.value_def(value).inst()?] {
            InstructionData::UnaryImm { opcode: Opcode::Iconst, imm }
                if dfg.value_type(value) == types::I64 =>
            {
                Some(imm.bits())
            }
            _ => None,
        }
    }

    fn simple(&mut self, op: BinaryOp, x: Value, y: Value, signed: bool) -> Value {
        use BinaryOp::*;
        if let Some(cc) = int_condition(op, signed) {
            return match self.b.func.dfg.value_type(x).is_float() {
                true => self.b.ins().fcmp(float_condition(op), x, y),
                false => self.b.ins().icmp(cc, x, y),
            };
        }
        if self.b.func.dfg.value_type(x).is_float() {
            return match op {
                Add => self.b.ins().fadd(x, y),
                Sub => self.b.ins().fsub(x, y),
                Mul => self.b.ins().fmul(x, y),
                _ => self.b.ins().fdiv(x, y),
            };
        }
        match op {
            Add => self.b.ins().iadd(x, y),
            // Adding is one instruction whose result lies anywhere, or part of an address.
            Sub => match self.word_constant(y) {
                Some(known) => self.b.ins().iadd_imm_s(x, known.wrapping_neg()),
                None => self.b.ins().isub(x, y),
            },
            Mul => self.b.ins().imul(x, y),
            And | LogAnd => self.b.ins().band(x, y),
            Or | LogOr => self.b.ins().bor(x, y),
            Xor => self.b.ins().bxor(x, y),
            AndNot => self.b.ins().band_not(x, y),
            _ => {
                self.problem(format!("`{}` is no operation of scalars", op.text()));
                x
            }
        }
    }

    /// Division crashes on zero; the smallest number divided by -1 is itself, with remainder 0.
    fn divide(&mut self, op: BinaryOp, left: &Operand, right: &Operand) -> Value {
        let (x, ty) = self.operand_value(left);
        let (y, _) = self.operand_value(right);
        let scalar = self.b.func.dfg.value_type(x);
        if scalar.is_float() {
            return self.b.ins().fdiv(x, y);
        }
        let known = match right {
            Operand::Const(Const::Int(value), _) => Some(*value),
            _ => None,
        };
        if known.is_none_or(|value| value == 0) {
            let zero = self.b.ins().icmp_imm_u(IntCC::Equal, y, 0);
            self.fail_if(zero, "goo_panic_divide", &[]);
        }
        let quotient = op == BinaryOp::Div;
        if !self.is_signed(ty) {
            return match quotient {
                true => self.b.ins().udiv(x, y),
                false => self.b.ins().urem(x, y),
            };
        }
        if known.is_some_and(|value| value != -1 && value != 0) {
            return match quotient {
                true => self.b.ins().sdiv(x, y),
                false => self.b.ins().srem(x, y),
            };
        }
        let minus_one = self.b.ins().icmp_imm_s(IntCC::Equal, y, -1);
        let one = self.b.ins().iconst(scalar, 1);
        let safe = self.b.ins().select(minus_one, one, y);
        if quotient {
            let negative = self.b.ins().ineg(x);
            let divided = self.b.ins().sdiv(x, safe);
            self.b.ins().select(minus_one, negative, divided)
        } else {
            // The remainder by 1 is that by -1.
            self.b.ins().srem(x, safe)
        }
    }

    /// Shifts by at least the width give 0 or the sign; a negative count crashes.
    fn shift(&mut self, op: BinaryOp, left: &Operand, right: &Operand) -> Value {
        let (x, ty) = self.operand_value(left);
        let (count, count_ty) = self.operand_value(right);
        let scalar = self.b.func.dfg.value_type(x);
        let bits = i64::from(scalar.bits());
        let signed = self.is_signed(ty);
        let known = match right {
            Operand::Const(Const::Int(value), _) => Some(*value),
            _ => None,
        };
        let count = self.extend(count, count_ty);
        if self.is_signed(count_ty) && known.is_none_or(|count| count < 0) {
            let negative = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, count, 0);
            self.fail_if(negative, "goo_panic_shift", &[]);
        }
        let arithmetic = op == BinaryOp::Shr && signed;
        if known.is_some_and(|count| (0..bits).contains(&count)) {
            return self.plain_shift(op, signed, x, count);
        }
        if arithmetic {
            let most = self.b.ins().iconst(types::I64, bits - 1);
            let count = self.b.ins().umin(count, most);
            return self.plain_shift(op, signed, x, count);
        }
        let shifted = self.plain_shift(op, signed, x, count);
        let within = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThan, count, bits);
        let zero = self.b.ins().iconst(scalar, 0);
        self.b.ins().select(within, shifted, zero)
    }

    fn plain_shift(&mut self, op: BinaryOp, signed: bool, x: Value, count: Value) -> Value {
        match (op, signed) {
            (BinaryOp::Shl, _) => self.b.ins().ishl(x, count),
            (_, true) => self.b.ins().sshr(x, count),
            (_, false) => self.b.ins().ushr(x, count),
        }
    }

    fn compare_strings(&mut self, op: BinaryOp, left: &Operand, right: &Operand) -> Value {
        let (x, _) = self.operand_leaves(left);
        let (y, _) = self.operand_leaves(right);
        if x.len() != 3 || y.len() != 3 {
            self.problem("a comparison of a string with something else".to_owned());
            return self.zero(types::I8);
        }
        let args = [x[0], x[1], x[2], y[0], y[1], y[2]];
        if matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            // Most strings that differ have different lengths.
            let (same_length, done) = (self.b.create_block(), self.b.create_block());
            let result = self.b.append_block_param(done, types::I8);
            let equal = self.b.ins().icmp(IntCC::Equal, x[2], y[2]);
            self.b.ins().brif(equal, same_length, &[], done, &[equal.into()]);
            self.b.switch_to_block(same_length);
            let equal = self.call_runtime("goo_string_equal", &args);
            let equal = self.fit(equal, types::I8);
            self.b.ins().jump(done, &[equal.into()]);
            self.b.switch_to_block(done);
            return match op {
                BinaryOp::Eq => result,
                _ => self.b.ins().bxor_imm_u(result, 1),
            };
        }
        let order = self.call_runtime("goo_string_compare", &args);
        match int_condition(op, true) {
            Some(cc) => self.b.ins().icmp_imm_s(cc, order, 0),
            None => self.zero(types::I8),
        }
    }

    /// Equality of anything else.
    fn compare_values(&mut self, op: BinaryOp, left: &Operand, right: &Operand, ty: Ty) -> Value {
        let layout = self.layout(ty);
        let (x, _) = self.operand(left);
        let (y, _) = self.operand(right);
        let equal = match (&x, &y) {
            (Val::Leaves(x), Val::Leaves(y)) if layout.flat => self.leaves_equal(x, y),
            _ => {
                let (x, y) = (self.address_of(&layout, &x), self.address_of(&layout, &y));
                let desc = self.type_desc(ty);
                let name = match layout.flat {
                    true => "goo_value_equal",
                    // Functions in interface values cannot be compared, which is a crash.
                    false => "goo_value_equal_any",
                };
                let equal = self.call_runtime(name, &[desc, x, y]);
                self.fit(equal, types::I8)
            }
        };
        match op {
            BinaryOp::Eq => equal,
            _ => self.b.ins().bxor_imm_u(equal, 1),
        }
    }

    fn leaves_equal(&mut self, x: &Leaves, y: &Leaves) -> Value {
        let mut all = None;
        for (x, y) in x.iter().zip(y) {
            let equal = self.b.ins().icmp(IntCC::Equal, *x, *y);
            all = Some(match all {
                None => equal,
                Some(all) => self.b.ins().band(all, equal),
            });
        }
        all.unwrap_or_else(|| self.b.ins().iconst(types::I8, 1))
    }

    // ---- conversions

    pub fn cast(&mut self, operand: &Operand, to: Ty) -> Value {
        let (value, from) = self.operand_value(operand);
        let layout = self.layout(to);
        let target =
            layout.leaves.as_ref().and_then(|leaves| leaves.first()).map_or(types::I64, |leaf| leaf.ty);
        let source = self.b.func.dfg.value_type(value);
        match (source.is_float(), target.is_float()) {
            (false, false) if source.bits() >= target.bits() => self.fit(value, target),
            (false, false) => match self.is_signed(from) {
                true => self.b.ins().sextend(target, value),
                false => self.b.ins().uextend(target, value),
            },
            (false, true) => {
                let wide = self.extend(value, from);
                match self.is_signed(from) {
                    true => self.b.ins().fcvt_from_sint(target, wide),
                    false => self.b.ins().fcvt_from_uint(target, wide),
                }
            }
            (true, true) => match (source, target) {
                (types::F32, types::F64) => self.b.ins().fpromote(target, value),
                (types::F64, types::F32) => self.b.ins().fdemote(target, value),
                _ => value,
            },
            (true, false) => self.float_to_int(value, target, self.is_signed(to)),
        }
    }

    /// As Go on amd64: what does not fit gives the smallest integer of 64 bits, or of 32 for narrower signed types.
    fn float_to_int(&mut self, value: Value, target: Type, signed: bool) -> Value {
        let value = match self.b.func.dfg.value_type(value) {
            types::F32 => self.b.ins().fpromote(types::F64, value),
            _ => value,
        };
        match (target.bits(), signed) {
            (64, true) => self.truncate(value, types::I64),
            (64, false) => {
                let limit = self.float_constant(9_223_372_036_854_775_808.0, types::F64);
                let small = self.b.ins().fcmp(FloatCC::LessThan, value, limit);
                let direct = self.truncate(value, types::I64);
                let lowered = self.b.ins().fsub(value, limit);
                let high = self.truncate(lowered, types::I64);
                let sign = self.b.ins().iconst(types::I64, i64::MIN);
                let high = self.b.ins().bxor(high, sign);
                self.b.ins().select(small, direct, high)
            }
            (32, false) => {
                let wide = self.truncate(value, types::I64);
                self.b.ins().ireduce(types::I32, wide)
            }
            _ => {
                let wide = self.truncate(value, types::I32);
                self.fit(wide, target)
            }
        }
    }

    /// What the processor's conversion gives: out of range and NaN are the smallest integer.
    fn truncate(&mut self, value: Value, target: Type) -> Value {
        let converted = self.b.ins().fcvt_to_sint_sat(target, value);
        let limit = self.float_constant(2f64.powi(target.bits() as i32 - 1), types::F64);
        let fits = self.b.ins().fcmp(FloatCC::LessThan, value, limit);
        let least = self.b.ins().iconst(types::I64, i64::MIN >> (64 - target.bits()));
        let least = self.fit(least, target);
        self.b.ins().select(fits, converted, least)
    }
}

fn is_scalar(fx: &mut Fx, ty: Ty) -> bool {
    matches!(fx.layout(ty).shape, super::layout::Shape::Scalar)
}

fn int_condition(op: BinaryOp, signed: bool) -> Option<IntCC> {
    use BinaryOp::*;
    Some(match (op, signed) {
        (Eq, _) => IntCC::Equal,
        (Ne, _) => IntCC::NotEqual,
        (Lt, true) => IntCC::SignedLessThan,
        (Le, true) => IntCC::SignedLessThanOrEqual,
        (Gt, true) => IntCC::SignedGreaterThan,
        (Ge, true) => IntCC::SignedGreaterThanOrEqual,
        (Lt, false) => IntCC::UnsignedLessThan,
        (Le, false) => IntCC::UnsignedLessThanOrEqual,
        (Gt, false) => IntCC::UnsignedGreaterThan,
        (Ge, false) => IntCC::UnsignedGreaterThanOrEqual,
        _ => return None,
    })
}

fn float_condition(op: BinaryOp) -> FloatCC {
    use BinaryOp::*;
    match op {
        Eq => FloatCC::Equal,
        Ne => FloatCC::NotEqual,
        Lt => FloatCC::LessThan,
        Le => FloatCC::LessThanOrEqual,
        Gt => FloatCC::GreaterThan,
        _ => FloatCC::GreaterThanOrEqual,
    }
}

/// Whether the operand is the floating-point number 2.
fn is_two(operand: &Operand) -> bool {
    matches!(operand, Operand::Const(Const::Float(2.0), _))
}
