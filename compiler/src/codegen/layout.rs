//! How values of each type lie in memory, and which scalars ("leaves") they consist of.
//!
//! The rules are the table "Values in memory" of `docs/architecture.md`. A value with at most [`MAX_LEAVES`] leaves is kept in
//! registers where possible: one register a leaf. A leaf has the size that it has in memory, and together the leaves cover all that is not
//! padding. An enum's leaves are its 8-byte words, because its cases overlap.

use std::sync::{Arc, OnceLock, RwLock};

use cranelift_codegen::ir::{Type, types};
use rustc_hash::FxHashMap;

use crate::mir::typing::{is_boxed, is_counted};
use crate::types::{FloatTy, Program, Ty, TyKind};

/// Values with more scalars than this live in memory.
pub const MAX_LEAVES: usize = 8;

/// One scalar of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Leaf {
    pub ty: Type,
    pub offset: u32,
}

/// A part of a value, at its offset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    pub ty: Ty,
    pub offset: u32,
    /// One pointer to a box of `ty` instead of `ty`.
    pub boxed: bool,
}

/// How an optional says `none`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OptionalForm {
    /// The first word is null.
    Niche,
    /// One pointer to a box; null is `none`.
    Boxed,
    /// A tag byte, then the value at this offset.
    Tagged(u32),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shape {
    Unit,
    /// An integer, float or bool.
    Scalar,
    /// One counted word.
    Pointer,
    String,
    Slice(Ty),
    Interface,
    /// A struct or tuple.
    Parts(Vec<Part>),
    Array {
        len: u64,
        elem: Ty,
    },
    Enum(Vec<Vec<Part>>),
    Optional {
        inner: Ty,
        form: OptionalForm,
    },
    Result {
        ok: Part,
        err: Part,
    },
}

/// The layout of a type.
#[derive(Clone, Debug)]
pub struct Layout {
    pub size: u32,
    pub align: u32,
    pub shape: Shape,
    /// In order of offset; `None` when there are more than [`MAX_LEAVES`].
    pub leaves: Option<Vec<Leaf>>,
    /// Holds counted objects.
    pub counted: bool,
    /// Equality is equality of bytes: there is neither padding nor a float, string, interface or function in it.
    pub flat: bool,
}

impl Layout {
    /// Where the leaves of a part begin among the leaves of the whole.
    pub fn leaf_index(&self, offset: u32) -> usize {
        self.leaves.as_ref().map_or(0, |leaves| leaves.partition_point(|leaf| leaf.offset < offset))
    }
}

/// Computes and remembers layouts; shared by all threads.
pub struct Layouts<'a> {
    pub program: &'a Program,
    known: RwLock<FxHashMap<Ty, Arc<Layout>>>,
    /// A type whose values would be larger than [`LARGEST`].
    too_large: OnceLock<Ty>,
}

/// Parts of a value have offsets of 31 bits. What is larger has this size, and is not made.
const LARGEST: u32 = u32::MAX / 2;

