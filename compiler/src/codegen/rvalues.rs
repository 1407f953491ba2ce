//! Making values: aggregates, enum cases, optionals, closures, interface values and boxes.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use goo_runtime::abi::layout::{Closure, Header, ObjectKind, Slice, Storage, TypeDesc};
use smallvec::SmallVec;

use super::function::{Fx, capture_offsets};
use super::layout::{Layout, OptionalForm, Part, Shape};
use super::places::{Addr, Leaves, Spot, Val};
use super::symbols::Item;
use crate::mir::{FnId, Operand, Place, PlaceBase, Rvalue};
use crate::types::{Ty, TyKind};

impl Fx<'_, '_> {
    /// The value; `None` when it was written to its destination already.
    pub fn rvalue(&mut self, value: &Rvalue, dest: &Place) -> Option<Val> {
        Some(match value {
            Rvalue::Use(operand) => self.operand(operand).0,
            Rvalue::Retype(operand, ty) => {
                let (value, from) = self.operand(operand);
                self.retype(value, from, *ty)
            }
            Rvalue::Unary(op, operand) => Val::one(self.unary(*op, operand)),
            Rvalue::Binary(op, left, right) => Val::one(self.binary(*op, left, right)),
            Rvalue::Cast(operand, ty) => Val::one(self.cast(operand, *ty)),
            Rvalue::Aggregate(ty, operands) => return self.aggregate(*ty, operands, dest),
            Rvalue::Case(ty, case, operands) => self.case(*ty, *case, operands),
            Rvalue::Some(ty, operand) => self.some(*ty, operand),
            Rvalue::Ok(ty, operand) => self.result(*ty, operand.as_ref(), false),
            Rvalue::Err(ty, operand) => self.result(*ty, Some(operand), true),
            Rvalue::Slice(ty, operands) => self.slice(*ty, operands),
            Rvalue::Closure(id, operands) => Val::one(self.new_closure(*id, operands)),
            Rvalue::SelfClosure => Val::one(self.closure()),
            Rvalue::Interface { value, from, .. } => self.interface(value, *from),
            Rvalue::Concrete(operand, ty) => self.concrete(operand, *ty),
            Rvalue::IsType(operand, ty) => Val::one(self.is_type(operand, *ty)),
            Rvalue::IsEmptyInterface(operand) => {
                let (value, _) = self.operand_value(operand);
                Val::one(self.b.ins().icmp_imm_u(IntCC::Equal, value, 0))
            }
            Rvalue::Ref(place) => {
                let (spot, ty) = self.place(place);
                Val::one(self.spot_address(spot, ty))
            }
            Rvalue::Cell(operand) => {
                let (value, ty) = self.operand(operand);
                Val::one(self.new_box(ty, &value))
            }
            Rvalue::Len(place) => {
                let len = self.len(place);
                return self.write_number(dest, len);
            }
            Rvalue::Cap(place) => {
                let cap = self.cap(place);
                return self.write_number(dest, cap);
            }
            Rvalue::Discriminant(place) => {
                let number = self.discriminant(place);
                return self.write_number(dest, number);
            }
        })
    }

    fn write_number(&mut self, dest: &Place, value: Value) -> Option<Val> {
        self.write_scalar(dest, value);
        None
    }

    /// The same bits under another type, which has the same leaves.
    fn retype(&mut self, value: Val, from: Ty, to: Ty) -> Val {
        let (from, to) = (self.layout(from), self.layout(to));
        match (&from.leaves, &to.leaves) {
            (Some(from), Some(to)) if from.len() != to.len() => {
                self.problem("a change of type that changes the layout".to_owned());
                value
            }
            _ => value,
        }
    }

    // ---- aggregates

