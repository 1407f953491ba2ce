//! A text that is only looked at, and surely short, need not be an object: a number's, and what numbers and constants are joined to.
//!
//! ```text
//! _7 = goo_strconv_Itoa(n)                             _7 = goo_string_of_int(n)      digits on the stack, with no owner
//! append b, _7...; drop _7                             append b, _7...; drop _7       which is nothing to count
//!
//! _7 = goo_strconv_Itoa(n)
//! _8 = [3]string { "user-", move _7, "@" }; _6 = goo_string_concat_n(_8, 3); drop _8  likewise
//!
//! the same; append b, _6...; drop _6                   _6 = short text("user-", _7, "@"); append b, _6...
//! ```
//!
//! After the ownership pass, where it is explicit how long a text lives: here to the end of a few statements, none of which keeps it or lets
//! another task run. Joining keeps a part when all others are empty, so another one must be a constant that is not.

use goo_runtime::text::pad::DIGITS;

use crate::mir::visit::{defined_local, operands, read_places};
use crate::mir::{
    Appended, Call, Callee, Const, Function, Local, Module, Operand, Place, PlaceBase, Rvalue, Statement,
    StatementKind,
};

/// What makes a text of an integer as an object, and on the stack.
const OBJECT: &str = "goo_strconv_Itoa";
/// Joins its arguments on the stack. The code generator writes it out: the runtime has no such function.
pub const SHORT: &str = "short text";
/// So much room for a text on the stack is worth its being there.
const MOST: usize = 96;
pub const ON_STACK: &str = "goo_string_of_int";
const JOIN: &str = "goo_string_concat_n";
const JOIN_TWO: &str = "goo_string_concat";
/// `s += t`
const GROW: &str = "goo_string_append";

pub fn run(module: &mut Module) {
    module.functions.iter_mut().for_each(function);
}

fn function(function: &mut Function) {
    for block in &mut function.blocks {
        for at in 0..block.statements.len() {
            if let Some((OBJECT, Some(text))) = native(&block.statements[at])
                && is_only_looked_at(&block.statements[at + 1..], text)
                && let StatementKind::Call(Call { callee: Callee::Native { name, .. }, .. }) =
                    &mut block.statements[at].kind
            {
                *name = ON_STACK;
            }
        }
        join_on_stack(&mut block.statements);
    }
}

/// A text on the stack, and the most bytes that it has.
type Short = (Local, usize);

/// Joins short texts on the stack, if the result is only looked at.
fn join_on_stack(statements: &mut Vec<Statement>) {
    // The short texts at this point.
    let mut short: Vec<Short> = Vec::new();
    let mut at = 0;
    while at < statements.len() {
        let joined = joined(statements, at, &short);
        let gone = match &statements[at].kind {
            StatementKind::Drop(place) => place.as_local(),
            _ => defined_local(&statements[at]),
        };
        short.retain(|(text, _)| Some(*text) != gone);
        short.extend(joined);
        if let Some((ON_STACK, Some(text))) = native(&statements[at]) {
            short.push((text, DIGITS));
        }
        at += 1;
    }
}

/// Replaces a joining that ends here by one on the stack; gives the text that it makes.
fn joined(statements: &mut Vec<Statement>, at: usize, short: &[Short]) -> Option<Short> {
    let (name, Some(text)) = native(&statements[at])? else { return None };
    let StatementKind::Call(call) = &statements[at].kind else { return None };
    let (parts, array) = match (name, call.args.as_slice()) {
        (JOIN_TWO, parts) => (parts, None),
        (JOIN, _) => {
            let made = statements[..at].iter().rposition(does_something)?;
            let (parts, dropped) = joining(statements, made)?;
            (parts, Some((made, dropped)))
        }
        _ => return None,
    };
    let room = parts.iter().map(|part| room_for(part, short)).sum::<Option<usize>>()?;
    if room > MOST || parts.iter().any(|part| part_of(part) == Some(text)) {
        return None;
    }
    if !is_only_looked_at(&statements[at + 1..], text) {
        return None;
    }
    let args = parts.iter().map(|part| part_of(part).map_or_else(|| part.clone(), Operand::from)).collect();
    let moved: Vec<Local> = parts
        .iter()
        .filter_map(|part| if let Operand::Move(local) = part { Some(*local) } else { None })
        .collect();
    if let StatementKind::Call(call) = &mut statements[at].kind {
        call.callee = Callee::Native { name: SHORT, types: Vec::new() };
        call.args = args;
    }
    if let Some((made, dropped)) = array {
        statements[made].kind = StatementKind::Nop;
        // Instead of the array, what had moved into it.
        let site = statements[dropped].clone();
        let drops =
            moved.into_iter().map(|it| Statement { kind: StatementKind::Drop(it.into()), ..site.clone() });
        statements.splice(dropped..=dropped, drops);
    }
    Some((text, room))
}

