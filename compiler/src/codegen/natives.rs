//! Calls of runtime functions, as the table in `goo_runtime::abi::table` declares them.

use cranelift_codegen::ir::{self, InstBuilder, Type, Value, types};
use goo_runtime::abi::layout::Context;
use goo_runtime::abi::table::{Abi, Entry, Kind};

use super::abi::{has_status, native_signature};
use super::adapters::cold_signature;
use super::function::Fx;
use super::places::{Addr, Leaves, Spot, Val};
use super::symbols::Item;
use crate::mir::{Operand, Place, PlaceBase};
use crate::types::{Ty, TyKind};

impl Fx<'_, '_> {
    /// A call from the program: with its operands, and a result that goes to `dest`.
    pub fn call_native(
        &mut self,
        name: &'static str,
        tys: &[Ty],
        operands: &[Operand],
        dest: Option<&Place>,
    ) {
        if !(self.intrinsic(name, operands, dest)
            || self.map_lookup(name, tys, operands, dest)
            || self.slicing(name, tys, operands, dest))
        {
            self.call_runtime_function(name, tys, operands, dest);
        }
    }

    /// The call itself.
    pub fn call_runtime_function(
        &mut self,
        name: &'static str,
        tys: &[Ty],
        operands: &[Operand],
        dest: Option<&Place>,
    ) {
        let (function, tys) = self.channel_function(name, tys, operands);
        let Some(entry) = self.native(function) else { return };
        let mut args = Vec::new();
        for (operand, abi) in operands.iter().zip(entry.params) {
            self.marshal(operand, *abi, &mut args);
        }
        let descs: Vec<Value> = tys.iter().map(|ty| self.type_desc(*ty)).collect();
        if !has_status(entry.kind) {
            let result = self.call_pure(&entry, &descs, &args);
            if let (Some(dest), Some(result)) = (dest, result) {
                self.write_scalar(dest, result);
            }
            return;
        }
        let dest_ty = dest.map(|place| self.typing().place(place));
        if let Some(dest) = dest
            && self.receives_in_place(name, dest)
        {
            return self.receive_in_place(&entry, tys, &args, dest);
        }
        let out = entry.result.map(|abi| {
            let size = match (abi, dest_ty) {
                (Abi::Slice, _) => 24,
                (Abi::Address, Some(ty)) => self.layout(ty).size,
                // Nobody takes the result; it is no bigger than what it is made of.
                (Abi::Address, None) => 64 + tys.iter().map(|ty| self.layout(*ty).size).sum::<u32>(),
                _ => 8,
            };
            self.temp(size)
        });
        let out_address = out.map(|slot| self.temp_address(slot).base);
        let status = self.emit_native(&entry, &descs, out_address, &args)[0];
        if entry.kind == Kind::Suspends && self.func.suspends {
            self.check_suspend(status, &[], |fx, at| {
                let out = match out {
                    Some(slot) => fx.temp_address(slot).base,
                    None => fx.zero(types::I64),
                };
                let status = fx.call_resume(out);
                fx.suspend_again(at, status);
                Leaves::new()
            });
        } else {
            self.check_crash(status);
        }
        if let (Some(slot), Some(abi), Some(dest), Some(ty)) = (out, entry.result, dest, dest_ty) {
            let from = self.temp_address(slot);
            match abi {
                Abi::Slice | Abi::Address => {
                    let layout = self.layout(ty);
                    let value = self.load_value(&layout, from);
                    let (spot, ty) = self.place(dest);
                    self.write_spot(spot, ty, &value);
                }
                Abi::I64 | Abi::Owned | Abi::OwnedAddress => self.load_scalar(types::I64, from, dest),
                Abi::F64 => self.load_scalar(types::F64, from, dest),
                Abi::F32 => self.load_scalar(types::F32, from, dest),
            }
        }
    }

    /// Whether a large message without counts is written to where it is wanted: by the runtime, which does not look at what is there.
    fn receives_in_place(&mut self, name: &str, dest: &Place) -> bool {
        let ty = self.typing().place(dest);
        let layout = self.layout(ty);
        let receives = matches!(name, "goo_chan_recv" | "goo_chan_recv_ok");
        let local = matches!(dest.base, PlaceBase::Local(_)) && dest.proj.is_empty();
        receives && local && layout.leaves.is_none() && !layout.counted
    }

