//! Cycles in graphs: of functions that call each other, of blocks that lead to each other.
//!
//! Nodes are numbers; `edges` has those that each node leads to.

use super::Function;
use super::visit::successors;

/// By block: whether a way leads from it to itself, so that one activation may run it many times.
pub fn repeated_blocks(function: &Function) -> Vec<bool> {
    let to = |block: &super::Block| successors(&block.terminator).iter().map(|to| to.0 as usize).collect();
    on_cycles(&function.blocks.iter().map(to).collect::<Vec<_>>())
}

/// By node: whether a way leads from it to itself.
pub fn on_cycles(edges: &[Vec<usize>]) -> Vec<bool> {
    let mut on_cycles = vec![false; edges.len()];
    for component in components(edges) {
        match component.as_slice() {
            [only] => on_cycles[*only] = edges[*only].contains(only),
            several => several.iter().for_each(|&node| on_cycles[node] = true),
        }
    }
    on_cycles
}

/// Strongly connected components, by Tarjan's algorithm without recursion. Each comes after those that it leads to.
pub fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut index = vec![UNSEEN; edges.len()];
    let mut low = vec![0; edges.len()];
    let mut on_stack = vec![false; edges.len()];
    let (mut stack, mut result, mut next) = (Vec::new(), Vec::new(), 0);
    for root in 0..edges.len() {
        if index[root] != UNSEEN {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some((node, edge)) = work.pop() {
            if edge == 0 {
                index[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if let Some(&target) = edges[node].get(edge) {
                work.push((node, edge + 1));
                if index[target] == UNSEEN {
                    work.push((target, 0));
                } else if on_stack[target] {
                    low[node] = low[node].min(index[target]);
                }
                continue;
            }
            if let Some(&(parent, _)) = work.last() {
                low[parent] = low[parent].min(low[node]);
            }
            if low[node] == index[node] {
                let mut component = Vec::new();
                while let Some(top) = stack.pop() {
                    on_stack[top] = false;
                    component.push(top);
                    if top == node {
                        break;
                    }
                }
                result.push(component);
            }
        }
    }
    result
}