    fn aggregate(&mut self, ty: Ty, operands: &[Operand], dest: &Place) -> Option<Val> {
        let layout = self.layout(ty);
        if layout.leaves.is_some() {
            let mut leaves = Leaves::new();
            for operand in operands {
                if let (Val::Leaves(values), _) = self.operand(operand) {
                    leaves.extend(values);
                }
            }
            return Some(Val::Leaves(leaves));
        }
        let (to, in_place) = match (dest.as_local(), self.place(dest).0) {
            (Some(local), Spot::Memory(addr)) if !mentions(operands, PlaceBase::Local(local)) => (addr, true),
            _ => {
                let slot = self.temp(layout.size);
                (self.temp_address(slot), false)
            }
        };
        let parts = parts_of(&layout, self);
        for (operand, part) in operands.iter().zip(parts) {
            let (value, _) = self.operand(operand);
            let layout = self.layout(part.ty);
            self.store_value(&layout, &value, to.at(part.offset));
        }
        (!in_place).then_some(Val::At(to))
    }

    fn case(&mut self, ty: Ty, case: u32, operands: &[Operand]) -> Val {
        let layout = self.layout(ty);
        let Shape::Enum(cases) = &layout.shape else {
            self.problem("a case of what is not an enum".to_owned());
            return self.zero_value(&layout);
        };
        let number = self.b.ins().iconst(types::I64, i64::from(case));
        let parts = cases[case as usize].clone();
        if layout.leaves.is_none() {
            let slot = self.temp(layout.size);
            let to = self.temp_address(slot);
            self.zero_memory(to, layout.size);
            self.store(number, to);
            for (operand, part) in operands.iter().zip(parts) {
                let (value, _) = self.operand(operand);
                let (part_layout, value) = self.case_part(part, value);
                self.store_value(&part_layout, &value, to.at(part.offset));
            }
            return Val::At(to);
        }
        let mut words: SmallVec<[Option<Value>; 8]> = SmallVec::from_elem(None, layout.size as usize / 8);
        words[0] = Some(number);
        for (operand, part) in operands.iter().zip(parts) {
            let (value, _) = self.operand(operand);
            let (part_layout, value) = self.case_part(part, value);
            if let Val::Leaves(values) = value {
                self.pack(&part_layout, &values, part.offset, &mut words);
            }
        }
        Val::Leaves(words.into_iter().map(|word| self.or_zero(word)).collect())
    }

    /// The payload field's value, in a box if the field is one.
    fn case_part(&mut self, part: Part, value: Val) -> (std::sync::Arc<Layout>, Val) {
        if !part.boxed {
            return (self.layout(part.ty), value);
        }
        let pointer = self.new_box(part.ty, &value);
        // A box is one word, as a map is.
        (self.layout(Ty::new(TyKind::Ref(part.ty))), Val::one(pointer))
    }

    fn or_zero(&mut self, word: Option<Value>) -> Value {
        word.unwrap_or_else(|| self.zero(types::I64))
    }

    fn some(&mut self, ty: Ty, operand: &Operand) -> Val {
        let layout = self.layout(ty);
        let (value, _) = self.operand(operand);
        let Shape::Optional { inner, form } = layout.shape else {
            self.problem("a value of an optional that is none".to_owned());
            return value;
        };
        match form {
            OptionalForm::Niche => value,
            OptionalForm::Boxed => Val::one(self.new_box(inner, &value)),
            OptionalForm::Tagged(offset) => {
                let tag = self.b.ins().iconst(types::I8, 1);
                self.tagged(&layout, tag, &[(offset, inner, Some(value))])
            }
        }
    }

    fn result(&mut self, ty: Ty, operand: Option<&Operand>, error: bool) -> Val {
        let layout = self.layout(ty);
        let Shape::Result { ok, err } = layout.shape else {
            self.problem("a result of a type that is none".to_owned());
            return self.zero_value(&layout);
        };
        let value = operand.map(|operand| self.operand(operand).0);
        let tag = self.b.ins().iconst(types::I8, i64::from(error));
        let (first, second) = match error {
            true => (value, None),
            false => (None, value),
        };
        self.tagged(&layout, tag, &[(err.offset, err.ty, first), (ok.offset, ok.ty, second)])
    }

