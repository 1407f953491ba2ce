//! Which objects may a place hold? Inclusion constraints, solved as they come (L. O. Andersen, "Program Analysis and
//! Specialization for the C Programming Language", 1994, chapter 4).
//!
//! A node is a place that holds objects. What one node holds flows along its edges to others; and for each object that
//! comes to a node, the node's actions are due, which may add nodes, edges and actions in turn.

use std::collections::VecDeque;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// A place that may hold objects.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Node(u32);

/// What a place may hold: a number that the caller gives meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Obj(pub u32);

type Set<T> = IndexSet<T, FxBuildHasher>;

/// The constraints; `A` is what is to be done for an object.
pub struct Solver<A> {
    nodes: Vec<Data<A>>,
    /// Objects that are new to a node.
    fresh: VecDeque<(Node, Obj)>,
    due: VecDeque<(A, Obj)>,
}

struct Data<A> {
    holds: Set<Obj>,
    to: Set<Node>,
    actions: Vec<A>,
}

impl<A> Default for Solver<A> {
    fn default() -> Self {
        Solver { nodes: Vec::new(), fresh: VecDeque::new(), due: VecDeque::new() }
    }
}

impl<A: Clone> Solver<A> {
    pub fn node(&mut self) -> Node {
        self.nodes.push(Data { holds: Set::default(), to: Set::default(), actions: Vec::new() });
        Node(self.nodes.len() as u32 - 1)
    }

    /// The node holds the object.
    pub fn add(&mut self, node: Node, obj: Obj) {
        if self.nodes[node.0 as usize].holds.insert(obj) {
            self.fresh.push_back((node, obj));
        }
    }

    /// Whatever `from` holds, `to` holds.
    pub fn flow(&mut self, from: Node, to: Node) {
        if from == to || !self.nodes[from.0 as usize].to.insert(to) {
            return;
        }
        for index in 0..self.nodes[from.0 as usize].holds.len() {
            let obj = self.nodes[from.0 as usize].holds[index];
            self.add(to, obj);
        }
    }

    /// `action` is due for each object that the node holds, or comes to hold.
    pub fn each(&mut self, node: Node, action: A) {
        let data = &mut self.nodes[node.0 as usize];
        self.due.extend(data.holds.iter().map(|obj| (action.clone(), *obj)));
        data.actions.push(action);
    }

    /// The next thing to do; `None` when everything that follows has been done.
    pub fn next(&mut self) -> Option<(A, Obj)> {
        while let Some((node, obj)) = self.fresh.pop_front() {
            let data = &self.nodes[node.0 as usize];
            self.due.extend(data.actions.iter().map(|action| (action.clone(), obj)));
            for index in 0..data.to.len() {
                let to = self.nodes[node.0 as usize].to[index];
                self.add(to, obj);
            }
        }
        self.due.pop_front()
    }

    pub fn holds(&self, node: Node) -> impl Iterator<Item = Obj> {
        self.nodes[node.0 as usize].holds.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_flow_along_edges_that_come_later_too() {
        let mut solver = Solver::<&str>::default();
        let (a, b, c) = (solver.node(), solver.node(), solver.node());
        solver.add(a, Obj(1));
        solver.flow(a, b);
        solver.each(c, "seen");
        solver.flow(b, c);
        solver.flow(c, a);
        assert_eq!(solver.next(), Some(("seen", Obj(1))));
        solver.add(b, Obj(2));
        assert_eq!(solver.next(), Some(("seen", Obj(2))));
        assert_eq!(solver.next(), None);
        assert_eq!(solver.holds(a).collect::<Vec<_>>(), [Obj(1), Obj(2)]);
    }
}
