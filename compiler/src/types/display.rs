//! Types as text, in the form that `%T` prints.

use super::patterns::End;
use super::program::{PackageId, Program};
use super::ty::{FloatTy, FuncTy, IntTy, Ty, TyKind, Untyped};
use crate::syntax::ast::ChanPattern;

/// Errors of the standard library that Go holds as pointers: package, type, and what `%T` prints there.
const GO_POINTERS: [(&str, &str, &str); 11] = [
    ("errors", "errorString", "*errors.errorString"),
    ("errors", "joinError", "*errors.joinError"),
    ("fmt", "wrapError", "*fmt.wrapError"),
    ("fmt", "wrapErrors", "*fmt.wrapErrors"),
    ("os", "LinkError", "*os.LinkError"),
    ("os", "PathError", "*fs.PathError"),
    ("os", "SyscallError", "*os.SyscallError"),
    ("strconv", "NumError", "*strconv.NumError"),
    ("time", "Location", "*time.Location"),
    ("time", "ParseError", "*time.ParseError"),
    ("time", "parseDurationError", "*time.parseDurationError"),
];

/// What a running program calls the type of a value.
pub fn dynamic_name(program: &Program, ty: Ty) -> String {
    if let TyKind::Named(def, _) = ty.kind() {
        let def = &program.types[def.0 as usize];
        let path = def.package.map(|id| &program.packages[id.0 as usize]).filter(|package| package.std);
        let is = |(package, name, _): &&(&str, &str, &str)| {
            path.is_some_and(|path| path.path == *package) && def.name.as_str() == *name
        };
        if let Some((_, _, printed)) = GO_POINTERS.iter().find(is) {
            return (*printed).to_owned();
        }
    }
    type_name(program, ty)
}

/// The type as it is written in code of a package: that one's own types go without its name.
pub fn written_name(program: &Program, ty: Ty, package: Option<PackageId>) -> String {
    let text = type_name(program, ty);
    let package = package.and_then(|id| program.packages.get(id.0 as usize));
    let local = package.map_or_else(String::new, |package| format!("{}.", package.name));
    let text = without_prefix(&text, &local);
    let text = text.replace("interface {}", "any");
    match text.as_str() {
        "time.Duration" => "duration".to_owned(),
        _ => text,
    }
}

/// `text` without `prefix` wherever a name starts with it.
fn without_prefix(text: &str, prefix: &str) -> String {
    if !prefix.ends_with('.') || prefix == "." {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        let before = rest[..at].chars().next_back().or(out.chars().next_back());
        let starts = !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.');
        out.push_str(&rest[..at]);
        if !starts {
            out.push_str(prefix);
        }
        rest = &rest[at + prefix.len()..];
    }
    out.push_str(rest);
    out
}

