//! The static data of a program: type, function and closure descriptors, static closures, texts, variables.
//!
//! Each item is one data object: the structure that `goo_runtime::abi::layout` declares, then the arrays that it points to.

use std::mem::{offset_of, size_of};
use std::sync::Arc;

use goo_runtime::abi::layout::{
    CaseDesc, Closure, ClosureDesc, FieldDesc, FunctionDesc, Header, InlinedDesc, ObjectKind, ProgramDesc,
    SiteDesc, Slot, TestDesc, Text, TypeDesc, TypeKind,
};
use rustc_hash::FxHashSet;

use super::abi::Convention;
use super::counts::channel_counts;
use super::frames::{Site, SlotInfo};
use super::function::capture_offsets;
use super::layout::{Layout, OptionalForm, Part, Shape};
use super::symbols::{self, Item};
use super::unit::Unit;
use crate::mir::{FnId, Function, Scope};
use crate::syntax::{Span, Symbol};
use crate::types::{IntTy, Ty, TyKind, display, printing};

/// A data object. Its relocations are addresses of items, eight bytes each.
#[derive(Default, Debug)]
pub struct Data {
    pub bytes: Vec<u8>,
    /// `(offset, item, distance from the item's start)`.
    pub relocs: Vec<(u32, Item, i64)>,
    pub writable: bool,
    pub align: u64,
}

/// What the descriptor of a function needs from its translation.
pub struct FunctionInfo {
    pub frame_size: u32,
    pub defers: Option<u32>,
    pub sites: Vec<Site>,
    pub slot_sets: Vec<Vec<SlotInfo>>,
}

