//! Which of two values is first, when a map is printed: Go's `internal/fmtsort`.

use std::cmp::Ordering;

use super::view::Value;
use crate::abi::layout::TypeKind;

/// Compares two values of one type.
pub fn compare(a: Value<'_>, b: Value<'_>) -> Ordering {
    match a.kind() {
        TypeKind::Bool => a.bool().cmp(&b.bool()),
        TypeKind::Int
        | TypeKind::Int8
        | TypeKind::Int16
        | TypeKind::Int32
        | TypeKind::Int64
        | TypeKind::Duration => a.int().cmp(&b.int()),
        TypeKind::Uint
        | TypeKind::Uint8
        | TypeKind::Uint16
        | TypeKind::Uint32
        | TypeKind::Uint64
        | TypeKind::Uintptr => a.uint().cmp(&b.uint()),
        TypeKind::Float32 | TypeKind::Float64 => floats(a.float(), b.float()),
        TypeKind::String => a.bytes().cmp(b.bytes()),
        TypeKind::Slice | TypeKind::Array => sequence(a.elements(), b.elements()),
        TypeKind::Struct | TypeKind::Tuple => {
            let fields = a.desc().fields().iter();
            in_order(fields.map(|field| options(a.field(field), b.field(field))))
        }
        TypeKind::Enum => a.case().cmp(&b.case()).then_with(|| {
            let fields = a.desc().cases()[a.case()].fields().iter();
            in_order(fields.map(|field| options(a.field(field), b.field(field))))
        }),
        TypeKind::Optional => options(a.some(), b.some()),
        TypeKind::Interface => match (a.dynamic(), b.dynamic()) {
            (Some(x), Some(y)) if x.desc().id != y.desc().id => {
                (x.kind() as u8, x.desc().name()).cmp(&(y.kind() as u8, y.desc().name()))
            }
            (x, y) => options(x, y),
        },
        TypeKind::Map => sequence(a.entries().map(|(k, _)| k), b.entries().map(|(k, _)| k)),
        TypeKind::Unit => Ordering::Equal,
        _ => a.raw().cmp(b.raw()),
    }
}

/// NaN before everything, as Go sorts.
fn floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

fn options(a: Option<Value<'_>>, b: Option<Value<'_>>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn in_order(mut parts: impl Iterator<Item = Ordering>) -> Ordering {
    parts.find(|part| part.is_ne()).unwrap_or(Ordering::Equal)
}

fn sequence<'a>(mut a: impl Iterator<Item = Value<'a>>, mut b: impl Iterator<Item = Value<'a>>) -> Ordering {
    loop {
        match (a.next(), b.next()) {
            (Some(x), Some(y)) => match compare(x, y) {
                Ordering::Equal => {}
                found => return found,
            },
            (x, y) => return x.is_some().cmp(&y.is_some()),
        }
    }
}
