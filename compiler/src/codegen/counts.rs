//! Retaining and releasing: the common case inline (a plain positive count goes up or down by one), everything else in cold calls.
//!
//! In place it is four blocks, and most of what there is to compile in functions that handle many counted values. Where such a function
//! runs it at most once a call, it calls a helper instead: see [`apart`].

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, AtomicRmwOp, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use goo_runtime::abi::layout::{Header, TypeDesc};
use goo_runtime::channel;
use goo_runtime::value::count::FULL;

use super::function::Fx;
use super::layout::{Layout, OptionalForm, Part, Shape, is_handle};
use super::places::{FLAGS, Val};
use super::symbols::{Counting as Op, Helper};
use super::unit::Unit;
use crate::mir::{Block, FnId, StatementKind, cycles};
use crate::syntax::ast::ChanDir;
use crate::types::patterns::End;
use crate::types::{Ty, TyKind};

/// Arrays up to this length are counted element by element, longer ones by the runtime.
const UNROLLED: u64 = 4;

/// What references of a channel type count as: 0 both, 1 send, 2 receive, as `TypeDesc::len` has it.
pub fn channel_counts(channel: &TyKind) -> i64 {
    match End::of_kind(channel).map_or(ChanDir::Both, |end| end.counts) {
        ChanDir::Both => 0,
        ChanDir::Send => 1,
        ChanDir::Recv => 2,
    }
}

/// Enums with at most so many counted fields in all cases are counted inline.
const INLINE_ENUM_PARTS: usize = 4;

/// From so many retains and releases outside of loops on, a function calls helpers for them. Below that it may be one that is
/// small and called often.
const MANY: usize = 6;

/// By block: whether counting is done by calls. It is where a function has much of it that neither a loop of its own repeats nor a call of
/// itself.
pub fn apart(unit: &Unit, id: FnId) -> Vec<bool> {
    let function = unit.function(id);
    let counts = |block: &Block| {
        let kinds = block.statements.iter().map(|statement| &statement.kind);
        kinds.filter(|kind| matches!(kind, StatementKind::Retain(_) | StatementKind::Drop(_))).count()
    };
    let most: usize = function.blocks.iter().map(counts).sum();
    if most < MANY || unit.recursive[id.0 as usize] {
        return vec![false; function.blocks.len()];
    }
    let mut once: Vec<bool> =
        cycles::repeated_blocks(function).into_iter().map(|repeated| !repeated).collect();
    let many: usize =
        function.blocks.iter().zip(&once).filter(|(_, once)| **once).map(|(block, _)| counts(block)).sum();
    if many < MANY {
        once.fill(false);
    }
    once
}

/// Counts an object, which may be null, in the usual case: by one, up or down. Goes on where it takes more than that, and gives the block
/// behind.
pub fn count_plainly(b: &mut FunctionBuilder, op: Op, object: Value) -> ir::Block {
    let [full, fast, slow, done] = std::array::from_fn(|_| b.create_block());
    b.set_cold_block(slow);
    b.ins().brif(object, full, &[], done, &[]);
    b.switch_to_block(full);
    let count = b.ins().load(types::I32, FLAGS, object, Header::COUNT as i32);
    let plain = b.ins().icmp_imm_s(IntCC::SignedGreaterThan, count, op.least());
    b.ins().brif(plain, fast, &[], slow, &[]);
    b.switch_to_block(fast);
    let count = b.ins().iadd_imm_s(count, op.step());
    b.ins().store(FLAGS, count, object, Header::COUNT as i32);
    b.ins().jump(done, &[]);
    b.switch_to_block(slow);
    done
}

/// Tells apart what an interface value holds. Goes on where it is a box, which is counted as any object, and gives the block for a small value
/// that holds counted objects, such as a map, and the block behind: an empty value needs nothing, nor does another small one.
pub fn branch_on_interface(b: &mut FunctionBuilder, desc: Value) -> (ir::Block, ir::Block) {
    let [full, boxed, small, slow, done] = std::array::from_fn(|_| b.create_block());
    b.set_cold_block(slow);
    b.ins().brif(desc, full, &[], done, &[]);
    b.switch_to_block(full);
    let size = b.ins().load(types::I64, FLAGS, desc, TypeDesc::SIZE as i32);
    let inline = b.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, size, 8);
    b.ins().brif(inline, small, &[], boxed, &[]);
    b.switch_to_block(small);
    let flags = b.ins().load(types::I8, FLAGS, desc, offset_of!(TypeDesc, flags) as i32);
    let counted = b.ins().band_imm_u(flags, i64::from(TypeDesc::COUNTED));
    b.ins().brif(counted, slow, &[], done, &[]);
    b.switch_to_block(boxed);
    (slow, done)
}