impl Data {
    fn new(size: usize) -> Data {
        Data { bytes: vec![0; size], align: 8, ..Data::default() }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn put_u64(&mut self, at: usize, value: u64) {
        self.put(at, &value.to_le_bytes());
    }

    fn put_u32(&mut self, at: usize, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    fn put_item(&mut self, at: usize, item: Item) {
        self.relocs.push((at as u32, item, 0));
    }

    fn put_text(&mut self, at: usize, text: &str) {
        if !text.is_empty() {
            self.put_item(at + offset_of!(Text, ptr), Item::Text(Arc::from(text.as_bytes())));
            self.put_u64(at + offset_of!(Text, len), text.len() as u64);
        }
    }

    /// Room for an array behind everything so far, which the pointer at `at` points to.
    fn array(&mut self, at: usize, own: &Item, size: usize) -> usize {
        let start = self.bytes.len().next_multiple_of(8);
        if size > 0 {
            self.bytes.resize(start + size, 0);
            self.relocs.push((at as u32, own.clone(), start as i64));
        }
        start
    }
}

/// The data of an item; `None` for functions.
pub fn build(unit: &Unit, item: &Item, id: u32, info: impl Fn(FnId) -> Option<FunctionInfo>) -> Option<Data> {
    Some(match item {
        Item::Type(ty) => type_desc(unit, *ty, id),
        Item::FunctionDesc(function) => function_desc(unit, *function, &info(*function)?),
        Item::ClosureDesc(function) => closure_desc(unit, *function),
        Item::StaticClosure(function) => static_closure(unit, *function),
        Item::Text(bytes) => Data { bytes: bytes.to_vec(), align: 1, ..Data::default() },
        Item::Global(global) => {
            let layout = unit.layouts.of(unit.module.globals[global.0 as usize].ty);
            Data { writable: true, ..Data::new(layout.size.max(8) as usize) }
        }
        Item::Program => program_desc(unit),
        _ => return None,
    })
}

// ---- types

fn type_desc(unit: &Unit, ty: Ty, id: u32) -> Data {
    let own = Item::Type(ty);
    let layout = unit.layouts.of(ty);
    let mut data = Data::new(size_of::<TypeDesc>());
    data.put(offset_of!(TypeDesc, kind), &[kind(unit, ty) as u8]);
    data.put(offset_of!(TypeDesc, flags), &[flags(unit, ty, &layout)]);
    data.put(offset_of!(TypeDesc, align), &(layout.align as u16).to_le_bytes());
    data.put_u32(offset_of!(TypeDesc, id), id);
    data.put_u64(offset_of!(TypeDesc, size), u64::from(layout.size));
    data.put_text(offset_of!(TypeDesc, name), &display::dynamic_name(unit.program, ty));
    data.put_u64(offset_of!(TypeDesc, pointers), unit.layouts.pointers(ty).unwrap_or(0));
    parts_of_type(unit, ty, &layout, &own, &mut data);
    methods_of_type(unit, ty, &own, &mut data);
    data
}

fn parts_of_type(unit: &Unit, ty: Ty, layout: &Layout, own: &Item, data: &mut Data) {
    let (elem, key) = (offset_of!(TypeDesc, elem), offset_of!(TypeDesc, key));
    let (len, other) = (offset_of!(TypeDesc, len), offset_of!(TypeDesc, other));
    match (unit.program.underlying(ty).kind(), &layout.shape) {
        (TyKind::Array(count, inner), _) => {
            data.put_item(elem, Item::Type(*inner));
            data.put_u64(len, *count);
        }
        (TyKind::Slice(inner) | TyKind::Task(inner) | TyKind::Mutex(inner) | TyKind::Cell(inner), _) => {
            data.put_item(elem, Item::Type(*inner));
        }
        (TyKind::Map(from, to), _) => {
            data.put_item(key, Item::Type(*from));
            data.put_item(elem, Item::Type(*to));
        }
        (kind @ TyKind::Chan { elem: inner, .. }, _) => {
            let carried = unit.program.envelopes.carried(kind).unwrap_or(*inner);
            data.put_item(elem, Item::Type(carried));
            data.put_u64(len, channel_counts(kind) as u64);
        }
        (TyKind::Optional(inner), Shape::Optional { form, .. }) => {
            data.put_item(elem, Item::Type(*inner));
            if let OptionalForm::Tagged(offset) = form {
                data.put_u64(len, u64::from(*offset));
            }
        }
        (TyKind::Result(..), Shape::Result { ok, err }) => {
            data.put_item(elem, Item::Type(ok.ty));
            data.put_item(key, Item::Type(err.ty));
            data.put_u64(len, u64::from(ok.offset));
            data.put_u64(other, u64::from(err.offset));
        }
        (TyKind::Struct(fields), Shape::Parts(parts)) => {
            let fields: Vec<_> = fields.iter().map(|field| (Some(field.name), field.embedded)).collect();
            put_fields(data, own, offset_of!(TypeDesc, fields), &fields, parts);
            data.put_u64(offset_of!(TypeDesc, field_count), parts.len() as u64);
        }
        (TyKind::Tuple(_), Shape::Parts(parts)) => {
            let fields = vec![(None, false); parts.len()];
            put_fields(data, own, offset_of!(TypeDesc, fields), &fields, parts);
            data.put_u64(offset_of!(TypeDesc, field_count), parts.len() as u64);
        }
        (TyKind::Enum(cases), Shape::Enum(shaped)) => {
            let start = data.array(offset_of!(TypeDesc, cases), own, cases.len() * size_of::<CaseDesc>());
            data.put_u64(offset_of!(TypeDesc, case_count), cases.len() as u64);
            for (index, (case, parts)) in cases.iter().zip(shaped).enumerate() {
                let at = start + index * size_of::<CaseDesc>();
                data.put_text(at + offset_of!(CaseDesc, name), case.name.as_str());
                let fields: Vec<_> = case.fields.iter().map(|field| (field.0, false)).collect();
                put_fields(data, own, at + offset_of!(CaseDesc, fields), &fields, parts);
                data.put_u64(at + offset_of!(CaseDesc, field_count), parts.len() as u64);
            }
        }
        (TyKind::Interface(_), _) => {
            let number = unit.interface_number(ty).map_or(u64::MAX, u64::from);
            data.put_u64(offset_of!(TypeDesc, interface), number);
        }
        _ => {}
    }
}

/// Writes an array of fields, for the pointer at `at`; gives its start.
fn put_fields(
    data: &mut Data,
    own: &Item,
    at: usize,
    fields: &[(Option<Symbol>, bool)],
    parts: &[Part],
) -> usize {
    let start = data.array(at, own, parts.len() * size_of::<FieldDesc>());
    for (index, (part, (name, embedded))) in parts.iter().zip(fields).enumerate() {
        let at = start + index * size_of::<FieldDesc>();
        data.put_text(at + offset_of!(FieldDesc, name), name.map_or("", Symbol::as_str));
        data.put_item(at + offset_of!(FieldDesc, ty), Item::Type(part.ty));
        data.put_u64(at + offset_of!(FieldDesc, offset), u64::from(part.offset));
        let flags = u64::from(*embedded) | u64::from(part.boxed) << 1;
        data.put_u64(at + offset_of!(FieldDesc, flags), flags);
    }
    start
}

/// The tables of the interfaces that the type implements, and the methods that printing looks for.
fn methods_of_type(unit: &Unit, ty: Ty, own: &Item, data: &mut Data) {
    if !unit.has_methods(ty) {
        return;
    }
    let tables = data.array(offset_of!(TypeDesc, tables), own, unit.interfaces.len() * 8);
    for (number, interface) in unit.interfaces.iter().enumerate() {
        let TyKind::Interface(interface) = interface.kind() else { continue };
        let methods: Option<Vec<FnId>> =
            interface.methods.iter().map(|method| unit.method(ty, method.name, method.sig)).collect();
        let Some(methods) = methods else { continue };
        let table = data.array(tables + number * 8, own, methods.len() * 8);
        for (index, method) in methods.into_iter().enumerate() {
            data.put_item(table + index * 8, Item::MethodAdapter(method));
        }
    }
    let text = printing::text_method();
    let texts = [
        (printing::ERROR, text, offset_of!(TypeDesc, error_method)),
        (printing::STRING, text, offset_of!(TypeDesc, string_method)),
        (printing::GO_STRING, text, offset_of!(TypeDesc, go_string_method)),
    ];
    let format = unit.formatter.map(|sig| (printing::FORMAT, sig, offset_of!(TypeDesc, format_method)));
    for (name, sig, at) in texts.into_iter().chain(format) {
        if let Some(method) = unit.method(ty, Symbol::intern(name), sig) {
            data.put_item(at, Item::MethodAdapter(method));
        }
    }
}

fn kind(unit: &Unit, ty: Ty) -> TypeKind {
    match unit.program.underlying(ty).kind() {
        TyKind::Bool => TypeKind::Bool,
        TyKind::Int(int) => int_kind(*int),
        TyKind::Float(crate::types::FloatTy::F32) => TypeKind::Float32,
        TyKind::Float(crate::types::FloatTy::F64) => TypeKind::Float64,
        TyKind::String => TypeKind::String,
        TyKind::Duration => TypeKind::Duration,
        TyKind::Array(..) => TypeKind::Array,
        TyKind::Slice(_) => TypeKind::Slice,
        TyKind::Map(..) => TypeKind::Map,
        TyKind::Chan { .. } => TypeKind::Chan,
        TyKind::Func(_) => TypeKind::Func,
        TyKind::Struct(_) => TypeKind::Struct,
        TyKind::Enum(_) => TypeKind::Enum,
        TyKind::Interface(_) => TypeKind::Interface,
        TyKind::Optional(_) => TypeKind::Optional,
        TyKind::Result(..) => TypeKind::Result,
        TyKind::Tuple(_) => TypeKind::Tuple,
        TyKind::Task(_) => TypeKind::Task,
        TyKind::Supervisor => TypeKind::Supervisor,
        TyKind::Mutex(_) => TypeKind::Mutex,
        TyKind::Counter => TypeKind::Counter,
        TyKind::Cell(_) => TypeKind::Cell,
        TyKind::Ref(_) => TypeKind::Uintptr,
        TyKind::Untyped(_) => TypeKind::Int,
        TyKind::Error | TyKind::Unit | TyKind::Never | TyKind::Named(..) | TyKind::Param(_) => TypeKind::Unit,
    }
}

fn int_kind(int: IntTy) -> TypeKind {
    match int {
        IntTy::Int => TypeKind::Int,
        IntTy::Int8 => TypeKind::Int8,
        IntTy::Int16 => TypeKind::Int16,
        IntTy::Int32 => TypeKind::Int32,
        IntTy::Int64 => TypeKind::Int64,
        IntTy::Uint => TypeKind::Uint,
        IntTy::Uint8 => TypeKind::Uint8,
        IntTy::Uint16 => TypeKind::Uint16,
        IntTy::Uint32 => TypeKind::Uint32,
        IntTy::Uint64 => TypeKind::Uint64,
        IntTy::Uintptr => TypeKind::Uintptr,
    }
}

fn flags(unit: &Unit, ty: Ty, layout: &Layout) -> u8 {
    let mut flags = 0;
    let mut set = |on: bool, flag: u8| flags |= if on { flag } else { 0 };
    set(layout.counted, TypeDesc::COUNTED);
    set(layout.counted && unit.layouts.holds_handles_only(ty), TypeDesc::HANDLES_ONLY);
    set(layout.flat, TypeDesc::FLAT);
    if let Shape::Optional { form, .. } = layout.shape {
        set(form == OptionalForm::Niche, TypeDesc::NICHE);
        set(form == OptionalForm::Boxed, TypeDesc::BOXED);
    }
    set(matches!(ty.kind(), TyKind::Named(..)), TypeDesc::DECLARED);
    let prints = |ty: Ty| {
        let mut names = printing::TEXTS.iter().chain([&printing::FORMAT]);
        names.any(|name| unit.method_named(ty, Symbol::intern(name)).is_some())
            || matches!(unit.program.underlying(ty).kind(), TyKind::Interface(_))
    };
    set(holds(unit, ty, &prints, &mut FxHashSet::default()), TypeDesc::PRINTS_ITSELF);
    let func = |ty: Ty| matches!(unit.program.underlying(ty).kind(), TyKind::Func(_));
    set(holds(unit, ty, &func, &mut FxHashSet::default()), TypeDesc::HAS_FUNC);
    flags
}

/// Whether something is true of the type or of one that values of it hold.
fn holds(unit: &Unit, ty: Ty, test: &dyn Fn(Ty) -> bool, seen: &mut FxHashSet<Ty>) -> bool {
    if !seen.insert(ty) {
        return false;
    }
    if test(ty) {
        return true;
    }
    let mut inner = |ty: Ty| holds(unit, ty, test, seen);
    match unit.program.underlying(ty).kind() {
        TyKind::Array(_, elem) | TyKind::Slice(elem) | TyKind::Optional(elem) => inner(*elem),
        TyKind::Map(key, value) | TyKind::Result(key, value) => inner(*key) || inner(*value),
        TyKind::Struct(fields) => fields.iter().any(|field| inner(field.ty)),
        TyKind::Tuple(types) => types.iter().any(|ty| inner(*ty)),
        TyKind::Enum(cases) => cases.iter().flat_map(|case| &case.fields).any(|(_, ty)| inner(*ty)),
        _ => false,
    }
}

// ---- functions

fn function_desc(unit: &Unit, id: FnId, info: &FunctionInfo) -> Data {
    let own = Item::FunctionDesc(id);
    let function = unit.function(id);
    let mut data = Data::new(size_of::<FunctionDesc>());
    data.put_text(offset_of!(FunctionDesc, name), reported(&function.name, function.forwards));
    data.put_text(offset_of!(FunctionDesc, file), &unit.program.sources.file(function.span.file).name);
    data.put_u64(offset_of!(FunctionDesc, frame_size), u64::from(info.frame_size));
    data.put_u64(offset_of!(FunctionDesc, defers), u64::from(info.defers.unwrap_or(0)));
    let abi = unit.abi(id);
    if function.suspends && abi.convention != Convention::Plain {
        let resume = Item::Resume(abi.convention, Arc::new(abi.shape.clone()));
        data.put_item(offset_of!(FunctionDesc, resume), resume);
    }
    data.put_item(offset_of!(FunctionDesc, code), Item::Function(id));
    data.put_u64(offset_of!(FunctionDesc, site_count), info.sites.len() as u64);
    let sites = data.array(offset_of!(FunctionDesc, sites), &own, info.sites.len() * size_of::<SiteDesc>());
    let inlined = put_inlined(unit, &mut data, function, &own);
    let sets: Vec<usize> = info.slot_sets.iter().map(|set| put_slots(&mut data, set)).collect();
    for (index, site) in info.sites.iter().enumerate() {
        let at = sites + index * size_of::<SiteDesc>();
        let (line, column) = position(unit, site.span);
        data.put_u32(at + offset_of!(SiteDesc, line), line);
        data.put_u32(at + offset_of!(SiteDesc, column), column);
        let count = info.slot_sets[site.slots].len();
        data.put_u64(at + offset_of!(SiteDesc, slot_count), count as u64);
        if count > 0 {
            let slots = at + offset_of!(SiteDesc, slots);
            data.relocs.push((slots as u32, own.clone(), sets[site.slots] as i64));
        }
        put_scope(&mut data, at + offset_of!(SiteDesc, inlined), &own, inlined, site.scope);
    }
    data
}

/// The name by which call stacks show a function: none, if they leave it out.
fn reported(name: &str, forwards: bool) -> &str {
    if forwards { "" } else { name }
}

/// Appends the calls that were replaced by their callees' bodies; gives their start.
fn put_inlined(unit: &Unit, data: &mut Data, function: &Function, own: &Item) -> usize {
    let size = size_of::<InlinedDesc>();
    let start = data.bytes.len().next_multiple_of(8);
    data.bytes.resize(start + function.inlined.len() * size, 0);
    for (index, call) in function.inlined.iter().enumerate() {
        let at = start + index * size;
        data.put_text(at + offset_of!(InlinedDesc, name), reported(&call.name, call.forwards));
        data.put_text(at + offset_of!(InlinedDesc, file), &unit.program.sources.file(call.span.file).name);
        let (line, column) = position(unit, call.call);
        data.put_u32(at + offset_of!(InlinedDesc, line), line);
        data.put_u32(at + offset_of!(InlinedDesc, column), column);
        put_scope(data, at + offset_of!(InlinedDesc, outer), own, start, call.outer);
    }
    start
}

/// A pointer to what a scope stands for, null for the function's own.
fn put_scope(data: &mut Data, at: usize, own: &Item, inlined: usize, scope: Scope) {
    if scope != Scope::OWN {
        let target = inlined + (scope.0 as usize - 1) * size_of::<InlinedDesc>();
        data.relocs.push((at as u32, own.clone(), target as i64));
    }
}

/// Appends an array of slots; gives its start.
fn put_slots(data: &mut Data, slots: &[SlotInfo]) -> usize {
    let start = data.bytes.len().next_multiple_of(8);
    data.bytes.resize(start + slots.len() * size_of::<Slot>(), 0);
    for (index, slot) in slots.iter().enumerate() {
        let at = start + index * size_of::<Slot>();
        data.put_text(at + offset_of!(Slot, name), slot.name.map_or("", Symbol::as_str));
        data.put_item(at + offset_of!(Slot, ty), Item::Type(slot.ty));
        data.put_u64(at + offset_of!(Slot, offset), u64::from(slot.offset));
        data.put_u64(at + offset_of!(Slot, flags), u64::from(slot.owned));
    }
    start
}

/// Line and column, both from 1.
pub fn position(unit: &Unit, span: Span) -> (u32, u32) {
    unit.program.sources.line_col(span)
}

fn closure_desc(unit: &Unit, id: FnId) -> Data {
    let own = Item::ClosureDesc(id);
    let function = unit.function(id);
    let (offsets, size) = capture_offsets(&unit.layouts, &function.captures);
    let mut data = Data::new(size_of::<ClosureDesc>());
    data.put_u64(offset_of!(ClosureDesc, size), Closure::CAPTURES as u64 + u64::from(size));
    data.put_text(offset_of!(ClosureDesc, name), &function.name);
    let shape = &unit.abi(id).shape;
    if function.params.is_empty() {
        let results = symbols::Shape { params: Vec::new(), results: shape.results.clone() };
        data.put_item(offset_of!(ClosureDesc, enter), Item::Enter(Arc::new(results)));
    }
    if !matches!(function.result_ty.kind(), TyKind::Unit | TyKind::Never) {
        data.put_item(offset_of!(ClosureDesc, result), Item::Type(function.result_ty));
    }
    let captures: Vec<SlotInfo> = function
        .captures
        .iter()
        .zip(offsets)
        .filter(|(ty, _)| unit.layouts.of(**ty).counted)
        .map(|(ty, offset)| SlotInfo {
            name: None,
            ty: *ty,
            offset: Closure::CAPTURES as u32 + offset,
            owned: true,
        })
        .collect();
    data.put_u64(offset_of!(ClosureDesc, capture_count), captures.len() as u64);
    let start = put_slots(&mut data, &captures);
    if !captures.is_empty() {
        data.relocs.push((offset_of!(ClosureDesc, captures) as u32, own, start as i64));
    }
    data
}

/// A closure object that is never counted.
fn static_closure(unit: &Unit, id: FnId) -> Data {
    let mut data = Data::new(size_of::<Closure>());
    data.put_u32(Header::KIND, ObjectKind::Closure as u32);
    data.put_item(Header::DESC, Item::ClosureDesc(id));
    let code = match unit.abi(id).convention {
        Convention::Closure => Item::Function(id),
        Convention::Plain | Convention::Frame => Item::ClosureAdapter(id),
    };
    data.put_item(Closure::CODE, code);
    data
}

// ---- the program

fn program_desc(unit: &Unit) -> Data {
    let module = unit.module;
    let mut data = Data::new(size_of::<ProgramDesc>());
    for (id, at) in
        [(module.init, offset_of!(ProgramDesc, init)), (module.main, offset_of!(ProgramDesc, main))]
    {
        if let Some(id) = id {
            data.put_item(at, Item::StaticClosure(id));
        }
    }
    let largest = unit.abis.iter().map(|abi| unit.layouts.of(abi.result).size).max().unwrap_or(0);
    // Room for what the runtime itself hands to a resumed activation.
    data.put_u64(offset_of!(ProgramDesc, results_size), u64::from(largest.max(256)));
    put_tests(unit, &mut data);
    put_sources(unit, &mut data);
    data
}

fn put_tests(unit: &Unit, data: &mut Data) {
    let tests = &unit.module.tests;
    data.put_u64(offset_of!(ProgramDesc, test_count), tests.len() as u64);
    let start =
        data.array(offset_of!(ProgramDesc, tests), &Item::Program, tests.len() * size_of::<TestDesc>());
    for (index, (name, span, id)) in tests.iter().enumerate() {
        let at = start + index * size_of::<TestDesc>();
        data.put_text(at + offset_of!(TestDesc, name), name);
        data.put_text(at + offset_of!(TestDesc, file), &unit.program.sources.file(span.file).name);
        data.put_u64(at + offset_of!(TestDesc, line), u64::from(position(unit, *span).0));
        data.put_item(at + offset_of!(TestDesc, body), Item::StaticClosure(*id));
    }
}

/// The program's own source files, for crash reports; those of the library would tell the user little.
fn put_sources(unit: &Unit, data: &mut Data) {
    let sources: Vec<_> =
        unit.program.sources.iter().map(|(_, file)| file).filter(|file| !file.std).collect();
    let pair = size_of::<[Text; 2]>();
    data.put_u64(offset_of!(ProgramDesc, source_count), sources.len() as u64);
    let start = data.array(offset_of!(ProgramDesc, sources), &Item::Program, sources.len() * pair);
    for (index, file) in sources.iter().enumerate() {
        data.put_text(start + index * pair, &file.name);
        data.put_text(start + index * pair + size_of::<Text>(), &file.text);
    }
}
