//! Values and places: reading and writing scalars wherever a value lives.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use goo_runtime::abi::layout::{Closure, Header, Slice};
use smallvec::SmallVec;

use super::function::Fx;
use super::homes::Home;
use super::layout::{Layout, OptionalForm, Part, Shape};
use super::symbols::Item;
use crate::mir::typing::step_type;
use crate::mir::{Const, Local, Operand, Place, PlaceBase, Proj};
use crate::types::{Ty, TyKind};

pub type Leaves = SmallVec<[Value; 4]>;

/// An address in memory.
#[derive(Clone, Copy, Debug)]
pub struct Addr {
    pub base: Value,
    pub offset: i32,
}

impl Addr {
    pub fn new(base: Value) -> Addr {
        Addr { base, offset: 0 }
    }

    #[must_use]
    pub fn at(self, offset: u32) -> Addr {
        Addr { offset: self.offset + offset as i32, ..self }
    }
}

/// A value: its leaves, or, when it has too many, where it lies.
#[derive(Clone, Debug)]
pub enum Val {
    Leaves(Leaves),
    At(Addr),
}

impl Val {
    pub fn one(value: Value) -> Val {
        Val::Leaves(SmallVec::from_slice(&[value]))
    }
}

/// A place, evaluated.
#[derive(Clone, Copy, Debug)]
pub enum Spot {
    /// In the variables of a local, this many bytes into it.
    Variables {
        local: Local,
        byte: u32,
    },
    Memory(Addr),
}

pub(super) const FLAGS: MemFlagsData = MemFlagsData::trusted();

impl Fx<'_, '_> {
    // ---- memory

    pub fn load(&mut self, ty: Type, addr: Addr) -> Value {
        self.b.ins().load(ty, FLAGS, addr.base, addr.offset)
    }

    pub fn store(&mut self, value: Value, addr: Addr) {
        self.b.ins().store(FLAGS, value, addr.base, addr.offset);
    }

    pub fn address(&mut self, addr: Addr) -> Value {
        match addr.offset {
            0 => addr.base,
            offset => self.b.ins().iadd_imm_s(addr.base, i64::from(offset)),
        }
    }

    /// The value at an address: its leaves, if they are few.
    pub fn load_value(&mut self, layout: &Layout, addr: Addr) -> Val {
        match &layout.leaves {
            Some(leaves) => {
                Val::Leaves(leaves.iter().map(|leaf| self.load(leaf.ty, addr.at(leaf.offset))).collect())
            }
            None => Val::At(addr),
        }
    }

    pub fn store_value(&mut self, layout: &Layout, value: &Val, addr: Addr) {
        match (value, &layout.leaves) {
            (Val::Leaves(values), Some(leaves)) => {
                for (value, leaf) in values.iter().zip(leaves) {
                    self.store(*value, addr.at(leaf.offset));
                }
            }
            (Val::At(from), _) => self.copy(*from, addr, layout.size),
            (Val::Leaves(_), None) => {}
        }
    }

    /// Copies bytes between places that do not overlap in part.
    pub fn copy(&mut self, from: Addr, to: Addr, size: u32) {
        if size <= 128 && size.is_multiple_of(8) {
            // No larger pieces: what was just written by words would have to reach the cache before it is read as one.
            return self.copy_pieces(from, to, (0..size).step_by(8).map(|at| (at, types::I64)));
        }
        let (from, to) = (self.address(from), self.address(to));
        let size = self.b.ins().iconst(types::I64, i64::from(size));
        self.b.call_memmove(self.unit.isa.frontend_config(), to, from, size);
    }

    /// Copies pieces, each so many bytes behind the beginning; all are read before one is written.
    pub fn copy_pieces(&mut self, from: Addr, to: Addr, pieces: impl Iterator<Item = (u32, Type)>) {
        let read: Vec<(u32, Value)> = pieces.map(|(at, ty)| (at, self.load(ty, from.at(at)))).collect();
        for (at, piece) in read {
            self.store(piece, to.at(at));
        }
    }

    pub fn zero_memory(&mut self, addr: Addr, size: u32) {
        if size <= 128 && size.is_multiple_of(8) {
            let zero = self.zero(types::I64);
            for i in 0..size / 8 {
                self.store(zero, addr.at(i * 8));
            }
            return;
        }
        let addr = self.address(addr);
        let zero = self.zero(types::I8);
        let size = self.b.ins().iconst(types::I64, i64::from(size));
        self.b.call_memset(self.unit.isa.frontend_config(), addr, zero, size);
    }

