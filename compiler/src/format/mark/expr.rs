//! Expressions. `depth` counts how far an expression stands within others: deeper operators stand closer.

use super::Marker;
use super::list::{Element, List};
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

impl Marker<'_> {
    pub fn expr(&mut self, expr: &Expr, depth: u32) {
        use ExprKind::*;
        let first = self.items.at(expr.span.start);
        match &expr.kind {
            Binary { .. } => self.binary(expr, depth),
            Paren(inner) => self.expr(inner, depth.saturating_sub(1).max(1)),
            Select { .. } => {
                self.selector(expr, None, depth);
            }
            Call(call) => self.call(expr, call, depth),
            Index { base, args } => self.index(base, args, depth),
            Slice { base, low, high, max } => {
                self.expr(base, 1);
                self.slice(base, [low, high, max], depth);
            }
            TypeAssert { base, ty } => {
                self.expr(base, depth);
                self.expr(ty, 1);
            }
            Unary { operand, .. } => {
                self.blank(first + 1, false);
                self.expr(operand, depth);
            }
            Composite { ty, elems } => self.composite(expr, ty.as_deref(), elems, depth),
            FuncLit(lit) => {
                self.blank(first + 1, false);
                self.signature(first + 1, &lit.sig);
                self.body(first, &lit.body, false);
            }
            Name(_) | Lit(_) | Error => {}
            Try(_)
            | Recover { .. }
            | Match(_)
            | Go(_)
            | Parallel(_)
            | GoSupervise(_)
            | Interval { .. }
            | Per { .. }
            | Within { .. }
            | Endpoint { .. } => self.goo_expr(expr, depth),
            _ => self.type_expr(expr),
        }
    }

    /// What Go does not have.
    fn goo_expr(&mut self, expr: &Expr, depth: u32) {
        use ExprKind::*;
        let first = self.items.at(expr.span.start);
        match &expr.kind {
            Try(operand) => {
                self.blank(first + 1, true);
                self.expr(operand, depth);
            }
            Recover { body, handler, .. } => self.recover(first, body, handler, depth),
            Match(found) => self.match_expr(found),
            Go(call) => self.expr(call, depth),
            Parallel(parallel) => {
                self.range_bind(&parallel.bind);
                self.expr(&parallel.subject, 1);
                if !parallel.options.is_empty() {
                    let open = self.items.until(parallel.subject.span.end) + 1;
                    self.blank(open, true);
                    self.args(open, &parallel.options, 1);
                }
                self.block(&parallel.body);
            }
            GoSupervise(supervise) => self.supervise(supervise),
            Interval { low: a, high: b } => {
                self.expr(a, depth + 1);
                self.expr(b, depth + 1);
                self.blank(self.items.at(b.span.start), false);
            }
            Per { count: a, period: b }
            | Within { call: a, limit: b }
            | Endpoint { chan: a, address: b, .. } => {
                self.expr(a, depth);
                self.expr(b, depth);
                self.blank(self.items.at(b.span.start), true);
            }
            _ => {}
        }
    }

    /// `a.b`, broken after the dot or not. `call_end` is the last token of the call whose function this is; whether the
    /// dot ends a line.
    fn selector(&mut self, expr: &Expr, call_end: Option<usize>, depth: u32) {
        let ExprKind::Select { base, name } = &expr.kind else { return };
        self.expr(base, depth);
        let at = self.items.at(name.span.start);
        if self.line(at) > self.line(at - 1) {
            self.region([at], call_end.unwrap_or(at) + 1);
        }
    }

    fn call(&mut self, expr: &Expr, call: &Call, depth: u32) {
        let depth = if call.args.len() > 1 { depth + 1 } else { depth };
        let close = self.items.at(call.close.start);
        let open = self.items.pairs[close];
        match &call.callee.kind {
            ExprKind::Select { .. } => self.selector(&call.callee, Some(close), depth),
            _ => self.expr(&call.callee, depth),
        }
        self.blank(open, false);
        self.args(open, &call.args, depth);
        // Options, as those of a loop, were read as a call.
        debug_assert!(expr.span.end >= call.close.end);
    }

    /// Arguments in parentheses.
    pub fn args(&mut self, open: usize, args: &[Arg], depth: u32) {
        let close = self.items.pairs[open];
        let mut elements = Vec::with_capacity(args.len());
        for arg in args {
            self.expr(&arg.value, depth);
            let start = arg.name.map_or(arg.value.span.start, |name| name.span.start);
            if arg.name.is_some() {
                self.blank(self.items.at(arg.value.span.start), true);
            }
            elements.push(Element::new(self.items.at(start), self.items.until(arg.value.span.end)));
        }
        if let Some(last) = elements.last()
            && self.tok(last.last + 1) == Tok::Ellipsis
        {
            self.blank(last.last + 1, false);
        }
        self.list(&List { open: Some(open), elements, close: Some(close), indent: true });
    }

    fn index(&mut self, base: &Expr, args: &[Expr], depth: u32) {
        self.expr(base, 1);
        let open = self.items.until(base.span.end) + 1;
        self.blank(open, false);
        let elements = self.elements(args, depth + 1);
        self.list(&List {
            open: Some(open),
            elements,
            close: Some(self.items.pairs[open]),
            indent: args.len() > 1,
        });
    }

    fn slice(&mut self, base: &Expr, bounds: [&Option<Box<Expr>>; 3], depth: u32) {
        let open = self.items.until(base.span.end) + 1;
        self.blank(open, false);
        let given = bounds.iter().filter(|bound| bound.is_some()).count();
        let operators =
            bounds.iter().copied().flatten().any(|bound| matches!(bound.kind, ExprKind::Binary { .. }));
        let blanks = depth <= 1 && given > 1 && operators;
        let close = self.items.pairs[open];
        let mut at = open + 1;
        for (index, bound) in bounds.into_iter().enumerate() {
            if let Some(bound) = bound {
                self.expr(bound, depth + 1);
                let first = self.items.at(bound.span.start);
                self.blank(first, index > 0 && blanks);
                at = self.items.until(bound.span.end) + 1;
            }
            if at < close && self.tok(at) == Tok::Colon {
                self.blank(at, bound.is_some() && blanks);
                self.blank(at + 1, false);
                at += 1;
            }
        }
        self.blank(close, false);
    }

    fn composite(
        &mut self,
        expr: &Expr,
        ty: Option<&Expr>,
        elems: &[crate::syntax::ast::Element],
        depth: u32,
    ) {
        let close = self.items.until(expr.span.end);
        let open = self.items.pairs[close];
        if let Some(ty) = ty {
            self.expr(ty, depth);
            self.blank(open, false);
        }
        let mut elements = Vec::with_capacity(elems.len());
        for elem in elems {
            self.expr(&elem.value, 1);
            let (value, last) = (self.items.at(elem.value.span.start), self.items.until(elem.value.span.end));
            let pair = elem.key.as_ref().map(|key| {
                self.expr(key, 1);
                self.blank(value, true);
                (self.items.at(key.span.start), (self.items.until(key.span.end), value))
            });
            let first = pair.map_or(value, |(first, _)| first);
            elements.push(Element { first, last, pair: pair.map(|(_, pair)| pair) });
        }
        self.blank(close, false);
        self.blank(open + 1, false);
        self.list(&List { open: Some(open), elements, close: Some(close), indent: true });
        if elems.is_empty() && self.items.comments_within(open, close) {
            self.marks[close].opens += 1;
            self.marks[close].closes += 1;
        }
    }

    /// Marks expressions that stand in a list.
    pub fn elements(&mut self, exprs: &[Expr], depth: u32) -> Vec<Element> {
        let mut elements = Vec::with_capacity(exprs.len());
        for expr in exprs {
            self.expr(expr, depth);
            elements.push(Element::new(self.items.at(expr.span.start), self.items.until(expr.span.end)));
        }
        elements
    }

    fn recover(&mut self, first: usize, body: &RecoverBody, handler: &Block, depth: u32) {
        match body {
            RecoverBody::Expr(expr) => self.expr(expr, depth),
            RecoverBody::Block(block) => self.body(first, block, false),
        }
        let open = self.items.at(handler.span.start);
        // From the word `recover` on: its name may stand between.
        let word = if self.is_word(open - 1, "recover") { open - 1 } else { open - 2 };
        self.blank(word, true);
        self.body(word, handler, false);
    }

    fn match_expr(&mut self, found: &Match) {
        self.expr(&found.subject, 1);
        let close = self.items.until(found.span.end);
        let open = self.items.pairs[close];
        let mut firsts = Vec::with_capacity(found.arms.len());
        let several = self.line(open) < self.line(close);
        for arm in &found.arms {
            self.pattern(&arm.pattern);
            if let Some(guard) = &arm.guard {
                self.expr(guard, 1);
            }
            let (first, last) = (self.items.at(arm.span.start), self.items.until(arm.span.end));
            let (start, block) = match &arm.body {
                MatchBody::Expr(value) => {
                    self.expr(value, 1);
                    (value.span.start, None)
                }
                MatchBody::Stmt(stmt) => {
                    self.stmt(stmt);
                    (stmt.span.start, None)
                }
                MatchBody::Block(block) => (block.span.start, Some(block)),
            };
            let arrow = self.items.at(start) - 1;
            if let Some(block) = block {
                self.body(arrow, block, false);
            }
            if several && self.flat_width(first, last).is_some() {
                self.marks[arrow].cells = 1;
            }
            self.region([arrow + 1], last + 1);
            firsts.push(first);
        }
        if !several {
            // On one line, the arms keep what stands between them.
            for semi in (open..close).filter(|&index| self.tok(index) == Tok::Semi).collect::<Vec<_>>() {
                let inside = found.arms.iter().any(|arm| {
                    (self.items.at(arm.span.start)..=self.items.until(arm.span.end)).contains(&semi)
                });
                if !inside && semi + 1 < close {
                    self.marks[semi].drop = false;
                }
            }
            if !found.arms.is_empty() && self.tok(close - 1) == Tok::Comma {
                self.marks[close - 1].drop = true;
            }
            return;
        }
        for &first in &firsts[1.min(firsts.len())..] {
            let comma = self.before(first);
            self.marks[comma].drop |= self.tok(comma) == Tok::Comma;
        }
        if let Some(last) = found.arms.last() {
            let comma = self.items.until(last.span.end) + 1;
            self.marks[comma].drop |= self.tok(comma) == Tok::Comma;
        }
        self.indented(open, close);
        self.lines(&firsts);
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Case { args, .. } => args.iter().for_each(|arg| self.pattern(arg)),
            PatternKind::Value(value) => self.expr(value, 1),
            PatternKind::Range { low, high } => {
                self.expr(low, 2);
                self.expr(high, 2);
            }
            PatternKind::Or(patterns) => patterns.iter().for_each(|pattern| self.pattern(pattern)),
            PatternKind::Struct { path, fields } => {
                if let Some(name) = path.last() {
                    let open = self.items.until(name.span.end) + 1;
                    self.blank(open, false);
                    self.blank(open + 1, false);
                    self.blank(self.items.pairs[open], false);
                }
                fields.iter().for_each(|(_, pattern)| self.pattern(pattern));
            }
            PatternKind::Wildcard | PatternKind::Name(_) | PatternKind::Error => {}
        }
    }
}