/// The local that a part is.
fn part_of(part: &Operand) -> Option<Local> {
    match part {
        Operand::Copy(place) => place.as_local(),
        Operand::Move(local) => Some(*local),
        Operand::Const(..) => None,
    }
}

/// The most bytes that a part has, if that is known: constants have their length, numbers their digits.
fn room_for(part: &Operand, short: &[Short]) -> Option<usize> {
    match part {
        Operand::Const(Const::Str(text), _) => Some(text.len()),
        part => {
            let local = part_of(part)?;
            short.iter().find(|(text, _)| *text == local).map(|(_, room)| *room)
        }
    }
}

/// The native function that a statement calls, and the local that gets its result.
fn native(statement: &Statement) -> Option<(&'static str, Option<Local>)> {
    match &statement.kind {
        StatementKind::Call(Call { callee: Callee::Native { name, .. }, dest, .. }) => {
            Some((*name, dest.as_ref().and_then(Place::as_local)))
        }
        _ => None,
    }
}

/// Whether the text is dropped in these statements, and only looked at before.
fn is_only_looked_at(statements: &[Statement], text: Local) -> bool {
    for (at, statement) in statements.iter().enumerate() {
        match &statement.kind {
            StatementKind::Drop(place) if place.as_local() == Some(text) => return true,
            StatementKind::Append(to, Appended::All(Operand::Copy(from)))
                if from.as_local() == Some(text) && !mentions_place(to, text) => {}
            StatementKind::Assign(to, Rvalue::Len(of))
                if of.as_local() == Some(text) && to.as_local().is_some_and(|to| to != text) => {}
            StatementKind::Assign(_, Rvalue::Aggregate(_, parts)) if moves(parts, text) => {
                return parts.iter().any(is_some_text) && joining(statements, at).is_some();
            }
            StatementKind::Call(call) if is_read(call, text) => {}
            _ if mentions(statement, text) => return false,
            StatementKind::Assign(to, value) if to.as_local().is_some() && is_plain(value) => {}
            StatementKind::Append(..)
            | StatementKind::Drop(_)
            | StatementKind::StorageLive(_)
            | StatementKind::StorageDead(_)
            | StatementKind::Nop => {}
            _ if matches!(native(statement), Some((OBJECT | ON_STACK | JOIN | JOIN_TWO | GROW, _))) => {}
            _ => return false,
        }
    }
    false
}

/// Whether the call reads the text, and nothing of its result is the text itself.
fn is_read(call: &Call, text: Local) -> bool {
    let Callee::Native { name, .. } = &call.callee else { return false };
    let is_it = |operand: &Operand| matches!(operand, Operand::Copy(place) if place.as_local() == Some(text));
    if call.dest.as_ref().is_some_and(|dest| mentions_place(dest, text)) {
        return false;
    }
    match (*name, call.args.as_slice()) {
        (JOIN_TWO, [one, other]) => {
            (is_it(one) && is_some_text(other)) || (is_it(other) && is_some_text(one))
        }
        (GROW, [Operand::Copy(grown), more]) => is_it(more) && !mentions_place(grown, text),
        _ => false,
    }
}

fn is_some_text(operand: &Operand) -> bool {
    matches!(operand, Operand::Const(Const::Str(text), _) if !text.is_empty())
}

/// If an array of parts is made here, joined at once and then dropped: the parts, and which statement drops it.
fn joining(statements: &[Statement], made: usize) -> Option<(&[Operand], usize)> {
    let StatementKind::Assign(to, Rvalue::Aggregate(_, parts)) = &statements[made].kind else { return None };
    let array = to.as_local()?;
    let mut rest = statements.iter().enumerate().skip(made + 1).filter(|(_, it)| does_something(it));
    let (_, join) = rest.next()?;
    let joins =
        matches!(native(join), Some((JOIN, Some(result))) if result != array) && mentions(join, array);
    let (dropped, last) = rest.find(|(_, it)| mentions(it, array))?;
    let is_drop = matches!(&last.kind, StatementKind::Drop(place) if place.as_local() == Some(array));
    (joins && is_drop).then_some((parts, dropped))
}