impl<'a> Layouts<'a> {
    pub fn new(program: &'a Program) -> Layouts<'a> {
        Layouts { program, known: RwLock::default(), too_large: OnceLock::new() }
    }

    /// A type among those that were asked for whose values cannot be made.
    pub fn too_large(&self) -> Option<Ty> {
        self.too_large.get().copied()
    }

    pub fn of(&self, ty: Ty) -> Arc<Layout> {
        if let Some(layout) = self.known.read().expect("layouts").get(&ty) {
            return layout.clone();
        }
        let layout = Arc::new(self.compute(ty));
        if layout.size >= LARGEST {
            self.too_large.get_or_init(|| ty);
        }
        self.known.write().expect("layouts").entry(ty).or_insert(layout).clone()
    }

    /// Which words of a value point to counted objects, if that is the same for all values and they hold nothing else that is
    /// counted: `TypeDesc::pointers`.
    pub fn pointers(&self, ty: Ty) -> Option<u64> {
        let layout = self.of(ty);
        if !layout.counted {
            return Some(0);
        }
        // A bit for each word.
        if layout.size > 64 * 8 {
            return None;
        }
        let part = |part: &Part| match part.boxed {
            true => Some(1 << (part.offset / 8)),
            // A part without bytes may stand behind the last word.
            false => match self.pointers(part.ty)? {
                0 => Some(0),
                pointers => Some(pointers << (part.offset / 8)),
            },
        };
        let all = |parts: &[Part]| parts.iter().try_fold(0, |all, at| Some(all | part(at)?));
        match &layout.shape {
            Shape::String | Shape::Slice(_) => Some(1),
            Shape::Pointer if is_handle(self.program, ty) => None,
            Shape::Pointer => Some(1),
            Shape::Parts(parts) => all(parts),
            Shape::Array { len, elem } => {
                let (one, words) = (self.pointers(*elem)?, self.of(*elem).size / 8);
                Some((0..*len as u32).fold(0, |all, index| all | one << (index * words)))
            }
            Shape::Optional { form: OptionalForm::Boxed, .. } => Some(1),
            Shape::Optional { inner, form: OptionalForm::Niche } => self.pointers(*inner),
            // Both are always initialised.
            Shape::Result { ok, err } => Some(part(ok)? | part(err)?),
            Shape::Optional { .. } | Shape::Interface | Shape::Enum(_) => None,
            Shape::Unit | Shape::Scalar => Some(0),
        }
    }

    /// Whether all that values of the type count are handles: `TypeDesc::HANDLES_ONLY`.
    pub fn holds_handles_only(&self, ty: Ty) -> bool {
        let layout = self.of(ty);
        match &layout.shape {
            _ if !layout.counted => true,
            Shape::Pointer => is_handle(self.program, ty),
            Shape::Parts(parts) => parts.iter().all(|part| !part.boxed && self.holds_handles_only(part.ty)),
            Shape::Array { elem, .. } => self.holds_handles_only(*elem),
            _ => false,
        }
    }

    fn compute(&self, ty: Ty) -> Layout {
        let under = self.program.underlying(ty);
        match under.kind() {
            TyKind::Bool => scalar(types::I8, true),
            TyKind::Int(int) => scalar(int_type(int.bits()), true),
            TyKind::Float(FloatTy::F32) => scalar(types::F32, false),
            TyKind::Float(FloatTy::F64) => scalar(types::F64, false),
            TyKind::Duration | TyKind::Untyped(_) => scalar(types::I64, true),
            TyKind::Ref(_) => scalar(types::I64, false),
            TyKind::String => words(3, Shape::String),
            TyKind::Slice(elem) => words(3, Shape::Slice(*elem)),
            TyKind::Interface(_) => words(2, Shape::Interface),
            TyKind::Map(..) | TyKind::Func(_) | TyKind::Cell(_) => words(1, Shape::Pointer),
            TyKind::Chan { .. }
            | TyKind::Task(_)
            | TyKind::Supervisor
            | TyKind::Mutex(_)
            | TyKind::Counter => Layout { flat: true, ..words(1, Shape::Pointer) },
            TyKind::Struct(fields) => {
                let layout = self.parts(ty, fields.iter().map(|field| field.ty));
                // Blank fields are not compared.
                let blank = fields.iter().any(|field| field.name.as_str() == "_");
                Layout { flat: layout.flat && !blank, ..layout }
            }
            TyKind::Tuple(types) => self.parts(ty, types.iter().copied()),
            TyKind::Array(len, elem) => self.array(ty, *len, *elem),
            TyKind::Enum(cases) => {
                let cases: Vec<Vec<Ty>> =
                    cases.iter().map(|case| case.fields.iter().map(|field| field.1).collect()).collect();
                self.cases(ty, &cases)
            }
            TyKind::Optional(inner) => self.optional(ty, *inner),
            TyKind::Result(value, error) => self.result(ty, *value, *error),
            TyKind::Error | TyKind::Unit | TyKind::Never | TyKind::Named(..) | TyKind::Param(_) => Layout {
                size: 0,
                align: 1,
                shape: Shape::Unit,
                leaves: Some(Vec::new()),
                counted: false,
                flat: true,
            },
        }
    }

    fn parts(&self, ty: Ty, types: impl Iterator<Item = Ty>) -> Layout {
        let mut builder = Builder::default();
        let (mut flat, mut bytes) = (true, 0);
        let mut parts = Vec::new();
        for part in types {
            let layout = self.of(part);
            flat &= layout.flat;
            bytes += u64::from(layout.size);
            parts.push(Part { ty: part, offset: builder.add(&layout), boxed: false });
        }
        let layout = builder.finish(Shape::Parts(parts), is_counted(self.program, ty));
        Layout { flat: flat && bytes == u64::from(layout.size), ..layout }
    }

    fn array(&self, ty: Ty, len: u64, elem: Ty) -> Layout {
        let inner = self.of(elem);
        let leaves = inner.leaves.as_ref().and_then(|leaves| {
            if leaves.len() as u64 * len > MAX_LEAVES as u64 {
                return None;
            }
            let size = inner.size;
            let all = (0..len as u32).flat_map(|i| {
                leaves.iter().map(move |leaf| Leaf { ty: leaf.ty, offset: leaf.offset + i * size })
            });
            Some(all.collect())
        });
        Layout {
            size: u64::from(inner.size).saturating_mul(len).min(u64::from(LARGEST)) as u32,
            align: inner.align,
            shape: Shape::Array { len, elem },
            leaves: if inner.size == 0 { Some(Vec::new()) } else { leaves },
            counted: is_counted(self.program, ty),
            flat: inner.flat,
        }
    }

    /// 8 bytes of case number, then the payload, each field aligned to 8.
    fn cases(&self, ty: Ty, cases: &[Vec<Ty>]) -> Layout {
        let mut size = 8;
        let mut shaped = Vec::new();
        for fields in cases {
            let mut offset = 8;
            let mut parts = Vec::new();
            for &field in fields {
                let boxed = is_boxed(self.program, ty, field);
                parts.push(Part { ty: field, offset, boxed });
                offset += if boxed { 8 } else { self.of(field).size.next_multiple_of(8) };
            }
            size = size.max(offset);
            shaped.push(parts);
        }
        let count = (size / 8) as usize;
        Layout {
            shape: Shape::Enum(shaped),
            counted: is_counted(self.program, ty),
            flat: cases.iter().all(Vec::is_empty),
            ..words(count, Shape::Unit)
        }
    }

    fn optional(&self, ty: Ty, inner: Ty) -> Layout {
        if is_boxed(self.program, ty, inner) {
            return words(1, Shape::Optional { inner, form: OptionalForm::Boxed });
        }
        let layout = self.of(inner);
        if has_niche(self.program, inner) {
            let shape = Shape::Optional { inner, form: OptionalForm::Niche };
            return Layout { shape, ..(*layout).clone() };
        }
        let mut builder = Builder::default();
        builder.add(&scalar(types::I8, true));
        let offset = builder.add(&layout);
        let counted = is_counted(self.program, ty);
        builder.finish(Shape::Optional { inner, form: OptionalForm::Tagged(offset) }, counted)
    }

    fn result(&self, ty: Ty, value: Ty, error: Ty) -> Layout {
        let mut builder = Builder::default();
        builder.add(&scalar(types::I8, true));
        builder.align_to(8);
        let err = Part { ty: error, offset: builder.add(&self.of(error)), boxed: false };
        let ok = Part { ty: value, offset: builder.add(&self.of(value)), boxed: false };
        builder.finish(Shape::Result { ok, err }, is_counted(self.program, ty))
    }
}

/// Types whose first word is never null while they hold a value.
pub fn has_niche(program: &Program, ty: Ty) -> bool {
    matches!(program.underlying(ty).kind(), TyKind::Interface(_) | TyKind::Func(_)) || is_handle(program, ty)
}

/// Types whose values are handles: counted in ways of their own.
pub fn is_handle(program: &Program, ty: Ty) -> bool {
    matches!(
        program.underlying(ty).kind(),
        TyKind::Chan { .. } | TyKind::Task(_) | TyKind::Supervisor | TyKind::Mutex(_) | TyKind::Counter
    )
}

fn scalar(ty: Type, flat: bool) -> Layout {
    Layout {
        size: ty.bytes(),
        align: ty.bytes(),
        shape: Shape::Scalar,
        leaves: Some(vec![Leaf { ty, offset: 0 }]),
        counted: false,
        flat,
    }
}

/// A counted value of so many words.
fn words(count: usize, shape: Shape) -> Layout {
    let leaves = (0..count).map(|i| Leaf { ty: types::I64, offset: i as u32 * 8 }).collect();
    Layout {
        size: count as u32 * 8,
        align: 8,
        shape,
        leaves: (count <= MAX_LEAVES).then_some(leaves),
        counted: true,
        flat: false,
    }
}

/// The register type of an integer of so many bits.
pub fn int_type(bits: u32) -> Type {
    match bits {
        8 => types::I8,
        16 => types::I16,
        32 => types::I32,
        _ => types::I64,
    }
}

/// Lays parts out one behind the other, as C does.
struct Builder {
    size: u32,
    align: u32,
    leaves: Option<Vec<Leaf>>,
}

impl Default for Builder {
    fn default() -> Builder {
        Builder { size: 0, align: 1, leaves: Some(Vec::new()) }
    }
}

impl Builder {
    fn align_to(&mut self, align: u32) {
        self.align = self.align.max(align);
        self.size = self.size.next_multiple_of(align);
    }

