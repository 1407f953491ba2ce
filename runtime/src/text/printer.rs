//! How each kind of value prints, for each verb.
//!
//! Values with an `Error`, `String`, `GoString` or `Format` method print themselves, by Goo code that may suspend; this code cannot call it. So such values are
//! printed in two passes: [`Texts::Collect`] gathers them, in the order in which they are met; Goo code calls their methods; and
//! [`Texts::Given`] has the texts, in the same order.

use super::pad::Writer;
use super::{duration, quote};
use crate::abi::layout::{FieldDesc, Interface, Slice, TypeDesc, TypeKind};
use crate::abi::native::lent_bytes;
use crate::value::Crash;
use crate::value::view::{ANY, Value};

/// Where the texts come from of values that print themselves.
pub enum Texts<'a> {
    Collect(Vec<Interface>),
    /// For each of them what is asked of it: see [`super::pad::Flags::directive`].
    Ask(Vec<i64>),
    Given {
        texts: &'a [Slice],
        next: usize,
    },
}

impl Texts<'_> {
    /// No texts: such values print like others.
    pub fn raw() -> Texts<'static> {
        Texts::Given { texts: &[], next: 0 }
    }
}

pub struct Printer<'a> {
    pub writer: Writer,
    texts: Texts<'a>,
    /// Within the report of a wrong verb, no methods are called.
    erroring: bool,
    /// `%w` is allowed: this is `Errorf`.
    pub wraps: bool,
    /// Where the stack was at the start.
    start: usize,
    /// The value was too deep for the stack: what was written is not all.
    too_deep: bool,
}

/// How much stack printing may take: a good part of a worker's, so that a list of a million nodes prints.
const STACK: usize = 128 << 20;

fn stack_address() -> usize {
    let here = 0_u8;
    std::hint::black_box(&raw const here) as usize
}

/// Whether an argument may hold something that prints itself.
pub fn may_print_itself(arg: &Value<'_>) -> bool {
    arg.dynamic().is_some_and(|value| value.desc().has(TypeDesc::PRINTS_ITSELF) || has_method(value.desc()))
}

/// Durations have a `String` method (in package `time`), but what it says is known here.
fn is_duration(desc: &TypeDesc) -> bool {
    desc.kind == TypeKind::Duration && !desc.has(TypeDesc::DECLARED)
}

fn has_method(desc: &TypeDesc) -> bool {
    !is_duration(desc) && (speaks(desc) || !desc.go_string_method.is_null() || formats(desc))
}

/// Whether it has an `Error` or `String` method.
fn speaks(desc: &TypeDesc) -> bool {
    !desc.error_method.is_null() || !desc.string_method.is_null()
}

/// Whether it is a `fmt.Formatter`, which does all of its printing.
fn formats(desc: &TypeDesc) -> bool {
    !desc.format_method.is_null()
}