    /// Zero, of which a function has one a type, in its first block: so what a variable holds on several ways is seen to be the same, and
    /// much less is to be compiled. Cranelift makes it where it is used.
    pub fn zero(&mut self, ty: Type) -> Value {
        if let Some((_, zero)) = self.zeros.iter().find(|(of, _)| *of == ty) {
            return *zero;
        }
        let mut first = FuncCursor::new(self.b.func).at_first_insertion_point(self.entry);
        let zero = match ty {
            types::F32 => first.ins().f32const(0.0),
            types::F64 => first.ins().f64const(0.0),
            ty => first.ins().iconst(ty, 0),
        };
        self.zeros.push((ty, zero));
        zero
    }

    /// Whether a value is known to be all zeros.
    pub fn is_zero(&self, value: &Val) -> bool {
        let dfg = &self.b.func.dfg;
        match value {
            Val::Leaves(leaves) => leaves.iter().all(|leaf| {
                let leaf = dfg.resolve_aliases(*leaf);
                self.zeros.iter().any(|(_, zero)| *zero == leaf)
            }),
            Val::At(_) => false,
        }
    }

    pub fn zero_value(&mut self, layout: &Layout) -> Val {
        match &layout.leaves {
            Some(leaves) => Val::Leaves(leaves.iter().map(|leaf| self.zero(leaf.ty)).collect()),
            None => {
                let temp = self.temp(layout.size);
                let addr = self.temp_address(temp);
                self.zero_memory(addr, layout.size);
                Val::At(addr)
            }
        }
    }

    /// The address of a value, which is put into temporary memory if it is in registers.
    pub fn address_of(&mut self, layout: &Layout, value: &Val) -> Value {
        match value {
            Val::At(addr) => self.address(*addr),
            Val::Leaves(_) => {
                let temp = self.temp(layout.size);
                let addr = self.temp_address(temp);
                self.store_value(layout, value, addr);
                addr.base
            }
        }
    }

    /// A part of a value.
    pub fn part(&mut self, whole: &Layout, value: &Val, part: Part) -> Val {
        let layout = self.layout(part.ty);
        match value {
            Val::At(addr) => self.load_value(&layout, addr.at(part.offset)),
            Val::Leaves(values) => {
                let first = whole.leaf_index(part.offset);
                let count = layout.leaves.as_ref().map_or(0, Vec::len);
                Val::Leaves(values[first..first + count].iter().copied().collect())
            }
        }
    }

    // ---- scalars in 8-byte words

    /// The scalar at a byte offset in a word.
    fn word_to_scalar(&mut self, word: Value, byte: u32, ty: Type) -> Value {
        let word = match byte {
            0 => word,
            byte => self.b.ins().ushr_imm_u(word, i64::from(byte) * 8),
        };
        match ty {
            types::I64 => word,
            types::F64 => self.b.ins().bitcast(types::F64, MemFlagsData::new(), word),
            types::F32 => {
                let half = self.b.ins().ireduce(types::I32, word);
                self.b.ins().bitcast(types::F32, MemFlagsData::new(), half)
            }
            ty => self.b.ins().ireduce(ty, word),
        }
    }

    /// A scalar as a word, the rest of which is zero.
    pub fn scalar_to_word(&mut self, value: Value) -> Value {
        match self.b.func.dfg.value_type(value) {
            types::I64 => value,
            types::F64 => self.b.ins().bitcast(types::I64, MemFlagsData::new(), value),
            types::F32 => {
                let half = self.b.ins().bitcast(types::I32, MemFlagsData::new(), value);
                self.b.ins().uextend(types::I64, half)
            }
            _ => self.b.ins().uextend(types::I64, value),
        }
    }

    /// Packs the leaves of a value into words, some bytes from the first word's start.
    pub fn pack(&mut self, layout: &Layout, values: &[Value], byte: u32, words: &mut [Option<Value>]) {
        let leaves = layout.leaves.as_deref().unwrap_or_default();
        for (leaf, value) in leaves.iter().zip(values) {
            let at = byte + leaf.offset;
            let mut word = self.scalar_to_word(*value);
            if !at.is_multiple_of(8) {
                word = self.b.ins().ishl_imm_u(word, i64::from(at % 8) * 8);
            }
            let slot = &mut words[at as usize / 8];
            *slot = Some(match *slot {
                None => word,
                Some(other) => self.b.ins().bor(other, word),
            });
        }
    }

