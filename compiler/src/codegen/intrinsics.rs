//! Runtime functions that are a few instructions: they are not called but written out.

use cranelift_codegen::ir::{AtomicRmwOp, InstBuilder, MemFlagsData, Type, Value, types};
use goo_runtime::library::sync::COUNTER_VALUE;

use super::function::Fx;
use crate::mir::passes::texts::{ON_STACK, SHORT};
use crate::mir::{Operand, Place};

impl Fx<'_, '_> {
    /// Whether the function is one of these; then its code has been written.
    pub fn intrinsic(&mut self, name: &str, operands: &[Operand], dest: Option<&Place>) -> bool {
        if let ("goo_counter_add", [counter, amount]) = (name, operands) {
            self.add_to_counter(counter, amount, dest);
            return true;
        }
        if let (ON_STACK, [number], Some(dest)) = (name, operands, dest) {
            self.text_of_int(number, dest);
            return true;
        }
        if let (SHORT, Some(dest)) = (name, dest) {
            self.short_text(operands, dest);
            return true;
        }
        // What it is about stays alive until here; there is nothing to do.
        if name == "goo_prelude_keep" {
            return true;
        }
        let Some(name) = name.strip_prefix("goo_math_") else { return false };
        let Some(dest) = dest else { return false };
        let [operand, rest @ ..] = operands else { return false };
        if !rest.is_empty() {
            return false;
        }
        let Some(emit) = emitter(name) else { return false };
        let (x, _) = self.operand_value(operand);
        let result = emit(self, x);
        self.write_scalar(dest, result);
        true
    }

    /// A call would cost as much as the addition.
    fn add_to_counter(&mut self, counter: &Operand, amount: &Operand, dest: Option<&Place>) {
        let (counter, _) = self.operand_value(counter);
        let (amount, _) = self.operand_value(amount);
        let at = self.b.ins().iadd_imm_s(counter, i64::from(COUNTER_VALUE));
        let before =
            self.b.ins().atomic_rmw(types::I64, MemFlagsData::trusted(), AtomicRmwOp::Add, at, amount);
        if let Some(dest) = dest {
            let after = self.b.ins().iadd(before, amount);
            self.write_scalar(dest, after);
        }
    }

    fn bitcast(&mut self, ty: Type, x: Value) -> Value {
        self.b.ins().bitcast(ty, MemFlagsData::new(), x)
    }
}

type Emitter = fn(&mut Fx, Value) -> Value;

fn emitter(name: &str) -> Option<Emitter> {
    let emit: Emitter = match name {
        "Sqrt" => |fx, x| fx.b.ins().sqrt(x),
        "Floor" => |fx, x| fx.b.ins().floor(x),
        "Ceil" => |fx, x| fx.b.ins().ceil(x),
        "Trunc" => |fx, x| fx.b.ins().trunc(x),
        "RoundToEven" => |fx, x| fx.b.ins().nearest(x),
        "Abs" => |fx, x| fx.b.ins().fabs(x),
        "Float64bits" => |fx, x| fx.bitcast(types::I64, x),
        "Float64frombits" => |fx, x| fx.bitcast(types::F64, x),
        "Float32bits" => |fx, x| fx.bitcast(types::I32, x),
        "Float32frombits" => |fx, x| fx.bitcast(types::F32, x),
        "bits_OnesCount" | "bits_OnesCount64" | "bits_OnesCount32" | "bits_OnesCount16"
        | "bits_OnesCount8" => |fx, x| fx.b.ins().popcnt(x),
        "bits_LeadingZeros" | "bits_LeadingZeros64" | "bits_LeadingZeros32" => |fx, x| fx.b.ins().clz(x),
        "bits_TrailingZeros" | "bits_TrailingZeros64" | "bits_TrailingZeros32" => |fx, x| fx.b.ins().ctz(x),
        "bits_ReverseBytes" | "bits_ReverseBytes64" | "bits_ReverseBytes32" | "bits_ReverseBytes16" => {
            |fx, x| fx.b.ins().bswap(x)
        }
        "bits_Reverse" | "bits_Reverse64" | "bits_Reverse32" | "bits_Reverse16" | "bits_Reverse8" => {
            |fx, x| fx.b.ins().bitrev(x)
        }
        _ => return None,
    };
    Some(emit)
}
