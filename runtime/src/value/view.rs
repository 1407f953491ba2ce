//! How safe code looks into a value: a descriptor and a place, and what it says about the parts.

use std::marker::PhantomData;

use super::map;
use crate::abi::layout::{FieldDesc, Header, Interface, Slice, TypeDesc, TypeKind};
use crate::abi::native::lent_bytes;

/// A value lent for `'a`.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    desc: &'static TypeDesc,
    at: *const u8,
    lent: PhantomData<&'a ()>,
}

impl<'a> Value<'a> {
    /// # Safety
    /// `at` holds a value of type `desc`, alive and unchanged for `'a`.
    pub unsafe fn new(desc: &'static TypeDesc, at: *const u8) -> Value<'a> {
        Value { desc, at, lent: PhantomData }
    }

    pub fn desc(&self) -> &'static TypeDesc {
        self.desc
    }

    pub fn kind(&self) -> TypeKind {
        self.desc.kind
    }

    /// Where it is, for what goes on in raw terms (retaining it, say).
    pub fn place(&self) -> *const u8 {
        self.at
    }

    fn part(&self, desc: &'static TypeDesc, offset: usize) -> Value<'a> {
        Value { desc, at: self.at.wrapping_add(offset), lent: PhantomData }
    }

    fn read<T: Copy>(&self) -> T {
        debug_assert!(size_of::<T>() <= self.desc.bytes());
        // SAFETY: a value of this kind starts with a `T`, as each caller has looked up (rule 1).
        unsafe { self.at.cast::<T>().read() }
    }

    /// The bytes that it takes.
    pub fn raw(&self) -> &'a [u8] {
        if self.desc.bytes() == 0 {
            return &[];
        }
        // SAFETY: rule 1.
        unsafe { std::slice::from_raw_parts(self.at, self.desc.bytes()) }
    }

    /// A `bool`.
    pub fn bool(&self) -> bool {
        self.read::<u8>() != 0
    }

    /// A signed integer of any size, or a duration.
    pub fn int(&self) -> i64 {
        match self.kind() {
            TypeKind::Int8 => self.read::<i8>().into(),
            TypeKind::Int16 => self.read::<i16>().into(),
            TypeKind::Int32 => self.read::<i32>().into(),
            _ => self.read::<i64>(),
        }
    }

    /// An unsigned integer of any size.
    pub fn uint(&self) -> u64 {
        match self.kind() {
            TypeKind::Uint8 => self.read::<u8>().into(),
            TypeKind::Uint16 => self.read::<u16>().into(),
            TypeKind::Uint32 => self.read::<u32>().into(),
            _ => self.read::<u64>(),
        }
    }

    /// A float of either size.
    pub fn float(&self) -> f64 {
        if self.kind() == TypeKind::Float32 { self.read::<f32>().into() } else { self.read::<f64>() }
    }