    /// The leaves of a value that lies in words.
    pub fn unpack(&mut self, layout: &Layout, words: &[Value], byte: u32) -> Leaves {
        let leaves = layout.leaves.as_deref().unwrap_or_default();
        leaves
            .iter()
            .map(|leaf| {
                let at = byte + leaf.offset;
                self.word_to_scalar(words[at as usize / 8], at % 8, leaf.ty)
            })
            .collect()
    }

    // ---- variables

    fn read_variable(&mut self, local: Local, byte: u32, ty: Type) -> Value {
        let layout = self.layout(self.func.locals[local.0 as usize].ty);
        let leaves = layout.leaves.as_deref().unwrap_or_default();
        let index = leaves.partition_point(|leaf| leaf.offset <= byte) - 1;
        let value = self.b.use_var(self.variable(local, index));
        let leaf = leaves[index];
        match leaf.ty == ty && leaf.offset == byte {
            true => value,
            false => self.word_to_scalar(value, byte - leaf.offset, ty),
        }
    }

    fn write_variable(&mut self, local: Local, byte: u32, value: Value) {
        let layout = self.layout(self.func.locals[local.0 as usize].ty);
        let leaves = layout.leaves.as_deref().unwrap_or_default();
        let index = leaves.partition_point(|leaf| leaf.offset <= byte) - 1;
        let leaf = leaves[index];
        let variable = self.variable(local, index);
        let ty = self.b.func.dfg.value_type(value);
        if leaf.ty == ty && leaf.offset == byte {
            self.b.def_var(variable, value);
            return;
        }
        let shift = (byte - leaf.offset) * 8;
        let new = self.scalar_to_word(value);
        let word = if ty.bits() == 64 {
            new
        } else {
            let mask = ((1u64 << ty.bits()) - 1) << shift;
            let old = self.b.use_var(variable);
            let kept = self.b.ins().band_imm_s(old, !mask as i64);
            let new = self.b.ins().ishl_imm_u(new, i64::from(shift));
            self.b.ins().bor(kept, new)
        };
        self.b.def_var(variable, word);
    }

    fn variable(&self, local: Local, leaf: usize) -> cranelift_frontend::Variable {
        match &self.homes[local.0 as usize] {
            Home::Variables(variables) => variables[leaf],
            home => unreachable!("{local:?} is not in variables but in {home:?}"),
        }
    }

    // ---- places

    pub fn read_spot(&mut self, spot: Spot, ty: Ty) -> Val {
        let layout = self.layout(ty);
        match spot {
            Spot::Memory(addr) => self.load_value(&layout, addr),
            Spot::Variables { local, byte } => {
                let leaves = layout.leaves.as_deref().unwrap_or_default();
                let read =
                    |leaf: &super::layout::Leaf| self.read_variable(local, byte + leaf.offset, leaf.ty);
                Val::Leaves(leaves.iter().map(read).collect())
            }
        }
    }

    pub fn write_spot(&mut self, spot: Spot, ty: Ty, value: &Val) {
        let layout = self.layout(ty);
        match (spot, value) {
            (Spot::Memory(addr), value) => self.store_value(&layout, value, addr),
            (Spot::Variables { local, byte }, value) => {
                let values = match value {
                    Val::Leaves(values) => values.clone(),
                    Val::At(addr) => match self.load_value(&layout, *addr) {
                        Val::Leaves(values) => values,
                        Val::At(_) => Leaves::new(),
                    },
                };
                let leaves = layout.leaves.as_deref().unwrap_or_default();
                for (leaf, value) in leaves.iter().zip(values) {
                    self.write_variable(local, byte + leaf.offset, value);
                }
            }
        }
    }

    /// The address of a place in memory; temporary memory with the value, if it is in variables.
    pub fn spot_address(&mut self, spot: Spot, ty: Ty) -> Value {
        match spot {
            Spot::Memory(addr) => self.address(addr),
            Spot::Variables { .. } => {
                let value = self.read_spot(spot, ty);
                let layout = self.layout(ty);
                self.address_of(&layout, &value)
            }
        }
    }

    pub fn local_spot(&mut self, local: Local) -> Spot {
        match self.homes[local.0 as usize] {
            Home::Variables(_) => Spot::Variables { local, byte: 0 },
            Home::Stack(slot) => Spot::Memory(self.stack_address(slot)),
            Home::Frame(offset) => {
                let frame = self.frame();
                Spot::Memory(Addr::new(frame).at(offset))
            }
            Home::Pointer(variable) => Spot::Memory(Addr::new(self.b.use_var(variable))),
        }
    }

