//! Small functions that no program writes: adapters between conventions, and helpers of generated code.

use std::sync::Arc;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    self, AbiParam, InstBuilder, Signature, StackSlotData, StackSlotKind, Value, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use goo_runtime::abi::layout::{Closure, Context, Frame, FunctionDesc, Header};
use goo_runtime::abi::table::Kind;

use super::abi::{Convention, native_signature, signature};
use super::counts::{branch_on_interface, count_plainly};
use super::places::FLAGS;
use super::symbols::{Counting, Helper, Item, Shape, Symbols};
use super::unit::Unit;
use crate::mir::FnId;

/// A generated function and what it refers to.
pub struct Adapter {
    pub clif: ir::Function,
    pub items: Vec<Item>,
}

/// The signature of a helper.
pub fn helper_signature(unit: &Unit, helper: Helper) -> Signature {
    // A retain seldom has more to do than to count up. A release often frees: registers that the runtime's functions may change anyway are
    // better not saved for it, by 50 instructions.
    let counting = |op| match op {
        Counting::Retain => CallConv::PreserveAll,
        Counting::Release => unit.isa.default_call_conv(),
    };
    let (call_conv, params) = match helper {
        Helper::Leave => (CallConv::PreserveAll, 4),
        Helper::Release => (CallConv::Tail, 1),
        Helper::Count(op) | Helper::CountSlow(op) => (counting(op), 1),
        Helper::CountInterface(op) | Helper::CountWord(op) => (counting(op), 2),
    };
    let mut signature = Signature::new(call_conv);
    signature.params.extend(std::iter::repeat_n(AbiParam::new(types::I64), params));
    signature
}

/// The signature of [`Item::Cold`]: nothing in registers.
pub fn cold_signature() -> Signature {
    Signature::new(CallConv::PreserveAll)
}

/// The signature of an item that [`build`] makes, or of a function of the program or the runtime.
pub fn signature_of(unit: &Unit, item: &Item) -> Option<Signature> {
    Some(match item {
        Item::Function(id) => unit.abi(*id).signature(),
        Item::ClosureAdapter(id) => signature(Convention::Closure, &unit.abi(*id).shape),
        Item::MethodAdapter(id) => method_signature(unit, *id),
        Item::Native(name) => native_signature(unit.native(name)?, unit.isa.default_call_conv()),
        Item::Cold(_) => cold_signature(),
        Item::Helper(helper) => helper_signature(unit, *helper),
        Item::Resume(..) | Item::Enter(_) => trampoline_signature(unit),
        _ => return None,
    })
}

/// The code of an item that is not a function of the program itself.
pub fn build(unit: &Unit, item: &Item, context: &mut FunctionBuilderContext) -> Option<Adapter> {
    let clif_signature = signature_of(unit, item)?;
    let mut clif = ir::Function::with_name_signature(ir::UserFuncName::user(1, 0), clif_signature);
    let mut a = Assembler::new(unit, &mut clif, context);
    match item {
        Item::ClosureAdapter(id) => a.closure_adapter(*id),
        Item::MethodAdapter(id) => a.method_adapter(*id),
        Item::Helper(Helper::Leave) => a.leave()?,
        Item::Helper(Helper::Release) => a.release()?,
        Item::Helper(Helper::Count(op)) => a.count(*op)?,
        Item::Helper(Helper::CountSlow(op)) => a.count_slow(*op)?,
        Item::Helper(Helper::CountInterface(op)) => a.count_interface(*op)?,
        Item::Helper(Helper::CountWord(op)) => a.count_word(*op)?,
        Item::Cold(name) => a.cold(name)?,
        Item::Resume(convention, shape) => a.resume(*convention, shape),
        Item::Enter(shape) => a.enter(shape),
        _ => return None,
    }
    let items = a.finish();
    Some(Adapter { clif, items })
}

/// `extern "C" fn(ctx, frame or closure) -> Status`.
fn trampoline_signature(unit: &Unit) -> Signature {
    let mut signature = Signature::new(unit.isa.default_call_conv());
    signature.params.extend([AbiParam::new(types::I64); 2]);
    signature.returns.push(AbiParam::new(types::I64));
    signature
}

/// `(ctx, receiver pointer, frame, parameters…)`: the method's own first parameter is the pointer.
fn method_signature(unit: &Unit, id: FnId) -> Signature {
    let shape = &unit.abi(id).shape;
    let params = shape.params.iter().skip(1).copied().collect();
    signature(Convention::Closure, &Shape { params, results: shape.results.clone() })
}

struct Assembler<'u, 'b> {
    unit: &'u Unit<'u>,
    b: FunctionBuilder<'b>,
    symbols: Symbols,
    params: Vec<Value>,
}

