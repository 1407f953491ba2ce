//! Declares natives and their table entries in one place, so that the two cannot differ.
//!
//! ```ignore
//! natives! { pub static STRINGS;
//!     /// `a + b`.
//!     Plain fn goo_string_concat(a: Bytes, b: Bytes) -> Slice { concat(&[a, b]) }
//!     /// Crashes when out of range.
//!     Crash fn goo_string_range(ctx, s: Slice, lo: I64, hi: I64) -> Slice { range(s, lo, hi)? … Ok(…) }
//!     /// Neither crashes nor sees the context.
//!     Pure fn goo_string_equal(a: Bytes, b: Bytes) -> I64 { a == b }
//! }
//! ```
//!
//! - Kinds: `Plain` (the body is the result), `Crash` (the body is a `Result<_, Crash>`; a `Plain` entry of the table),
//!   `Pure`, `Raw` (a `Plain` entry whose body gives the [`Status`] itself), and `Blocking` (a `Suspends` entry: the body gives work for
//!   a thread that may block, and what makes the result of it, for a function `later` in scope).
//! - `[elem]` behind the name binds the call's type descriptors, as `&'static TypeDesc`.
//! - Parameters: `I64`, `F64`, `F32`, `Slice`, `Address` (`*mut u8`); `Bytes` is a slice seen as `&[u8]`; `Slots(T)` a slice seen
//!   as `&[T]`; `In(T)` and `Ref(T)` an address seen as `&T` and `&mut T`.
//! - Results: `I64` (anything that is [`Scalar`]), `F64`, `F32`, `Slice`, `Address(T)` (a `T` is written to `out`).

use super::layout::{Slice, Status};

/// What a 64-bit register holds.
pub trait Scalar {
    fn scalar(self) -> i64;
}

macro_rules! scalars {
    ($($ty:ty),*) => { $(impl Scalar for $ty { fn scalar(self) -> i64 { self as i64 } })* };
}
scalars!(bool, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, char);

impl<T> Scalar for *mut T {
    fn scalar(self) -> i64 {
        self as i64
    }
}

impl<T> Scalar for *const T {
    fn scalar(self) -> i64 {
        self as i64
    }
}

/// The bytes of a string or `[]byte` that a caller lends for the duration of a call.
///
/// # Safety
/// `slice` is a live string or slice of single bytes, lent for `'a`.
pub unsafe fn lent_bytes<'a>(slice: &Slice) -> &'a [u8] {
    // SAFETY: as the caller owes.
    unsafe { lent_slots(slice) }
}

/// The elements of a slice that a caller lends for the duration of a call.
///
/// # Safety
/// `slice` is a live slice whose elements have the layout of `T`, lent for `'a`.
pub unsafe fn lent_slots<'a, T>(slice: &Slice) -> &'a [T] {
    if slice.len == 0 {
        return &[];
    }
    // SAFETY: as the caller owes.
    unsafe { std::slice::from_raw_parts(slice.ptr.cast::<T>(), slice.len as usize) }
}

/// Ends a call that may have crashed.
pub fn finish<R>(
    ctx: *mut super::layout::Context,
    result: Result<R, crate::value::Crash>,
    write: impl FnOnce(R),
) -> Status {
    match result {
        Ok(value) => {
            write(value);
            Status::Returned
        }
        Err(crash) => crate::task::crash(ctx, crash.0),
    }
}