impl<'a> Printer<'a> {
    pub fn new(texts: Texts<'a>) -> Printer<'a> {
        Printer {
            writer: Writer::default(),
            texts,
            erroring: false,
            wraps: false,
            start: stack_address(),
            too_deep: false,
        }
    }

    /// What was written, and what was collected.
    pub fn finish(self) -> Result<(Vec<u8>, Vec<Interface>), Crash> {
        let found = match self.texts {
            Texts::Collect(found) => found,
            Texts::Ask(_) | Texts::Given { .. } => Vec::new(),
        };
        if self.too_deep {
            for value in found {
                // SAFETY: each has its own reference, which nobody else gives up.
                unsafe { crate::value::count::release_value(&ANY, (&raw const value).cast_mut().cast()) };
            }
            return Err(Crash("stack overflow".into()));
        }
        Ok((self.writer.out, found))
    }

    /// What was asked of each value that prints itself.
    pub fn asked(self) -> Vec<i64> {
        match self.texts {
            Texts::Ask(asked) => asked,
            Texts::Collect(_) | Texts::Given { .. } => Vec::new(),
        }
    }

    /// An argument: an interface value.
    pub fn arg(&mut self, arg: Value<'_>, verb: char) {
        let Some(value) = arg.dynamic().and_then(present) else {
            return match verb {
                'T' | 'v' => self.writer.pad(b"<nil>"),
                _ => self.bad_verb(None, verb),
            };
        };
        match verb {
            'T' => self.writer.string(value.desc().name().as_bytes()),
            'p' => self.pointer(value, verb),
            _ => self.value(value, verb, 0, true),
        }
    }

    pub fn bad_verb(&mut self, value: Option<Value<'_>>, verb: char) {
        let erroring = std::mem::replace(&mut self.erroring, true);
        self.writer.text("%!");
        self.rune(verb);
        self.writer.byte(b'(');
        match value {
            None => self.writer.text("<nil>"),
            Some(value) => {
                self.writer.text(value.desc().name());
                self.writer.byte(b'=');
                self.value(value, 'v', 0, false);
            }
        }
        self.writer.byte(b')');
        self.erroring = erroring;
    }

    fn rune(&mut self, rune: char) {
        let mut buffer = [0; 4];
        self.writer.text(rune.encode_utf8(&mut buffer));
    }

    /// Any value. `exported`: whether it was reached through exported fields only, so that its methods may be called.
    pub fn value(&mut self, value: Value<'_>, verb: char, depth: usize, exported: bool) {
        if exported && self.by_method(value, verb) {
            return;
        }
        if self.too_deep || self.start.saturating_sub(stack_address()) > STACK {
            self.too_deep = true;
            return;
        }
        match value.kind() {
            TypeKind::Bool => self.bool(value, verb),
            TypeKind::Int | TypeKind::Int8 | TypeKind::Int16 | TypeKind::Int32 | TypeKind::Int64 => {
                self.integer(value, value.int() as u64, true, verb);
            }
            TypeKind::Duration
                if exported && !self.erroring && !self.sharp_v() && prints_as_duration(value, verb) =>
            {
                self.string(value, duration::format(value.int()).as_bytes(), verb);
            }
            TypeKind::Duration => self.integer(value, value.int() as u64, true, verb),
            TypeKind::Uint
            | TypeKind::Uint8
            | TypeKind::Uint16
            | TypeKind::Uint32
            | TypeKind::Uint64
            | TypeKind::Uintptr => self.integer(value, value.uint(), false, verb),
            TypeKind::Float32 => self.float(value, 32, verb),
            TypeKind::Float64 => self.float(value, 64, verb),
            TypeKind::String => self.string(value, value.bytes(), verb),
            TypeKind::Slice | TypeKind::Array => self.sequence(value, verb, depth, exported),
            TypeKind::Map => self.map(value, verb, depth, exported),
            TypeKind::Struct => self.structure(value, verb, depth, exported),
            TypeKind::Tuple => self.tuple(value, verb, depth, exported),
            TypeKind::Unit => self.writer.text("{}"),
            TypeKind::Enum => self.case(value, verb, depth, exported),
            TypeKind::Optional => match value.some() {
                Some(value) => self.value(value, verb, depth, exported),
                None if value.desc().has(TypeDesc::NICHE) => self.writer.pad(b"<nil>"),
                None => self.writer.pad(b"none"),
            },
            TypeKind::Result => {
                let (Ok(part) | Err(part)) = value.result();
                self.value(part, verb, depth + 1, exported);
            }
            TypeKind::Interface => match value.dynamic() {
                Some(value) => self.value(value, verb, depth + 1, exported),
                None if self.sharp_v() => {
                    self.writer.text(value.desc().name());
                    self.writer.text("(nil)");
                }
                None => self.writer.text("<nil>"),
            },
            TypeKind::Func
            | TypeKind::Chan
            | TypeKind::Task
            | TypeKind::Supervisor
            | TypeKind::Mutex
            | TypeKind::Counter
            | TypeKind::Cell => self.pointer(value, verb),
        }
    }

    fn sharp_v(&self) -> bool {
        self.writer.flags.sharp_v
    }

    /// Prints a value that has a method for it; false when it has none, or the verb does not call it.
    fn by_method(&mut self, value: Value<'_>, verb: char) -> bool {
        if self.erroring {
            return false;
        }
        let desc = value.desc();
        if verb == 'w' {
            // `%w` is for errors, in `Errorf`.
            if desc.kind != TypeKind::Interface && (desc.error_method.is_null() || !self.wraps) {
                self.bad_verb(Some(value), verb);
                return true;
            }
        }
        let formats = formats(desc);
        let prints = if formats {
            true
        } else if self.sharp_v() {
            !desc.go_string_method.is_null()
        } else {
            speaks(desc) && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q' | 'w')
        };
        if is_duration(desc) || !prints {
            return false;
        }
        let verb = if verb == 'w' { 'v' } else { verb };
        let text: &[u8] = match &mut self.texts {
            Texts::Ask(asked) => {
                asked.extend(self.writer.flags.directive(verb));
                b""
            }
            Texts::Collect(found) => {
                found.push(value.to_interface());
                b""
            }
            Texts::Given { texts, next } => {
                let Some(text) = texts.get(*next) else { return false };
                *next += 1;
                // SAFETY: strings lent for the call (rule 2).
                unsafe { lent_bytes(text) }
            }
        };
        match verb {
            // As it is, whatever the width.
            _ if formats => self.writer.out.extend_from_slice(text),
            'v' if self.sharp_v() => self.writer.string(text),
            _ => self.string(value, text, verb),
        }
        true
    }

    fn bool(&mut self, value: Value<'_>, verb: char) {
        match verb {
            't' | 'v' => self.writer.bool(value.bool()),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn integer(&mut self, value: Value<'_>, bits: u64, signed: bool, verb: char) {
        let negative = signed && (bits as i64) < 0;
        let magnitude = if negative { bits.wrapping_neg() } else { bits };
        match verb {
            'v' if self.sharp_v() && !signed => self.writer.hex(bits, true),
            'v' | 'd' => self.writer.integer(magnitude, negative, 10, verb),
            'b' => self.writer.integer(magnitude, negative, 2, verb),
            'o' | 'O' => self.writer.integer(magnitude, negative, 8, verb),
            'x' | 'X' => self.writer.integer(magnitude, negative, 16, verb),
            'c' => self.writer.character(bits),
            'q' => self.writer.quoted_character(bits),
            'U' => self.writer.unicode(bits),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn float(&mut self, value: Value<'_>, bits: u32, verb: char) {
        let number = value.float();
        match verb {
            'v' => self.writer.float(number, bits, 'g', -1),
            'b' | 'g' | 'G' | 'x' | 'X' => self.writer.float(number, bits, verb, -1),
            'f' | 'e' | 'E' => self.writer.float(number, bits, verb, 6),
            'F' => self.writer.float(number, bits, 'f', 6),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn string(&mut self, value: Value<'_>, text: &[u8], verb: char) {
        match verb {
            'v' if self.sharp_v() => self.writer.quoted(text),
            'v' | 's' => self.writer.string(text),
            'x' | 'X' => self.writer.hex_bytes(text, verb == 'X'),
            'q' => self.writer.quoted(text),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn pointer(&mut self, value: Value<'_>, verb: char) {
        let address = match value.kind() {
            TypeKind::Slice => value.pointer(),
            TypeKind::Chan
            | TypeKind::Func
            | TypeKind::Map
            | TypeKind::Task
            | TypeKind::Supervisor
            | TypeKind::Mutex
            | TypeKind::Counter
            | TypeKind::Cell => value.word(),
            _ => return self.bad_verb(Some(value), verb),
        };
        match verb {
            'v' if self.sharp_v() => {
                self.writer.text(&format!("({})(", value.desc().name()));
                if address == 0 {
                    self.writer.text("nil");
                } else {
                    self.writer.hex(address, true);
                }
                self.writer.byte(b')');
            }
            'v' if address == 0 => self.writer.pad(b"<nil>"),
            'v' | 'p' => {
                let prefix = !self.writer.flags.sharp;
                self.writer.hex(address, prefix);
            }
            'b' | 'o' | 'd' | 'x' | 'X' => self.integer(value, address, false, verb),
            _ => self.bad_verb(Some(value), verb),
        }
    }

    fn separator(&mut self, i: usize) {
        if i > 0 {
            self.writer.text(if self.sharp_v() { ", " } else { " " });
        }
    }

    fn sequence(&mut self, value: Value<'_>, verb: char, depth: usize, exported: bool) {
        let bytes = value.desc().elem().kind == TypeKind::Uint8;
        if bytes {
            match verb {
                's' | 'q' | 'x' | 'X' => {
                    return self.string(value, value.raw_elements(), verb);
                }
                _ => {}
            }
        }
        let (open, close) = if self.sharp_v() { (b'{', b'}') } else { (b'[', b']') };
        if self.sharp_v() {
            let plain = bytes && depth == 0 && value.kind() == TypeKind::Slice;
            let name =
                if plain && !value.desc().has(TypeDesc::DECLARED) { "[]byte" } else { value.desc().name() };
            self.writer.text(name);
        }
        self.writer.byte(open);
        for (i, element) in value.elements().enumerate() {
            self.separator(i);
            self.value(element, verb, depth + 1, exported);
        }
        self.writer.byte(close);
    }

    fn map(&mut self, value: Value<'_>, verb: char, depth: usize, exported: bool) {
        if self.sharp_v() {
            self.writer.text(value.desc().name());
            self.writer.byte(b'{');
        } else {
            self.writer.text("map[");
        }
        let mut entries: Vec<_> = value.entries().collect();
        entries.sort_by(|(a, _), (b, _)| crate::value::order::compare(*a, *b));
        for (i, (key, element)) in entries.into_iter().enumerate() {
            self.separator(i);
            self.value(key, verb, depth + 1, exported);
            self.writer.byte(b':');
            self.value(element, verb, depth + 1, exported);
        }
        self.writer.byte(if self.sharp_v() { b'}' } else { b']' });
    }

    fn structure(&mut self, value: Value<'_>, verb: char, depth: usize, exported: bool) {
        if self.sharp_v() {
            let name = value.desc().name();
            match name.strip_prefix('*') {
                // What Go has as a pointer.
                Some(name) => {
                    self.writer.byte(b'&');
                    self.writer.text(name);
                }
                None => self.writer.text(name),
            }
        }
        self.writer.byte(b'{');
        let named = self.writer.flags.plus_v || self.sharp_v();
        for (i, field) in value.desc().fields().iter().enumerate() {
            self.separator(i);
            let name = field.name.as_str();
            if named && !name.is_empty() {
                self.writer.text(name);
                self.writer.byte(b':');
            }
            self.field(value, field, verb, depth, exported && is_exported(name));
        }
        self.writer.byte(b'}');
    }

    fn field(&mut self, of: Value<'_>, field: &'static FieldDesc, verb: char, depth: usize, exported: bool) {
        match of.field(field) {
            Some(part) => self.value(part, verb, depth + 1, exported),
            None => self.writer.text("none"),
        }
    }

    fn tuple(&mut self, value: Value<'_>, verb: char, depth: usize, exported: bool) {
        self.writer.byte(b'(');
        for (i, field) in value.desc().fields().iter().enumerate() {
            if i > 0 {
                self.writer.text(", ");
            }
            self.field(value, field, verb, depth, exported);
        }
        self.writer.byte(b')');
    }

    /// `Circle(2.5)`; `%+v` and `%#v` name the fields, `%d` prints the number of the case, `%q` quotes.
    fn case(&mut self, value: Value<'_>, verb: char, depth: usize, exported: bool) {
        let case = &value.desc().cases()[value.case()];
        match verb {
            'v' | 's' => {}
            'd' => return self.integer(value, value.case() as u64, true, verb),
            'q' if case.fields().is_empty() => {
                let quoted = quote::quote(case.name.as_str().as_bytes(), b'"', quote::Keep::Printable);
                return self.writer.pad(&quoted);
            }
            _ => return self.bad_verb(Some(value), verb),
        }
        if case.fields().is_empty() {
            return self.writer.string(case.name.as_str().as_bytes());
        }
        self.writer.text(case.name.as_str());
        self.writer.byte(b'(');
        let named = self.writer.flags.plus_v || self.sharp_v();
        for (i, field) in case.fields().iter().enumerate() {
            if i > 0 {
                self.writer.text(", ");
            }
            let name = field.name.as_str();
            if named && !name.is_empty() {
                self.writer.text(name);
                self.writer.text(": ");
            }
            self.field(value, field, 'v', depth, exported);
        }
        self.writer.byte(b')');
    }
}

/// An optional interface, function or handle prints as Go prints these: its value, or `<nil>`.
fn present(value: Value<'_>) -> Option<Value<'_>> {
    if value.kind() != TypeKind::Optional || !value.desc().has(TypeDesc::NICHE) {
        return Some(value);
    }
    let value = value.some()?;
    if value.kind() == TypeKind::Interface { value.dynamic() } else { Some(value) }
}

/// A declared type over `duration` has none of its methods.
fn prints_as_duration(value: Value<'_>, verb: char) -> bool {
    is_duration(value.desc()) && matches!(verb, 'v' | 's' | 'x' | 'X' | 'q')
}

fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(|first| super::unicode::is_upper(first.into()))
}
