//! Statements that change slices, boxes and maps in place, and `select`.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use goo_runtime::abi::layout::{Context, Header, SelectCase as Case, Slice, Storage};
use goo_runtime::channel::select::{RECEIVED_NOTHING, RECEIVED_WORD};
use smallvec::SmallVec;

use super::function::{Fx, Temp};
use super::layout::{OptionalForm, Shape};
use super::places::{Addr, Leaves, Spot, Val};
use crate::mir::{Appended, Const, Operand, Place, Select, SelectCase};
use crate::types::{Ty, TyKind};

/// Flags of `goo_select`.
const HAS_DEFAULT: i64 = 1;
const FIRST: i64 = 2;
const HAS_TIMEOUT: i64 = 4;
const RECEIVES_ONLY: i64 = 8;
/// The bit of the first case, if that is a receive that asks whether the channel was closed.
const FIRST_OK_FLAG: u32 = 8;

/// Texts up to this length are written word by word.
const WRITTEN_BYTES: usize = 32;

/// An append that has begun: where it goes on, and what the storage holds and has room for.
struct Append {
    fast: Block,
    slow: Block,
    done: Block,
    init: Value,
    cap: Value,
}

const CASE_SIZE: u32 = size_of::<Case>() as u32;

impl Fx<'_, '_> {
    /// Gives what the place holds storage of its own, by a function that gets the place's address, unless it has it already.
    pub fn make_unique(&mut self, place: &Place) {
        let (spot, ty) = self.place(place);
        let layout = self.layout(ty);
        let (name, desc) = match &layout.shape {
            Shape::Slice(elem) => ("goo_slice_unique", *elem),
            Shape::String => ("goo_slice_unique", Ty::byte()),
            Shape::Pointer if self.is_map(ty) => ("goo_map_unique", ty),
            Shape::Optional { inner, form: OptionalForm::Boxed } => ("goo_box_unique", *inner),
            Shape::Enum(_) => return self.problem("a payload is never changed in place".to_owned()),
            _ => return,
        };
        self.unique_object(spot, ty, name, desc);
    }

