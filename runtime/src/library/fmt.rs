//! Package `fmt`: the formatter, in the passes that [`crate::text::printer`] explains.

use crate::abi::layout::{Interface, Slice};
use crate::natives;
use crate::text::format::{Mode, collect, render, wrapped};
use crate::value::desc::INT;
use crate::value::slice;
use crate::value::view::ANY;

natives! { pub static FMT;
    /// `func collect(mode int, format string, args []any) []any`: the values that print themselves.
    Plain fn goo_fmt_collect(mode: I64, format: Bytes, args: Slots(Interface)) -> Slice {
        slice::from_values(&ANY, collect(Mode::from_number(mode), format, args))
    }
    /// `func render(mode int, format string, args []any, texts []string) string`
    Plain fn goo_fmt_render(mode: I64, format: Bytes, args: Slots(Interface), texts: Slots(Slice)) -> Slice {
        slice::from_bytes(&render(Mode::from_number(mode), format, args, texts))
    }
    /// `func wrapped(format string, args []any) []int`
    Plain fn goo_fmt_wrapped(format: Bytes, args: Slots(Interface)) -> Slice {
        slice::from_values(&INT, wrapped(format, args))
    }
    /// `func write(fd int, text string)`
    Plain fn goo_fmt_write(fd: I64, text: Bytes) {
        super::write_all(fd, text);
    }
    /// Any value as `%v` prints it, for messages of the compiler's making; texts and characters quoted.
    Plain fn goo_format_value[desc](at: Address) -> Slice {
        // SAFETY: a value of this type, lent for the call.
        slice::from_bytes(crate::text::shown(unsafe { crate::value::Value::new(desc, at) }).as_bytes())
    }
}
