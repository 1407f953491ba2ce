//! Which ends meet at the names of `inproc://name`? Where all names are known, an end that nobody can meet is a mistake, and so are ends of
//! different patterns or types.

use std::collections::BTreeMap;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::ChanPattern;
use crate::types::patterns::End;
use crate::types::program::EndpointUse;
use crate::types::{Program, Ty, TyKind};

/// Checks all of a program's endpoints.
pub fn check(program: &Program, diags: &mut Diagnostics) {
    let mut names: BTreeMap<&str, Vec<&EndpointUse>> = BTreeMap::new();
    let mut all_known = true;
    for endpoint in &program.info.endpoints {
        match &endpoint.name {
            Some(name) => names.entry(name).or_default().push(endpoint),
            None => all_known = false,
        }
    }
    for (name, ends) in names {
        // Some of these may have got their other end by a method.
        let got = ends.iter().any(|end| program.info.other_ends.contains(&end.under));
        if agree(program, name, &ends, diags) && all_known && !got {
            meet(name, &ends, diags);
        }
    }
}

fn row(endpoint: &EndpointUse) -> Option<&'static End> {
    End::of_kind(endpoint.under.kind())
}

/// What meets: the pattern of the end that leads.
fn meeting(end: &End) -> ChanPattern {
    match end.pattern {
        ChanPattern::Pull => ChanPattern::Push,
        ChanPattern::Sub => ChanPattern::Pub,
        ChanPattern::Plain => ChanPattern::Broadcast,
        ChanPattern::Rep => ChanPattern::Req,
        ChanPattern::Dealer => ChanPattern::Router,
        pattern => pattern,
    }
}

/// All ends of a name have one pattern and one type.
fn agree(program: &Program, name: &str, ends: &[&EndpointUse], diags: &mut Diagnostics) -> bool {
    let first = ends[0];
    let mut agree = true;
    for end in &ends[1..] {
        let (Some(a), Some(b)) = (row(first), row(end)) else { continue };
        let text = |ty: Ty| crate::types::display::type_name(program, ty);
        let differ = meeting(a) != meeting(b) || types_differ(first.under, end.under);
        if differ {
            agree = false;
            diags.push(
                Diagnostic::error(
                    Code::Endpoint,
                    end.span,
                    format!("a `{}` cannot meet a `{}` at `inproc://{name}`", text(end.ty), text(first.ty)),
                )
                .also(first.span, "the first end of this name"),
            );
        }
    }
    agree
}

fn types_differ(a: Ty, b: Ty) -> bool {
    let (TyKind::Chan { elem: a, reply: ra, .. }, TyKind::Chan { elem: b, reply: rb, .. }) =
        (a.kind(), b.kind())
    else {
        return false;
    };
    let open = |ty: &Ty| super::contents::mentions_param(*ty);
    let known = ![Some(*a), Some(*b), *ra, *rb].iter().flatten().any(open);
    known && (a, ra) != (b, rb)
}

/// There is somebody to meet.
fn meet(name: &str, ends: &[&EndpointUse], diags: &mut Diagnostics) {
    let Some(end) = row(ends[0]) else { return };
    // The two ends of a pair may come from one place of the program.
    let alone = |other: &&EndpointUse| row(other).is_some_and(|other| other.pattern == end.pattern);
    if end.pattern == ChanPattern::Pair || !ends.iter().all(alone) {
        return;
    }
    let other = match end.pattern {
        ChanPattern::Push => "pull chan",
        ChanPattern::Pull => "push chan",
        ChanPattern::Pub => "sub chan",
        ChanPattern::Sub => "pub chan",
        ChanPattern::Broadcast => "<-chan",
        ChanPattern::Plain => "broadcast chan",
        ChanPattern::Req => "rep chan",
        ChanPattern::Rep => "req chan",
        ChanPattern::Dealer => "router chan",
        ChanPattern::Router => "dealer chan",
        ChanPattern::Pair => return,
    };
    diags.push(
        Diagnostic::error(
            Code::Endpoint,
            ends[0].span,
            format!("nothing meets this `{}` at `inproc://{name}`", end.written),
        )
        .label("no other end in this program has this name")
        .help(format!("make its other end: `make({other} …) @ \"inproc://{name}\"`")),
    );
}