    /// The part's offset.
    fn add(&mut self, part: &Layout) -> u32 {
        self.align_to(part.align);
        let offset = self.size;
        self.size = self.size.saturating_add(part.size).min(LARGEST);
        self.leaves = match (self.leaves.take(), &part.leaves) {
            (Some(mut all), Some(leaves)) if all.len() + leaves.len() <= MAX_LEAVES => {
                all.extend(leaves.iter().map(|leaf| Leaf { ty: leaf.ty, offset: leaf.offset + offset }));
                Some(all)
            }
            _ => None,
        };
        offset
    }

    fn finish(mut self, shape: Shape, counted: bool) -> Layout {
        self.align_to(self.align);
        Layout { size: self.size, align: self.align, shape, leaves: self.leaves, counted, flat: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Span, Symbol};
    use crate::types::{FieldTy, IntTy, TypeDef, TypeDefId};

    fn layout(ty: Ty) -> Layout {
        (*Layouts::new(&Program::default()).of(ty)).clone()
    }

    fn int8() -> Ty {
        Ty::new(TyKind::Int(IntTy::Int8))
    }

    #[test]
    fn padding_is_not_flat() {
        let padded = layout(Ty::tuple(vec![int8(), Ty::int()]));
        assert_eq!((padded.size, padded.align, padded.flat), (16, 8, false));
        let packed = layout(Ty::tuple(vec![Ty::int(), Ty::int()]));
        assert_eq!((packed.size, packed.flat), (16, true));
    }

    #[test]
    fn optionals_have_three_forms() {
        let form = |ty: Ty| match layout(Ty::optional(ty)).shape {
            Shape::Optional { form, .. } => form,
            shape => panic!("{shape:?}"),
        };
        assert_eq!(form(Ty::int()), OptionalForm::Tagged(8));
        assert_eq!(form(int8()), OptionalForm::Tagged(1));
        assert_eq!(form(Ty::any()), OptionalForm::Niche);
    }

    #[test]
    fn a_type_in_itself_is_a_box() {
        let node = Ty::new(TyKind::Named(TypeDefId(0), Vec::new()));
        let field =
            |name: &str, ty: Ty| FieldTy { name: Symbol::intern(name), ty, embedded: false, tag: None };
        let fields = vec![field("value", Ty::int()), field("next", Ty::optional(node))];
        let mut program = Program::default();
        program.types.push(TypeDef {
            name: Symbol::intern("Node"),
            package: None,
            span: Span::default(),
            params: Vec::new(),
            underlying: Ty::new(TyKind::Struct(fields)),
            methods: Vec::new(),
        });
        let layouts = Layouts::new(&program);
        assert_eq!(layouts.of(node).size, 16);
        let next = layouts.of(Ty::optional(node));
        assert_eq!(next.shape, Shape::Optional { inner: node, form: OptionalForm::Boxed });
    }

    #[test]
    fn pointers_are_known_when_all_values_have_them_in_the_same_words() {
        let program = Program::default();
        let layouts = Layouts::new(&program);
        let pointers = |ty: TyKind| layouts.pointers(Ty::new(ty));
        assert_eq!(pointers(TyKind::String), Some(1));
        assert_eq!(pointers(TyKind::Array(3, Ty::string())), Some(0b1_001_001));
        assert_eq!(pointers(TyKind::Tuple(vec![Ty::int(), Ty::string()])), Some(0b10));
        assert_eq!(pointers(TyKind::Optional(Ty::string())), None);
        assert_eq!(pointers(TyKind::Array(64, Ty::string())), None);
        assert_eq!(pointers(TyKind::Counter), None);
        assert_eq!(pointers(TyKind::Array(1000, Ty::int())), Some(0));
    }

    #[test]
    fn what_holds_handles_only_needs_no_marks() {
        let program = Program::default();
        let layouts = Layouts::new(&program);
        let only = |parts: Vec<Ty>| layouts.holds_handles_only(Ty::tuple(parts));
        let counter = || Ty::new(TyKind::Counter);
        assert!(only(vec![Ty::int(), counter(), Ty::new(TyKind::Array(3, counter()))]));
        assert!(!only(vec![counter(), Ty::string()]));
        assert!(!only(vec![counter(), Ty::slice(counter())]));
    }

    #[test]
    fn large_values_have_no_leaves() {
        assert!(layout(Ty::new(TyKind::Array(8, Ty::int()))).leaves.is_some());
        assert!(layout(Ty::new(TyKind::Array(9, Ty::int()))).leaves.is_none());
    }
}