    fn receive_in_place(&mut self, entry: &Entry, tys: &[Ty], args: &[Value], dest: &Place) {
        let descs: Vec<Value> = tys.iter().map(|ty| self.type_desc(*ty)).collect();
        let out = self.place_address(dest);
        let status = self.emit_native(entry, &descs, Some(out), args)[0];
        if !self.func.suspends {
            return self.check_crash(status);
        }
        self.check_suspend(status, &[], |fx, at| {
            let out = fx.place_address(dest);
            let status = fx.call_resume(out);
            fx.suspend_again(at, status);
            Leaves::new()
        });
    }

    /// Where a place in memory is.
    fn place_address(&mut self, place: &Place) -> Value {
        match self.place(place).0 {
            Spot::Memory(addr) => self.address(addr),
            Spot::Variables { .. } => {
                self.problem("a large value is in registers".to_owned());
                self.zero(types::I64)
            }
        }
    }

    fn load_scalar(&mut self, ty: Type, from: Addr, dest: &Place) {
        let value = self.load(ty, from);
        self.write_scalar(dest, value);
    }

    /// `goo_resume(ctx, out)`.
    pub fn call_resume(&mut self, out: Value) -> Value {
        match self.native("goo_resume") {
            Some(entry) => {
                // The address to write to is declared as an argument or as the result, to the same effect.
                let (out, args) = match entry.result {
                    Some(_) => (Some(out), Vec::new()),
                    None => (None, vec![out]),
                };
                self.emit_native(&entry, &[], out, &args)[0]
            }
            None => self.zero(types::I64),
        }
    }

    /// Writes a scalar to a place whose scalar may be narrower.
    pub fn write_scalar(&mut self, dest: &Place, value: Value) {
        let (spot, ty) = self.place(dest);
        let layout = self.layout(ty);
        let Some(leaf) = layout.leaves.as_ref().and_then(|leaves| leaves.first()) else { return };
        let value = self.fit(value, leaf.ty);
        match spot {
            Spot::Memory(addr) => self.store(value, addr),
            spot @ Spot::Variables { .. } => self.write_spot(spot, ty, &Val::one(value)),
        }
    }

    /// An integer as one of another width.
    pub fn fit(&mut self, value: Value, ty: Type) -> Value {
        let from = self.b.func.dfg.value_type(value);
        if from == ty || !from.is_int() || !ty.is_int() {
            return value;
        }
        match from.bits() > ty.bits() {
            true => self.b.ins().ireduce(ty, value),
            false => self.b.ins().uextend(ty, value),
        }
    }

    fn marshal(&mut self, operand: &Operand, abi: Abi, args: &mut Vec<Value>) {
        let (value, ty) = self.operand(operand);
        match abi {
            Abi::Address | Abi::OwnedAddress => {
                let address = match ty.kind() {
                    TyKind::Ref(_) => self.first(&value),
                    _ => {
                        let layout = self.layout(ty);
                        self.address_of(&layout, &value)
                    }
                };
                args.push(address);
            }
            Abi::Slice => {
                let layout = self.layout(Ty::string());
                match value {
                    Val::Leaves(values) => args.extend(values),
                    Val::At(addr) => {
                        if let Val::Leaves(values) = self.load_value(&layout, addr) {
                            args.extend(values);
                        }
                    }
                }
            }
            Abi::I64 | Abi::Owned => {
                let value = self.first(&value);
                let value = self.extend(value, ty);
                args.push(value);
            }
            Abi::F64 | Abi::F32 => args.push(self.first(&value)),
        }
    }

    fn call_pure(&mut self, entry: &Entry, descs: &[Value], args: &[Value]) -> Option<Value> {
        self.emit_native(entry, descs, None, args).first().copied()
    }

    /// Emits the call; its results are the status or, for a pure function, the value.
    fn emit_native(&mut self, entry: &Entry, descs: &[Value], out: Option<Value>, args: &[Value]) -> Leaves {
        let call_conv = self.unit.isa.default_call_conv();
        let function = self
            .symbols
            .function(&mut self.b, Item::Native(entry.name), || native_signature(entry, call_conv));
        let mut all = Vec::new();
        if entry.kind != Kind::Pure {
            all.push(self.ctx);
        }
        all.extend(descs);
        all.extend(out);
        all.extend(args);
        let call = self.checked_call(function, &all, entry.name);
        call.map_or_else(Leaves::new, |call| self.b.inst_results(call).iter().copied().collect())
    }

