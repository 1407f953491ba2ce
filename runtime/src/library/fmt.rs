//! Package `fmt`: the formatter, in the passes that [`crate::text::printer`] explains.

use crate::abi::layout::{Interface, Slice};
use crate::natives;
use crate::text::format::{Mode, asked, collect, render, wrapped};
use crate::text::scan;
use crate::value::desc::INT;
use crate::value::slice;
use crate::value::view::ANY;

natives! { pub static FMT;
    /// `func collect(mode int, format string, args []any) []any`: the values that print themselves.
    Crash fn goo_fmt_collect(mode: I64, format: Bytes, args: Slots(Interface)) -> Slice {
        Ok(slice::from_values(&ANY, collect(Mode::from_number(mode), format, args)?))
    }
    /// `func directives(mode int, format string, args []any) []int`: what is asked of each of these, in four numbers.
    Plain fn goo_fmt_directives(mode: I64, format: Bytes, args: Slots(Interface)) -> Slice {
        slice::from_values(&INT, asked(Mode::from_number(mode), format, args))
    }
    /// `func render(mode int, format string, args []any, texts []string) string`
    Crash fn goo_fmt_render(mode: I64, format: Bytes, args: Slots(Interface), texts: Slots(Slice)) -> Slice {
        Ok(slice::from_bytes(&render(Mode::from_number(mode), format, args, texts)?))
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
    /// `func scan(mode int, text, format string, args *[]any) (count, used int, wrong string)`
    Plain fn goo_fmt_scan(mode: I64, text: Bytes, format: Bytes, args: Ref(Slice)) -> Address(Scanned) {
        let mode = match mode {
            0 => scan::Mode::Scan,
            1 => scan::Mode::Scanln,
            _ => scan::Mode::Scanf,
        };
        // SAFETY: the caller's slice of `any`, which is made the only one on its storage.
        let args: &mut [Interface] = unsafe {
            slice::make_unique(&ANY, args);
            match args.len {
                0 => &mut [],
                len => std::slice::from_raw_parts_mut(args.ptr.cast(), len as usize),
            }
        };
        let scanned = scan::scan(mode, text, format, args);
        Scanned {
            count: scanned.count,
            used: scanned.used as i64,
            wrong: slice::from_bytes(scanned.error.as_bytes()),
        }
    }
}

/// What scanning tells.
#[repr(C)]
pub struct Scanned {
    count: i64,
    used: i64,
    wrong: Slice,
}