impl Fx<'_, '_> {
    pub fn retain(&mut self, ty: Ty, value: &Val) {
        self.count(Op::Retain, ty, value);
    }

    pub fn release(&mut self, ty: Ty, value: &Val) {
        self.count(Op::Release, ty, value);
    }

    fn count(&mut self, op: Op, ty: Ty, value: &Val) {
        let layout = self.layout(ty);
        // Zeros hold nothing that is counted: a variable, for one, that was moved from on every way here.
        if !layout.counted || self.is_zero(value) {
            return;
        }
        match &layout.shape {
            Shape::Unit | Shape::Scalar => {}
            Shape::String | Shape::Slice(_) => {
                let owner = self.first(value);
                self.count_object(op, owner);
            }
            Shape::Pointer => {
                let object = self.first(value);
                match self.unit.program.underlying(ty).kind() {
                    kind @ TyKind::Chan { .. } => self.count_channel(op, object, channel_counts(kind)),
                    _ if op == Op::Retain && is_handle(self.unit.program, ty) => self.retain_handle(object),
                    _ => self.count_object(op, object),
                }
            }
            Shape::Optional { form: OptionalForm::Boxed, .. } => {
                let object = self.first(value);
                self.count_object(op, object);
            }
            Shape::Optional { inner, form: OptionalForm::Niche } => self.count(op, *inner, value),
            Shape::Optional { inner, form: OptionalForm::Tagged(offset) } => {
                let part = Part { ty: *inner, offset: *offset, boxed: false };
                self.count_parts(op, &layout, value, &[part]);
            }
            Shape::Parts(parts) => self.count_parts(op, &layout, value, parts),
            Shape::Result { ok, err } => self.count_parts(op, &layout, value, &[*err, *ok]),
            Shape::Array { len, elem } if *len <= UNROLLED => {
                let size = self.layout(*elem).size;
                let parts: Vec<Part> = (0..*len as u32)
                    .map(|index| Part { ty: *elem, offset: index * size, boxed: false })
                    .collect();
                self.count_parts(op, &layout, value, &parts);
            }
            Shape::Interface => self.count_interface(op, ty, &layout, value),
            Shape::Enum(cases) => self.count_enum(op, ty, &layout, cases, value),
            Shape::Array { .. } => self.count_by_descriptor(op, ty, &layout, value),
        }
    }

    /// Parts that are absent are zero, so they need no looking at tags.
    fn count_parts(&mut self, op: Op, layout: &Layout, value: &Val, parts: &[Part]) {
        for part in parts {
            if self.layout(part.ty).counted {
                let inner = self.part(layout, value, *part);
                self.count(op, part.ty, &inner);
            }
        }
    }

    fn count_by_descriptor(&mut self, op: Op, ty: Ty, layout: &Layout, value: &Val) {
        let address = self.address_of(layout, value);
        let desc = self.type_desc(ty);
        self.call_runtime_void(op.by_descriptor(), &[desc, address]);
    }