impl<'u, 'b> Assembler<'u, 'b> {
    fn new(
        unit: &'u Unit<'u>,
        clif: &'b mut ir::Function,
        context: &'b mut FunctionBuilderContext,
    ) -> Assembler<'u, 'b> {
        let mut b = FunctionBuilder::new(clif, context);
        let entry = b.create_block();
        b.append_block_params_for_function_params(entry);
        b.switch_to_block(entry);
        let params = b.block_params(entry).to_vec();
        Assembler { unit, b, symbols: Symbols::new(&*unit.isa), params }
    }

    fn finish(mut self) -> Vec<Item> {
        self.b.seal_all_blocks();
        self.b.finalize(self.unit.isa.frontend_config());
        self.symbols.items
    }

    fn load(&mut self, base: Value, offset: usize) -> Value {
        self.b.ins().load(types::I64, FLAGS, base, offset as i32)
    }

    fn store(&mut self, value: Value, base: Value, offset: usize) {
        self.b.ins().store(FLAGS, value, base, offset as i32);
    }

    fn call_native(&mut self, name: &'static str, args: &[Value]) -> Option<Vec<Value>> {
        let entry = *self.unit.native(name)?;
        let call_conv = self.unit.isa.default_call_conv();
        let signature = || native_signature(&entry, call_conv);
        let function = self.symbols.function(&mut self.b, Item::Native(name), signature);
        let call = self.b.ins().call(function, args);
        Some(self.b.inst_results(call).to_vec())
    }

    fn jump_to(&mut self, id: FnId, args: &[Value]) {
        let unit = self.unit;
        let signature = || unit.abi(id).signature();
        let function = self.symbols.function(&mut self.b, Item::Function(id), signature);
        self.b.ins().return_call(function, args);
    }

    /// `(ctx, closure, frame, parameters…)` without the closure.
    fn closure_adapter(&mut self, id: FnId) {
        let mut args = vec![self.params[0]];
        if self.unit.abi(id).convention == Convention::Frame {
            args.push(self.params[2]);
        }
        args.extend_from_slice(&self.params[3..]);
        self.jump_to(id, &args);
    }

    /// `(ctx, receiver, frame, parameters…)` with the receiver as first parameter.
    fn method_adapter(&mut self, id: FnId) {
        let mut args = vec![self.params[0]];
        match self.unit.abi(id).convention {
            Convention::Plain => {}
            Convention::Frame => args.push(self.params[2]),
            Convention::Closure => {
                let null = self.b.ins().iconst(types::I64, 0);
                args.extend([null, self.params[2]]);
            }
        }
        args.push(self.params[1]);
        args.extend_from_slice(&self.params[3..]);
        self.jump_to(id, &args);
    }

    /// `(ctx, desc, frame, site)`.
    fn leave(&mut self) -> Option<()> {
        let [ctx, desc, frame, site] = self.params[..] else { return None };
        let [new, link, behind, first, done] = std::array::from_fn(|_| self.b.create_block());
        let frame_param = self.b.append_block_param(link, types::I64);
        self.b.ins().brif(frame, link, &[frame.into()], new, &[]);

        self.b.switch_to_block(new);
        let created = self.call_native("goo_frame_new", &[ctx, desc])?[0];
        self.b.ins().jump(link, &[created.into()]);

        self.b.switch_to_block(link);
        self.store(site, frame_param, Frame::SITE);
        let last = self.load(ctx, Context::LAST_FRAME);
        self.b.ins().brif(last, behind, &[], first, &[]);
        self.b.switch_to_block(behind);
        self.store(frame_param, last, Frame::PARENT);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(first);
        self.store(frame_param, ctx, Context::FIRST_FRAME);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        self.store(frame_param, ctx, Context::LAST_FRAME);
        self.b.ins().return_(&[]);
        Some(())
    }

    fn call_helper(&mut self, helper: Helper, args: &[Value]) {
        let unit = self.unit;
        let signature = || helper_signature(unit, helper);
        let function = self.symbols.function(&mut self.b, Item::Helper(helper), signature);
        self.b.ins().call(function, args);
    }

