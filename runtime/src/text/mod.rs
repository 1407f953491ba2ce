//! Values as text, and back: what `fmt` and `strconv` rest on.
//!
//! | file | question |
//! |---|---|
//! | [`format`](mod@format) | what does a format string ask for? |
//! | [`printer`] | how does each kind of value print? |
//! | [`pad`] | how do width, precision and flags change it? |
//! | [`float`], [`quote`], [`duration`] | how are these written? |
//! | [`number`] | which number does a text stand for? |
//! | [`unicode`] | what kind of character is this? |

pub mod duration;
pub mod float;
pub mod format;
pub mod number;
pub mod pad;
pub mod printer;
pub mod quote;
pub mod unicode;
mod unicode_tables;

use std::io::Write;

use crate::abi::layout::{Interface, TypeDesc, TypeKind};
use crate::value::view::{ANY, local};
use crate::value::{Crash, Value};
use printer::{Printer, Texts};

/// The text of `panic(v)`, for what is neither an error nor a Stringer.
pub fn panic_text(value: &Value<'_>) -> Crash {
    let Some(value) = value.dynamic() else { return Crash("panic called with none".into()) };
    let declared = value.desc().has(TypeDesc::DECLARED);
    let text = match value.kind() {
        TypeKind::String if declared => {
            let quoted = quote::quote(value.bytes(), b'"', quote::Keep::Printable);
            format!("{}({})", value.desc().name(), String::from_utf8_lossy(&quoted))
        }
        TypeKind::Struct | TypeKind::Slice | TypeKind::Array | TypeKind::Map | TypeKind::Enum => {
            printed(value, true)
        }
        _ if declared => format!("{}({})", value.desc().name(), printed(value, false)),
        _ => printed(value, false),
    };
    Crash(text)
}

fn printed(value: Value<'_>, go_syntax: bool) -> String {
    let mut printer = Printer::new(Texts::raw());
    printer.writer.flags.sharp_v = go_syntax;
    printer.value(value, 'v', 0, false);
    String::from_utf8_lossy(&printer.writer.out).into_owned()
}

/// A value in a message: strings quoted, all else as `%+v` prints it.
pub fn shown(value: Value<'_>) -> String {
    let mut printer = Printer::new(Texts::raw());
    printer.writer.flags.plus_v = true;
    printer.value(value, if value.kind() == TypeKind::String { 'q' } else { 'v' }, 0, false);
    String::from_utf8_lossy(&printer.writer.out).into_owned()
}

/// The built-in `print` and `println`.
pub fn print(args: &[Interface], line: bool) {
    let mut out = Vec::new();
    for (i, arg) in args.iter().enumerate() {
        if line && i > 0 {
            out.push(b' ');
        }
        let Some(value) = local(&ANY, arg).dynamic() else {
            out.extend_from_slice(b"none");
            continue;
        };
        match value.kind() {
            TypeKind::String => out.extend_from_slice(value.bytes()),
            TypeKind::Duration => out.extend_from_slice(value.int().to_string().as_bytes()),
            _ => out.extend_from_slice(printed(value, false).as_bytes()),
        }
    }
    if line {
        out.push(b'\n');
    }
    // A closed standard error is no reason to crash.
    let _ = std::io::stderr().write_all(&out);
}
