//! Package `strconv`: numbers and quoted strings. Errors are made in Goo, from a code: 0 none, 1 syntax, 2 range.

use crate::abi::layout::Slice;
use crate::natives;
use crate::text::number::{Wrong, parse_float, parse_int, parse_uint};
use crate::text::quote::{self, Keep};
use crate::text::{float, pad};
use crate::value::slice::{self, EMPTY, from_bytes};

/// `(value, code)`, as the tuple is laid out.
#[repr(C)]
pub struct Parsed<T> {
    value: T,
    code: i64,
}

fn parsed<T: Default>(result: Result<T, Wrong<T>>) -> Parsed<T> {
    match result {
        Ok(value) => Parsed { value, code: 0 },
        Err(Wrong::Syntax) => Parsed { value: T::default(), code: 1 },
        Err(Wrong::Range(value)) => Parsed { value, code: 2 },
    }
}

fn keep(number: i64) -> Keep {
    match number {
        0 => Keep::Printable,
        1 => Keep::Ascii,
        _ => Keep::Graphic,
    }
}

/// `(text, ok)`, as the tuple is laid out.
#[repr(C)]
pub struct Unquoted {
    text: Slice,
    ok: u8,
}

/// `(rune, rest, ok)`
#[repr(C)]
pub struct UnquotedChar {
    text: Slice,
    rest: i64,
}

natives! { pub static STRCONV;
    /// `func Itoa(i int) string`
    Plain fn goo_strconv_Itoa(value: I64) -> Slice {
        from_bytes(pad::Decimal::of_signed(value).bytes())
    }
    /// `func formatUint(i uint64, base int) string`
    Plain fn goo_strconv_formatUint(value: I64, base: I64) -> Slice {
        from_bytes(&pad::in_base(value as u64, base as u32, false))
    }
    /// `func formatFloat(f float64, fmt byte, prec, bitSize int) string`
    Crash fn goo_strconv_formatFloat(value: F64, verb: I64, precision: I64, bits: I64) -> Slice {
        slice::check_len(precision)?;
        Ok(from_bytes(&float::format(value, verb as u8, precision, bits as u32)))
    }
    /// `func parseInt(s string, base, bitSize int) (int64, int)`
    Plain fn goo_strconv_parseInt(s: Bytes, base: I64, bits: I64) -> Address(Parsed<i64>) {
        parsed(parse_int(s, base as u32, bits as u32))
    }
    /// `func parseUint(s string, base, bitSize int) (uint64, int)`
    Plain fn goo_strconv_parseUint(s: Bytes, base: I64, bits: I64) -> Address(Parsed<u64>) {
        parsed(parse_uint(s, base as u32, bits as u32))
    }
    /// `func parseFloat(s string, bitSize int) (float64, int)`
    Plain fn goo_strconv_parseFloat(s: Bytes, bits: I64) -> Address(Parsed<f64>) {
        parsed(parse_float(s, bits as u32))
    }
    /// `func quote(s string, keep int) string`; keep 0: printable, 1: ASCII, 2: graphic
    Plain fn goo_strconv_quote(s: Bytes, kept: I64) -> Slice {
        from_bytes(&quote::quote(s, b'"', keep(kept)))
    }
    /// `func quoteRune(r rune, keep int) string`
    Plain fn goo_strconv_quoteRune(rune: I64, kept: I64) -> Slice {
        from_bytes(&quote::quote_rune(rune, keep(kept)))
    }
    /// `func unquote(s string) (string, bool)`
    Plain fn goo_strconv_unquote(s: Bytes) -> Address(Unquoted) {
        match quote::unquote(s) {
            Some(text) => Unquoted { text: from_bytes(&text), ok: 1 },
            None => Unquoted { text: EMPTY, ok: 0 },
        }
    }
    /// `func unquoteChar(s string, quote byte) (string, int)`: the text, and how many bytes are left, or -1.
    Plain fn goo_strconv_unquoteChar(s: Bytes, mark: I64) -> Address(UnquotedChar) {
        let mut text = Vec::new();
        match quote::unquote_char(s, mark as u8, &mut text) {
            Some(rest) => UnquotedChar { text: from_bytes(&text), rest: rest.len() as i64 },
            None => UnquotedChar { text: EMPTY, rest: -1 },
        }
    }
    /// `func IsPrint(r rune) bool`
    Pure fn goo_strconv_IsPrint(r: I64) -> I64 { crate::text::unicode::is_print(r as u32) }
    /// `func IsGraphic(r rune) bool`
    Pure fn goo_strconv_IsGraphic(r: I64) -> I64 { crate::text::unicode::is_graphic(r as u32) }
    /// `func CanBackquote(s string) bool`
    Pure fn goo_strconv_CanBackquote(s: Bytes) -> I64 { quote::can_backquote(s) }
}
