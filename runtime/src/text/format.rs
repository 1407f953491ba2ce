//! What a format string asks for: `Printf` and its relatives.

use super::pad::Flags;
use super::printer::{Printer, Texts, may_print_itself};
use crate::abi::layout::{Interface, Slice, TypeKind};
use crate::value::Crash;
use crate::value::string::decode;
use crate::value::view::{ANY, Value, local};

/// Which function of `fmt` prints.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `Print`: blanks between operands when neither is a string.
    Print,
    /// `Println`: blanks between all operands, and a newline.
    Println,
    Printf,
    /// `Printf` where `%w` is allowed.
    Errorf,
}

impl Mode {
    /// By the number that the Goo side passes.
    pub fn from_number(number: i64) -> Mode {
        match number {
            0 => Mode::Print,
            1 => Mode::Println,
            2 => Mode::Printf,
            _ => Mode::Errorf,
        }
    }
}

/// The arguments that print themselves, or hold something that does, in the order in which [`render`] will want their texts.
pub fn collect(mode: Mode, format: &[u8], args: &[Interface]) -> Result<Vec<Interface>, Crash> {
    if !args.iter().any(|arg| may_print_itself(&local(&ANY, arg))) {
        return Ok(Vec::new());
    }
    Ok(run(mode, format, args, Texts::Collect(Vec::new())).finish()?.1)
}

/// What is asked of each value that [`collect`] gives.
pub fn asked(mode: Mode, format: &[u8], args: &[Interface]) -> Vec<i64> {
    run(mode, format, args, Texts::Ask(Vec::new())).asked()
}

pub fn render(mode: Mode, format: &[u8], args: &[Interface], texts: &[Slice]) -> Result<Vec<u8>, Crash> {
    Ok(run(mode, format, args, Texts::Given { texts, next: 0 }).finish()?.0)
}

fn run<'a>(mode: Mode, format: &[u8], args: &[Interface], texts: Texts<'a>) -> Printer<'a> {
    let mut printer = Printer::new(texts);
    match mode {
        Mode::Print => print(&mut printer, args),
        Mode::Println => println(&mut printer, args),
        Mode::Printf | Mode::Errorf => {
            printer.wraps = mode == Mode::Errorf;
            Directives::new(format, args).run(&mut printer);
        }
    }
    printer
}

/// The positions of the arguments that `%w` prints, in increasing order.
pub fn wrapped(format: &[u8], args: &[Interface]) -> Vec<i64> {
    let mut directives = Directives::new(format, args);
    let mut printer = Printer::new(Texts::raw());
    directives.follow(&mut printer);
    directives.wrapped.sort_unstable();
    directives.wrapped.dedup();
    directives.wrapped
}

fn print(printer: &mut Printer<'_>, args: &[Interface]) {
    let mut string_before = false;
    for (i, arg) in args.iter().enumerate() {
        let arg = local(&ANY, arg);
        let string = arg.dynamic().is_some_and(|value| value.kind() == TypeKind::String);
        if i > 0 && !string && !string_before {
            printer.writer.byte(b' ');
        }
        printer.arg(arg, 'v');
        string_before = string;
    }
}

fn println(printer: &mut Printer<'_>, args: &[Interface]) {
    for (i, arg) in args.iter().enumerate() {
        if i > 0 {
            printer.writer.byte(b' ');
        }
        printer.arg(local(&ANY, arg), 'v');
    }
    printer.writer.byte(b'\n');
}

/// A format string and how far it has been followed.
struct Directives<'a> {
    format: &'a [u8],
    at: usize,
    args: &'a [Interface],
    /// The argument for the next directive.
    next: usize,
    /// An argument index has been used: arguments left over are no mistake then.
    reordered: bool,
    /// The argument indexes of this directive were good.
    good: bool,
    /// The last thing was an argument index.
    after_index: bool,
    /// What `%w` printed.
    wrapped: Vec<i64>,
}

/// Widths and precisions beyond are mistakes.
const TOO_LARGE: i64 = 1_000_000;