    /// A call whose number of arguments fits, which the table and lowering must agree on.
    fn checked_call(&mut self, function: ir::FuncRef, args: &[Value], name: &str) -> Option<ir::Inst> {
        let signature = self.b.func.dfg.ext_funcs[function].signature;
        let params = &self.b.func.dfg.signatures[signature].params;
        let fits = params.len() == args.len()
            && params
                .iter()
                .zip(args)
                .all(|(param, arg)| self.b.func.dfg.value_type(*arg) == param.value_type);
        if fits {
            return Some(self.b.ins().call(function, args));
        }
        let given: Vec<_> = args.iter().map(|arg| self.b.func.dfg.value_type(*arg)).collect();
        let wanted: Vec<_> = params.iter().map(|param| param.value_type).collect();
        self.problem(format!("the call of `{name}` passes {given:?}, its declaration says {wanted:?}"));
        let zeros: Vec<Value> = wanted.into_iter().map(|ty| self.zero(ty)).collect();
        Some(self.b.ins().call(function, &zeros))
    }

    pub fn native(&mut self, name: &str) -> Option<Entry> {
        let entry = self.unit.native(name).copied();
        if entry.is_none() {
            self.problem(format!("the runtime has no function `{name}`"));
        }
        entry
    }

    /// A call that the code generator needs: descriptors first, then the arguments; its result is one word.
    pub fn call_runtime(&mut self, name: &'static str, args: &[Value]) -> Value {
        let Some(entry) = self.native(name) else { return self.zero(types::I64) };
        let (descs, args) = args.split_at(usize::from(entry.types).min(args.len()));
        if !has_status(entry.kind) {
            return match self.call_pure(&entry, descs, args) {
                Some(value) => value,
                None => self.zero(types::I64),
            };
        }
        let out = self.temp(8);
        let address = self.temp_address(out);
        let status = self.emit_native(&entry, descs, Some(address.base), args)[0];
        self.check_crash(status);
        let address = self.temp_address(out);
        self.load(types::I64, address)
    }

    /// As [`Fx::call_runtime`], for a function without result.
    pub fn call_runtime_void(&mut self, name: &'static str, args: &[Value]) {
        let Some(entry) = self.native(name) else { return };
        let (descs, args) = args.split_at(usize::from(entry.types).min(args.len()));
        let results = self.emit_native(&entry, descs, None, args);
        if has_status(entry.kind) {
            self.check_crash(results[0]);
        }
    }

    /// As [`Fx::call_runtime`], through [`Item::Cold`]; a status is for the caller to look at.
    pub fn call_cold(&mut self, name: &'static str, args: &[Value]) {
        let Some(entry) = self.native(name) else { return };
        let params = native_signature(&entry, self.unit.isa.default_call_conv()).params.len();
        if args.len() + usize::from(entry.kind != Kind::Pure) != params {
            return self.problem(format!("{} arguments for {name}", args.len()));
        }
        self.pass_in_memory(args);
        let function = self.symbols.function(&mut self.b, Item::Cold(entry.name), cold_signature);
        self.checked_call(function, &[], entry.name);
    }

    /// Puts arguments where seldom called functions look for them. No value is wanted in a certain register then, which the register
    /// allocator would keep it in, or move it to, in the loop around.
    pub fn pass_in_memory(&mut self, args: &[Value]) {
        if args.len() > Context::ARGUMENT_COUNT {
            self.problem(format!("{} arguments in memory", args.len()));
            return;
        }
        for (index, arg) in args.iter().enumerate() {
            self.store(*arg, Addr::new(self.ctx).at((Context::ARGUMENTS + index * 8) as u32));
        }
    }

    /// The context's address in a register of its own.
    pub fn context_anew(&mut self) -> Value {
        self.load(types::I64, Addr::new(self.ctx).at(Context::THIS as u32))
    }

    /// What the last [`Fx::call_cold`] gave.
    pub fn cold_result(&mut self) -> Value {
        let at = self.results_address();
        self.load(types::I64, at)
    }
}

impl Fx<'_, '_> {
    /// As [`Fx::call_status`], with the address that the result goes to.
    pub fn call_status_to(&mut self, name: &'static str, out: Value, args: &[Value]) -> Value {
        match self.native(name) {
            Some(entry) => self.emit_native(&entry, &[], Some(out), args)[0],
            None => self.b.ins().iconst(types::I64, 2),
        }
    }
}
