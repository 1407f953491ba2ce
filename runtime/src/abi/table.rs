//! The one table of functions that compiled code may call.
//!
//! Each entry yields the `extern "C"` symbol's entry for the JIT and its signature for the code generator. The implementation is an
//! `extern "C"` function of the same name, anywhere in the runtime, `#[unsafe(no_mangle)]`.

/// How a parameter or result of a runtime function is passed; see the [module](super).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Abi {
    /// One 64-bit register.
    I64,
    /// One floating-point register.
    F64,
    F32,
    /// A string or slice: three 64-bit registers.
    Slice,
    /// A pointer to the value.
    Address,
}

/// One function of the runtime.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub name: &'static str,
    pub address: usize,
    /// Number of type descriptors that come first.
    pub types: u8,
    pub params: &'static [Abi],
    /// Whether it writes a result through `out` (for `pure`: what it returns).
    pub result: Option<Abi>,
    pub may_suspend: bool,
    /// No context, no status: see the [module](super).
    pub pure: bool,
}