    /// Replaces what is lent in a copy. One that is plainly counted is not.
    pub fn settle(&mut self, place: &Place) {
        let (spot, ty) = self.place(place);
        let layout = self.layout(ty);
        let single = match &layout.shape {
            Shape::Slice(_) | Shape::Optional { form: OptionalForm::Boxed, .. } => true,
            Shape::Pointer => self.is_map(ty),
            _ => false,
        };
        let [slow, done] = std::array::from_fn(|_| self.b.create_block());
        self.b.set_cold_block(slow);
        if single {
            let value = self.read_spot(spot, ty);
            let object = self.first(&value);
            let look = self.b.create_block();
            self.b.ins().brif(object, look, &[], done, &[]);
            self.b.switch_to_block(look);
            let count = self.load(types::I32, Addr::new(object).at(Header::COUNT as u32));
            let least = i64::from(goo_runtime::value::lent::THROUGH);
            let lent = self.b.ins().icmp_imm_s(IntCC::SignedLessThanOrEqual, count, least);
            self.b.ins().brif(lent, slow, &[], done, &[]);
        } else {
            self.b.ins().jump(slow, &[]);
        }
        self.b.switch_to_block(slow);
        let (address, spilled) = self.slot_address(spot, ty);
        let desc = self.type_desc(ty);
        self.call_cold("goo_value_settle", &[desc, address]);
        self.reload_slot(spot, ty, spilled);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    fn is_map(&self, ty: Ty) -> bool {
        matches!(self.unit.program.underlying(ty).kind(), TyKind::Map(..))
    }

    /// A null owner is left alone if there is nothing to change; static text is copied.
    fn unique_object(&mut self, spot: Spot, ty: Ty, name: &'static str, desc: Ty) {
        let value = self.read_spot(spot, ty);
        let object = self.first(&value);
        let [look, slow, done] = std::array::from_fn(|_| self.b.create_block());
        self.b.set_cold_block(slow);
        let absent = match &value {
            Val::Leaves(values) if values.len() == 3 => slow,
            _ => done,
        };
        self.b.ins().brif(object, look, &[], absent, &[]);
        self.b.switch_to_block(look);
        self.branch_if_own(object, done, slow);
        self.b.switch_to_block(slow);
        let (address, spilled) = self.slot_address(spot, ty);
        let desc = self.type_desc(desc);
        self.call_cold(name, &[desc, address]);
        self.reload_slot(spot, ty, spilled);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// The address of the value at a place; of a copy, if it is in variables, which [`Fx::reload_slot`] then writes back.
    fn slot_address(&mut self, spot: Spot, ty: Ty) -> (Value, Option<Addr>) {
        match spot {
            Spot::Memory(addr) => (self.address(addr), None),
            Spot::Variables { .. } => {
                let layout = self.layout(ty);
                let value = self.read_spot(spot, ty);
                let slot = self.temp(layout.size);
                let addr = self.temp_address(slot);
                self.store_value(&layout, &value, addr);
                (addr.base, Some(addr))
            }
        }
    }

    fn reload_slot(&mut self, spot: Spot, ty: Ty, spilled: Option<Addr>) {
        if let Some(addr) = spilled {
            let layout = self.layout(ty);
            let value = self.load_value(&layout, addr);
            self.write_spot(spot, ty, &value);
        }
    }

    pub fn append(&mut self, place: &Place, appended: &Appended) {
        match appended {
            Appended::One(value) => self.append_one(place, value),
            Appended::All(values) => self.append_all(place, values),
        }
    }

    /// Bytes onto bytes in place, if the storage is the slice's own, ends where the slice ends and has room; else the runtime's business.
    fn append_all(&mut self, place: &Place, values: &Operand) {
        let (more, _) = self.operand_leaves(values);
        let (spot, ty) = self.place(place);
        let layout = self.layout(ty);
        let elem = element(&layout.shape);
        if self.unit.program.underlying(elem) != Ty::byte() {
            return self.append_slowly(spot, ty, elem, &more);
        }
        let Val::Leaves(words) = self.read_spot(spot, ty) else { return };
        let (owner, data, len, more_len) = (words[0], words[1], words[2], more[2]);
        let storage = Addr::new(owner);
        let Append { fast, slow, done, init, cap } = self.begin_append(storage);
        let end = self.b.ins().iadd(data, len);
        let first = self.b.ins().iadd_imm_s(owner, Storage::DATA as i64);
        let filled = self.b.ins().iadd(first, init);
        let at_end = self.b.ins().icmp(IntCC::Equal, end, filled);
        let there = self.b.create_block();
        self.b.ins().brif(at_end, there, &[], slow, &[]);
        self.b.switch_to_block(there);
        let short = self.short_copy(values);
        let written = match short {
            Some(bytes) => self.b.ins().iadd_imm_s(init, i64::from(bytes)),
            None => self.b.ins().iadd(init, more_len),
        };
        let init = self.b.ins().iadd(init, more_len);
        let has_room = self.b.ins().icmp(IntCC::SignedLessThanOrEqual, written, cap);
        self.b.ins().brif(has_room, fast, &[], slow, &[]);

        self.b.switch_to_block(fast);
        self.store(init, storage.at(Storage::INIT as u32));
        let len = self.b.ins().iadd(len, more_len);
        let words = Val::Leaves(SmallVec::from_slice(&[owner, data, len]));
        self.write_spot(spot, ty, &words);
        match (values, short) {
            (Operand::Const(Const::Str(bytes), _), _) if bytes.len() <= WRITTEN_BYTES => {
                self.store_bytes(bytes, Addr::new(end));
            }
            (_, Some(bytes)) => self.copy_short(Addr::new(more[1]), Addr::new(end), bytes),
            _ => {
                // Both may be one storage, but what is behind its values is in none of them.
                let config = self.unit.isa.frontend_config();
                self.b.call_memcpy(config, end, more[1], more_len);
            }
        }
        self.b.ins().jump(done, &[]);

        self.b.switch_to_block(slow);
        self.append_slowly(spot, ty, elem, &more);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// Begins to append where the storage is the slice's own: goes on there, with what it holds and has room for. Otherwise it is `slow`.
    fn begin_append(&mut self, storage: Addr) -> Append {
        let owner = storage.base;
        let [look, room, fast, slow, done] = std::array::from_fn(|_| self.b.create_block());
        self.b.set_cold_block(slow);
        self.b.ins().brif(owner, look, &[], slow, &[]);
        self.b.switch_to_block(look);
        self.branch_if_own(owner, room, slow);
        self.b.switch_to_block(room);
        let init = self.load(types::I64, storage.at(Storage::INIT as u32));
        let cap = self.load(types::I64, storage.at(Storage::CAP as u32));
        Append { fast, slow, done, init, cap }
    }

    /// Goes to `own` if the object is held once.
    fn branch_if_own(&mut self, object: Value, own: Block, shared: Block) {
        let count = self.load(types::I32, Addr::new(object).at(Header::COUNT as u32));
        let once = self.b.ins().icmp_imm_s(IntCC::Equal, count, 1);
        self.b.ins().brif(once, own, &[], shared, &[]);
    }

    fn append_slowly(&mut self, spot: Spot, ty: Ty, elem: Ty, more: &[Value]) {
        let (address, spilled) = self.slot_address(spot, ty);
        let desc = self.type_desc(elem);
        let mut args = vec![desc, address];
        args.extend(more);
        self.call_runtime_void("goo_slice_append_all", &args);
        self.reload_slot(spot, ty, spilled);
    }

    /// Writes bytes that are known here.
    pub fn store_bytes(&mut self, bytes: &[u8], at: Addr) {
        let mut done = 0;
        while done < bytes.len() {
            let rest = &bytes[done..];
            let (size, ty) = match rest.len() {
                8.. => (8, types::I64),
                4.. => (4, types::I32),
                2.. => (2, types::I16),
                _ => (1, types::I8),
            };
            let mut word = [0; 8];
            word[..size].copy_from_slice(&rest[..size]);
            let word = self.b.ins().iconst(ty, i64::from_le_bytes(word));
            self.store(word, at.at(done as u32));
            done += size;
        }
    }

    /// In place, if the storage is the slice's own and has room, or holds plain values behind the slice, as after `s = s[:n]`;
    /// else the runtime makes room.
    fn append_one(&mut self, place: &Place, value: &Operand) {
        let (value, _) = self.operand(value);
        let (spot, ty) = self.place(place);
        let layout = self.layout(ty);
        let elem = element(&layout.shape);
        let elem_layout = self.layout(elem);
        let Val::Leaves(words) = self.read_spot(spot, ty) else { return };
        let (owner, data, len) = (words[0], words[1], words[2]);
        let storage = Addr::new(owner);
        let Append { fast, slow, done, init, cap } = self.begin_append(storage);
        let end = self.element_address(data, len, elem_layout.size);
        let first = self.b.ins().iadd_imm_s(owner, Storage::DATA as i64);
        let filled = self.element_address(first, init, elem_layout.size);
        let at_end = match elem_layout.size {
            0 => self.zero(types::I8),
            _ => self.b.ins().icmp(IntCC::Equal, end, filled),
        };
        let has_room = self.b.ins().icmp(IntCC::SignedLessThan, init, cap);
        let good = match elem_layout.counted || elem_layout.size == 0 {
            true => self.b.ins().band(at_end, has_room),
            // A slice ends where its storage's values do, or before.
            false => {
                let within = self.b.ins().icmp(IntCC::NotEqual, end, filled);
                self.b.ins().bor(within, has_room)
            }
        };
        self.b.ins().brif(good, fast, &[], slow, &[]);

        self.b.switch_to_block(fast);
        let fresh = self.b.ins().uextend(types::I64, at_end);
        let init = self.b.ins().iadd(init, fresh);
        self.store(init, storage.at(Storage::INIT as u32));
        let len = self.b.ins().iadd_imm_s(len, 1);
        let words = Val::Leaves(SmallVec::from_slice(&[owner, data, len]));
        self.write_spot(spot, ty, &words);
        self.store_value(&elem_layout, &value, Addr::new(end));
        self.b.ins().jump(done, &[]);

        self.b.switch_to_block(slow);
        let (address, spilled) = self.slot_address(spot, ty);
        let desc = self.type_desc(elem);
        let one = self.b.ins().iconst(types::I64, 1);
        self.call_cold("goo_slice_grow", &[desc, address, one]);
        let to = self.cold_result();
        self.reload_slot(spot, ty, spilled);
        self.store_value(&elem_layout, &value, Addr::new(to));
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    fn element_address(&mut self, data: Value, index: Value, size: u32) -> Value {
        let offset = self.b.ins().imul_imm_s(index, i64::from(size));
        self.b.ins().iadd(data, offset)
    }

    // ---- select

    /// Builds the cases on the stack, waits, and fetches what was received.
    pub fn select(&mut self, select: &Select) {
        let cases = self.temp((select.cases.len() as u32 * CASE_SIZE).max(8));
        let mut flags = 0;
        for (index, case) in select.cases.iter().enumerate() {
            let (channel, send) = match case {
                SelectCase::Send { chan, value } => {
                    let (channel, _) = self.operand_value(chan);
                    let (value, ty) = self.operand(value);
                    let layout = self.layout(ty);
                    (channel, self.address_of(&layout, &value))
                }
                SelectCase::Recv { chan, ok, .. } => {
                    if ok.is_some() {
                        flags |= 1 << (FIRST_OK_FLAG + index as u32);
                    }
                    (self.operand_value(chan).0, self.zero(types::I64))
                }
            };
            let at = self.temp_address(cases).at(index as u32 * CASE_SIZE);
            self.store(channel, at.at(offset_of!(Case, chan) as u32));
            self.store(send, at.at(offset_of!(Case, send) as u32));
        }
        let chosen = self.wait_select(select, cases, flags);
        self.receive(select, chosen);
        self.write_scalar(&select.chosen, chosen);
    }

    fn wait_select(&mut self, select: &Select, cases: Temp, mut flags: i64) -> Value {
        let cases = self.temp_address(cases).base;
        let count = self.b.ins().iconst(types::I64, select.cases.len() as i64);
        if select.has_default {
            flags |= HAS_DEFAULT;
        }
        if select.first {
            flags |= FIRST;
        }
        if select.cases.iter().all(|case| matches!(case, SelectCase::Recv { .. })) {
            flags |= RECEIVES_ONLY;
        }
        let timeout = match &select.timeout {
            Some(timeout) => {
                flags |= HAS_TIMEOUT;
                self.operand_value(timeout).0
            }
            None => self.zero(types::I64),
        };
        let flags = self.b.ins().iconst(types::I64, flags);
        let out = self.temp(8);
        let address = self.temp_address(out).base;
        let status = self.call_status_to("goo_select", address, &[cases, count, flags, timeout]);
        match self.func.suspends {
            true => {
                self.check_suspend(status, &[], |fx, at| {
                    let address = fx.temp_address(out).base;
                    let status = fx.call_resume(address);
                    fx.suspend_again(at, status);
                    Leaves::new()
                });
            }
            false => self.check_crash(status),
        }
        let address = self.temp_address(out);
        self.load(types::I64, address)
    }

    /// Each receive fetches its value, also one that nobody wants.
    fn receive(&mut self, select: &Select, chosen: Value) {
        let done = self.b.create_block();
        for (number, case) in select.cases.iter().enumerate() {
            let SelectCase::Recv { chan, value, ok: ok_place } = case else { continue };
            let (this, next) = (self.b.create_block(), self.b.create_block());
            let same = self.b.ins().icmp_imm_u(IntCC::Equal, chosen, number as i64);
            self.b.ins().brif(same, this, &[], next, &[]);
            self.b.switch_to_block(this);
            if self.receives_word(chan) {
                self.receive_word(value.as_ref(), ok_place.as_ref());
                self.b.ins().jump(done, &[]);
                self.b.switch_to_block(next);
                continue;
            }
            let buffer = value.as_ref().map(|place| {
                let ty = self.typing().place(place);
                let size = self.layout(ty).size;
                self.temp(size)
            });
            let address = match buffer {
                Some(slot) => self.temp_address(slot).base,
                None => self.zero(types::I64),
            };
            let elem = self.element_desc(chan);
            let ok = self.call_runtime("goo_select_received", &[elem, address]);
            if let (Some(place), Some(slot)) = (value, buffer) {
                let from = self.temp_address(slot);
                let (spot, ty) = self.place(place);
                let layout = self.layout(ty);
                let received = self.load_value(&layout, from);
                self.write_spot(spot, ty, &received);
            }
            if let Some(place) = ok_place {
                self.write_scalar(place, ok);
            }
            self.b.ins().jump(done, &[]);
            self.b.switch_to_block(next);
        }
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }
}

impl Fx<'_, '_> {
    /// Fetches what a select received, a word without counts, from the running task.
    fn receive_word(&mut self, value: Option<&Place>, ok: Option<&Place>) {
        let task = self.load(types::I64, Addr::new(self.ctx).at(offset_of!(Context, task) as u32));
        let nothing = self.load(types::I8, Addr::new(task).at(RECEIVED_NOTHING as u32));
        if let Some(place) = value {
            let (spot, ty) = self.place(place);
            let layout = self.layout(ty);
            let Some(leaf) = layout.leaves.as_ref().and_then(|leaves| leaves.first()) else { return };
            let word = self.load(leaf.ty, Addr::new(task).at(RECEIVED_WORD as u32));
            let zero = self.zero(leaf.ty);
            let word = self.b.ins().select(nothing, zero, word);
            self.write_spot(spot, ty, &Val::one(word));
        }
        if let Some(place) = ok {
            let ok = self.b.ins().icmp_imm_u(IntCC::Equal, nothing, 0);
            self.write_scalar(place, ok);
        }
    }

    /// The descriptor of what is received from a channel, which may be optional.
    fn element_desc(&mut self, chan: &Operand) -> Value {
        let program = self.unit.program;
        let mut ty = self.typing().operand(chan);
        if let TyKind::Optional(inner) = program.underlying(ty).kind() {
            ty = *inner;
        }
        match program.underlying(ty).kind() {
            kind @ TyKind::Chan { elem, .. } => {
                self.type_desc(program.envelopes.received(kind).unwrap_or(*elem))
            }
            _ => self.type_desc(Ty::unit()),
        }
    }
}

fn element(shape: &Shape) -> Ty {
    match shape {
        Shape::Slice(elem) => *elem,
        _ => Ty::byte(),
    }
}

/// The three words of a slice lie as the runtime has them.
const _: () = assert!(Slice::OWNER == 0 && Slice::PTR == 8 && Slice::LEN == 16);
