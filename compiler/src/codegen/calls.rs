//! Calls of Goo functions: direct, through function values, and through interfaces.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, Value, types};
use goo_runtime::abi::layout::{Closure, Context, Header, TypeDesc};

use super::abi::{Convention, FnAbi, Passing};
use super::function::Fx;
use super::layout::Layout;
use super::places::{Addr, Leaves, Spot, Val};
use super::symbols::Item;
use crate::mir::{Call, Callee, Operand, Place};
use crate::syntax::Symbol;
use crate::types::{Ty, TyKind};

/// What is called, and what goes between context and parameters.
enum Target {
    Direct(ir::FuncRef),
    Indirect(Value),
}

impl Fx<'_, '_> {
    pub fn call(&mut self, call: &Call) {
        match &call.callee {
            Callee::Native { name, types } => self.call_native(name, types, &call.args, call.dest.as_ref()),
            Callee::Direct(id) => {
                let abi = self.unit.abi(*id).clone();
                let args = self.arguments(&abi, &call.args);
                let signature = || abi.signature();
                let function = self.symbols.function(&mut self.b, Item::Function(*id), signature);
                let mut first = vec![self.ctx];
                let null = self.zero(types::I64);
                match abi.convention {
                    Convention::Plain => {}
                    Convention::Frame => first.push(null),
                    Convention::Closure => first.extend([null, null]),
                }
                let suspends = self.unit.function(*id).suspends;
                self.finish_call(Target::Direct(function), &abi, suspends, first, args, call.dest.as_ref());
            }
            Callee::Closure(value) => {
                let (closure, ty) = self.operand_value(value);
                let Some(abi) = self.value_abi(ty) else { return };
                let args = self.arguments(&abi, &call.args);
                let none = self.b.ins().icmp_imm_u(IntCC::Equal, closure, 0);
                self.fail_if(none, "goo_panic_unwrap", &[]);
                let code = self.load(types::I64, Addr::new(closure).at(Closure::CODE as u32));
                let null = self.zero(types::I64);
                let first = vec![self.ctx, closure, null];
                let suspends = self.func.suspends;
                self.finish_call(Target::Indirect(code), &abi, suspends, first, args, call.dest.as_ref());
            }
            Callee::Method { receiver, name, sig } => {
                self.call_method(receiver, *name, *sig, &call.args, call.dest.as_ref());
            }
        }
    }

    /// How values of a function type are called; also of an optional of it, known to be there.
    fn value_abi(&mut self, ty: Ty) -> Option<FnAbi> {
        match self.unit.program.underlying(ty).kind() {
            TyKind::Func(func) => Some(FnAbi::of_value(&self.unit.layouts, func)),
            TyKind::Optional(inner) => self.value_abi(*inner),
            _ => {
                self.problem("a call of what is not a function".to_owned());
                None
            }
        }
    }

    fn call_method(
        &mut self,
        receiver: &Operand,
        name: Symbol,
        sig: Ty,
        args: &[Operand],
        dest: Option<&Place>,
    ) {
        let (value, ty) = self.operand_leaves(receiver);
        let (ty, desc, data, slot_address) = match ty.kind() {
            // The method may change what the interface value there holds.
            TyKind::Ref(interface) => {
                let slot = Addr::new(value[0]);
                let (desc, data) = (self.load(types::I64, slot), self.load(types::I64, slot.at(8)));
                (*interface, desc, data, Some(slot.at(8)))
            }
            _ => (ty, value[0], value[1], None),
        };
        let Some(abi) = self.value_abi(sig) else { return };
        let Some((interface, slot)) = self.method_slot(ty, name) else { return };
        let args = self.arguments(&abi, args);
        let empty = self.b.ins().icmp_imm_u(IntCC::Equal, desc, 0);
        self.fail_if(empty, "goo_panic_unwrap", &[]);
        let tables = self.load(types::I64, Addr::new(desc).at(TypeDesc::TABLES as u32));
        let table = self.load(types::I64, Addr::new(tables).at(interface * 8));
        let code = self.load(types::I64, Addr::new(table).at(slot * 8));
        let pointer = self.receiver_pointer(desc, data, slot_address);
        let null = self.zero(types::I64);
        let first = vec![self.ctx, pointer, null];
        let suspends = self.func.suspends;
        self.finish_call(Target::Indirect(code), &abi, suspends, first, args, dest);
    }