    /// `(object)`, which may be null.
    fn count(&mut self, op: Counting) -> Option<()> {
        let object = *self.params.first()?;
        let done = count_plainly(&mut self.b, op, object);
        // A function of its own, so that the usual way saves no registers but those that it needs.
        self.call_helper(Helper::CountSlow(op), &[object]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        self.b.ins().return_(&[]);
        Some(())
    }

    /// `(object)`.
    fn count_slow(&mut self, op: Counting) -> Option<()> {
        let object = *self.params.first()?;
        match op {
            Counting::Retain => {
                self.call_native("goo_retain_slow", &[object])?;
                self.b.ins().return_(&[]);
                Some(())
            }
            Counting::Release => self.release_object(object),
        }
    }

    /// `(desc, data)`: what stands in the word is counted by its descriptor.
    fn count_interface(&mut self, op: Counting) -> Option<()> {
        let [desc, data] = self.params[..] else { return None };
        let (slow, done) = branch_on_interface(&mut self.b, desc);
        self.call_helper(Helper::Count(op), &[data]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(slow);
        self.call_helper(Helper::CountWord(op), &[desc, data]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
        self.b.ins().return_(&[]);
        Some(())
    }

    /// `(desc, data)`.
    fn count_word(&mut self, op: Counting) -> Option<()> {
        let [desc, data] = self.params[..] else { return None };
        let slot = self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3));
        let address = self.b.ins().stack_addr(types::I64, slot, 0);
        self.store(data, address, 0);
        self.call_native(op.by_descriptor(), &[desc, address])?;
        self.b.ins().return_(&[]);
        Some(())
    }

    /// `(ctx)`, with the object as argument in memory: its count is not a plain number above one.
    fn release(&mut self) -> Option<()> {
        let object = self.load(*self.params.first()?, Context::ARGUMENTS);
        self.release_object(object)
    }

    /// Gives up a count that is not a plain number above one, and returns.
    fn release_object(&mut self, object: Value) -> Option<()> {
        let (last, shared) = (self.b.create_block(), self.b.create_block());
        let count = self.b.ins().load(types::I32, FLAGS, object, Header::COUNT as i32);
        let own = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        self.b.ins().brif(own, last, &[], shared, &[]);
        self.b.switch_to_block(last);
        self.call_native("goo_free_object", &[object])?;
        self.b.ins().return_(&[]);
        self.b.switch_to_block(shared);
        self.call_native("goo_release_slow", &[object])?;
        self.b.ins().return_(&[]);
        Some(())
    }

    /// `()`: the arguments are in the context, and the result goes where it says.
    fn cold(&mut self, name: &'static str) -> Option<()> {
        let ctx = self.call_native("goo_context", &[])?[0];
        let entry = self.unit.native(name)?;
        let own = usize::from(entry.kind != Kind::Pure);
        let count = native_signature(entry, self.unit.isa.default_call_conv()).params.len() - own;
        let mut args = vec![ctx; own];
        for index in 0..count {
            args.push(self.load(ctx, Context::ARGUMENTS + index * 8));
        }
        if let Some(&result) = self.call_native(name, &args)?.first() {
            let results = self.load(ctx, Context::RESULTS);
            self.store(result, results, 0);
        }
        self.b.ins().return_(&[]);
        Some(())
    }

    /// `(ctx, frame) -> status`: enters the frame's function, whose parameters mean nothing then.
    fn resume(&mut self, convention: Convention, shape: &Arc<Shape>) {
        let (ctx, frame) = (self.params[0], self.params[1]);
        let desc = self.load(frame, Frame::DESC);
        let code = self.load(desc, FunctionDesc::CODE);
        let mut args = vec![ctx];
        if convention == Convention::Closure {
            args.push(self.b.ins().iconst(types::I64, 0));
        }
        args.push(frame);
        for ty in &shape.params {
            args.push(match *ty {
                types::F32 => self.b.ins().f32const(0.0),
                types::F64 => self.b.ins().f64const(0.0),
                ty => self.b.ins().iconst(ty, 0),
            });
        }
        self.call_and_store(signature(convention, shape), code, &args, shape);
    }

    /// `(ctx, closure) -> status`.
    fn enter(&mut self, shape: &Arc<Shape>) {
        let (ctx, closure) = (self.params[0], self.params[1]);
        let code = self.load(closure, Closure::CODE);
        let null = self.b.ins().iconst(types::I64, 0);
        self.call_and_store(signature(Convention::Closure, shape), code, &[ctx, closure, null], shape);
    }

    /// Calls, puts the results where the scheduler looks for them, and returns the status.
    fn call_and_store(&mut self, signature: Signature, code: Value, args: &[Value], shape: &Shape) {
        let signature = self.b.import_signature(signature);
        let call = self.b.ins().call_indirect(signature, code, args);
        let results = self.b.inst_results(call).to_vec();
        if !shape.results.is_empty() {
            let area = self.load(self.params[0], Context::RESULTS);
            for (value, (_, offset)) in results[1..].iter().zip(&shape.results) {
                self.store(*value, area, *offset as usize);
            }
        }
        self.b.ins().return_(&results[..1]);
    }
}