    /// Evaluates a place, checking its indexes.
    pub fn place(&mut self, place: &Place) -> (Spot, Ty) {
        let mut ty = self.typing().base(place.base);
        let mut spot = match place.base {
            PlaceBase::Local(local) => self.local_spot(local),
            PlaceBase::Global(global) => {
                Spot::Memory(Addr::new(self.symbols.address(&mut self.b, Item::Global(global))))
            }
            PlaceBase::Capture(index) => {
                let closure = self.closure();
                let offset = self.capture_offset(index);
                Spot::Memory(Addr::new(closure).at(Closure::CAPTURES as u32 + offset))
            }
        };
        for step in &place.proj {
            spot = self.step(spot, ty, step);
            ty = step_type(self.unit.program, ty, step);
        }
        (spot, ty)
    }

    fn step(&mut self, spot: Spot, ty: Ty, step: &Proj) -> Spot {
        let layout = self.layout(ty);
        let part = match (step, &layout.shape) {
            (Proj::Field(index), Shape::Parts(parts)) => parts[*index as usize],
            (Proj::Case(case, field), Shape::Enum(cases)) => cases[*case as usize][*field as usize],
            (Proj::Ok, Shape::Result { ok, .. }) => *ok,
            (Proj::Err, Shape::Result { err, .. }) => *err,
            (Proj::Some, Shape::Optional { inner, form }) => match form {
                OptionalForm::Niche => Part { ty: *inner, offset: 0, boxed: false },
                OptionalForm::Boxed => Part { ty: *inner, offset: 0, boxed: true },
                OptionalForm::Tagged(offset) => Part { ty: *inner, offset: *offset, boxed: false },
            },
            (Proj::Deref, _) => return Spot::Memory(Addr::new(self.word_of(spot))),
            (Proj::Cell, _) => return Spot::Memory(Addr::new(self.word_of(spot)).at(Header::SIZE as u32)),
            (Proj::Index { index, checked }, shape) => {
                let shape = shape.clone();
                return self.index_step(spot, ty, &shape, index, *checked);
            }
            (step, shape) => unreachable!("no step {step:?} into {shape:?}; the verifier lets none pass"),
        };
        let spot = shift(spot, part.offset);
        match part.boxed {
            true => Spot::Memory(Addr::new(self.word_of(spot)).at(Header::SIZE as u32)),
            false => spot,
        }
    }

    /// The first word at a place.
    fn word_of(&mut self, spot: Spot) -> Value {
        match spot {
            Spot::Memory(addr) => self.load(types::I64, addr),
            Spot::Variables { local, byte } => self.read_variable(local, byte, types::I64),
        }
    }

    fn index_step(&mut self, spot: Spot, ty: Ty, shape: &Shape, index: &Operand, checked: bool) -> Spot {
        let index = self.index_value(index);
        let (data, len, elem) = match shape {
            Shape::Array { len, elem } => {
                let Spot::Memory(addr) = spot else { unreachable!("an indexed array is in memory: {ty:?}") };
                let len = self.b.ins().iconst(types::I64, *len as i64);
                (addr, len, *elem)
            }
            _ => {
                let data = self.word_of(shift(spot, Slice::PTR as u32));
                let len = self.word_of(shift(spot, Slice::LEN as u32));
                let elem = match shape {
                    Shape::Slice(elem) => *elem,
                    _ => Ty::byte(),
                };
                (Addr::new(data), len, elem)
            }
        };
        if !checked {
            self.check_index(index, len);
        }
        let size = self.layout(elem).size;
        let offset = match size {
            1 => index,
            size if size.is_power_of_two() => {
                self.b.ins().ishl_imm_u(index, i64::from(size.trailing_zeros()))
            }
            size => self.b.ins().imul_imm_s(index, i64::from(size)),
        };
        let base = self.b.ins().iadd(data.base, offset);
        Spot::Memory(Addr { base, offset: data.offset })
    }

    /// An index as 64 bits, sign- or zero-extended as its type says.
    fn index_value(&mut self, operand: &Operand) -> Value {
        let (value, ty) = self.operand_value(operand);
        self.extend(value, ty)
    }

    /// An integer as 64 bits.
    pub fn extend(&mut self, value: Value, ty: Ty) -> Value {
        match self.b.func.dfg.value_type(value) {
            types::I64 => value,
            types::F64 | types::F32 => self.scalar_to_word(value),
            _ => match self.unit.program.underlying(ty).kind() {
                TyKind::Int(int) if int.signed() => self.b.ins().sextend(types::I64, value),
                _ => self.b.ins().uextend(types::I64, value),
            },
        }
    }

