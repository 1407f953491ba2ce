//! Do format strings and their arguments fit?
//!
//! For calls of the `Printf` and `Scanf` families with a constant format: the number of arguments, the verbs, and the plainest
//! mismatches of verb and type. All of these are warnings, because such a program has a meaning (`%!d(string=x)`), which is
//! Go's, and some programs want to see it.

use super::analyses::Unit;
use super::names::count;
use super::places::Known;
use crate::diagnostics::{self, Diagnostic, Diagnostics, Severity};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::{Constant, FuncDef, PackageId, Program, Ty, TyKind, display, printing};

/// The functions whose last arguments are a format and what it shows: package, name.
const FORMATTERS: &[(&str, &str)] = &[
    ("fmt", "Printf"),
    ("fmt", "Sprintf"),
    ("fmt", "Fprintf"),
    ("fmt", "Errorf"),
    ("fmt", "Appendf"),
    ("log", "Printf"),
    ("log", "Fatalf"),
    ("log", "Panicf"),
];

/// The functions whose last arguments are a format and the variables that it reads.
const SCANNERS: &[(&str, &str)] = &[("fmt", "Scanf"), ("fmt", "Sscanf"), ("fmt", "Fscanf")];

/// Checks the calls of one piece of code.
pub fn check(program: &Program, unit: &Unit, diags: &mut Diagnostics) {
    let known = Known { info: &program.info, funcs: &program.funcs };
    let package = unit.func.map(|func| program.funcs[func.0 as usize].package);
    let mut walk = Formats { program, known, package, diags };
    unit.code.walk(&mut walk);
}

struct Formats<'p, 'd> {
    program: &'p Program,
    known: Known<'p>,
    /// Of the code that is looked at.
    package: Option<PackageId>,
    diags: &'d mut Diagnostics,
}

/// One `%…` of a format.
#[derive(Debug, PartialEq, Eq)]
struct Directive {
    verb: char,
    /// The arguments of `*`, for width and precision.
    stars: Vec<usize>,
    /// The argument shown; absent for `%%`.
    arg: Option<usize>,
}

/// Takes a format apart. `None` if it uses `%[n]` in a way that is too unusual to follow.
fn directives(format: &str) -> Option<Vec<Directive>> {
    let mut chars = format.chars().peekable();
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            continue;
        }
        let mut stars = Vec::new();
        let verb = loop {
            match chars.next() {
                // Go prints `%!(NOVERB)`.
                None => break '\0',
                Some('+' | '-' | '#' | ' ' | '.' | '0'..='9') => {}
                Some('*') => {
                    stars.push(next);
                    next += 1;
                }
                Some('[') => {
                    let number: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
                    if chars.next() != Some(']') {
                        return None;
                    }
                    next = number.parse::<usize>().ok()?.checked_sub(1)?;
                }
                Some(verb) => break verb,
            }
        };
        let arg = (verb != '%' && verb != '\0').then(|| {
            next += 1;
            next - 1
        });
        found.push(Directive { verb, stars, arg });
    }
    Some(found)
}

/// Takes a format for scanning apart: there are widths before verbs, and nothing else.
fn scan_directives(format: &str) -> Vec<Directive> {
    let mut chars = format.chars().peekable();
    let mut found = Vec::new();
    let mut next = 0;
    while chars.by_ref().any(|c| c == '%') {
        while chars.next_if(char::is_ascii_digit).is_some() {}
        let verb = chars.next().unwrap_or('\0');
        let arg = (verb != '%' && verb != '\0').then_some(next);
        next += usize::from(arg.is_some());
        found.push(Directive { verb, stars: Vec::new(), arg });
    }
    found
}

/// The verbs that read something.
const SCANNED: &str = "bcdeEfFgGoqstUvxX";

/// What a verb shows well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shows {
    Anything,
    /// `%w`.
    Errors,
    Bools,
    Ints,
    Floats,
    /// `%x`: integers, floats, strings, bytes.
    Hex,
    /// `%s`.
    Text,
    /// `%q`: text, and integers as runes.
    Quoted,
}