    /// A tag, then parts of which the absent ones are zero.
    fn tagged(&mut self, layout: &Layout, tag: Value, parts: &[(u32, Ty, Option<Val>)]) -> Val {
        if layout.leaves.is_some() {
            let mut leaves: Leaves = SmallVec::from_slice(&[tag]);
            for (_, ty, value) in parts {
                let part = self.layout(*ty);
                match value {
                    Some(Val::Leaves(values)) => leaves.extend_from_slice(values),
                    _ => {
                        if let Val::Leaves(values) = self.zero_value(&part) {
                            leaves.extend(values);
                        }
                    }
                }
            }
            return Val::Leaves(leaves);
        }
        let slot = self.temp(layout.size);
        let to = self.temp_address(slot);
        self.zero_memory(to, layout.size);
        self.store(tag, to);
        for (offset, ty, value) in parts {
            if let Some(value) = value {
                let part = self.layout(*ty);
                self.store_value(&part, value, to.at(*offset));
            }
        }
        Val::At(to)
    }

    fn slice(&mut self, ty: Ty, operands: &[Operand]) -> Val {
        let layout = self.layout(ty);
        let (Shape::Slice(elem), false) = (&layout.shape, operands.is_empty()) else {
            return self.zero_value(&layout);
        };
        let (elem, count) = (*elem, operands.len() as i64);
        let desc = self.type_desc(elem);
        let len = self.b.ins().iconst(types::I64, count);
        let storage = self.call_runtime("goo_storage_new", &[desc, len]);
        let elem_layout = self.layout(elem);
        for (index, operand) in operands.iter().enumerate() {
            let (value, _) = self.operand(operand);
            let at = Storage::DATA as u32 + index as u32 * elem_layout.size;
            self.store_value(&elem_layout, &value, Addr::new(storage).at(at));
        }
        self.store(len, Addr::new(storage).at(Storage::INIT as u32));
        let data = self.b.ins().iadd_imm_s(storage, Storage::DATA as i64);
        Val::Leaves(SmallVec::from_slice(&[storage, data, len]))
    }

    // ---- objects

    /// A new object with a count of one, its content yet to be written.
    fn new_object(&mut self, size: u32, kind: ObjectKind, desc: Value) -> Value {
        let size = self.b.ins().iconst(types::I64, i64::from(size));
        let object = self.call_runtime("goo_alloc", &[size]);
        let first = self.b.ins().iconst(types::I64, Header::first_word(kind) as i64);
        self.store(first, Addr::new(object).at(Header::COUNT as u32));
        self.store(desc, Addr::new(object).at(Header::DESC as u32));
        object
    }

    /// A box that takes over the value.
    pub fn new_box(&mut self, ty: Ty, value: &Val) -> Value {
        let layout = self.layout(ty);
        let desc = self.type_desc(ty);
        let object = self.new_object(Header::SIZE as u32 + layout.size.max(8), ObjectKind::Box, desc);
        self.store_value(&layout, value, Addr::new(object).at(Header::SIZE as u32));
        object
    }

    fn new_closure(&mut self, id: FnId, operands: &[Operand]) -> Value {
        if operands.is_empty() {
            return self.symbols.address(&mut self.b, Item::StaticClosure(id));
        }
        let captures = &self.unit.function(id).captures;
        let (offsets, size) = capture_offsets(&self.unit.layouts, captures);
        let values: Vec<Val> = operands.iter().map(|operand| self.operand(operand).0).collect();
        let desc = self.symbols.address(&mut self.b, Item::ClosureDesc(id));
        let object = self.new_object(Closure::CAPTURES as u32 + size, ObjectKind::Closure, desc);
        let signature = || self.unit.abi(id).signature();
        let function = self.symbols.function(&mut self.b, Item::Function(id), signature);
        let code = self.b.ins().func_addr(types::I64, function);
        self.store(code, Addr::new(object).at(Closure::CODE as u32));
        for ((value, offset), ty) in values.iter().zip(offsets).zip(captures) {
            let layout = self.layout(*ty);
            self.store_value(&layout, value, Addr::new(object).at(Closure::CAPTURES as u32 + offset));
        }
        object
    }

