//! What must type parameters be, so that two types are the same?
//!
//! Go's unification: exact below the top, and at the top (where a value is assigned) a declared type matches what is
//! under it, channels may differ in direction, and an interface matches a type that has its methods.

use super::super::Checker;
use super::super::method_sets::{Lookup, MemberKind};
use crate::syntax::ast::ChanDir;
use crate::types::{FuncTy, Ty, TyKind, TypeParamId};

/// The type parameters to find, and what has been found for them.
#[derive(Debug)]
pub(super) struct Unifier {
    params: Vec<TypeParamId>,
    /// Parameters that must be the same share a slot.
    slots: Vec<usize>,
    found: Vec<Option<Ty>>,
}

/// How closely two types must agree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Match {
    /// A value of the second type is assigned to a variable of the first.
    Assign,
    /// Either may be a declared type with the other under it.
    Loose,
    Exact,
}

/// Types that contain themselves through their parameters end here.
const MAX_DEPTH: u32 = 60;

impl Unifier {
    pub fn new(params: &[TypeParamId], given: Vec<Option<Ty>>) -> Unifier {
        Unifier { params: params.to_vec(), slots: (0..params.len()).collect(), found: given }
    }

    pub fn index(&self, ty: Ty) -> Option<usize> {
        let TyKind::Param(param) = ty.kind() else { return None };
        self.params.iter().position(|p| p == param)
    }

    pub fn at(&self, index: usize) -> Option<Ty> {
        self.found[self.slots[index]]
    }

    pub fn set(&mut self, index: usize, ty: Ty) {
        let slot = self.slots[index];
        self.found[slot] = Some(ty);
    }

    /// What has been found for each parameter.
    pub fn all(&self) -> Vec<Option<Ty>> {
        (0..self.params.len()).map(|index| self.at(index)).collect()
    }

    /// Makes two parameters the same; `false` when both have types already.
    fn join(&mut self, a: usize, b: usize) -> bool {
        let (a, b) = (self.slots[a], self.slots[b]);
        if a == b {
            return true;
        }
        match (self.found[a], self.found[b]) {
            (Some(_), Some(_)) => return false,
            (None, found) => self.found[a] = found,
            _ => {}
        }
        for slot in &mut self.slots {
            if *slot == b {
                *slot = a;
            }
        }
        true
    }
}

impl<'a> Checker<'a> {
    /// Unifies two types; `x` is the wanted, `y` the given one.
    pub(super) fn unify(&mut self, u: &mut Unifier, x: Ty, y: Ty, how: Match, depth: u32) -> bool {
        if x == y && u.index(x).is_none() {
            return true;
        }
        if depth > MAX_DEPTH {
            return false;
        }
        if x.is_error() || y.is_error() {
            return true;
        }
        let (mut x, mut y) = (x, y);
        // A declared type, if there is one, is `y`; a parameter to find, if there is one, is `x`.
        if matches!(x.kind(), TyKind::Named(..)) || u.index(y).is_some() {
            std::mem::swap(&mut x, &mut y);
        }
        if how != Match::Exact
            && matches!(y.kind(), TyKind::Named(..))
            && !matches!(x.kind(), TyKind::Named(..) | TyKind::Param(_) | TyKind::Interface(_))
        {
            y = self.underlying(y);
        }
        match (u.index(x), u.index(y)) {
            (Some(a), Some(b)) => {
                return u.join(a, b)
                    || match (u.at(a), u.at(b)) {
                        (Some(a), Some(b)) => self.unify(u, a, b, how, depth + 1),
                        _ => false,
                    };
            }
            (Some(index), None) => return self.unify_param(u, index, y, how, depth),
            (None, Some(index)) => return self.unify_param(u, index, x, how, depth),
            (None, None) => {}
        }
        // Also two instances of one interface: a parameter that no method uses may be anything.
        if how != Match::Exact && (self.is_interface(x) || self.is_interface(y)) {
            return self.unify_interfaces(u, x, y, depth);
        }
        self.unify_parts(u, x, y, how, depth)
    }

    /// A parameter meets a type: what was found before must match.
    fn unify_param(&mut self, u: &mut Unifier, index: usize, y: Ty, how: Match, depth: u32) -> bool {
        let Some(before) = u.at(index) else {
            u.set(index, y);
            return true;
        };
        if !self.unify(u, before, y, how, depth + 1) {
            return false;
        }
        // Of a declared type and what is under it, the declared one stays; of channels, the one for both directions.
        let named = |ty: Ty| matches!(ty.kind(), TyKind::Named(..));
        let both = |ty: Ty| matches!(ty.kind(), TyKind::Chan { dir: ChanDir::Both, .. });
        let channel = |ty: Ty| matches!(ty.kind(), TyKind::Chan { .. });
        if named(y) && !named(before) {
            u.set(index, y);
        } else if channel(before) && channel(y) && both(before) && !both(y) {
            // A channel for both directions can be given where one direction is wanted.
            u.set(index, y);
        }
        true
    }

