//! How an activation begins and ends: its locals' homes, its parameters, its frame, and what it gives back.

use cranelift_codegen::ir::{self, InstBuilder, Value, types};
use goo_runtime::abi::layout::Context;
use smallvec::SmallVec;

use super::abi::{Convention, MAX_RESULTS, Passing, result_leaves};
use super::frames::scratch_bytes;
use super::function::Fx;
use super::homes::{self, Home, HomeKind};
use super::liveness::Facts;
use super::places::{Addr, Val};
use super::symbols::Item;
use crate::mir::{Function, Local, Rvalue, StatementKind};

impl Fx<'_, '_> {
    /// Gives every local its home, stores the parameters there, and turns aside when an activation is resumed.
    pub(super) fn prologue(&mut self, facts: &Facts) {
        let kinds = homes::decide(self.unit, self.func, facts);
        self.make_homes(&kinds);
        let params = self.b.block_params(self.entry).to_vec();
        let convention = self.unit.abi(self.id).convention;
        let first_param = match convention {
            Convention::Plain => 1,
            Convention::Frame => 2,
            Convention::Closure => 3,
        };
        let uses_closure = !self.func.captures.is_empty() || uses_itself(self.func);
        if convention == Convention::Closure && uses_closure {
            let variable = self.b.declare_var(types::I64);
            self.b.def_var(variable, params[1]);
            self.closure = Some(variable);
        }
        if convention != Convention::Plain {
            self.frames.param = Some(params[first_param - 1]);
        }
        self.zero_variables(facts);
        let in_registers = self.take_params(&params[first_param..]);
        let scratch = if self.func.suspends { scratch_bytes(self.unit, self.func) } else { 0 };
        let early = kinds.contains(&HomeKind::Frame)
            || self.func.has_defer
            || scratch > 0
            || self.handles_large_values();
        if self.func.has_defer {
            self.frames.deferred = Some(self.frames.allocate(16));
        }
        if scratch > 0 {
            self.frames.reserve_scratch(scratch);
        }
        self.enter(early);
        self.check_stack();
        if early {
            self.new_frame();
        }
        self.zero_memory_locals(facts);
        self.store_params(in_registers);
    }

    /// Whether there may be a [`Temp`] for which the stack is too small.
    fn handles_large_values(&mut self) -> bool {
        let types = self.func.locals.iter().map(|decl| decl.ty).chain([self.func.result_ty]);
        types.into_iter().any(|ty| homes::is_large(self.unit.layouts.of(ty).size))
    }

    fn make_homes(&mut self, kinds: &[HomeKind]) {
        for (decl, kind) in self.func.locals.iter().zip(kinds) {
            let layout = self.layout(decl.ty);
            let home = match kind {
                HomeKind::Variables => {
                    let leaves = layout.leaves.iter().flatten();
                    Home::Variables(leaves.map(|leaf| self.b.declare_var(leaf.ty)).collect())
                }
                HomeKind::Pointer => Home::Pointer(self.b.declare_var(types::I64)),
                HomeKind::Stack => Home::Stack(self.stack_slot(layout.size)),
                HomeKind::Frame => Home::Frame(self.frames.allocate(layout.size)),
            };
            self.homes.push(home);
        }
    }

    /// Counted variables hold nothing at entry.
    fn zero_variables(&mut self, facts: &Facts) {
        for index in self.func.params.len()..self.homes.len() {
            if facts.ownable(index as u32) && matches!(self.homes[index], Home::Variables(_)) {
                self.clear_local(Local(index as u32));
            }
        }
    }

    fn zero_memory_locals(&mut self, facts: &Facts) {
        for index in 0..self.homes.len() {
            if facts.ownable(index as u32) && matches!(self.homes[index], Home::Stack(_) | Home::Frame(_)) {
                self.clear_local(Local(index as u32));
            }
        }
        if let Some(offset) = self.frames.deferred {
            let frame = self.frame();
            self.zero_memory(Addr::new(frame).at(offset), 16);
        }
    }

    /// Defines the parameters that live in variables; gives the others, to be stored when there is memory.
    fn take_params(&mut self, mut values: &[Value]) -> Vec<(Local, Val)> {
        let mut later = Vec::new();
        let abi = self.unit.abi(self.id);
        for (index, passing) in abi.params.iter().enumerate() {
            let count = match passing {
                Passing::Leaves(count) => *count,
                Passing::Pointer => 1,
            };
            let (own, rest) = values.split_at(count);
            values = rest;
            match (&self.homes[index], passing) {
                (Home::Variables(variables), _) => {
                    for (variable, value) in variables.clone().iter().zip(own) {
                        self.b.def_var(*variable, *value);
                    }
                }
                (Home::Pointer(variable), _) => self.b.def_var(*variable, own[0]),
                (_, Passing::Leaves(_)) => {
                    later.push((Local(index as u32), Val::Leaves(SmallVec::from_slice(own))));
                }
                (_, Passing::Pointer) => later.push((Local(index as u32), Val::At(Addr::new(own[0])))),
            }
        }
        later
    }