impl<'a> Directives<'a> {
    fn new(format: &'a [u8], args: &'a [Interface]) -> Directives<'a> {
        Directives {
            format,
            at: 0,
            args,
            next: 0,
            reordered: false,
            good: true,
            after_index: false,
            wrapped: Vec::new(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }

    fn run(mut self, printer: &mut Printer<'_>) {
        self.follow(printer);
        self.extra(printer);
    }

    fn follow(&mut self, printer: &mut Printer<'_>) {
        while self.at < self.format.len() {
            let rest = &self.format[self.at..];
            let plain = rest.iter().position(|&byte| byte == b'%').unwrap_or(rest.len());
            printer.writer.out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            if self.at < self.format.len() {
                self.at += 1;
                self.directive(printer);
            }
        }
    }

    fn directive(&mut self, printer: &mut Printer<'_>) {
        self.good = true;
        self.after_index = false;
        printer.writer.flags = self.flags();
        self.index();
        self.width(printer);
        self.precision(printer);
        if !self.after_index {
            self.index();
        }
        if self.at >= self.format.len() {
            return printer.writer.text("%!(NOVERB)");
        }
        let (rune, size) = decode(&self.format[self.at..]);
        self.at += size;
        let verb = char::from_u32(rune).unwrap_or('\u{FFFD}');
        if verb == '%' {
            return printer.writer.byte(b'%');
        }
        if !self.good {
            return printer.writer.text(&format!("%!{verb}(BADINDEX)"));
        }
        let Some(arg) = self.args.get(self.next) else {
            return printer.writer.text(&format!("%!{verb}(MISSING)"));
        };
        if matches!(verb, 'v' | 'w') {
            let flags = &mut printer.writer.flags;
            flags.sharp_v = std::mem::take(&mut flags.sharp);
            flags.plus_v = std::mem::take(&mut flags.plus);
        }
        if verb == 'w' {
            self.wrapped.push(self.next as i64);
        }
        self.next += 1;
        printer.arg(local(&ANY, arg), verb);
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => break,
            }
            self.at += 1;
        }
        flags
    }

    /// `[n]`, if there is one.
    fn index(&mut self) {
        self.after_index = false;
        if self.peek() != Some(b'[') {
            return;
        }
        self.reordered = true;
        let rest = &self.format[self.at..];
        let Some(close) = rest.iter().position(|&byte| byte == b']').filter(|_| rest.len() >= 3) else {
            self.good = false;
            self.at += 1;
            return;
        };
        let number = std::str::from_utf8(&rest[1..close])
            .ok()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|&number| number <= TOO_LARGE);
        self.at += close + 1;
        match number {
            Some(number) if number >= 1 && number as usize <= self.args.len() => {
                self.next = number as usize - 1;
                self.after_index = true;
            }
            number => {
                self.good = false;
                self.after_index = number.is_some();
            }
        }
    }

    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        let mut value = 0_i64;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            value = value * 10 + i64::from(digit - b'0');
            if value > TOO_LARGE {
                return None;
            }
            self.at += 1;
        }
        (self.at > start).then_some(value as usize)
    }

    /// The next argument, for `*`.
    fn int_arg(&mut self) -> Option<i64> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        let value = local(&ANY, arg).dynamic()?;
        integer(value).filter(|number| number.unsigned_abs() <= TOO_LARGE as u64)
    }

    fn width(&mut self, printer: &mut Printer<'_>) {
        if self.peek() != Some(b'*') {
            printer.writer.flags.width = self.number();
            if self.after_index && printer.writer.flags.width.is_some() {
                self.good = false;
            }
            return;
        }
        self.at += 1;
        let width = self.int_arg();
        let flags = &mut printer.writer.flags;
        flags.width = width.map(|width| width.unsigned_abs() as usize);
        if width.is_some_and(|width| width < 0) {
            flags.minus = true;
            flags.zero = false;
        }
        if width.is_none() {
            printer.writer.text("%!(BADWIDTH)");
        }
        self.after_index = false;
    }

    fn precision(&mut self, printer: &mut Printer<'_>) {
        if self.peek() != Some(b'.') || self.at + 1 >= self.format.len() {
            return;
        }
        self.at += 1;
        if self.after_index {
            self.good = false;
        }
        self.index();
        if self.peek() != Some(b'*') {
            printer.writer.flags.precision = Some(self.number().unwrap_or(0));
            return;
        }
        self.at += 1;
        let precision = self.int_arg().filter(|&precision| precision >= 0);
        printer.writer.flags.precision = precision.map(|precision| precision as usize);
        if precision.is_none() {
            printer.writer.text("%!(BADPREC)");
        }
        self.after_index = false;
    }

    /// Arguments that nothing asked for.
    fn extra(&self, printer: &mut Printer<'_>) {
        if self.reordered || self.next >= self.args.len() {
            return;
        }
        printer.writer.flags = Flags::default();
        printer.writer.text("%!(EXTRA ");
        for (i, arg) in self.args[self.next..].iter().enumerate() {
            if i > 0 {
                printer.writer.text(", ");
            }
            let arg = local(&ANY, arg);
            match arg.dynamic() {
                None => printer.writer.text("<nil>"),
                Some(value) => {
                    printer.writer.text(value.desc().name());
                    printer.writer.byte(b'=');
                    printer.arg(arg, 'v');
                }
            }
        }
        printer.writer.byte(b')');
    }
}