    // ---- interfaces

    fn interface(&mut self, operand: &Operand, from: Ty) -> Val {
        let (value, _) = self.operand(operand);
        if self.is_interface(from) {
            return value;
        }
        let layout = self.layout(from);
        let desc = self.type_desc(from);
        let data = match &value {
            _ if layout.size > 8 => self.new_box(from, &value),
            Val::Leaves(values) => {
                let mut word = [None];
                let values = values.clone();
                self.pack(&layout, &values, 0, &mut word);
                self.or_zero(word[0])
            }
            Val::At(addr) => self.load(types::I64, *addr),
        };
        Val::Leaves(SmallVec::from_slice(&[desc, data]))
    }

    /// Interfaces, and optional ones: a `none` error in an `any` is an empty interface value, as in Go.
    fn is_interface(&self, ty: Ty) -> bool {
        match self.unit.program.underlying(ty).kind() {
            TyKind::Interface(_) => true,
            TyKind::Optional(inner) => {
                matches!(self.unit.program.underlying(*inner).kind(), TyKind::Interface(_))
            }
            _ => false,
        }
    }

    fn concrete(&mut self, operand: &Operand, ty: Ty) -> Val {
        let (value, from) = self.operand_leaves(operand);
        let (Some(&desc_or_data), true) = (value.last(), value.len() == 2) else {
            self.problem(format!("a concrete value of {from:?}"));
            let layout = self.layout(ty);
            return self.zero_value(&layout);
        };
        if self.is_interface(ty) {
            return Val::Leaves(value);
        }
        let layout = self.layout(ty);
        match layout.size > 8 {
            true => self.load_value(&layout, Addr::new(desc_or_data).at(Header::SIZE as u32)),
            false => Val::Leaves(self.unpack(&layout, &[desc_or_data], 0)),
        }
    }

    fn is_type(&mut self, operand: &Operand, ty: Ty) -> Value {
        let (desc, _) = self.operand_value(operand);
        let TyKind::Interface(interface) = self.unit.program.underlying(ty).kind() else {
            let wanted = self.type_desc(ty);
            return self.b.ins().icmp(IntCC::Equal, desc, wanted);
        };
        let full = self.b.ins().icmp_imm_u(IntCC::NotEqual, desc, 0);
        let number = match (interface.methods.is_empty(), self.unit.interface_number(ty)) {
            (true, _) => return full,
            (false, Some(number)) => number,
            (false, None) => {
                self.problem("an interface without a number".to_owned());
                0
            }
        };
        let [look, look_up, done] = std::array::from_fn(|_| self.b.create_block());
        let result = self.b.append_block_param(done, types::I8);
        self.b.ins().brif(full, look, &[], done, &[full.into()]);
        self.b.switch_to_block(look);
        let tables = self.load(types::I64, Addr::new(desc).at(TypeDesc::TABLES as u32));
        let none = self.zero(types::I8);
        self.b.ins().brif(tables, look_up, &[], done, &[none.into()]);
        self.b.switch_to_block(look_up);
        let table = self.load(types::I64, Addr::new(tables).at(number * 8));
        let found = self.b.ins().icmp_imm_u(IntCC::NotEqual, table, 0);
        self.b.ins().jump(done, &[found.into()]);
        self.b.switch_to_block(done);
        result
    }

    // ---- numbers that values carry

    fn len(&mut self, place: &Place) -> Value {
        let (spot, ty) = self.place(place);
        let layout = self.layout(ty);
        match (&layout.shape, self.unit.program.underlying(ty).kind()) {
            (Shape::String | Shape::Slice(_), _) => self.word_at(spot, Slice::LEN as u32),
            (Shape::Array { len, .. }, _) => self.b.ins().iconst(types::I64, *len as i64),
            (_, TyKind::Map(..)) => {
                let map = self.word_at(spot, 0);
                self.call_runtime("goo_map_len", &[map])
            }
            (_, TyKind::Chan { .. }) => {
                let channel = self.word_at(spot, 0);
                self.call_runtime("goo_chan_len", &[channel])
            }
            _ => {
                self.problem(format!("the length of {ty:?}"));
                self.zero(types::I64)
            }
        }
    }

