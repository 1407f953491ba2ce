//! Copies of functions for one closure each: what a big function with loops is given to call is known in its copy.
//!
//! ```text
//! _5 = closure main.func1(_2)                      slices.SortFunc[…](_3, _2)
//! slices.SortFunc[…](_3, _5)                       // in the copy: _1 = closure main.func1(_2), called where it is known
//! ```
//!
//! The copy has what the closure captured as parameters instead of the closure. It is made only if the function calls its
//! parameter, or hands it on to functions of which the same is true: else the closure would have to be made anew in the copy.

use rustc_hash::FxHashMap;

use super::Inliner;
use super::summary::Summary;
use crate::mir::passes::closures::{self, Known};
use crate::mir::rewrite;
use crate::mir::rewrite::for_each_target;
use crate::mir::visit::{read_places, terminator_places};
use crate::mir::{
    Block, BlockId, Callee, Const, FnId, Function, Inline, Local, LocalDecl, Operand, ParamMode, Rvalue,
    Scope, Statement, StatementKind, Terminator,
};
use crate::types::TyKind;

/// So big may the functions be that are copied, and all copies together: they are compiled as well.
const LARGEST: u32 = 600;
const ALL: u32 = 6000;

/// So big may the closure be: a bigger one does not mind being called through a pointer.
const CLOSURE: u32 = 60;

/// A closure is handed on so many times.
const DEPTH: usize = 4;

/// The copies made so far.
#[derive(Default)]
pub struct Specials {
    made: FxHashMap<(FnId, usize, FnId), FnId>,
    size: u32,
}

impl Inliner<'_> {
    /// Makes calls that are given known closures call copies that know them; whether there were any.
    pub fn specialise(&mut self, function: &mut Function) -> bool {
        let known = closures::known(function);
        let mut any = false;
        for statement in function.blocks.iter_mut().flat_map(|block| &mut block.statements) {
            let StatementKind::Call(call) = &mut statement.kind else { continue };
            let Callee::Direct(callee) = call.callee else { continue };
            let found = call.args.iter().enumerate().find_map(|(index, arg)| {
                let closure = closures::of_operand(arg, &known)?;
                self.calls_only(callee, index, DEPTH).then_some((index, closure))
            });
            let Some((index, closure)) = found else { continue };
            let Some(copy) = self.special(callee, index, &closure) else { continue };
            call.callee = Callee::Direct(copy);
            call.args.remove(index);
            call.args.extend(closure.captures.iter().map(|local| Operand::from(*local)));
            any = true;
        }
        any
    }

    /// Whether a function uses a parameter only to call it, or to hand it on to such.
    fn calls_only(&self, id: FnId, index: usize, depth: usize) -> bool {
        let function = &self.module.functions[id.0 as usize];
        if depth == 0
            || function.blocks.is_empty()
            || !matches!(function.params.get(index), Some(ParamMode::Borrow))
        {
            return false;
        }
        let param = Operand::from(Local(index as u32));
        let (mut mentions, mut good) = (0, 0);
        for block in &function.blocks {
            for statement in &block.statements {
                read_places(statement, &mut |place| mentions += usize::from(is_base(place, index)));
                let StatementKind::Call(call) = &statement.kind else { continue };
                match call.callee {
                    Callee::Closure(ref callee) => good += usize::from(*callee == param),
                    Callee::Direct(callee) => {
                        let handed = call.args.iter().enumerate().filter(|(_, arg)| **arg == param);
                        good += handed
                            .filter(|(at, _)| {
                                (callee, *at) == (id, index) || self.calls_only(callee, *at, depth - 1)
                            })
                            .count();
                    }
                    _ => {}
                }
            }
            terminator_places(&block.terminator, &mut |place| mentions += usize::from(is_base(place, index)));
        }
        good > 0 && good == mentions
    }

    /// The copy of a function for a closure as this parameter, if it is worth one.
    fn special(&mut self, callee: FnId, index: usize, closure: &Known) -> Option<FnId> {
        let key = (callee, index, closure.function);
        if let Some(&made) = self.specials.made.get(&key) {
            return Some(made);
        }
        let (original, summary) =
            (&self.module.functions[callee.0 as usize], &self.summaries[callee.0 as usize]);
        let target = &self.summaries[closure.function.0 as usize];
        let all = self.specials.size + summary.size;
        if !self.finished[callee.0 as usize]
            || !self.finished[closure.function.0 as usize]
            || (summary.stays || target.stays)
            || original.inline == Inline::Never
            || !original.captures.is_empty()
            || (summary.size > LARGEST || all > ALL || target.size > CLOSURE)
        {
            return None;
        }
        let copy = self.copy(original, index, closure.function);
        let id = FnId(self.module.functions.len() as u32);
        self.specials.size = all;
        self.specials.made.insert(key, id);
        self.summaries.push(Summary::new(&copy));
        self.finished.push(false);
        self.suspends.push(self.suspends[callee.0 as usize]);
        self.module.functions.push(copy);
        self.function(id);
        Some(id)
    }

    fn copy(&self, original: &Function, index: usize, closure: FnId) -> Function {
        let target = &self.module.functions[closure.0 as usize];
        let mut copy = original.clone();
        copy.is_closure = false;
        let (params, captures) = (original.params.len(), target.captures.len());
        let given = Local((params - 1 + captures) as u32);
        // Parameters before and behind the closure, then what it captured; then the closure as a local, and the other locals.
        let number = |local: usize| match local {
            _ if local < index => Local(local as u32),
            _ if local == index => given,
            _ if local < params => Local(local as u32 - 1),
            _ => Local((local + captures) as u32),
        };
        rewrite::for_each_local(&mut copy, &mut |local| *local = number(local.0 as usize));
        let decl = copy.locals.remove(index);
        let span = decl.span;
        copy.params.remove(index);
        let caught = target.captures.iter().map(|ty| LocalDecl::new(*ty, None, span));
        let value = match target.is_closure {
            true => Rvalue::Closure(
                closure,
                (0..captures).map(|it| Local((params - 1 + it) as u32).into()).collect(),
            ),
            false => Rvalue::Use(Operand::Const(Const::Func(closure), decl.ty)),
        };
        copy.locals.splice(params - 1..params - 1, caught.chain([decl]));
        copy.params.extend(target.captures.iter().map(|ty| match ty.kind() {
            TyKind::Ref(_) => ParamMode::InOut,
            _ => ParamMode::Borrow,
        }));
        let first = Statement { kind: StatementKind::Assign(given.into(), value), span, scope: Scope::OWN };
        begin_with(&mut copy, first);
        copy
    }
}

fn is_base(place: &crate::mir::Place, index: usize) -> bool {
    crate::mir::visit::base_local(place) == Some(Local(index as u32))
}

/// Puts a statement before everything that the function does.
fn begin_with(function: &mut Function, statement: Statement) {
    for block in &mut function.blocks {
        for_each_target(&mut block.terminator, &mut |target| target.0 += 1);
    }
    let (span, scope) = (statement.span, statement.scope);
    let entry = Block { statements: vec![statement], terminator: Terminator::Goto(BlockId(1)), span, scope };
    function.blocks.insert(0, entry);
}