    /// See [`branch_on_interface`].
    fn count_interface(&mut self, op: Op, ty: Ty, layout: &Layout, value: &Val) {
        let words = match value {
            Val::Leaves(words) => words.clone(),
            Val::At(_) => return self.count_by_descriptor(op, ty, layout, value),
        };
        let (desc, data) = (words[0], words[1]);
        if self.counts_apart {
            let helper = self.helper(Helper::CountInterface(op));
            self.b.ins().call(helper, &[desc, data]);
            return;
        }
        let (slow, done) = branch_on_interface(&mut self.b, desc);
        self.count_object(op, data);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(slow);
        self.count_by_descriptor(op, ty, layout, value);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Looks at the case, if there is little to count in all of them together.
    fn count_enum(&mut self, op: Op, ty: Ty, layout: &Layout, cases: &[Vec<Part>], value: &Val) {
        let counted: Vec<(usize, Vec<Part>)> = cases
            .iter()
            .enumerate()
            .map(|(case, parts)| {
                let counted = |part: &Part| part.boxed || self.unit.layouts.of(part.ty).counted;
                (case, parts.iter().copied().filter(counted).collect())
            })
            .filter(|(_, parts): &(usize, Vec<Part>)| !parts.is_empty())
            .collect();
        if counted.iter().map(|(_, parts)| parts.len()).sum::<usize>() > INLINE_ENUM_PARTS {
            return self.count_by_descriptor(op, ty, layout, value);
        }
        let number = self.first(value);
        let done = self.b.create_block();
        for (case, parts) in counted {
            let (this, next) = (self.b.create_block(), self.b.create_block());
            let same = self.b.ins().icmp_imm_u(IntCC::Equal, number, case as i64);
            self.b.ins().brif(same, this, &[], next, &[]);
            self.b.switch_to_block(this);
            for part in parts {
                self.count_payload(op, value, part);
            }
            self.b.ins().jump(done, &[]);
            self.b.switch_to_block(next);
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// A field of an enum's case.
    fn count_payload(&mut self, op: Op, value: &Val, part: Part) {
        let layout = self.layout(part.ty);
        let field = match value {
            Val::At(addr) if part.boxed => Val::one(self.load(types::I64, addr.at(part.offset))),
            Val::At(addr) => self.load_value(&layout, addr.at(part.offset)),
            Val::Leaves(words) if part.boxed => Val::one(words[part.offset as usize / 8]),
            Val::Leaves(words) => Val::Leaves(self.unpack(&layout, &words.clone(), part.offset)),
        };
        match part.boxed {
            true => {
                let object = self.first(&field);
                self.count_object(op, object);
            }
            false => self.count(op, part.ty, &field),
        }
    }

    /// A channel's ends are counted by direction.
    fn count_channel(&mut self, op: Op, channel: Value, counts: i64) {
        let (full, done) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(channel, full, &[], done, &[]);
        self.b.switch_to_block(full);
        match op {
            Op::Retain => {
                let at = self.b.ins().iadd_imm_s(channel, i64::from(channel::ENDS));
                let more = self.b.ins().iconst(types::I64, channel::ends::weight(counts) as i64);
                self.b.ins().atomic_rmw(types::I64, MemFlagsData::trusted(), AtomicRmwOp::Add, at, more);
            }
            Op::Release => {
                let direction = self.b.ins().iconst(types::I64, counts);
                self.call_runtime_void("goo_chan_release", &[channel, direction]);
            }
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// One reference more to a handle, which may be null. It is counted downwards from its birth, whoever has it.
    fn retain_handle(&mut self, handle: Value) {
        let [full, overflow, done] = std::array::from_fn(|_| self.b.create_block());
        self.b.set_cold_block(overflow);
        self.b.ins().brif(handle, full, &[], done, &[]);
        self.b.switch_to_block(full);
        let one = self.b.ins().iconst(types::I32, 1);
        let flags = MemFlagsData::trusted();
        let before = self.b.ins().atomic_rmw(types::I32, flags, AtomicRmwOp::Sub, handle, one);
        let many = self.b.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, before, i64::from(FULL));
        self.b.ins().brif(many, overflow, &[], done, &[]);
        self.b.switch_to_block(overflow);
        // It finds that there are too many, too.
        self.call_cold("goo_retain_slow", &[handle]);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Counts an object that may be null.
    fn count_object(&mut self, op: Op, object: Value) {
        if self.counts_apart {
            let helper = self.helper(Helper::Count(op));
            self.b.ins().call(helper, &[object]);
            return;
        }
        let done = count_plainly(&mut self.b, op, object);
        match op {
            Op::Retain => self.call_cold("goo_retain_slow", &[object]),
            Op::Release => {
                let helper = self.helper(Helper::Release);
                self.pass_in_memory(&[object]);
                let ctx = self.context_anew();
                self.b.ins().call(helper, &[ctx]);
            }
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }
}
