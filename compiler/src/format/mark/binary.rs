//! Blanks around operators: `a*b + c`. Those that bind tighter stand closer, in expressions that mix them and in those
//! within others.

use super::{Marker, Section};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, UnaryOp};

/// Go's five levels; `??` binds loosest.
fn precedence(op: BinaryOp) -> u8 {
    use BinaryOp::*;
    match op {
        Default | LogOr => 1,
        LogAnd => 2,
        Eq | Ne | Lt | Le | Gt | Ge => 3,
        Add | Sub | Or | Xor => 4,
        Mul | Div | Rem | Shl | Shr | And | AndNot => 5,
    }
}

/// Which levels an expression mixes, and the tightest level whose operators must have blanks lest they merge with what
/// follows.
#[derive(Default)]
struct Mix {
    has4: bool,
    has5: bool,
    must: u8,
}

impl Mix {
    fn of(expr: &Expr) -> Mix {
        let mut mix = Mix::default();
        mix.add(expr);
        mix
    }

    fn add(&mut self, expr: &Expr) {
        let ExprKind::Binary { op, left, right, .. } = &expr.kind else { return };
        let level = precedence(*op);
        self.has4 |= level == 4;
        self.has5 |= level == 5;
        if matches!(&left.kind, ExprKind::Binary { op, .. } if precedence(*op) >= level) {
            self.add(left);
        }
        match &right.kind {
            ExprKind::Binary { op: inner, .. } if precedence(*inner) > level => self.add(right),
            ExprKind::Unary { op: unary, .. } => self.must = self.must.max(must(*op, *unary)),
            _ => {}
        }
    }
}

fn must(op: BinaryOp, unary: UnaryOp) -> u8 {
    match (op, unary) {
        (BinaryOp::Div, UnaryOp::Deref) | (BinaryOp::And, UnaryOp::Ref | UnaryOp::BitNot) => 5,
        (BinaryOp::Add, UnaryOp::Plus) | (BinaryOp::Sub, UnaryOp::Neg) => 4,
        _ => 0,
    }
}

/// Operators of this level and above have no blanks.
fn cutoff(expr: &Expr, depth: u32) -> u8 {
    let mix = Mix::of(expr);
    match (mix.must, mix.has4 && mix.has5, depth) {
        (0, true, 1) => 5,
        (0, true, _) => 4,
        (0, false, 1) => 6,
        (0, false, _) => 4,
        (must, ..) => must + 1,
    }
}

/// One more for an operand that is not of the same level.
fn deeper(expr: &Expr, level: u8) -> u32 {
    match &expr.kind {
        ExprKind::Binary { op, .. } if precedence(*op) == level => 0,
        _ => 1,
    }
}

impl Marker<'_> {
    /// A chain of operators is walked in a loop along its left side, which may be long.
    pub fn binary(&mut self, expr: &Expr, depth: u32) {
        let mut expr = expr;
        let mut depth = depth;
        let mut cut = cutoff(expr, depth);
        while let ExprKind::Binary { op, op_span, left, right } = &expr.kind {
            let level = precedence(*op);
            let blanks = level < cut;
            let op_at = self.items.at(op_span.start);
            self.blank(op_at, blanks);
            self.blank(op_at + 1, blanks);
            self.marks[op_at + 1].section = Section::Always;
            self.expr(right, depth + 1);
            if self.line(op_at + 1) > self.line(op_at) {
                let end = self.items.until(right.span.end) + 1;
                self.region([op_at + 1], end);
            }
            // A left side of the same level is spaced as the whole is.
            let same = deeper(left, level) == 0;
            depth += deeper(left, level);
            expr = left;
            if !same {
                cut = cutoff(expr, depth);
            }
        }
        self.expr(expr, depth);
    }
}