fn shows(verb: char) -> Option<Shows> {
    Some(match verb {
        'v' | 'T' | 'p' => Shows::Anything,
        'w' => Shows::Errors,
        't' => Shows::Bools,
        'd' | 'o' | 'O' | 'c' | 'U' => Shows::Ints,
        // `%b` shows the bits of floats, too.
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => Shows::Floats,
        'b' | 'x' | 'X' => Shows::Hex,
        's' => Shows::Text,
        'q' => Shows::Quoted,
        _ => return None,
    })
}

impl Formats<'_, '_> {
    fn warn(&mut self, span: Span, message: String) {
        let mut diagnostic = Diagnostic::error(diagnostics::Code::Format, span, message);
        diagnostic.severity = Severity::Warning;
        self.diags.push(diagnostic);
    }

    fn call(&mut self, call: &Call) {
        let Some(func) = self.known.callee(&call.callee) else { return };
        let func: &FuncDef = &self.program.funcs[func.0 as usize];
        let package = &self.program.packages[func.package.0 as usize];
        let name = func.name.as_str();
        let path = (package.path.as_str(), name);
        let scans = SCANNERS.contains(&path);
        if func.receiver.is_some() || !package.std || !(scans || FORMATTERS.contains(&path)) || call.spread {
            return;
        }
        let at = usize::from(matches!(name, "Fprintf" | "Appendf" | "Sscanf" | "Fscanf"));
        let Some(format) = call.args.get(at) else { return };
        let Some(Constant::Str(bytes)) =
            self.known.info.exprs.get(&format.value.id).and_then(|info| info.constant.clone())
        else {
            return;
        };
        let Ok(text) = std::str::from_utf8(&bytes) else { return };
        let found = if scans { Some(scan_directives(text)) } else { directives(text) };
        let Some(directives) = found else { return };
        self.compare(name, format.value.span, text, &directives, &call.args[at + 1..]);
    }

    fn compare(&mut self, name: &str, span: Span, text: &str, directives: &[Directive], args: &[Arg]) {
        let scans = SCANNERS.contains(&("fmt", name));
        let mut used = 0;
        for directive in directives {
            if directive.verb == '\0' {
                self.warn(span, "the format ends in a `%` without a verb".into());
                return;
            }
            let arg = directive.arg.and_then(|index| args.get(index));
            let formatter = arg.is_some_and(|arg| self.may_format(&arg.value));
            let known = match directive.verb {
                '%' => true,
                verb if scans => SCANNED.contains(verb),
                'w' => name == "Errorf",
                verb => shows(verb).is_some(),
            };
            if !known && !formatter {
                self.warn(span, format!("`{name}` has no verb `%{}`", directive.verb));
                return;
            }
            for index in directive.stars.iter().chain(&directive.arg) {
                used = used.max(index + 1);
                let Some(arg) = args.get(*index) else {
                    let message = format!(
                        "`{name}` needs at least {} for its format, and has {}",
                        count(used, "argument"),
                        args.len()
                    );
                    self.warn(span, message);
                    return;
                };
                let wanted = if directive.stars.contains(index) { 'd' } else { directive.verb };
                if scans {
                    self.reads(wanted, &arg.value);
                } else {
                    self.fits(wanted, &arg.value);
                }
            }
        }
        if used < args.len() && !text.contains("%[") {
            let does = if scans { "reads" } else { "shows" };
            let message =
                format!("`{name}` has {}, and its format {does} {used}", count(args.len(), "argument"));
            self.warn(strip(&args[used].value).span, message);
        }
    }

    /// Whether a value may be a `fmt.Formatter`, which has verbs of its own.
    fn may_format(&self, arg: &Expr) -> bool {
        let Some(ty) = self.known.ty(arg) else { return false };
        match ty.kind() {
            TyKind::Named(def, _) => {
                let methods = &self.program.types[def.0 as usize].methods;
                methods
                    .iter()
                    .any(|func| self.program.funcs[func.0 as usize].name.as_str() == printing::FORMAT)
            }
            _ => false,
        }
    }