fn integer(value: Value<'_>) -> Option<i64> {
    match value.kind() {
        TypeKind::Int
        | TypeKind::Int8
        | TypeKind::Int16
        | TypeKind::Int32
        | TypeKind::Int64
        | TypeKind::Duration => Some(value.int()),
        TypeKind::Uint
        | TypeKind::Uint8
        | TypeKind::Uint16
        | TypeKind::Uint32
        | TypeKind::Uint64
        | TypeKind::Uintptr => i64::try_from(value.uint()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::layout::TypeDesc;
    use crate::text::quote::unquote;
    use crate::value::desc::{BYTE, INT, RUNE, STRING, plain};
    use crate::value::testing::*;
    use crate::value::{map, slice};

    fn typed<T>(kind: TypeKind, name: &'static str, value: T) -> Interface {
        any(scalar(kind, name, size_of::<T>() as u64), &value)
    }

    fn list<T>(elem: &'static TypeDesc, name: &'static str, values: Vec<T>) -> Interface {
        any(slice_of(elem, name), &slice::from_values(elem, values))
    }

    fn map_value<V>(desc: &'static TypeDesc, entries: Vec<(&str, V)>) -> *mut map::MapObject {
        let mut object = std::ptr::null_mut();
        for (key, value) in entries {
            let key = string(key);
            // SAFETY: a map from strings to `V`.
            unsafe {
                map::entry(desc, &mut object, (&raw const key).cast()).unwrap().cast::<V>().write(value);
            }
        }
        object
    }

    fn point() -> Interface {
        let float = scalar(TypeKind::Float64, "float64", 8);
        let floats = slice_of(float, "[]float64");
        let bools = map_of(&STRING, scalar(TypeKind::Bool, "bool", 1), "map[string]bool");
        let desc = structure("main.P", &[("X", &INT), ("Name", &STRING), ("In", floats), ("m", bools)]);
        let map = map_value(bools, vec![("t", true)]);
        any(desc, &(1_i64, string("n"), slice::from_values(float, vec![1.5, 2.0]), map))
    }

    /// The values of `testdata/formats.txt`, by name.
    fn value(name: &str) -> Interface {
        use TypeKind::{Array, Bool, Duration, Float32, Int, Int32, Int64, String, Uint8, Uint64};
        let float = |value: f64| typed(TypeKind::Float64, "float64", value);
        let ints = || slice_of(&INT, "[]int");
        let some = Interface { desc: std::ptr::null(), data: 0 };
        match name {
            "int 42" => typed(Int, "int", 42_i64),
            "int -7" => typed(Int, "int", -7_i64),
            "int 0" => typed(Int, "int", 0_i64),
            "u8 200" => typed(Uint8, "uint8", 200_u8),
            "u64 max" => typed(Uint64, "uint64", u64::MAX),
            "rune x" => typed(Int32, "int32", 'x' as i32),
            "i64 min" => typed(Int64, "int64", i64::MIN),
            "f inf" => float(f64::INFINITY),
            "f nan" => float(f64::NAN),
            "f32 0.1" => typed(Float32, "float32", 0.1_f32),
            "str hello" => any_string("hello"),
            "str esc" => any(
                &STRING,
                &slice::from_bytes(
                    "a\"b\\\n\x01é世"
                        .as_bytes()
                        .iter()
                        .chain(b"\xff")
                        .copied()
                        .collect::<Vec<_>>()
                        .as_slice(),
                ),
            ),
            "str empty" => any_string(""),
            "bool" => typed(Bool, "bool", true),
            "bytes" => list(&BYTE, "[]uint8", b"hi!".to_vec()),
            "ints" => list(&INT, "[]int", vec![1_i64, -2, 3]),
            "strs" => list(&STRING, "[]string", vec![string("a"), string("b c")]),
            "nested" => list(
                ints(),
                "[][]int",
                vec![slice::from_values(&INT, vec![1_i64]), slice::from_values(&INT, vec![2_i64, 3])],
            ),
            "arr" => {
                let flags = TypeDesc::FLAT;
                let desc =
                    leak(TypeDesc { elem: &raw const INT, len: 3, ..plain(Array, "[3]int", 24, flags) });
                any(desc, &[1_i64, 2, 3])
            }
            "map" => {
                let desc = map_of(&STRING, &INT, "map[string]int");
                any(desc, &map_value(desc, vec![("b", 2_i64), ("a", 1)]))
            }
            "imap" => {
                let desc = map_of(&INT, &STRING, "map[int]string");
                let mut object = std::ptr::null_mut();
                for (key, text) in [(3_i64, "c"), (-1, "a")] {
                    // SAFETY: a map from ints to strings.
                    unsafe {
                        let place = map::entry(desc, &mut object, (&raw const key).cast()).unwrap();
                        place.cast::<Slice>().write(string(text));
                    }
                }
                any(desc, &object)
            }
            "struct" => point(),
            "S" => any(
                leak(plain(String, "main.S", 24, TypeDesc::COUNTED | TypeDesc::DECLARED)),
                &string("named"),
            ),
            "L" => {
                let desc = TypeDesc {
                    elem: &raw const INT,
                    ..plain(TypeKind::Slice, "main.L", 24, TypeDesc::COUNTED | TypeDesc::DECLARED)
                };
                any(leak(desc), &slice::from_values(&INT, vec![1_i64, 2]))
            }
            "dur" => typed(Duration, "time.Duration", 1_500_000_000_i64),
            "nil" => some,
            "anys" => {
                let values = vec![value("int 1"), any_string("x"), some, float(2.5)];
                list(&ANY, "[]interface {}", values)
            }
            "int 1" => typed(Int, "int", 1_i64),
            "runes" => list(&RUNE, "[]int32", vec!['h' as i32, 'é' as i32]),
            _ => float(name.strip_prefix("f ").unwrap().parse().unwrap()),
        }
    }

    /// Each line: a value, a format, and what Go prints.
    #[test]
    fn formats_as_go_does() {
        let mut wrong = Vec::new();
        for line in include_str!("testdata/formats.txt").lines() {
            let mut parts = line.split('\t');
            let mut part = || parts.next().unwrap();
            let (name, format, expected) = (part(), part(), part());
            let [format, expected] = [format, expected].map(|text| unquote(text.as_bytes()).unwrap());
            let found = render(Mode::Printf, &format, &[value(name)], &[]).unwrap();
            if found != expected {
                let text = |bytes: &[u8]| std::string::String::from_utf8_lossy(bytes).into_owned();
                wrong.push(format!(
                    "{name} {}: {} instead of {}",
                    text(&format),
                    text(&found),
                    text(&expected)
                ));
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }
}
