//! The atomics of the protocols: std's, or loom's in its models.

#[cfg(loom)]
pub use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
pub use loom::thread::yield_now;
#[cfg(not(loom))]
pub use std::hint::spin_loop;
#[cfg(not(loom))]
pub use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub use std::thread::yield_now;

/// The cheap half of an asymmetric barrier: where [`asymmetric_barriers`] holds, it only keeps the compiler from
/// reordering, and [`heavy_barrier`] on another thread makes up for it.
#[inline]
pub fn light_barrier() {
    #[cfg(all(target_os = "linux", not(loom)))]
    if asymmetric::available() {
        std::sync::atomic::compiler_fence(Ordering::SeqCst);
        return;
    }
    fence(Ordering::SeqCst);
}

/// Whether [`light_barrier`] costs nothing. Once it holds, it does for ever.
#[inline]
pub fn asymmetric_barriers() -> bool {
    #[cfg(all(target_os = "linux", not(loom)))]
    return asymmetric::available();
    #[cfg(not(all(target_os = "linux", not(loom))))]
    return cfg!(loom);
}

/// [`light_barrier`], for who knows that [`asymmetric_barriers`] hold.
#[inline]
pub fn owner_barrier() {
    #[cfg(loom)]
    fence(Ordering::SeqCst);
    #[cfg(not(loom))]
    std::sync::atomic::compiler_fence(Ordering::SeqCst);
}

/// The dear half: every thread of the process passes a full barrier before this returns.
pub fn heavy_barrier() {
    #[cfg(all(target_os = "linux", not(loom)))]
    if asymmetric::available() {
        asymmetric::membarrier();
        return;
    }
    fence(Ordering::SeqCst);
}

/// Asks the kernel for `membarrier`; without it both halves are full fences.
pub fn prepare_barriers() {
    #[cfg(all(target_os = "linux", not(loom)))]
    asymmetric::prepare();
}

#[cfg(all(target_os = "linux", not(loom)))]
mod asymmetric {
    use std::sync::atomic::{AtomicBool, Ordering};

    static AVAILABLE: AtomicBool = AtomicBool::new(false);

    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;

    #[inline]
    pub fn available() -> bool {
        AVAILABLE.load(Ordering::Relaxed)
    }

    pub fn prepare() {
        // SAFETY: the system call takes plain integers.
        let registered = unsafe { libc::syscall(libc::SYS_membarrier, REGISTER_PRIVATE_EXPEDITED, 0) } == 0;
        // Never taken back: a thread that has seen it available may rely on it for ever.
        if registered {
            AVAILABLE.store(true, Ordering::Relaxed);
        }
    }

    pub fn membarrier() {
        // SAFETY: the system call takes plain integers.
        let result = unsafe { libc::syscall(libc::SYS_membarrier, PRIVATE_EXPEDITED, 0) };
        debug_assert_eq!(result, 0, "registered before");
    }
}