    /// The bytes of a string, or of a slice of bytes.
    pub fn bytes(&self) -> &'a [u8] {
        let slice = self.read::<Slice>();
        // SAFETY: the value is lent for `'a`, and its elements with it.
        unsafe { lent_bytes(&slice) }
    }

    /// Length of a slice or array.
    pub fn len(&self) -> usize {
        match self.kind() {
            TypeKind::Array => self.desc.len as usize,
            _ => self.read::<Slice>().len as usize,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// An element of a slice or array.
    pub fn element(&self, index: usize) -> Value<'a> {
        assert!(index < self.len(), "an element that is not there");
        let elem = self.desc.elem();
        let start = match self.kind() {
            TypeKind::Array => self.at,
            _ => self.read::<Slice>().ptr.cast_const(),
        };
        Value { desc: elem, at: start.wrapping_add(index * elem.bytes()), lent: PhantomData }
    }

    pub fn elements(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let of = *self;
        (0..of.len()).map(move |i| of.element(i))
    }

    /// All elements of a slice or array as they stand in memory.
    pub fn raw_elements(&self) -> &'a [u8] {
        match self.kind() {
            TypeKind::Array => self.raw(),
            _ => {
                let mut slice = self.read::<Slice>();
                slice.len *= self.desc.elem().size as i64;
                // SAFETY: as many bytes as the elements take.
                unsafe { lent_bytes(&slice) }
            }
        }
    }

    /// A field of a struct, tuple or enum case; null boxes (of a zero value) give nothing.
    pub fn field(&self, field: &'static FieldDesc) -> Option<Value<'a>> {
        let slot = self.part(field.ty(), field.offset as usize);
        if field.boxed() { slot.boxed(field.ty()) } else { Some(slot) }
    }

    /// What the box holds whose address stands here.
    fn boxed(&self, desc: &'static TypeDesc) -> Option<Value<'a>> {
        // SAFETY: the place holds a pointer to a box, or null (rule 1).
        let header = unsafe { self.at.cast::<*const Header>().read() };
        if header.is_null() {
            return None;
        }
        Some(Value { desc, at: header.cast::<u8>().wrapping_add(Header::SIZE), lent: PhantomData })
    }

    /// Number of an enum's case.
    pub fn case(&self) -> usize {
        self.read::<u64>() as usize
    }

    /// What is in an optional.
    pub fn some(&self) -> Option<Value<'a>> {
        let elem = self.desc.elem();
        if self.desc.has(TypeDesc::BOXED) {
            self.boxed(elem)
        } else if self.desc.has(TypeDesc::NICHE) {
            (self.word() != 0).then_some(self.part(elem, 0))
        } else {
            (self.read::<u8>() != 0).then_some(self.part(elem, self.desc.len as usize))
        }
    }

    /// What is in a result.
    pub fn result(&self) -> Result<Value<'a>, Value<'a>> {
        if self.read::<u8>() == 0 {
            Ok(self.part(self.desc.elem(), self.desc.len as usize))
        } else {
            Err(self.part(self.desc.key(), self.desc.other as usize))
        }
    }

    /// What is in an interface.
    pub fn dynamic(&self) -> Option<Value<'a>> {
        let at = self.at.cast::<Interface>();
        // SAFETY: rule 1; an interface's word or box lives as long as it.
        unsafe {
            let desc: &'static TypeDesc = (*at).desc.as_ref()?;
            let data = &raw const (*at).data;
            let at = if desc.in_word() {
                data.cast::<u8>()
            } else {
                (data.read() as *const u8).wrapping_add(Header::SIZE)
            };
            Some(Value { desc, at, lent: PhantomData })
        }
    }

    /// The one word of a map, function or handle: null or an address.
    pub fn word(&self) -> u64 {
        self.read::<u64>()
    }

    /// Keys and values of a map, in the order of insertion.
    pub fn entries(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> + use<'a> {
        let (key, value) = (self.desc.key(), self.desc.elem());
        map::places(self.word() as *mut map::MapObject).map(move |(k, v)| {
            (Value { desc: key, at: k, lent: PhantomData }, Value { desc: value, at: v, lent: PhantomData })
        })
    }

    pub fn map_len(&self) -> usize {
        map::len(self.word() as *const map::MapObject)
    }

    /// Where a slice's elements start, for `%p`.
    pub fn pointer(&self) -> u64 {
        match self.kind() {
            TypeKind::Slice => self.read::<Slice>().ptr as u64,
            _ => self.word(),
        }
    }

    /// A reference to the value, as an interface value of its own (`any`).
    pub fn to_interface(&self) -> Interface {
        let desc = self.desc;
        if desc.in_word() {
            let mut word = [0; 8];
            word[..desc.bytes()].copy_from_slice(self.raw());
            // SAFETY: the value is alive; the copy is another reference to what it holds.
            unsafe { super::count::retain_value(desc, self.at) };
            return Interface { desc, data: u64::from_ne_bytes(word) };
        }
        let header =
            super::heap::new_object(crate::abi::layout::ObjectKind::Box, desc, super::heap::box_size(desc));
        // SAFETY: the box has room for the value, which is alive.
        unsafe {
            let at = header.cast::<u8>().add(Header::SIZE);
            std::ptr::copy_nonoverlapping(self.at, at, desc.bytes());
            super::count::retain_value(desc, at);
        }
        Interface { desc, data: header as u64 }
    }
}

/// A value that native code has on its own stack, seen as a Goo value.
pub fn local<'a, T>(desc: &'static TypeDesc, value: &'a T) -> Value<'a> {
    assert_eq!(size_of::<T>(), desc.bytes(), "a value of another type");
    // SAFETY: the caller says what type it has; the size agrees.
    unsafe { Value::new(desc, std::ptr::from_ref(value).cast()) }
}

/// The elements of a storage-backed slice of `any`.
pub fn interfaces<'a>(desc: &'static TypeDesc, slice: &'a [Interface]) -> impl Iterator<Item = Value<'a>> {
    slice.iter().map(move |interface| local(desc, interface))
}

/// `any`.
pub static ANY: TypeDesc =
    super::desc::plain(TypeKind::Interface, "interface {}", 16, TypeDesc::COUNTED | TypeDesc::PRINTS_ITSELF);

const _: () = assert!(size_of::<Interface>() == 16);
