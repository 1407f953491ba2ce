//! The shape of a function's control flow: predecessors, dominators and loops.

use super::guard::Site;
use crate::mir::bits::BitSet;
use crate::mir::rewrite::for_each_target;
use crate::mir::visit::successors;
use crate::mir::{BlockId, Function, Terminator};

/// A block's place among the blocks, for one state of the function: it is made again after blocks were added.
pub struct Cfg {
    pub predecessors: Vec<Vec<usize>>,
    /// Blocks that can be reached, each before those that it dominates.
    pub order: Vec<usize>,
    /// The immediate dominator; a block itself for the entry and for what is not reached.
    idom: Vec<usize>,
    /// Position in `order`.
    position: Vec<usize>,
}

/// A natural loop.
pub struct Loop {
    pub header: usize,
    pub blocks: BitSet,
    /// The blocks of the loop that jump back to the header.
    pub latches: Vec<usize>,
}

const UNREACHED: usize = usize::MAX;

impl Cfg {
    pub fn new(function: &Function) -> Cfg {
        let count = function.blocks.len();
        let mut predecessors = vec![Vec::new(); count];
        let order = reverse_postorder(function);
        let mut position = vec![UNREACHED; count];
        for (index, block) in order.iter().enumerate() {
            position[*block] = index;
        }
        for &block in &order {
            for successor in successors(&function.blocks[block].terminator) {
                let list: &mut Vec<usize> = &mut predecessors[successor.0 as usize];
                if !list.contains(&block) {
                    list.push(block);
                }
            }
        }
        let mut cfg = Cfg { predecessors, order, idom: (0..count).collect(), position };
        cfg.find_dominators();
        cfg
    }

    /// After Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
    fn find_dominators(&mut self) {
        let mut known = vec![false; self.idom.len()];
        if let Some(&entry) = self.order.first() {
            known[entry] = true;
        }
        let mut changed = true;
        while changed {
            changed = false;
            for index in 1..self.order.len() {
                let block = self.order[index];
                let mut new = None;
                for &from in &self.predecessors[block] {
                    if known[from] {
                        new = Some(new.map_or(from, |other| self.common(from, other)));
                    }
                }
                if let Some(new) = new
                    && (!known[block] || self.idom[block] != new)
                {
                    self.idom[block] = new;
                    known[block] = true;
                    changed = true;
                }
            }
        }
    }

    fn common(&self, mut a: usize, mut b: usize) -> usize {
        while a != b {
            while self.position[a] > self.position[b] {
                a = self.idom[a];
            }
            while self.position[b] > self.position[a] {
                b = self.idom[b];
            }
        }
        a
    }

    pub fn is_reached(&self, block: usize) -> bool {
        self.position[block] != UNREACHED
    }

    /// Whether every way to `block` goes through `over`.
    pub fn dominates(&self, over: usize, mut block: usize) -> bool {
        if !self.is_reached(block) || !self.is_reached(over) {
            return false;
        }
        while self.position[block] > self.position[over] {
            block = self.idom[block];
        }
        block == over
    }

    /// The loops, inner ones before those around them. Two that share a header are one.
    pub fn loops(&self, function: &Function) -> Vec<Loop> {
        let mut loops: Vec<Loop> = Vec::new();
        // From the last header in the order to the first, so that inner loops come first.
        for &header in self.order.iter().rev() {
            let latches: Vec<usize> = self.predecessors[header]
                .iter()
                .copied()
                .filter(|&from| self.dominates(header, from))
                .collect();
            if latches.is_empty() {
                continue;
            }
            let mut blocks = BitSet::new(function.blocks.len());
            blocks.insert(header as u32);
            let mut work = latches.clone();
            while let Some(block) = work.pop() {
                if blocks.insert(block as u32) {
                    work.extend(&self.predecessors[block]);
                }
            }
            loops.push(Loop { header, blocks, latches });
        }
        loops
    }
}

impl Loop {
    pub fn contains(&self, block: usize) -> bool {
        self.blocks.contains(block as u32)
    }

    /// Whether every turn, the last one included, goes through this block.
    pub fn always_passes(&self, cfg: &Cfg, function: &Function, block: usize) -> bool {
        let leaves = |&from: &u32| {
            let to = successors(&function.blocks[from as usize].terminator);
            to.iter().any(|to| !self.contains(to.0 as usize))
        };
        self.latches.iter().all(|&latch| cfg.dominates(block, latch))
            && self.blocks.iter().filter(leaves).all(|from| cfg.dominates(block, from as usize))
    }
}

/// A new block before the loop, through which everything enters it; its number. The loop and the graph know nothing of it.
pub fn add_preheader(function: &mut Function, cfg: &Cfg, of: &Loop) -> usize {
    let header = BlockId(of.header as u32);
    let new = BlockId(function.blocks.len() as u32);
    let site = Site::of_end(&function.blocks[of.header]);
    for &from in cfg.predecessors[of.header].iter().filter(|&&from| !of.contains(from)) {
        redirect(&mut function.blocks[from].terminator, header, new);
    }
    function.blocks.push(site.block(Vec::new(), Terminator::Goto(header)));
    new.0 as usize
}

/// Lets a terminator go to another block instead.
pub fn redirect(terminator: &mut Terminator, from: BlockId, to: BlockId) {
    for_each_target(terminator, &mut |block| {
        if *block == from {
            *block = to;
        }
    });
}

fn reverse_postorder(function: &Function) -> Vec<usize> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::with_capacity(function.blocks.len());
    if function.blocks.is_empty() {
        return order;
    }
    seen[0] = true;
    let mut work = vec![(0, successors(&function.blocks[0].terminator).into_iter())];
    while let Some((block, rest)) = work.last_mut() {
        match rest.next() {
            Some(next) => {
                let next = next.0 as usize;
                if !std::mem::replace(&mut seen[next], true) {
                    work.push((next, successors(&function.blocks[next].terminator).into_iter()));
                }
            }
            None => {
                order.push(*block);
                work.pop();
            }
        }
    }
    order.reverse();
    order
}