    /// What lies between a slice's first element and the end of its storage; the length, if it has no storage.
    fn cap(&mut self, place: &Place) -> Value {
        let (spot, ty) = self.place(place);
        let layout = self.layout(ty);
        let elem = match &layout.shape {
            Shape::Slice(elem) => *elem,
            Shape::Array { len, .. } => return self.b.ins().iconst(types::I64, *len as i64),
            _ => {
                let channel = self.word_at(spot, 0);
                return self.call_runtime("goo_chan_cap", &[channel]);
            }
        };
        let owner = self.word_at(spot, Slice::OWNER as u32);
        let data = self.word_at(spot, Slice::PTR as u32);
        let len = self.word_at(spot, Slice::LEN as u32);
        let size = self.layout(elem).size;
        if size == 0 {
            return len;
        }
        let (stored, done) = (self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(done, types::I64);
        self.b.ins().brif(owner, stored, &[], done, &[len.into()]);
        self.b.switch_to_block(stored);
        let all = self.load(types::I64, Addr::new(owner).at(Storage::CAP as u32));
        let before = self.b.ins().isub(data, owner);
        let before = self.b.ins().iadd_imm_s(before, -(Storage::DATA as i64));
        let before = self.b.ins().udiv_imm_u(before, i64::from(size));
        let cap = self.b.ins().isub(all, before);
        self.b.ins().jump(done, &[cap.into()]);
        self.b.switch_to_block(done);
        result
    }

    /// A case's number; 0 and 1 for `none` and `some`, `ok` and `err`.
    fn discriminant(&mut self, place: &Place) -> Value {
        let (spot, ty) = self.place(place);
        let layout = self.layout(ty);
        match &layout.shape {
            Shape::Enum(_) => self.word_at(spot, 0),
            Shape::Optional { form: OptionalForm::Niche | OptionalForm::Boxed, .. } => {
                let word = self.word_at(spot, 0);
                let some = self.b.ins().icmp_imm_u(IntCC::NotEqual, word, 0);
                self.b.ins().uextend(types::I64, some)
            }
            Shape::Optional { .. } | Shape::Result { .. } => match self.read_spot(spot, Ty::bool()) {
                Val::Leaves(values) => self.b.ins().uextend(types::I64, values[0]),
                Val::At(_) => self.zero(types::I64),
            },
            _ => {
                self.problem(format!("the case of {ty:?}"));
                self.zero(types::I64)
            }
        }
    }

    /// One word of the value at a place.
    fn word_at(&mut self, spot: Spot, offset: u32) -> Value {
        let spot = match spot {
            Spot::Memory(addr) => Spot::Memory(addr.at(offset)),
            Spot::Variables { local, byte } => Spot::Variables { local, byte: byte + offset },
        };
        match self.read_spot(spot, Ty::int()) {
            Val::Leaves(values) => values[0],
            Val::At(addr) => addr.base,
        }
    }
}

fn parts_of(layout: &Layout, fx: &mut Fx) -> Vec<Part> {
    match &layout.shape {
        Shape::Parts(parts) => parts.clone(),
        Shape::Array { len, elem } => {
            let size = fx.layout(*elem).size;
            (0..*len as u32).map(|index| Part { ty: *elem, offset: index * size, boxed: false }).collect()
        }
        _ => Vec::new(),
    }
}

fn mentions(operands: &[Operand], base: PlaceBase) -> bool {
    operands.iter().any(|operand| match operand {
        Operand::Copy(place) => place.base == base,
        Operand::Move(local) => PlaceBase::Local(*local) == base,
        Operand::Const(..) => false,
    })
}
