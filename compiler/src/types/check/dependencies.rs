//! `after`: which children of a `supervise` block depend on which, and the order of start that follows.

use std::collections::HashMap;

use crate::syntax::Symbol;
use crate::syntax::ast::{Child, ChildClause, ChildKind, ExprKind, Ident, strip};

/// The name that a child was given, or that of the function which it runs.
pub fn child_name(child: &Child) -> Option<Symbol> {
    if let Some(name) = child.name {
        return Some(name.name);
    }
    let ChildKind::Go(call) = &child.kind else { return None };
    let ExprKind::Call(call) = &strip(call).kind else { return None };
    match &strip(&call.callee).kind {
        ExprKind::Name(name) => Some(*name),
        ExprKind::Select { name, .. } => Some(name.name),
        _ => None,
    }
}

/// The names behind `after`.
pub fn after(child: &Child) -> impl Iterator<Item = &Ident> {
    child.clauses.iter().flat_map(|clause| match clause {
        ChildClause::After(names) => names.as_slice(),
        _ => &[],
    })
}

/// The children in the order of their start: as written, except that one which is `after` others stands behind them. Or the names that
/// depend on each other, each on the next and the last on the first.
pub fn order(children: &[Child]) -> Result<Vec<&Child>, Vec<Ident>> {
    let mut walk = Walk {
        children,
        by_name: HashMap::new(),
        state: vec![State::New; children.len()],
        order: Vec::new(),
        way: Vec::new(),
    };
    for (index, child) in children.iter().enumerate() {
        // A name that is given twice is another mistake: the first one counts.
        if let Some(name) = child.name {
            walk.by_name.entry(name.name).or_insert(index);
        }
    }
    for index in 0..children.len() {
        walk.visit(index)?;
    }
    Ok(walk.order)
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    OnTheWay,
    Done,
}

struct Walk<'a> {
    children: &'a [Child],
    by_name: HashMap<Symbol, usize>,
    state: Vec<State>,
    order: Vec<&'a Child>,
    /// From where the walk began to where it is: children, and the name by which the next is called.
    way: Vec<(usize, Ident)>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, index: usize) -> Result<(), Vec<Ident>> {
        match self.state[index] {
            State::Done => return Ok(()),
            State::OnTheWay => {
                let from = self.way.iter().position(|(child, _)| *child == index).unwrap_or(0);
                return Err(self.way[from..].iter().map(|(_, name)| *name).collect());
            }
            State::New => self.state[index] = State::OnTheWay,
        }
        let child = &self.children[index];
        for name in after(child) {
            if let Some(&other) = self.by_name.get(&name.name) {
                self.way.push((index, *name));
                self.visit(other)?;
                self.way.pop();
            }
        }
        self.state[index] = State::Done;
        self.order.push(child);
        Ok(())
    }
}
