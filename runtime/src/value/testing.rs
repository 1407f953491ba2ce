//! Types and values for tests: descriptors as the compiler would write them.

use std::ptr::null;

use super::desc::{STRING, plain};
use super::slice;
use super::view::{Value, local};
use crate::abi::layout::{FieldDesc, Interface, Slice, Text, TypeDesc, TypeKind};

static IDS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);

pub fn text(name: &'static str) -> Text {
    Text { ptr: name.as_ptr(), len: name.len() as u64 }
}

/// A type of its own identity, for the life of the process.
pub fn leak(mut desc: TypeDesc) -> &'static TypeDesc {
    desc.id = IDS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Box::leak(Box::new(desc))
}

pub fn scalar(kind: TypeKind, name: &'static str, size: u64) -> &'static TypeDesc {
    let float = matches!(kind, TypeKind::Float32 | TypeKind::Float64);
    leak(plain(kind, name, size, if float { 0 } else { TypeDesc::FLAT }))
}

pub fn slice_of(elem: &'static TypeDesc, name: &'static str) -> &'static TypeDesc {
    leak(TypeDesc { elem, ..plain(TypeKind::Slice, name, 24, TypeDesc::COUNTED) })
}

pub fn map_of(key: &'static TypeDesc, elem: &'static TypeDesc, name: &'static str) -> &'static TypeDesc {
    leak(TypeDesc { elem, key, ..plain(TypeKind::Map, name, 8, TypeDesc::COUNTED) })
}

/// A struct with these fields, side by side.
pub fn structure(name: &'static str, fields: &[(&'static str, &'static TypeDesc)]) -> &'static TypeDesc {
    let mut offset = 0;
    let mut flags = TypeDesc::DECLARED;
    let mut descs = Vec::new();
    for (name, ty) in fields {
        offset = u64::next_multiple_of(offset, ty.align.into());
        descs.push(FieldDesc { name: text(name), ty: *ty, offset, flags: 0 });
        offset += ty.size;
        flags |= ty.flags & TypeDesc::COUNTED;
    }
    let descs = descs.leak();
    leak(TypeDesc {
        fields: descs.as_ptr(),
        field_count: descs.len() as u64,
        align: 8,
        ..plain(TypeKind::Struct, name, offset.next_multiple_of(8), flags)
    })
}

/// `*T?` cut by a box: what a list holds of its next node. The element is set later, since it holds this.
pub fn boxed_optional(name: &'static str) -> &'static mut TypeDesc {
    Box::leak(Box::new(TypeDesc {
        elem: null(),
        ..plain(TypeKind::Optional, name, 8, TypeDesc::COUNTED | TypeDesc::BOXED)
    }))
}

/// An `any` of a value, which stays the caller's.
pub fn any<T>(desc: &'static TypeDesc, value: &T) -> Interface {
    local(desc, value).to_interface()
}

pub fn string(text: &str) -> Slice {
    slice::from_bytes(text.as_bytes())
}

/// An `any` of this string.
pub fn any_string(text: &str) -> Interface {
    let string = string(text);
    let any = any(&STRING, &string);
    // SAFETY: the interface has its own reference.
    unsafe { string.release() };
    any
}

/// Gives up a value that a test made.
pub fn drop_value<T>(desc: &'static TypeDesc, mut value: T) {
    assert_eq!(size_of::<T>(), desc.bytes());
    // SAFETY: the value is of this type, and not used again.
    unsafe { super::count::release_value(desc, (&raw mut value).cast()) }
}

pub fn view<'a, T>(desc: &'static TypeDesc, value: &'a T) -> Value<'a> {
    local(desc, value)
}
