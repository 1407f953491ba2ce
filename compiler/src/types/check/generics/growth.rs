//! Would the instances of a generic function or type go on for ever?
//!
//! `func f[T any](x T) { f([]T{x}) }` calls `f[int]`, `f[[]int]`, `f[[][]int]` and so on. Each use of a generic function
//! or type is an edge from each type parameter that its argument mentions to the parameter that the argument is for; the
//! edge grows if the argument is more than the parameter itself. A cycle with an edge that grows has no end.

use rustc_hash::{FxHashMap, FxHashSet};

use super::super::Checker;
use crate::diagnostics::{Code, Diagnostic};
use crate::syntax::Span;
use crate::types::subst;
use crate::types::{Ty, TyKind, TypeParamId};

/// One type argument that mentions a type parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flow {
    from: TypeParamId,
    to: TypeParamId,
    grows: bool,
    at: Span,
}

impl<'a> Checker<'a> {
    /// Notes that parameters get these arguments.
    pub fn note_instance(&mut self, params: &[TypeParamId], args: &[Ty], at: Span) {
        for (&to, &arg) in params.iter().zip(args) {
            let mut mentioned = Vec::new();
            subst::map(arg, &mut |param| {
                mentioned.push(param);
                None
            });
            let grows = !matches!(arg.kind(), TyKind::Param(_));
            let to = self.declared_param(to);
            for from in mentioned {
                let from = self.declared_param(from);
                self.flows.push(Flow { from, to, grows, at });
            }
        }
    }

    /// The parameter as its type declares it, for one that a method's receiver names.
    fn declared_param(&self, param: TypeParamId) -> TypeParamId {
        self.receiver_params.get(&param).copied().unwrap_or(param)
    }

    /// Reports instances that go on for ever, once for each group of parameters.
    pub fn report_growth(&mut self) {
        let flows = std::mem::take(&mut self.flows);
        let mut next: FxHashMap<TypeParamId, Vec<TypeParamId>> = FxHashMap::default();
        for flow in &flows {
            next.entry(flow.from).or_default().push(flow.to);
        }
        let mut reported: FxHashSet<TypeParamId> = FxHashSet::default();
        for flow in flows.iter().filter(|flow| flow.grows) {
            let back = reachable(&next, flow.to);
            if !back.contains(&flow.from) || reported.contains(&flow.to) {
                continue;
            }
            reported.extend(&back);
            let def = &self.program.type_params[flow.to.0 as usize];
            let (name, span) = (def.name, def.span);
            self.report(
                Diagnostic::error(
                    Code::Constraint,
                    span,
                    format!("the type argument for `{name}` grows with each instance, without end"),
                )
                .label("each instance needs a larger one")
                .also(flow.at, "here"),
            );
        }
    }
}

/// The parameters that the arguments for one flow to, itself included.
fn reachable(next: &FxHashMap<TypeParamId, Vec<TypeParamId>>, start: TypeParamId) -> FxHashSet<TypeParamId> {
    let mut seen = FxHashSet::default();
    let mut open = vec![start];
    while let Some(param) = open.pop() {
        if seen.insert(param) {
            open.extend(next.get(&param).into_iter().flatten());
        }
    }
    seen
}
