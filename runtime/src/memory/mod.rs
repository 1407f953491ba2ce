//! Where memory comes from: [`regions`] of address space, cut into slabs; [`pool`]: small blocks by size, kept by each worker;
//! [`large`]: mappings of their own.
//!
//! Everything between, and what the runtime's own Rust code needs, comes from mimalloc: see [`heap`](crate::value::heap).

pub mod large;
pub mod pool;
pub mod regions;

/// Asks for what stands at this address (128 bytes of it), which is to be looked at soon; any address will do.
#[inline]
pub fn prefetch<T>(at: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: prefetching reads nothing.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(at.cast());
            _mm_prefetch::<_MM_HINT_T0>(at.cast::<i8>().wrapping_add(64));
        }
    }
    let _ = at;
}