    fn fits(&mut self, verb: char, arg: &Expr) {
        let (Some(shows), Some(ty)) = (shows(verb), self.known.ty(arg)) else { return };
        if self.shown(shows, ty, 0) {
            return;
        }
        let name = display::written_name(self.program, ty, self.package);
        self.warn(arg.span, format!("`%{verb}` does not show a value of type `{name}` well"));
    }

    fn reads(&mut self, verb: char, arg: &Expr) {
        let Some(ty) = self.known.ty(strip_ref(arg)) else { return };
        let verbs = match self.program.underlying(ty).kind() {
            TyKind::Bool => "tv",
            TyKind::Int(_) | TyKind::Duration => "bcdoUvxX",
            TyKind::Float(_) => "beEfFgGv",
            TyKind::String => "qsvxX",
            TyKind::Slice(elem) if self.program.underlying(*elem) == Ty::byte() => "qsvxX",
            // What is in it decides.
            TyKind::Interface(_) | TyKind::Param(_) | TyKind::Error => return,
            _ => "",
        };
        if !verbs.contains(verb) {
            let name = display::written_name(self.program, ty, self.package);
            self.warn(arg.span, format!("`%{verb}` does not read a value of type `{name}`"));
        }
    }

    /// Whether the verb is meant for values of the type; in doubt, yes.
    fn shown(&self, shows: Shows, ty: Ty, depth: u32) -> bool {
        use Shows::*;
        if shows == Anything || depth > 4 {
            return true;
        }
        if let TyKind::Named(def, _) = ty.kind() {
            // Its methods may say how it is shown.
            if !self.program.types[def.0 as usize].methods.is_empty() {
                return true;
            }
        }
        let inner = |ty: Ty| self.shown(shows, ty, depth + 1);
        match self.program.underlying(ty).kind() {
            // What is embedded in a struct may be an error.
            TyKind::Struct(_) if shows == Errors => true,
            TyKind::Array(..) | TyKind::Slice(_) | TyKind::Map(..) if shows == Errors => false,
            TyKind::Bool => shows == Bools,
            // It has a `String` method, too.
            TyKind::Duration => matches!(shows, Ints | Hex | Text | Quoted),
            TyKind::Int(_) => matches!(shows, Ints | Hex | Quoted),
            TyKind::Float(_) => matches!(shows, Floats | Hex),
            TyKind::String => matches!(shows, Text | Quoted | Hex),
            TyKind::Slice(elem) | TyKind::Array(_, elem) => {
                let bytes = *elem == Ty::byte() && matches!(shows, Text | Quoted | Hex);
                bytes || inner(*elem)
            }
            TyKind::Map(key, value) => inner(*key) && inner(*value),
            TyKind::Struct(fields) => fields.iter().all(|field| inner(field.ty)),
            TyKind::Optional(value) => inner(*value),
            TyKind::Func(_) => false,
            _ => true,
        }
    }
}

impl<'a> Visitor<'a> for Formats<'_, '_> {
    fn expr(&mut self, expr: &'a Expr) {
        if let ExprKind::Call(call) = &expr.kind {
            self.call(call);
        }
        visit::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verbs(format: &str) -> String {
        let found = directives(format).unwrap_or_default();
        found.iter().map(|d| format!("{}{:?} ", d.verb, d.arg)).collect()
    }

    #[test]
    fn takes_formats_apart() {
        assert_eq!(verbs("%d of %-8.3s%%"), "dSome(0) sSome(1) %None ");
        assert_eq!(verbs("%[2]d %[1]*.3f"), "dSome(1) fSome(1) ");
        let scanned: Vec<_> = scan_directives("%5d:%% %s%").iter().map(|d| (d.verb, d.arg)).collect();
        assert_eq!(scanned, [('d', Some(0)), ('%', None), ('s', Some(1)), ('\0', None)]);
    }
}
