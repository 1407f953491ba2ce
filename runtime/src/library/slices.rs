//! Package `slices`: sorting what has an order of its own.

use crate::abi::layout::{Slice, TypeDesc, TypeKind};
use crate::natives;
use crate::value::slice;

/// The elements, to be put into another order.
///
/// # Safety
/// The slice is the only one on its storage, and its elements have the layout of `T`.
pub(super) unsafe fn elements<'a, T>(of: &Slice) -> &'a mut [T] {
    if of.len == 0 {
        return &mut [];
    }
    // SAFETY: as the caller owes.
    unsafe { std::slice::from_raw_parts_mut(of.ptr.cast::<T>(), of.len as usize) }
}

/// NaN first, then by value.
fn float_order<T: PartialOrd + Into<f64> + Copy>(a: &T, b: &T) -> std::cmp::Ordering {
    let number = |value: T| !value.into().is_nan();
    a.partial_cmp(b).unwrap_or_else(|| number(*a).cmp(&number(*b)))
}

fn sort(elem: &TypeDesc, of: &Slice) {
    // SAFETY: the slice has been made unique; each kind has the layout of the type that stands for it. Strings are moved
    // about as they are, and counts stay as they were.
    unsafe {
        match elem.kind {
            TypeKind::Int | TypeKind::Int64 | TypeKind::Duration => elements::<i64>(of).sort_unstable(),
            TypeKind::Int32 => elements::<i32>(of).sort_unstable(),
            TypeKind::Int16 => elements::<i16>(of).sort_unstable(),
            TypeKind::Int8 => elements::<i8>(of).sort_unstable(),
            TypeKind::Uint | TypeKind::Uint64 | TypeKind::Uintptr => elements::<u64>(of).sort_unstable(),
            TypeKind::Uint32 => elements::<u32>(of).sort_unstable(),
            TypeKind::Uint16 => elements::<u16>(of).sort_unstable(),
            TypeKind::Uint8 => elements::<u8>(of).sort_unstable(),
            TypeKind::Float64 => elements::<f64>(of).sort_by(float_order),
            TypeKind::Float32 => elements::<f32>(of).sort_by(float_order),
            TypeKind::String => {
                elements::<Slice>(of)
                    .sort_by(|a, b| crate::abi::native::lent_bytes(a).cmp(crate::abi::native::lent_bytes(b)));
            }
            _ => unreachable!("a type that has no order"),
        }
    }
}

natives! { pub static SLICES;
    /// `func sortOrdered[E any](x *[]E)`
    Pure fn goo_slices_sortOrdered[elem](x: Ref(Slice)) {
        // SAFETY: the caller's slice, of this element type.
        unsafe { slice::make_unique(elem, x) };
        sort(elem, x);
    }
}
