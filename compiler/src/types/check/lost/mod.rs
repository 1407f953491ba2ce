//! Is a change lost, because what changed is a copy that nobody reads?
//!
//! ```text
//! func fill(xs []int) {
//!     for i := range xs {
//!         xs[i] = 7        // in Go the caller's elements, here the function's own
//!     }
//! }
//! ```
//!
//! Values never alias, so a program that changes a parameter's elements for its caller's sake does nothing. Three signs of that are sure:
//!
//! 1. A parameter, or a variable that was copied from somewhere, is changed in a part, and nothing but these changes reads it, here or
//!    in the functions that get it.
//! 2. A function changes a parameter, has no results, and does nothing else that others could notice ([`effects`]). What it reads on
//!    the way, to sort for instance, does not matter then.
//! 3. A parameter, or a variable that was copied from somewhere, is changed in a part for the last time, and nothing behind that
//!    mentions it ([`last`]): the last step of a partition in place, for instance.
//! 4. A deferred call of a built-in function changes a variable of the function: what the function returns has been evaluated by then.
//!
//! And what a built-in function is given to change may be no variable: then nobody keeps it.
//!
//! These are warnings: such a program has a meaning.

mod effects;
mod last;
mod look;

use rustc_hash::FxHashSet;

use self::effects::Effects;
use self::last::Mentions;
use self::look::{Change, Copied, Look};
use super::analyses::Unit;
use crate::diagnostics::{self, Diagnostic, Diagnostics, Severity};
use crate::syntax::Span;
use crate::types::{FuncId, Program, VarId, VarKind, display};

/// Checks all code that is not the standard library's.
pub fn check(program: &Program, units: &[Unit], diags: &mut Diagnostics) {
    let looks: Vec<(&Unit, Look)> =
        units.iter().filter(|unit| !unit.std).map(|unit| (unit, look::at(program, unit))).collect();
    for span in looks.iter().flat_map(|(_, look)| &look.nowhere) {
        diags.push(nowhere(*span));
    }
    if looks.iter().all(|(_, look)| look.changes.is_empty() && look.lent.is_empty()) {
        return;
    }
    let effects = Effects::new(program, looks.iter().map(|(unit, look)| (unit.func, look)));
    let read = read_anywhere(program, &looks, &effects);
    for (unit, look) in &looks {
        report_unit(program, unit, look, &effects, &read, diags);
    }
}

/// The variables that something reads. What a function gets is read if the function reads its parameter: one that only hands it on
/// to itself does not.
fn read_anywhere(program: &Program, looks: &[(&Unit, Look)], effects: &Effects) -> FxHashSet<VarId> {
    let mut read: FxHashSet<VarId> = looks.iter().flat_map(|(_, look)| look.read.iter().copied()).collect();
    for (_, look) in looks {
        // What a call may change is read by it, too, unless the call does nothing but change it.
        let others = look.lent.iter().filter(|lent| !effects.is_free(lent.callee));
        read.extend(others.flat_map(|lent| look.owners(lent.change.var)));
    }
    let known: FxHashSet<FuncId> = looks.iter().filter_map(|(unit, _)| unit.func).collect();
    loop {
        let before = read.len();
        for handed in looks.iter().flat_map(|(_, look)| &look.handed) {
            let param = program.funcs[handed.callee.0 as usize].params.get(handed.param);
            if !known.contains(&handed.callee) || param.is_none_or(|param| read.contains(param)) {
                read.extend(&handed.owners);
            }
        }
        if read.len() == before {
            return read;
        }
    }
}

