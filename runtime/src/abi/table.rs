//! The one table of functions that compiled code may call.
//!
//! Each entry yields the symbol for the JIT and the signature for the code generator. The implementation is an
//! `extern "C"` function of the same name, anywhere in the runtime, `#[unsafe(no_mangle)]`. Groups are declared with
//! [`runtime_functions!`] in one file for each family and listed in [`GROUPS`].

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
    /// As `I64`, a counted object or handle that the callee takes over, whatever comes of the call: the caller moves or
    /// retains it before, and does not release it after.
    Owned,
    /// As `Address`, of a value that the callee takes over in the same way: it copies the bytes.
    OwnedAddress,
}

/// One function of the runtime.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub name: &'static str,
    pub symbol: unsafe extern "C" fn(),
    /// Number of type descriptors that come first.
    pub types: u8,
    pub params: &'static [Abi],
    /// Whether it writes a result through `out` (for `pure`: what it returns).
    pub result: Option<Abi>,
    /// `Plain`: with context and status. `Suspends`: as `Plain`, and may suspend. `Pure` and `Direct`: see the [module](super).
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Plain,
    Suspends,
    Pure,
    Direct,
}

/// Declares a group of runtime functions:
///
/// ```ignore
/// runtime_functions! { pub static STRINGS;
///     Plain goo_string_concat[0](Slice, Slice) -> Slice;
///     Pure goo_string_equal[0](Slice, Slice) -> I64;
///     Suspends goo_chan_send[1](I64, Address);
/// }
/// ```
#[macro_export]
macro_rules! runtime_functions {
    ($vis:vis static $group:ident; $($kind:ident $name:ident [$types:literal] ($($param:ident),* $(,)?) $(-> $result:ident)?;)*) => {
        $vis static $group: &[$crate::abi::table::Entry] = {
            unsafe extern "C" {
                $(fn $name();)*
            }
            &[$($crate::abi::table::Entry {
                name: stringify!($name),
                symbol: $name,
                types: $types,
                params: &[$($crate::abi::table::Abi::$param),*],
                result: $crate::runtime_functions!(@result $($result)?),
                kind: $crate::abi::table::Kind::$kind,
            }),*]
        };
    };
    (@result) => { None };
    (@result $result:ident) => { Some($crate::abi::table::Abi::$result) };
}

/// All groups.
pub static GROUPS: &[&[Entry]] = &[
    super::values::MEMORY,
    super::values::SLICES,
    super::values::STRINGS,
    super::values::MAPS,
    super::values::MAP_VALUES,
    super::values::CRASHES,
    crate::library::errors::ERRORS,
    crate::library::fmt::FMT,
    crate::library::globals::GLOBALS,
    super::tasks::FRAMES,
    super::tasks::TASKS,
    super::tasks::CHANNELS,
    crate::library::machine::MACHINE,
    crate::library::math::MATH,
    crate::library::math::BITS,
    crate::library::os::OS,
    crate::library::files::FILES,
    crate::library::rand::RAND,
    crate::library::signals::SIGNALS,
    crate::library::signals::NEXT_SIGNAL,
    crate::library::slices::SLICES,
    crate::library::stdin::STDIN,
    crate::library::stdin::STDIN_PIECE,
    crate::library::strconv::STRCONV,
    crate::library::strings::STRINGS,
    crate::library::strings::UNICODE,
    crate::library::strings::UTF8,
    crate::library::strings::BUFIO,
    crate::library::sync::SYNC,
    crate::library::section::SECTIONS,
    super::tasks::SUPERVISORS,
    crate::schedule::point::POINTS,
    crate::library::prelude::PRELUDE,
    crate::library::time::TIME,
    crate::supervise::backoff::RETRY,
    crate::library::time::SLEEP,
    crate::channel::role::timed::TIMED,
];

/// The entry with this name.
pub fn find(name: &str) -> Option<&'static Entry> {
    GROUPS.iter().flat_map(|group| group.iter()).find(|entry| entry.name == name)
}
