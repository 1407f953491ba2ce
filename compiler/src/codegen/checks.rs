//! Checks that crash the task: the test inline, the crash in a cold block.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};

use super::function::Fx;

impl Fx<'_, '_> {
    /// Crashes with a function of the runtime when the condition holds.
    pub fn fail_if(&mut self, condition: Value, panic: &'static str, args: &[Value]) {
        let (fail, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(fail);
        self.b.ins().brif(condition, fail, &[], go_on, &[]);
        self.b.switch_to_block(fail);
        self.fail(panic, args);
        self.b.switch_to_block(go_on);
    }

    /// Crashes when an index is not below a length.
    pub fn check_index(&mut self, index: Value, len: Value) {
        let bad = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, index, len);
        self.fail_if(bad, "goo_panic_index", &[index, len]);
    }
}
