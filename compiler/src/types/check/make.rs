//! `make(…)`: sizes, and the options of channels.

use super::constants;
use super::names::closest;
use super::{Checker, Context, Operand};
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::ast::{Arg, ChanDir, ChanPattern, Expr, ExprKind, Ident, strip};
use crate::types::patterns::{End, Other, POLICIES, Receives};
use crate::types::{Constant, Mode, Ty, TyKind, Untyped};

/// Options that only endpoints in a network have.
const ENDPOINT_OPTIONS: [&str; 6] = ["codec", "compress", "linger", "reconnect", "security", "max_size"];

impl<'a> Checker<'a> {
    /// `make(T, sizes…, option: value…)`.
    pub(super) fn make(&mut self, expr: &'a Expr, args: &'a [Arg]) -> Operand<'a> {
        let ty = match self.made_type(args) {
            Some(ty) => ty,
            None => return Operand::error(expr),
        };
        let sizes: Vec<&'a Expr> =
            args[1..].iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).collect();
        if ty.is_error() {
            for size in sizes {
                self.expr(size, None);
            }
            return Operand::error(expr);
        }
        let core = self.core_type(ty).unwrap_or(ty);
        let (least, most) = match core.kind() {
            TyKind::Slice(_) => (1, 2),
            TyKind::Map(..) | TyKind::Chan { .. } => (0, 1),
            TyKind::Error => return Operand::error(expr),
            _ => {
                let name = self.type_name(ty);
                self.report(
                    Diagnostic::error(Code::BuiltinUse, args[0].value.span, format!("cannot make `{name}`"))
                        .label("`make` makes slices, maps and channels"),
                );
                return Operand::error(expr);
            }
        };
        if sizes.len() < least || sizes.len() > most {
            let name = self.type_name(ty);
            let (at, message) = match sizes.len() < least {
                true => (expr.span, format!("`make({name})` needs a length")),
                false => (expr.span, format!("`make({name})` takes no more than {most} sizes")),
            };
            self.report(Diagnostic::error(Code::ArgumentCount, at, message));
            return Operand::error(expr);
        }
        let mut known = Vec::new();
        for size in &sizes {
            let mut x = self.expr(size, Some(Ty::int()));
            let float = matches!(x.ty.kind(), TyKind::Untyped(Untyped::Float));
            // `make([]int, 1e3)` is fine: the constant is whole.
            if float && let Some(int) = x.constant.as_ref().and_then(constants::to_int) {
                let value = Constant::Int(int);
                self.retype(&mut x, Ty::int(), Some(value));
            }
            if self.is_valid_index(&mut x, "the size") {
                known.push(
                    x.constant.as_ref().filter(|_| x.mode == Mode::Const).and_then(constants::to_index),
                );
            }
        }
        if let [Some(len), Some(cap)] = known.as_slice()
            && len > cap
        {
            self.report(
                Diagnostic::error(
                    Code::IndexRange,
                    sizes[0].span,
                    format!("the length {len} is larger than the capacity {cap}"),
                )
                .label("too long"),
            );
        }
        let end = End::of_kind(core.kind());
        if let Some(end) = end {
            self.may_be_made(expr, end, ty);
        }
        for arg in &args[1..] {
            if arg.name.is_some() {
                self.make_option(arg, core, end, sizes.is_empty());
            }
        }
        Operand::value(ty, expr)
    }

    /// The type that a `make` begins with. `make(n, []T)` has the two the wrong way round.
    fn made_type(&mut self, args: &'a [Arg]) -> Option<Ty> {
        if let [first, second] = args
            && !denotes_type(&first.value)
            && denotes_type(&second.value)
        {
            let x = self.expr_or_type(&first.value, None);
            if !x.is_type() {
                let place = first.value.span;
                let text = |span| self.program.sources.text(span).to_owned();
                let (made, size) = (text(second.value.span), text(place));
                self.var_type(&second.value);
                self.report(
                    Diagnostic::error(Code::NotType, place, format!("`{size}` is not a type"))
                        .label("`make` begins with the type")
                        .help(format!("write `make({made}, {size})`"))
                        .guess("put the type first", vec![(place, made), (second.value.span, size)]),
                );
                return None;
            }
        }
        Some(self.var_type(&args[0].value))
    }

    /// An end that is got from another one can be made only where a name connects the two.
    fn may_be_made(&mut self, expr: &'a Expr, end: &'static End, ty: Ty) {
        let name = self.type_name(ty);
        let named = self.endpoint == Some(expr.id);
        if let (Other::Leads(leader), false) = (end.other, named) {
            self.report(
                Diagnostic::error(
                    Code::WrongEnd,
                    expr.span,
                    format!("a `{name}` is not made by itself: nothing could send to it"),
                )
                .help(format!(
                    "make the `{leader} chan`, and take this end from it; or give both a name: `make({name}) @ \"inproc://name\"`"
                )),
            );
        }
    }

    /// A named option of `make(chan T, …)` or `Subscribe(…)`.
    pub fn make_option(&mut self, arg: &'a Arg, made: Ty, end: Option<&'static End>, no_size: bool) {
        let Some(name) = arg.name else { return };
        let Some(end) = end else {
            self.report(
                Diagnostic::error(
                    Code::BuiltinUse,
                    name.span,
                    format!("`{}:` is an option of channels", name.name),
                )
                .label("this is not a channel"),
            );
            return;
        };
        let option = name.name.as_str();
        if ENDPOINT_OPTIONS.contains(&option) {
            self.report(
                Diagnostic::error(
                    Code::NotAvailable,
                    name.span,
                    format!("the option `{option}` is for network endpoints, which are not available yet"),
                )
                .label("this version of Goo cannot compile it"),
            );
            return;
        }
        if !end.options.contains(&option) {
            self.unknown_option(name, end);
            return;
        }
        match option {
            "cap" if !no_size => self.report(
                Diagnostic::error(Code::BuiltinUse, name.span, "the capacity is given twice")
                    .label("given as a number already"),
            ),
            "overflow" => self.overflow_option(&arg.value, end),
            "rate" => self.rate_option(&arg.value),
            "topics" => self.topics_option(&arg.value),
            "dead" => {
                // What is buried is what would have been received.
                let received = match end.pattern {
                    ChanPattern::Pub => Receives::Published,
                    ChanPattern::Router => Receives::Letter,
                    ChanPattern::Req => Receives::Request,
                    _ => Receives::Message,
                };
                let elem = self.received_as(made, received).unwrap_or(Ty::error());
                let wanted = Ty::new(TyKind::Chan {
                    pattern: ChanPattern::Plain,
                    dir: ChanDir::Send,
                    elem,
                    reply: None,
                });
                let x = self.expr(&arg.value, Some(wanted));
                self.assign(x, wanted, &Context::Other("as the channel of dead letters"));
            }
            _ => {
                let mut x = self.expr(&arg.value, Some(Ty::int()));
                self.is_valid_index(&mut x, "the option's value");
            }
        }
    }

    fn unknown_option(&mut self, name: Ident, end: &'static End) {
        let option = name.name;
        let written = if end.is_plain() { "channels".to_owned() } else { format!("a `{}`", end.written) };
        let have = if end.is_plain() { "have" } else { "has" };
        let close = closest(option, end.options.iter().map(|name| crate::syntax::Symbol::intern(name)));
        let list = || end.options.iter().map(|o| format!("`{o}`")).collect::<Vec<_>>().join(", ");
        let help = match (close, end.other) {
            (Some(close), _) => format!("did you mean `{close}`?"),
            (None, Other::Leads(leader)) if end.options.is_empty() => {
                format!("options are given where the `{leader} chan` is made")
            }
            _ => format!("options are {}", list()),
        };
        self.report(
            Diagnostic::error(Code::BuiltinUse, name.span, format!("{written} {have} no option `{option}`"))
                .help(help),
        );
    }

    fn overflow_option(&mut self, value: &'a Expr, end: &'static End) {
        let known = matches!(&value.kind, ExprKind::Name(name) if end.policies.contains(&name.as_str()));
        if !known {
            let text = self.source_text(value.span);
            let other = matches!(&value.kind, ExprKind::Name(name) if POLICIES.contains(&name.as_str()));
            let of = if other { format!(" of a `{}`", end.written) } else { String::new() };
            let list: Vec<_> = end.policies.iter().map(|p| format!("`{p}`")).collect();
            self.report(
                Diagnostic::error(
                    Code::BuiltinUse,
                    value.span,
                    format!("`{text}` is not an overflow policy{of}"),
                )
                .help(format!("policies are {}", list.join(", "))),
            );
        }
    }

    /// `topics: ["weather.", "traffic."]`.
    fn topics_option(&mut self, value: &'a Expr) {
        self.topic_values(&listed(value));
    }

    fn rate_option(&mut self, value: &'a Expr) {
        let ExprKind::Per { count, period } = &strip(value).kind else {
            self.report(
                Diagnostic::error(Code::BuiltinUse, value.span, "a rate is a number of messages in a time")
                    .help("write `rate: 100 per 1s`"),
            );
            return;
        };
        let mut n = self.expr(count, Some(Ty::int()));
        self.is_valid_index(&mut n, "the number of messages");
        let d = self.expr(period, Some(Ty::duration()));
        self.assign(d, Ty::duration(), &Context::Other("as the time of a rate"));
    }

    /// Strings, or one `[]string`.
    pub fn topic_values(&mut self, topics: &[&'a Expr]) {
        let texts = Ty::slice(Ty::string());
        for topic in topics {
            let x = self.expr(topic, Some(Ty::string()));
            let wanted = if topics.len() == 1 && x.ty == texts { texts } else { Ty::string() };
            self.assign(x, wanted, &Context::Other("as a topic"));
        }
    }
}

/// The elements of `["a", "b"]`; any other expression is its own one element.
pub fn listed(value: &Expr) -> Vec<&Expr> {
    match &strip(value).kind {
        ExprKind::Composite { ty: None, elems } => elems.iter().map(|elem| &elem.value).collect(),
        _ => vec![value],
    }
}

/// Whether an expression can be nothing but a type: `[]T`, `map[K]V`, `chan T`.
fn denotes_type(expr: &Expr) -> bool {
    matches!(
        strip(expr).kind,
        ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType(_)
    )
}
