//! The boundary between compiled code and the runtime: shared layouts ([`layout`]) and, in `table.rs`, each function that compiled code may call.
//!
//! # The convention of runtime functions
//!
//! `extern "C" fn goo_name(ctx: *mut Context, types…: *const TypeDesc, out: *mut R, arguments…) -> Status`
//!
//! - `types`: descriptors of the call's type arguments, if the table says how many.
//! - `out`: only where there is a result; where it goes, uninitialised memory, owned by the caller afterwards.
//! - arguments are borrowed. A scalar (also pointer-like: map, channel, function, handle) is itself, in a 64-bit register (floats
//!   as `f64`/`f32`; small integers extended as their type says); a string or slice is its three words; anything else, and any
//!   argument of type parameter type ("by address" in the table), is a pointer to it.
//! - A function that may suspend says so in the table. When it returns `Suspended`, the caller stores its frame; when the task is resumed,
//!   compiled code calls `goo_resume(ctx, out) -> Status` in its place (again, until it is not `Suspended`), with the same `out`: the runtime
//!   remembers in the task what was going on.
//! - `Pure` functions cannot crash, suspend or see the context: `extern "C" fn(types…, arguments…) -> scalar`. `Direct` ones are as
//!   these, but get the context first.
//! - An `I64` result takes 8 bytes at `out`, whatever the type: booleans and small integers are extended as their type says.
//! - `Owned` and `OwnedAddress` arguments are not borrowed: the callee takes them over.

pub mod layout;
pub mod native;
pub mod table;
pub mod tasks;
pub mod values;