    /// The interface's number, and the method's place in its tables.
    fn method_slot(&mut self, ty: Ty, name: Symbol) -> Option<(u32, u32)> {
        let slot = match self.unit.program.underlying(ty).kind() {
            TyKind::Interface(interface) => interface.methods.iter().position(|method| method.name == name),
            _ => None,
        };
        match (self.unit.interface_number(ty), slot) {
            (Some(number), Some(slot)) => Some((number, slot as u32)),
            _ => {
                self.problem(format!("a call of method `{name}` of {ty:?}, which does not have it"));
                None
            }
        }
    }

    /// A pointer to the value in an interface value: into its box, or to the data word, where it stands or a copy that lives
    /// as long as the call.
    fn receiver_pointer(&mut self, desc: Value, data: Value, lent: Option<Addr>) -> Value {
        let word = lent.unwrap_or_else(|| {
            let word = match self.func.suspends {
                true => self.scratch(8),
                false => {
                    let slot = self.temp(8);
                    self.temp_address(slot)
                }
            };
            self.store(data, word);
            word
        });
        let word = self.address(word);
        let size = self.load(types::I64, Addr::new(desc).at(TypeDesc::SIZE as u32));
        let inline = self.b.ins().icmp_imm_u(IntCC::UnsignedLessThanOrEqual, size, 8);
        let boxed = self.b.ins().iadd_imm_s(data, Header::SIZE as i64);
        self.b.ins().select(inline, word, boxed)
    }

    /// The scalars of the arguments.
    fn arguments(&mut self, abi: &FnAbi, operands: &[Operand]) -> Vec<Value> {
        let mut args = Vec::new();
        if abi.params.len() != operands.len() {
            self.problem(format!("{} arguments for {} parameters", operands.len(), abi.params.len()));
        }
        let typing = self.typing();
        let changes = operands.iter().any(|operand| matches!(typing.operand(operand).kind(), TyKind::Ref(_)));
        for (operand, passing) in operands.iter().zip(&abi.params) {
            let (value, ty) = self.operand(operand);
            match (passing, value) {
                (Passing::Leaves(_), Val::Leaves(leaves)) => args.extend(leaves),
                (Passing::Pointer, value) => {
                    let layout = self.layout(ty);
                    let address = match (&value, operand) {
                        (Val::At(addr), Operand::Copy(place)) if !changes && is_steady(place) => {
                            self.address(*addr)
                        }
                        _ => self.steady_copy(&layout, &value),
                    };
                    args.push(address);
                }
                (Passing::Leaves(_), Val::At(addr)) => args.push(addr.base),
            }
        }
        args
    }

    /// A copy of a big value that stays where it is during a call, even one that suspends.
    fn steady_copy(&mut self, layout: &Layout, value: &Val) -> Value {
        let addr = match self.func.suspends {
            true => self.scratch(layout.size),
            false => {
                let slot = self.temp(layout.size);
                self.temp_address(slot)
            }
        };
        self.store_value(layout, value, addr);
        self.address(addr)
    }

    fn finish_call(
        &mut self,
        target: Target,
        abi: &FnAbi,
        suspends: bool,
        mut first: Vec<Value>,
        args: Vec<Value>,
        dest: Option<&Place>,
    ) {
        first.extend(args);
        let results = self.emit_call(target, abi, &first);
        let layout = self.layout(abi.result);
        let in_registers = super::abi::result_leaves(&layout).is_some();
        let values = if suspends && self.func.suspends {
            self.check_suspend(results[0], &results[1..], |fx, _| {
                if !in_registers {
                    return Leaves::new();
                }
                let from = fx.results_address();
                match fx.load_value(&layout, from) {
                    Val::Leaves(values) => values,
                    Val::At(_) => Leaves::new(),
                }
            })
        } else {
            self.check_crash(results[0]);
            results[1..].iter().copied().collect()
        };
        let Some(dest) = dest else { return };
        let value = match in_registers {
            true => Val::Leaves(values),
            false => {
                let from = self.results_address();
                self.load_value(&layout, from)
            }
        };
        let (spot, ty) = self.place(dest);
        match (spot, &value) {
            (Spot::Memory(to), Val::At(from)) => self.copy(*from, to, layout.size),
            (spot, value) => self.write_spot(spot, ty, value),
        }
    }

