//! Package `fmt`: the formatter, in the passes that [`crate::text::printer`] explains.

use crate::abi::layout::{Header, Interface, Slice, TypeDesc, TypeKind};
use crate::abi::values::goo_box_unique;
use crate::library::math::ldexp;
use crate::natives;
use crate::text::format::{Mode, asked, collect, render, wrapped};
use crate::value::count::release_value;
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
    /// `func variable(v any) (kind, bits int)`: what can be scanned into a variable of v's type.
    Plain fn goo_fmt_variable(v: In(Interface)) -> Address(Variable) {
        // SAFETY: descriptors are static.
        unsafe { v.desc.as_ref() }.map_or(Variable { kind: Scans::Nothing, bits: 0 }, Variable::of)
    }
    /// `func storeWord(v *any, word uint64)`: gives the boolean or integer in v another value, whose bits these are.
    Plain fn goo_fmt_storeWord(v: Ref(Interface), word: I64) {
        // SAFETY: descriptors are static.
        let bits = unsafe { (*v.desc).size } * 8;
        v.data = word as u64 & (u64::MAX >> (64 - bits));
    }
    /// `func ldexp(frac float64, exp int) float64`: without the whole of package `math` in each program that prints.
    Pure fn goo_fmt_ldexp(frac: F64, exp: I64) -> F64 { ldexp(frac, exp) }
    /// `func storeFloat(v *any, f float64)`
    Plain fn goo_fmt_storeFloat(v: Ref(Interface), f: F64) {
        // SAFETY: descriptors are static.
        let single = unsafe { (*v.desc).kind } == TypeKind::Float32;
        v.data = if single { (f as f32).to_bits().into() } else { f.to_bits() };
    }
    /// `func storeText(v *any, text string)`: gives the string or byte slice in v another value.
    Plain fn goo_fmt_storeText(v: Ref(Interface), text: Bytes) {
        let mut header = v.data as *mut Header;
        // SAFETY: v holds a string or slice, in a box, which is made its own; descriptors are static.
        unsafe {
            let desc: &'static TypeDesc = &*v.desc;
            let place = goo_box_unique(desc, &raw mut header) as *mut Slice;
            v.data = header as u64;
            release_value(desc, place.cast());
            place.write(slice::from_bytes(text));
        }
    }
}

/// What is scanned into a variable; the numbers are known to the Goo side.
#[repr(i64)]
enum Scans {
    Nothing = 0,
    Bool = 1,
    Int = 2,
    Uint = 3,
    Float = 4,
    Text = 5,
}

/// `(kind, bits int)`.
#[repr(C)]
pub struct Variable {
    kind: Scans,
    bits: i64,
}

impl Variable {
    fn of(desc: &TypeDesc) -> Variable {
        use TypeKind::*;
        let kind = match desc.kind {
            Bool => Scans::Bool,
            Int | Int8 | Int16 | Int32 | Int64 | Duration => Scans::Int,
            Uint | Uint8 | Uint16 | Uint32 | Uint64 | Uintptr => Scans::Uint,
            Float32 | Float64 => Scans::Float,
            String => Scans::Text,
            Slice if desc.elem().kind == Uint8 => Scans::Text,
            _ => Scans::Nothing,
        };
        Variable { kind, bits: desc.size as i64 * 8 }
    }
}