fn report_unit(
    program: &Program,
    unit: &Unit,
    look: &Look,
    effects: &Effects,
    read: &FxHashSet<VarId>,
    diags: &mut Diagnostics,
) {
    if look.changes.is_empty() && look.lent.is_empty() && look.handed.is_empty() {
        return;
    }
    let mut changes = look.changes.clone();
    changes.extend(look.lent.iter().filter(|lent| effects.is_free(lent.callee)).map(|lent| lent.change));
    let idle = unit.func.filter(|&func| effects.is_free(func) && effects.gives_nothing(program, func));
    if idle.is_some() {
        let handed =
            look.handed.iter().filter(|handed| effects.changes(program, handed.callee, handed.param));
        changes.extend(handed.map(|handed| handed.change));
    }
    // The length of what grows is read as a part of it is.
    let resized = changes.iter().filter(|change| change.resizes).map(|change| change.var);
    let measured: FxHashSet<VarId> = resized.filter(|var| look.measured.contains(var)).collect();
    let read = |var: &VarId| read.contains(var) || measured.contains(var);
    changes.sort_by_key(|change| change.span);
    let mut reported = FxHashSet::default();
    let mentions = Mentions::of(program, unit);
    for change in changes {
        let is_param = unit.params.contains(&change.var);
        let declared = program.vars[change.var.0 as usize].span;
        let lost = !read(&change.var) || (idle.is_some() && is_param) || mentions.is_last(change, declared);
        let ends_with_it = change.deferred
            && ends_with_function(program, change.var)
            && !look.lent_deferred.contains(&change.var);
        let lost = lost || ends_with_it;
        if lost && reported.insert(change.var) {
            match look.copies.get(&change.var) {
                Some(copied) => diags.push(copy(program, change, copied, read(&change.var))),
                None if is_own_param(program, change.var) => {
                    diags.push(param(program, unit, change, read(&change.var)));
                }
                None if ends_with_it => diags.push(deferred(program, change)),
                None => {}
            }
        }
    }
}

/// A parameter that is the function's own, and not the caller's variable.
fn is_own_param(program: &Program, var: VarId) -> bool {
    let var = &program.vars[var.0 as usize];
    var.kind == VarKind::Param && !var.inout
}

/// A variable that only the function itself can look at when its deferred calls run, and that is no result.
fn ends_with_function(program: &Program, var: VarId) -> bool {
    let var = &program.vars[var.0 as usize];
    !var.captured && !var.cell && matches!(var.kind, VarKind::Local | VarKind::Param)
}

fn param(program: &Program, unit: &Unit, change: Change, read: bool) -> Diagnostic {
    let var = &program.vars[change.var.0 as usize];
    let func = unit.func.map(|func| &program.funcs[func.0 as usize]);
    let receiver =
        func.is_some_and(|func| func.receiver.is_some() && func.params.first() == Some(&change.var));
    let ty = display::written_name(program, var.ty, func.map(|func| func.package));
    let (what, help) = match receiver {
        true => ("receiver", format!("write `*{ty}`, so that the method changes its caller's variable")),
        false => (
            "parameter",
            format!("write `{} *{ty}` and pass `&` of the variable, or give it back as a result", var.name),
        ),
    };
    let label = match read {
        true => "changes the function's own copy, which ends with the function",
        false => "changes the function's own copy, which nothing reads",
    };
    warning(change.span, format!("the change of `{}` is lost: the {what} is a copy", var.name))
        .label(label)
        .also(var.span, format!("a {what} without `*` is a value of its own"))
        .help(help)
}

fn copy(program: &Program, change: Change, copied: &Copied, read: bool) -> Diagnostic {
    let name = program.vars[change.var.0 as usize].name;
    let from = program.sources.text(copied.span);
    let (label, help) = match copied.each {
        true => (
            "each turn gets a copy of an element",
            format!("change the element in its place: `for i := range {from} {{ {from}[i]… }}`"),
        ),
        false => ("copied here", format!("change it in its place, or put it back: `{from} = {name}`")),
    };
    warning(change.span, format!("the change of `{name}` is lost: the variable is a copy"))
        .label(match read {
            true => "changes the copy, which nothing reads afterwards",
            false => "changes the copy, which nothing reads",
        })
        .also(copied.span, label)
        .help(help)
}

fn deferred(program: &Program, change: Change) -> Diagnostic {
    let name = program.vars[change.var.0 as usize].name;
    warning(change.span, format!("the change of `{name}` is lost: the function has returned by then"))
        .label("deferred calls run when the results have been evaluated")
        .help(format!("name the result `{name}`, or change it before the `return`"))
}

fn nowhere(span: Span) -> Diagnostic {
    warning(span, "the change is lost: this is no variable".into())
        .label("a value of its own, which nobody keeps")
        .help("keep it in a variable first, and change that")
}

fn warning(span: Span, message: String) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(diagnostics::Code::LostChange, span, message);
    diagnostic.severity = Severity::Warning;
    diagnostic
}
