//! How values end a task: the texts of Go's run-time panics.

use super::view::Value;
use crate::abi::layout::TypeDesc;

/// Why a task crashes: the text after `panic: `.
#[derive(Debug, PartialEq, Eq)]
pub struct Crash(pub String);

impl Crash {
    /// A crash that the language prescribes.
    pub fn runtime(what: impl std::fmt::Display) -> Crash {
        Crash(format!("runtime error: {what}"))
    }
}

pub fn slice_bounds(what: String) -> Crash {
    Crash::runtime(format_args!("slice bounds out of range {what}"))
}

pub fn index(index: i64, len: i64) -> Crash {
    if index < 0 {
        Crash::runtime(format_args!("index out of range [{index}]"))
    } else {
        Crash::runtime(format_args!("index out of range [{index}] with length {len}"))
    }
}

/// `x.(T)` where `x` holds something else: `found` is its type, if it holds anything.
pub fn type_assertion(interface: &TypeDesc, found: Option<&TypeDesc>, wanted: &TypeDesc) -> Crash {
    let interface = interface.name();
    match found {
        None if wanted.kind == crate::abi::layout::TypeKind::Interface => {
            Crash(format!("interface conversion: interface is none, not {}", wanted.name()))
        }
        None => Crash(format!("interface conversion: {interface} is none, not {}", wanted.name())),
        Some(found) if wanted.kind == crate::abi::layout::TypeKind::Interface => {
            Crash(format!("interface conversion: {} is not {}: missing method", found.name(), wanted.name()))
        }
        Some(found) => {
            Crash(format!("interface conversion: {interface} is {}, not {}", found.name(), wanted.name()))
        }
    }
}

/// `panic(v)` with a value that is neither an error nor a Stringer (those give their text): as Go prints it, but for types that Go
/// prints as an address.
pub fn panic_value(value: &Value<'_>) -> Crash {
    crate::text::panic_text(value)
}