/// See the [module](self).
#[macro_export]
macro_rules! natives {
    ($vis:vis static $group:ident; $(
        $(#[$meta:meta])*
        $kind:ident fn $name:ident $([$($ty:ident),*])? ($($args:tt)*) $(-> $ret:ident $(($rty:ty))?)? $body:block
    )*) => {
        $($crate::native! {
            @munch { $(#[$meta])* } $kind $name [$($($ty),*)?] {ctx} [] [] ($($args)*) [$($ret $(($rty))?)?] $body
        })*
        $vis static $group: &[$crate::abi::table::Entry] = &[
            $($crate::abi::table::Entry {
                name: stringify!($name),
                // SAFETY: a function pointer under another type; it is called with the signature of this entry only.
                symbol: unsafe {
                    std::mem::transmute::<*const (), unsafe extern "C" fn()>($name as *const ())
                },
                types: <[&str]>::len(&[$($(stringify!($ty)),*)?]) as u8,
                params: $crate::native_abis!([] $($args)*),
                result: $crate::native_result!($($ret)?),
                kind: $crate::native_kind!($kind),
            }),*
        ];
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! native_kind {
    (Pure) => {
        $crate::abi::table::Kind::Pure
    };
    (Suspends) => {
        $crate::abi::table::Kind::Suspends
    };
    (Blocking) => {
        $crate::abi::table::Kind::Suspends
    };
    (Direct) => {
        $crate::abi::table::Kind::Direct
    };
    ($other:ident) => {
        $crate::abi::table::Kind::Plain
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! native_result {
    () => {
        None
    };
    ($ret:ident) => {
        Some($crate::abi::table::Abi::$ret)
    };
}

#[macro_export]
#[doc(hidden)]
macro_rules! native_abis {
    ([$($done:tt)*]) => { &[$($done)*] };
    ([$($done:tt)*] $a:ident : Bytes $(, $($rest:tt)*)?) => { $crate::native_abis!([$($done)* $crate::abi::table::Abi::Slice,] $($($rest)*)?) };
    ([$($done:tt)*] $a:ident : Slots($ty:ty) $(, $($rest:tt)*)?) => { $crate::native_abis!([$($done)* $crate::abi::table::Abi::Slice,] $($($rest)*)?) };
    ([$($done:tt)*] $a:ident : In($ty:ty) $(, $($rest:tt)*)?) => { $crate::native_abis!([$($done)* $crate::abi::table::Abi::Address,] $($($rest)*)?) };
    ([$($done:tt)*] $a:ident : Ref($ty:ty) $(, $($rest:tt)*)?) => { $crate::native_abis!([$($done)* $crate::abi::table::Abi::Address,] $($($rest)*)?) };
    ([$($done:tt)*] $a:ident : $abi:ident $(, $($rest:tt)*)?) => { $crate::native_abis!([$($done)* $crate::abi::table::Abi::$abi,] $($($rest)*)?) };
    ([$($done:tt)*] $ctx:ident $(, $($rest:tt)*)?) => { $crate::native_abis!([$($done)*] $($($rest)*)?) };
}

// Parameters are taken one by one: each step adds the C parameters and the bindings of one. The names `owner`, `ptr` and `len`
// of different steps are different names, by hygiene.
#[macro_export]
#[doc(hidden)]
macro_rules! native {
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : Slice $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c}
            [$($p)* owner: *mut $crate::abi::layout::Storage, ptr: *mut u8, len: i64,]
            [$($b)* let $a = $crate::abi::layout::Slice { owner, ptr, len };]
            ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : Bytes $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c}
            [$($p)* owner: *mut $crate::abi::layout::Storage, ptr: *mut u8, len: i64,]
            // SAFETY: the argument is a string or byte slice, lent for this call.
            [$($b)* let $a = unsafe { $crate::abi::native::lent_bytes(&$crate::abi::layout::Slice { owner, ptr, len }) };]
            ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : Slots($ty:ty) $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c}
            [$($p)* owner: *mut $crate::abi::layout::Storage, ptr: *mut u8, len: i64,]
            // SAFETY: the argument is a slice of this element type, lent for this call.
            [$($b)* let $a = unsafe { $crate::abi::native::lent_slots::<$ty>(&$crate::abi::layout::Slice { owner, ptr, len }) };]
            ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : In($ty:ty) $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c} [$($p)* address: *const $ty,]
            // SAFETY: the argument is the address of a value of this type, lent for this call.
            [$($b)* let $a = unsafe { &*address };]
            ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : Ref($ty:ty) $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c} [$($p)* address: *mut $ty,]
            // SAFETY: the argument is the address of the caller's variable of this type, its alone for this call.
            [$($b)* let $a = unsafe { &mut *address };]
            ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : I64 $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c} [$($p)* $a: i64,] [$($b)*] ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : F64 $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c} [$($p)* $a: f64,] [$($b)*] ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : F32 $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c} [$($p)* $a: f32,] [$($b)*] ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} [$($p:tt)*] [$($b:tt)*] ($a:ident : Address $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$c} [$($p)* $a: *mut u8,] [$($b)*] ($($($rest)*)?) $r $body }
    };
    (@munch $m:tt $k:ident $n:ident $t:tt {$c:ident} $p:tt $b:tt ($ctx:ident $(, $($rest:tt)*)?) $r:tt $body:block) => {
        $crate::native! { @munch $m $k $n $t {$ctx} $p $b ($($($rest)*)?) $r $body }
    };

    // Pure: results in registers.
    (@munch {$($m:tt)*} Pure $n:ident [$($t:ident),*] {$c:ident} [$($p:tt)*] [$($b:tt)*] () $r:tt $body:block) => {
        $crate::native! { @pure {$($m)*} $n [$($t),*] [$($p)*] [$($b)*] $r $body }
    };
    (@pure {$($m:tt)*} $n:ident [$($t:ident),*] [$($p:tt)*] [$($b:tt)*] [] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n($($t: &'static $crate::abi::layout::TypeDesc,)* $($p)*) { $($b)* $body }
    };
    (@pure {$($m:tt)*} $n:ident [$($t:ident),*] [$($p:tt)*] [$($b:tt)*] [I64] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n($($t: &'static $crate::abi::layout::TypeDesc,)* $($p)*) -> i64 {
            $($b)* $crate::abi::native::Scalar::scalar($body)
        }
    };
    (@pure {$($m:tt)*} $n:ident [$($t:ident),*] [$($p:tt)*] [$($b:tt)*] [F64] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n($($t: &'static $crate::abi::layout::TypeDesc,)* $($p)*) -> f64 { $($b)* $body }
    };
    (@pure {$($m:tt)*} $n:ident [$($t:ident),*] [$($p:tt)*] [$($b:tt)*] [F32] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n($($t: &'static $crate::abi::layout::TypeDesc,)* $($p)*) -> f32 { $($b)* $body }
    };

    (@munch {$($m:tt)*} Direct $n:ident [$($t:ident),*] {$c:ident} [$($p:tt)*] [$($b:tt)*] () [$($r:ident)?] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n(
            $c: *mut $crate::abi::layout::Context, $($t: &'static $crate::abi::layout::TypeDesc,)* $($p)*
        ) -> i64 { let _ = $c; $($b)* $crate::abi::native::Scalar::scalar($body) }
    };

    (@munch {$($m:tt)*} Raw $n:ident [$($t:ident),*] {$c:ident} [$($p:tt)*] [$($b:tt)*] () [] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n(
            $c: *mut $crate::abi::layout::Context, $($t: &'static $crate::abi::layout::TypeDesc,)* $($p)*
        ) -> $crate::abi::layout::Status { let _ = $c; $($b)* $body }
    };

    (@munch {$($m:tt)*} Blocking $n:ident [$($t:ident),*] {$c:ident} [$($p:tt)*] [$($b:tt)*] () [Address ($ty:ty)] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n(
            $c: *mut $crate::abi::layout::Context, $($t: &'static $crate::abi::layout::TypeDesc,)* out: *mut $ty, $($p)*
        ) -> $crate::abi::layout::Status {
            $($b)*
            let (work, then) = $body;
            // SAFETY: a task runs, on this context's worker; `out` is where the caller wants the result.
            unsafe { later($c, out, work, then) }
        }
    };

    // Plain and Crash: results through `out`.
    (@munch $m:tt Plain $n:ident $t:tt {$c:ident} $p:tt [$($b:tt)*] () $r:tt $body:block) => {
        $crate::native! { @out $m $n $t {$c} $p $r { $($b)* Ok($body) } }
    };
    (@munch $m:tt Crash $n:ident $t:tt {$c:ident} $p:tt [$($b:tt)*] () $r:tt $body:block) => {
        $crate::native! { @out $m $n $t {$c} $p $r { $($b)* $body } }
    };
    (@out {$($m:tt)*} $n:ident [$($t:ident),*] {$c:ident} [$($p:tt)*] [] $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n(
            $c: *mut $crate::abi::layout::Context, $($t: &'static $crate::abi::layout::TypeDesc,)* $($p)*
        ) -> $crate::abi::layout::Status {
            let run = || -> Result<(), $crate::value::Crash> { $body };
            $crate::abi::native::finish($c, run(), |()| ())
        }
    };
    (@out $m:tt $n:ident $t:tt $c:tt $p:tt [I64] $body:block) => {
        $crate::native! { @write $m $n $t $c $p [i64] $crate::abi::native::Scalar::scalar, $body }
    };
    (@out $m:tt $n:ident $t:tt $c:tt $p:tt [F64] $body:block) => {
        $crate::native! { @write $m $n $t $c $p [f64] std::convert::identity::<f64>, $body }
    };
    (@out $m:tt $n:ident $t:tt $c:tt $p:tt [F32] $body:block) => {
        $crate::native! { @write $m $n $t $c $p [f32] std::convert::identity::<f32>, $body }
    };
    (@out $m:tt $n:ident $t:tt $c:tt $p:tt [Slice] $body:block) => {
        $crate::native! { @write $m $n $t $c $p [$crate::abi::layout::Slice] std::convert::identity::<$crate::abi::layout::Slice>, $body }
    };
    (@out $m:tt $n:ident $t:tt $c:tt $p:tt [Address ($ty:ty)] $body:block) => {
        $crate::native! { @write $m $n $t $c $p [$ty] std::convert::identity::<$ty>, $body }
    };
    (@write {$($m:tt)*} $n:ident [$($t:ident),*] {$c:ident} [$($p:tt)*] [$ty:ty] $conv:expr, $body:block) => {
        $($m)* #[allow(clippy::not_unsafe_ptr_arg_deref, reason = "called by compiled code only, as the table says")]
        #[unsafe(no_mangle)]
        pub extern "C" fn $n(
            $c: *mut $crate::abi::layout::Context, $($t: &'static $crate::abi::layout::TypeDesc,)* out: *mut $ty, $($p)*
        ) -> $crate::abi::layout::Status {
            let run = || -> Result<_, $crate::value::Crash> { $body };
            // SAFETY: `out` is where the caller wants the result: room for this type, uninitialised.
            $crate::abi::native::finish($c, run(), |value| unsafe { out.write($conv(value)) })
        }
    };
}