/// The type as Go's `%T` prints it, declared types with their package: `map[string]main.Point`.
pub fn type_name(program: &Program, ty: Ty) -> String {
    let name = |ty: Ty| type_name(program, ty);
    match ty.kind() {
        TyKind::Error => "invalid type".to_owned(),
        TyKind::Bool => "bool".to_owned(),
        TyKind::Int(int) => int_name(*int).to_owned(),
        TyKind::Float(FloatTy::F32) => "float32".to_owned(),
        TyKind::Float(FloatTy::F64) => "float64".to_owned(),
        TyKind::String => "string".to_owned(),
        TyKind::Duration => "time.Duration".to_owned(),
        TyKind::Untyped(kind) => untyped_name(*kind).to_owned(),
        TyKind::Unit => "()".to_owned(),
        TyKind::Never => "never".to_owned(),
        TyKind::Named(def, args) => {
            let def = &program.types[def.0 as usize];
            let package = def.package.map(|id| format!("{}.", program.packages[id.0 as usize].name));
            let args = match args.as_slice() {
                [] => String::new(),
                args => format!("[{}]", args.iter().map(|ty| name(*ty)).collect::<Vec<_>>().join(",")),
            };
            format!("{}{}{args}", package.unwrap_or_default(), def.name)
        }
        TyKind::Array(len, elem) => format!("[{len}]{}", name(*elem)),
        TyKind::Slice(elem) => format!("[]{}", name(*elem)),
        TyKind::Map(key, value) => format!("map[{}]{}", name(*key), name(*value)),
        TyKind::Chan { pattern, dir, elem, reply } => {
            let reply = reply.map(|reply| format!(" {}", name(reply))).unwrap_or_default();
            let elem = name(*elem);
            let written = End::of(*pattern, *dir).written;
            match pattern {
                ChanPattern::Req | ChanPattern::Rep => format!("{written}({elem}){reply}"),
                _ => format!("{written} {elem}"),
            }
        }
        TyKind::Func(func) => format!("func{}", signature(program, func)),
        TyKind::Struct(fields) if fields.is_empty() => "struct {}".to_owned(),
        TyKind::Struct(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| {
                    let tag = field.tag.as_ref().map(|tag| format!(" {tag:?}")).unwrap_or_default();
                    match field.embedded {
                        true => format!("{}{tag}", name(field.ty)),
                        false => format!("{} {}{tag}", field.name, name(field.ty)),
                    }
                })
                .collect();
            format!("struct {{ {} }}", fields.join("; "))
        }
        TyKind::Enum(cases) => {
            let cases: Vec<_> = cases.iter().map(|case| case.name.to_string()).collect();
            format!("enum {{ {} }}", cases.join("; "))
        }
        TyKind::Interface(interface) => {
            let mut parts: Vec<String> = Vec::new();
            parts.extend(interface.comparable.then(|| "comparable".to_owned()));
            for method in &interface.methods {
                if let TyKind::Func(func) = method.sig.kind() {
                    parts.push(format!("{}{}", method.name, signature(program, func)));
                }
            }
            if let Some(terms) = &interface.terms {
                let terms: Vec<_> = terms
                    .iter()
                    .map(|term| format!("{}{}", if term.tilde { "~" } else { "" }, name(term.ty)))
                    .collect();
                parts.push(terms.join(" | "));
            }
            match parts.is_empty() {
                true => "interface {}".to_owned(),
                false => format!("interface {{ {} }}", parts.join("; ")),
            }
        }
        TyKind::Optional(inner) => format!("{}?", name(*inner)),
        TyKind::Result(value, error) => match value.kind() {
            TyKind::Unit => format!("! {}", name(*error)),
            _ => format!("{} ! {}", name(*value), name(*error)),
        },
        TyKind::Tuple(types) => {
            format!("({})", types.iter().map(|ty| name(*ty)).collect::<Vec<_>>().join(", "))
        }
        TyKind::Param(param) => program.type_params[param.0 as usize].name.to_string(),
        TyKind::Task(result) if matches!(result.kind(), TyKind::Unit) => "task".to_owned(),
        TyKind::Task(result) => format!("task[{}]", name(*result)),
        TyKind::Supervisor => "supervisor".to_owned(),
        TyKind::Mutex(value) => format!("sync.Mutex[{}]", name(*value)),
        TyKind::Counter => "sync.Counter".to_owned(),
        TyKind::Ref(inner) => format!("*{}", name(*inner)),
        TyKind::Cell(inner) => format!("cell[{}]", name(*inner)),
    }
}

/// Parameters and result of a function type: `(int, ...string) (int, error)`.
pub fn signature(program: &Program, func: &FuncTy) -> String {
    let last = func.params.len().wrapping_sub(1);
    let params: Vec<_> = func
        .params
        .iter()
        .enumerate()
        .map(|(index, param)| match param.ty.kind() {
            TyKind::Slice(elem) if func.variadic && index == last => {
                format!("...{}", type_name(program, *elem))
            }
            _ if param.inout => format!("*{}", type_name(program, param.ty)),
            _ => type_name(program, param.ty),
        })
        .collect();
    let result = match func.result.kind() {
        TyKind::Unit => String::new(),
        _ => format!(" {}", type_name(program, func.result)),
    };
    format!("({}){result}", params.join(", "))
}

/// The name of an integer type.
pub fn int_name(int: IntTy) -> &'static str {
    use IntTy::*;
    match int {
        Int => "int",
        Int8 => "int8",
        Int16 => "int16",
        Int32 => "int32",
        Int64 => "int64",
        Uint => "uint",
        Uint8 => "uint8",
        Uint16 => "uint16",
        Uint32 => "uint32",
        Uint64 => "uint64",
        Uintptr => "uintptr",
    }
}

fn untyped_name(kind: Untyped) -> &'static str {
    match kind {
        Untyped::Bool => "untyped bool",
        Untyped::Int => "untyped int",
        Untyped::Rune => "untyped rune",
        Untyped::Float => "untyped float",
        Untyped::String => "untyped string",
        Untyped::None => "none",
    }
}