fn does_something(statement: &Statement) -> bool {
    !matches!(statement.kind, StatementKind::Nop)
}

fn moves(parts: &[Operand], text: Local) -> bool {
    parts.iter().filter(|it| matches!(it, Operand::Move(local) if *local == text)).count() == 1
}

/// Numbers, which take no time and keep nothing.
fn is_plain(value: &Rvalue) -> bool {
    let computes =
        matches!(value, Rvalue::Binary(..) | Rvalue::Unary(..) | Rvalue::Cast(..) | Rvalue::Len(_));
    computes || matches!(value, Rvalue::Use(Operand::Const(..)))
}

fn mentions_place(place: &Place, local: Local) -> bool {
    place.base == PlaceBase::Local(local)
}

fn mentions(statement: &Statement, local: Local) -> bool {
    let mut found = false;
    read_places(statement, &mut |place| found |= mentions_place(place, local));
    let moved = |operand: &&Operand| matches!(operand, Operand::Move(moved) if *moved == local);
    found || operands(statement).iter().any(moved) || defined_local(statement) == Some(local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::{Scheduling, Timings, check_loaded, lower};
    use crate::load::load_text;

    /// How many numbers' texts of a program are on the stack, and how many are objects.
    fn check(body: &str, on_stack: usize, objects: usize) {
        assert_eq!((calls(body, ON_STACK), calls(body, OBJECT)), (on_stack, objects), "{body}");
    }

    /// How many texts are joined on the stack, and how many are objects.
    fn check_joined(body: &str, short: usize, objects: usize) {
        let joined = calls(body, JOIN) + calls(body, JOIN_TWO);
        assert_eq!((calls(body, SHORT), joined), (short, objects), "{body}");
    }

    /// How often the program calls a function.
    fn calls(body: &str, wanted: &str) -> usize {
        let text = format!(
            "package main\nimport (\"fmt\"; \"strconv\"; \"strings\")\nfunc f(n int) string {{ var b strings.Builder; {body}; return b.String() }}\nfunc main() {{ fmt.Println(f(1)) }}\n"
        );
        let checked = check_loaded(load_text("main.goo", &text), &mut Timings::default());
        assert!(!checked.diagnostics.has_errors(), "{text}");
        let module = lower(&checked.program, Scheduling::Free, &mut Timings::default()).expect("lowering");
        let own = module.functions.iter().filter(|it| it.name == "main.main" || it.name == "main.f");
        let blocks = own.flat_map(|it| &it.blocks);
        let statements = blocks.flat_map(|it| &it.statements);
        statements.filter_map(native).filter(|(name, _)| *name == wanted).count()
    }

    #[test]
    fn what_is_appended_or_joined_is_on_the_stack() {
        check("b.WriteString(strconv.Itoa(n))", 1, 0);
        check("b.WriteString(\"a\" + strconv.Itoa(n) + \"b\" + strconv.Itoa(n + 1))", 2, 0);
        check("b.WriteString(\"a\" + strconv.Itoa(n))", 1, 0);
        check("s := strconv.Itoa(n); b.WriteString(s); b.WriteString(s)", 1, 0);
    }

    #[test]
    fn what_may_be_kept_is_an_object() {
        // Joining gives the number itself, where the other text is empty.
        check("s := b.String(); b.WriteString(s + strconv.Itoa(n))", 0, 1);
        check("xs := []string{strconv.Itoa(n)}; b.WriteString(xs[0])", 0, 1);
        check("s := strconv.Itoa(n); if n > 3 { b.WriteString(s) }", 0, 1);
        check("s := strconv.Itoa(n); c := make(chan int, 1); c <- 1; n = <-c; b.WriteString(s)", 0, 1);
    }

    #[test]
    fn what_is_surely_short_is_joined_on_the_stack() {
        check_joined("b.WriteString(\"a\" + strconv.Itoa(n) + \"b\" + strconv.Itoa(n + 1))", 1, 0);
        check_joined("s := \"a\" + strconv.Itoa(n); b.WriteString(s); n = len(s); b.WriteString(s)", 1, 0);
        check_joined("s := b.String(); b.WriteString(\"a\" + s + strconv.Itoa(n))", 0, 1);
        check_joined("s := \"a\" + strconv.Itoa(n); xs := []string{s}; b.WriteString(xs[0])", 0, 1);
        let long = format!("b.WriteString(\"{}\" + strconv.Itoa(n))", "long ".repeat(20));
        check_joined(&long, 0, 1);
    }
}