    fn store_params(&mut self, params: Vec<(Local, Val)>) {
        for (local, value) in params {
            let ty = self.func.locals[local.0 as usize].ty;
            let spot = self.local_spot(local);
            self.write_spot(spot, ty, &value);
        }
    }

    /// Turns aside when there is a frame to resume.
    fn enter(&mut self, early: bool) {
        if early {
            let variable = self.b.declare_var(types::I64);
            let frame = self.frames.param.unwrap_or_else(|| self.zero(types::I64));
            self.b.def_var(variable, frame);
            self.frames.variable = Some(variable);
        }
        if let (true, Some(frame)) = (self.func.suspends, self.frames.param) {
            let (dispatch, body) = (self.b.create_block(), self.b.create_block());
            self.b.set_cold_block(dispatch);
            self.b.ins().brif(frame, dispatch, &[], body, &[]);
            self.frames.dispatch = Some(dispatch);
            self.b.switch_to_block(body);
        }
    }

    /// A function that may be on the stack many times crashes in time.
    fn check_stack(&mut self) {
        // What the function itself puts on the stack, roughly, if that is much: the reserve behind the limit is for small frames.
        let own = if self.stack_bytes > 2048 { self.stack_bytes } else { 0 };
        if !self.unit.checks_stack[self.id.0 as usize] && own == 0 {
            return;
        }
        let limit = self.load(types::I64, Addr::new(self.ctx).at(Context::STACK_LIMIT as u32));
        let mut stack = self.b.ins().get_stack_pointer(types::I64);
        if own > 0 {
            stack = self.b.ins().iadd_imm_s(stack, -i64::from(own));
        }
        let full = self.b.ins().icmp(ir::condcodes::IntCC::UnsignedLessThan, stack, limit);
        let (look, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(look);
        self.b.ins().brif(full, look, &[], go_on, &[]);
        self.b.switch_to_block(look);
        // So that the parameters may stay where they are.
        self.call_cold("goo_stack_check", &[]);
        let status = self.cold_result();
        self.check_crash(status);
        self.b.ins().jump(go_on, &[]);
        self.b.switch_to_block(go_on);
    }

    fn new_frame(&mut self) {
        let desc = self.symbols.address(&mut self.b, Item::FunctionDesc(self.id));
        let frame = self.call_runtime("goo_frame_new", &[desc]);
        if let Some(variable) = self.frames.variable {
            self.b.def_var(variable, frame);
        }
    }

    pub(super) fn return_(&mut self) {
        let mut values = vec![self.zero(types::I64)];
        let layout = self.layout(self.func.result_ty);
        if let Some(result) = self.func.result {
            let spot = self.local_spot(result);
            let value = self.read_spot(spot, self.func.result_ty);
            match value {
                Val::Leaves(leaves) if leaves.len() <= MAX_RESULTS => values.extend(leaves),
                value => {
                    let results = self.load(types::I64, Addr::new(self.ctx).at(Context::RESULTS as u32));
                    self.store_value(&layout, &value, Addr::new(results));
                }
            }
        } else if let Some(leaves) = result_leaves(&layout) {
            for (ty, _) in leaves {
                values.push(self.zero(ty));
            }
        }
        self.free_frame();
        self.b.ins().return_(&values);
    }

    fn free_frame(&mut self) {
        if self.frames.variable.is_some() {
            let frame = self.frame();
            self.call_runtime_void("goo_frame_free", &[frame]);
        } else if self.frames.dispatch.is_some() {
            let frame = self.frame();
            let (free, done) = (self.b.create_block(), self.b.create_block());
            self.b.set_cold_block(free);
            self.b.ins().brif(frame, free, &[], done, &[]);
            self.b.switch_to_block(free);
            self.call_runtime_void("goo_frame_free", &[frame]);
            self.b.ins().jump(done, &[]);
            self.b.switch_to_block(done);
        }
    }
}

fn uses_itself(function: &Function) -> bool {
    function
        .blocks
        .iter()
        .flat_map(|block| &block.statements)
        .any(|statement| matches!(statement.kind, StatementKind::Assign(_, Rvalue::SelfClosure)))
}