    pub fn results_address(&mut self) -> Addr {
        Addr::new(self.load(types::I64, Addr::new(self.ctx).at(Context::RESULTS as u32)))
    }

    /// The call; its results, the status first.
    fn emit_call(&mut self, target: Target, abi: &FnAbi, args: &[Value]) -> Leaves {
        let signature = abi.signature();
        let fits = signature.params.len() == args.len()
            && signature
                .params
                .iter()
                .zip(args)
                .all(|(param, arg)| self.b.func.dfg.value_type(*arg) == param.value_type);
        let zeros: Vec<Value>;
        let args = if fits {
            args
        } else {
            self.problem("a call passes other types than its callee takes".to_owned());
            zeros = signature.params.iter().map(|param| self.zero(param.value_type)).collect();
            &zeros
        };
        let call = match target {
            Target::Direct(function) => self.b.ins().call(function, args),
            Target::Indirect(code) => {
                let signature = self.b.import_signature(signature);
                self.b.ins().call_indirect(signature, code, args)
            }
        };
        self.b.inst_results(call).iter().copied().collect()
    }

    // ---- deferred calls

    pub fn defer(&mut self, closure: &Operand) {
        let (closure, _) = self.operand_value(closure);
        let frame = self.frame();
        self.call_runtime_void("goo_defer_push", &[frame, closure]);
    }

    /// Calls what was deferred, one after the other. The closure that is running stands in the frame, so that it is released
    /// also when the call crashes.
    pub fn run_defers(&mut self) {
        let Some(offset) = self.frames.deferred else { return };
        let (head, body, done) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.ins().jump(head, &[]);
        self.b.switch_to_block(head);
        let frame = self.frame();
        let closure = self.call_runtime("goo_defer_next", &[frame]);
        let frame = self.frame();
        self.store(closure, Addr::new(frame).at(offset));
        self.b.ins().brif(closure, body, &[], done, &[]);
        self.b.switch_to_block(body);
        let code = self.load(types::I64, Addr::new(closure).at(Closure::CODE as u32));
        let null = self.zero(types::I64);
        let ty = super::function::deferred_type();
        if let Some(abi) = self.value_abi(ty) {
            let results = self.emit_call(Target::Indirect(code), &abi, &[self.ctx, closure, null]);
            let set = self.suspend_set(true);
            if self.func.suspends {
                self.suspend_with(set, results[0], &[], |_, _| Leaves::new());
            } else {
                self.check_crash(results[0]);
            }
        }
        let frame = self.frame();
        let closure = self.load(types::I64, Addr::new(frame).at(offset));
        self.release(ty, &Val::one(closure));
        self.b.ins().jump(head, &[]);
        self.b.switch_to_block(done);
    }

    /// Lets an overdue or cancelled task notice. The load is atomic because another thread sets the flag: the optimiser
    /// would take an ordinary one for the same as the loop's last.
    pub fn poll(&mut self) {
        let address = self.address(Addr::new(self.ctx).at(Context::POLL as u32));
        let flag = self.b.ins().atomic_load(types::I32, MemFlagsData::trusted(), address);
        let (slow, go_on) = (self.b.create_block(), self.b.create_block());
        self.b.set_cold_block(slow);
        self.b.ins().brif(flag, slow, &[], go_on, &[]);
        self.b.switch_to_block(slow);
        let name = match self.func.suspends {
            true => "goo_poll",
            // Such a function can be cancelled, but not made to wait.
            false => "goo_poll_plain",
        };
        self.call_cold(name, &[]);
        let status = self.cold_result();
        if self.func.suspends {
            self.check_suspend(status, &[], |fx, at| {
                let out = fx.zero(types::I64);
                let status = fx.call_resume(out);
                fx.suspend_again(at, status);
                Leaves::new()
            });
        } else {
            self.check_crash(status);
        }
        self.b.ins().jump(go_on, &[]);
        self.b.switch_to_block(go_on);
    }
}

/// Whether a place stays as it is during a call that changes nothing through its arguments.
fn is_steady(place: &Place) -> bool {
    !place.is_reachable() && place.indexes().next().is_none()
}