    fn unify_interfaces(&mut self, u: &mut Unifier, x: Ty, y: Ty, depth: u32) -> bool {
        let (interface, other) = if self.is_interface(x) { (x, y) } else { (y, x) };
        let TyKind::Interface(wanted) = self.underlying(interface).kind() else { return false };
        if self.is_interface(other) {
            let TyKind::Interface(has) = self.underlying(other).kind() else { return false };
            let (small, large) =
                if wanted.methods.len() <= has.methods.len() { (wanted, has) } else { (has, wanted) };
            return small.methods.iter().all(|method| {
                large
                    .methods
                    .iter()
                    .find(|m| m.name == method.name)
                    .is_some_and(|m| self.unify(u, method.sig, m.sig, Match::Exact, depth + 1))
            });
        }
        wanted.methods.iter().all(|method| {
            let Lookup::Found(member) = self.member(other, method.name) else { return false };
            let sig = match member.kind {
                MemberKind::Method { sig, .. }
                | MemberKind::Interface { sig }
                | MemberKind::Param { sig }
                | MemberKind::Builtin { sig, .. } => sig,
                MemberKind::Field(_) => return false,
            };
            self.unify(u, method.sig, Ty::new(TyKind::Func(sig)), Match::Exact, depth + 1)
        })
    }

    /// Two types that are no parameters: of one form, with parts that unify.
    fn unify_parts(&mut self, u: &mut Unifier, x: Ty, y: Ty, how: Match, depth: u32) -> bool {
        if let (TyKind::Named(a, xs), TyKind::Named(b, ys)) = (x.kind(), y.kind()) {
            return a == b
                && xs.len() == ys.len()
                && xs.iter().zip(ys).all(|(x, y)| self.unify(u, *x, *y, how, depth + 1));
        }
        // What is assigned agrees exactly in its parts.
        let parts = if how == Match::Assign { Match::Exact } else { how };
        let mut same = |checker: &mut Self, x: Ty, y: Ty| checker.unify(u, x, y, parts, depth + 1);
        match (x.kind(), y.kind()) {
            (TyKind::Array(m, x), TyKind::Array(n, y)) => m == n && same(self, *x, *y),
            (TyKind::Slice(x), TyKind::Slice(y))
            | (TyKind::Optional(x), TyKind::Optional(y))
            | (TyKind::Task(x), TyKind::Task(y))
            | (TyKind::Mutex(x), TyKind::Mutex(y)) => same(self, *x, *y),
            (TyKind::Map(k, v), TyKind::Map(l, w)) | (TyKind::Result(k, v), TyKind::Result(l, w)) => {
                same(self, *k, *l) && same(self, *v, *w)
            }
            (
                TyKind::Chan { pattern: p, dir: d, elem: x, reply: r },
                TyKind::Chan { pattern: q, dir: e, elem: y, reply: s },
            ) => {
                p == q
                    && (how != Match::Exact || d == e)
                    && same(self, *x, *y)
                    && match (r, s) {
                        (Some(r), Some(s)) => same(self, *r, *s),
                        (None, None) => true,
                        _ => false,
                    }
            }
            (TyKind::Tuple(xs), TyKind::Tuple(ys)) => {
                xs.len() == ys.len() && xs.iter().zip(ys).all(|(x, y)| same(self, *x, *y))
            }
            (TyKind::Func(f), TyKind::Func(g)) => self.unify_funcs(u, f, g, parts, depth),
            (TyKind::Struct(xs), TyKind::Struct(ys)) => {
                xs.len() == ys.len()
                    && xs.iter().zip(ys).all(|(x, y)| {
                        x.name == y.name
                            && x.embedded == y.embedded
                            && x.tag == y.tag
                            && same(self, x.ty, y.ty)
                    })
            }
            (TyKind::Interface(a), TyKind::Interface(b)) => {
                a.methods.len() == b.methods.len()
                    && a.methods
                        .iter()
                        .zip(&b.methods)
                        .all(|(x, y)| x.name == y.name && same(self, x.sig, y.sig))
            }
            // A parameter of the function around, which is not to be found, matches by what is under it.
            (TyKind::Param(_), _) | (_, TyKind::Param(_)) if how != Match::Exact => {
                let (param, other) = if matches!(x.kind(), TyKind::Param(_)) { (x, y) } else { (y, x) };
                match self.core_type(param) {
                    Some(core) if core != param && !matches!(other.kind(), TyKind::Param(_)) => {
                        self.unify(u, core, other, how, depth + 1)
                    }
                    _ => false,
                }
            }
            _ => x == y,
        }
    }

    fn unify_funcs(&mut self, u: &mut Unifier, f: &FuncTy, g: &FuncTy, how: Match, depth: u32) -> bool {
        f.params.len() == g.params.len()
            && f.variadic == g.variadic
            && f.params
                .iter()
                .zip(&g.params)
                .all(|(p, q)| p.inout == q.inout && self.unify(u, p.ty, q.ty, how, depth + 1))
            && self.unify(u, f.result, g.result, how, depth + 1)
    }
}