    // ---- operands

    /// An operand's value. A local that it moves from holds nothing afterwards (one in memory: from the statement's end).
    pub fn operand(&mut self, operand: &Operand) -> (Val, Ty) {
        match operand {
            Operand::Copy(place) => {
                let (spot, ty) = self.place(place);
                (self.read_spot(spot, ty), ty)
            }
            Operand::Move(local) => {
                let ty = self.func.locals[local.0 as usize].ty;
                let spot = self.local_spot(*local);
                let value = self.read_spot(spot, ty);
                match value {
                    Val::Leaves(_) => self.clear_local(*local),
                    Val::At(_) => self.moved.push(*local),
                }
                (value, ty)
            }
            Operand::Const(value, ty) => (self.constant(value, *ty), *ty),
        }
    }

    /// An operand of one scalar.
    pub fn operand_value(&mut self, operand: &Operand) -> (Value, Ty) {
        let (value, ty) = self.operand(operand);
        match value {
            Val::Leaves(values) if !values.is_empty() => (values[0], ty),
            _ => (self.zero(types::I64), ty),
        }
    }

    /// An operand of a few scalars.
    pub fn operand_leaves(&mut self, operand: &Operand) -> (Leaves, Ty) {
        match self.operand(operand) {
            (Val::Leaves(values), ty) => (values, ty),
            (Val::At(addr), ty) => (SmallVec::from_slice(&[addr.base]), ty),
        }
    }

    fn constant(&mut self, value: &Const, ty: Ty) -> Val {
        let layout = self.layout(ty);
        let scalar =
            layout.leaves.as_ref().and_then(|leaves| leaves.first()).map_or(types::I64, |leaf| leaf.ty);
        match value {
            Const::Bool(value) => Val::one(self.b.ins().iconst(types::I8, i64::from(*value))),
            Const::Int(value) => Val::one(self.int_constant(*value, scalar)),
            Const::Float(value) => Val::one(match scalar {
                types::F32 | types::F64 => self.float_constant(*value, scalar),
                ty => self.int_constant(*value as i64, ty),
            }),
            Const::Str(bytes) if bytes.is_empty() => self.zero_value(&layout),
            Const::Str(bytes) => {
                let owner = self.zero(types::I64);
                let data = self.symbols.address(&mut self.b, Item::Text(bytes.clone()));
                let len = self.b.ins().iconst(types::I64, bytes.len() as i64);
                Val::Leaves(SmallVec::from_slice(&[owner, data, len]))
            }
            Const::Zero => self.zero_value(&layout),
            Const::Func(id) => Val::one(self.symbols.address(&mut self.b, Item::StaticClosure(*id))),
        }
    }

    /// A number that stays in its register through a loop: Cranelift makes a scalar constant anew wherever it is used, in two instructions,
    /// but not a vector, whose first lane costs nothing.
    pub fn float_constant(&mut self, value: f64, ty: Type) -> Value {
        let (bytes, vector) = match ty {
            types::F32 => (u64::from((value as f32).to_bits()), types::F32X4),
            _ => (value.to_bits(), types::F64X2),
        };
        if bytes == 0 {
            return self.zero(ty);
        }
        let lanes = u128::from(bytes).to_le_bytes().to_vec();
        let constant = self.b.func.dfg.constants.insert(lanes.into());
        let vector = self.b.ins().vconst(vector, constant);
        self.b.ins().extractlane(vector, 0)
    }

    fn int_constant(&mut self, value: i64, ty: Type) -> Value {
        match ty {
            types::F32 | types::F64 => self.float_constant(value as f64, ty),
            ty if value == 0 => self.zero(ty),
            types::I64 => self.b.ins().iconst(ty, value),
            ty => self.b.ins().iconst(ty, value & ((1 << ty.bits()) - 1)),
        }
    }

    /// Makes a whole local hold nothing.
    pub fn clear_local(&mut self, local: Local) {
        let layout = self.layout(self.func.locals[local.0 as usize].ty);
        match self.local_spot(local) {
            Spot::Memory(addr) => self.zero_memory(addr, layout.size),
            spot @ Spot::Variables { .. } => {
                let zero = self.zero_value(&layout);
                self.write_spot(spot, self.func.locals[local.0 as usize].ty, &zero);
            }
        }
    }
}

fn shift(spot: Spot, bytes: u32) -> Spot {
    match spot {
        Spot::Memory(addr) => Spot::Memory(addr.at(bytes)),
        Spot::Variables { local, byte } => Spot::Variables { local, byte: byte + bytes },
    }
}
