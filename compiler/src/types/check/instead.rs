//! What people bring from other languages, Go first, and what to write instead: the help of errors about names that do not exist.

use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::types::patterns::End;
use crate::types::ty::TyKind;

/// A type, literal or function of Go's complex numbers stands at `span`: the same words for each of them.
pub(super) fn of_complex(span: Span) -> Diagnostic {
    Diagnostic::error(Code::NotInGoo, span, "Goo has no complex numbers")
        .label("not in Goo")
        .help("use two `float64` values, or a struct of them")
}

/// Instead of a package that Go has.
pub(super) fn of_package(path: &str) -> Option<&'static str> {
    Some(match path {
        "unsafe" => "Goo has no `unsafe`: values are only what their types say",
        "reflect" => "Goo has no reflection: use generics, an interface, or `any` with a type switch",
        "sync/atomic" => "tasks share nothing: send values over channels, or use `sync.NewCounter()`",
        "context" => "give a task a channel that says when to stop, or call `Cancel()` on its handle",
        _ => return None,
    })
}

/// Instead of something in a package, which Goo has without it.
pub(super) fn of_member(package: &str, name: &str) -> Option<&'static str> {
    Some(match (package, name) {
        ("sync", "WaitGroup") => {
            "wait for a task by its handle (`t := go f()`, then `<-t`), or for many by `go parallel for`"
        }
        ("sync", "RWMutex") => "`sync.NewMutex(v)` keeps a value that one task at a time uses",
        ("sync", "Map") => "keep a map in `sync.NewMutex(map[K]V{})`, or in a task that others ask",
        ("sync", "Cond") => "a task that waits for another one receives from a channel",
        ("runtime", "Caller" | "Callers" | "CallersFrames" | "FuncForPC" | "Stack") => {
            "a function does not see its callers; the report of a crash names them all, with file and line"
        }
        ("runtime", "Goexit") => "a task ends when its function returns",
        ("runtime", "NumGoroutine") => "count tasks where they are started, by `sync.NewCounter()`",
        ("runtime", "ReadMemStats" | "MemStats" | "SetFinalizer" | "AddCleanup") => {
            "nothing collects garbage: memory is used again as soon as nothing holds it"
        }
        ("runtime", "LockOSThread" | "UnlockOSThread") => "a task needs no thread of its own",
        ("runtime", "GOROOT") => "the standard library is inside the `goo` executable",
        ("sync", "Pool") => "values need no pool: memory is used again as soon as nothing holds it",
        _ => return None,
    })
}

/// Instead of waiting for a supervisor by its handle.
pub(super) const OF_WAITING: &str =
    "the statement `supervise … { … }`, without `go`, lasts until the children are done";

/// Instead of a field or method.
pub(super) fn of_method(ty: &TyKind, name: &str) -> Option<String> {
    if let Some(help) = End::of_kind(ty).and_then(|end| end.instead_of_method(name)) {
        return Some(help);
    }
    let help = match (ty, name) {
        (TyKind::Optional(_), _) => "unwrap the optional first: `if v := x { … }`, or `x ?? d`",
        (TyKind::Result(..), _) => "handle the error first: `try x`, or `x recover err { … }`",
        (TyKind::Duration, _) => "methods of durations are in package `time`: import it",
        (TyKind::Task(_), "Wait" | "Join" | "Await" | "Result" | "Get") => {
            "a receive waits for what the task returns: `<-t recover crash { … }`"
        }
        (TyKind::Task(_), "Kill" | "Stop" | "Abort" | "Close") => "write `t.Cancel()`",
        (TyKind::Supervisor, "Wait" | "Join" | "Await" | "Done") => OF_WAITING,
        (TyKind::Mutex(_), "Lock" | "Unlock" | "TryLock" | "RLock" | "RUnlock") => {
            "the value is used in a section: `m.With(func(v *T) { … })`"
        }
        (TyKind::Chan { .. }, "Send" | "Push" | "Put") => "write `ch <- v`",
        (TyKind::Chan { .. }, "Recv" | "Receive" | "Get" | "Next") => "write `<-ch`",
        (TyKind::Map(..), "Set" | "Put" | "Insert" | "Add" | "set" | "put" | "insert" | "add") => {
            "write `m[k] = v`"
        }
        (TyKind::Map(..), "Get" | "Load" | "get") => "write `m[k]`, or `v, ok := m[k]`",
        (TyKind::Map(..), "Has" | "Contains" | "ContainsKey" | "has" | "contains") => "write `_, ok := m[k]`",
        (TyKind::Map(..), "Delete" | "Remove" | "delete" | "remove") => "write `delete(m, k)`",
        (TyKind::Slice(_), "append" | "push" | "Append" | "Push" | "add" | "Add") => {
            "write `s = append(s, v)`"
        }
        (
            TyKind::Slice(_) | TyKind::Array(..) | TyKind::Map(..) | TyKind::String | TyKind::Chan { .. },
            "len" | "Len" | "length" | "Length" | "size" | "Size" | "count",
        ) => "write `len(x)`",
        (TyKind::String, _) => {
            let call = call_of_strings(name).map(|call| format!("it is a function: `strings.{call}`"));
            return call.or_else(|| function_of("strings", name));
        }
        (TyKind::Slice(_), _) => return function_of("slices", name),
        (TyKind::Map(key, _), _) => {
            let by_key = matches!(key.kind(), TyKind::String)
                .then(|| format!("an entry of a map is found by its key: `m[\"{name}\"]`"));
            return function_of("maps", name).or(by_key);
        }
        _ => return None,
    };
    Some(help.to_owned())
}

/// What is a method elsewhere may be a function of a package.
fn function_of(package: &str, method: &str) -> Option<String> {
    let mut letters = method.chars();
    let name: String = letters.next()?.to_uppercase().chain(letters).collect();
    let starts = |line: &str| {
        let rest = line.strip_prefix("func ").and_then(|line| line.strip_prefix(&name));
        rest.is_some_and(|rest| rest.starts_with(['(', '[']))
    };
    let files = goo_stdlib::package(package)?;
    let declares = files.iter().any(|(_, text)| text.lines().any(starts));
    declares.then(|| format!("it is a function: `{package}.{name}(…)`"))
}

/// The call of a function of package `strings` that other languages have as a method, under this name or another.
fn call_of_strings(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().replace('_', "").as_str() {
        "toupper" | "upper" | "touppercase" | "uppercase" | "upcase" => "ToUpper(s)",
        "tolower" | "lower" | "tolowercase" | "lowercase" | "downcase" => "ToLower(s)",
        "trim" | "strip" | "trimspace" => "TrimSpace(s)",
        "split" => "Split(s, sep)",
        "fields" | "words" => "Fields(s)",
        "contains" | "includes" | "include" => "Contains(s, part)",
        "replace" | "replaceall" | "gsub" => "ReplaceAll(s, old, new)",
        "startswith" | "hasprefix" => "HasPrefix(s, prefix)",
        "endswith" | "hassuffix" => "HasSuffix(s, suffix)",
        "indexof" | "index" | "find" => "Index(s, part)",
        "repeat" => "Repeat(s, n)",
        "join" => "Join(parts, sep)",
        _ => return None,
    })
}
