//! Facts that hold on every way to a place in a function.

use super::cfg::Cfg;
use crate::mir::bits::BitSet;
use crate::mir::{Function, Statement};

/// What is known at the start of each block: what is known at the end of all blocks before it. Facts are numbers below
/// `facts`; `step` says what a statement makes of them. Nothing is known at the function's entry.
pub fn known_at_start(
    function: &Function,
    cfg: &Cfg,
    facts: usize,
    mut step: impl FnMut(&Statement, &mut BitSet),
) -> Vec<BitSet> {
    let none = BitSet::new(facts);
    let mut all = none.clone();
    (0..facts as u32).for_each(|number| {
        all.insert(number);
    });
    let mut at_end = vec![all; function.blocks.len()];
    let mut at_start = vec![none; function.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for &block in &cfg.order {
            if block != 0 {
                at_start[block] = meet(&cfg.predecessors[block], &at_end);
            }
            let mut known = at_start[block].clone();
            for statement in &function.blocks[block].statements {
                step(statement, &mut known);
            }
            if at_end[block] != known {
                at_end[block] = known;
                changed = true;
            }
        }
    }
    at_start
}

/// What all these blocks know at their end.
fn meet(blocks: &[usize], at_end: &[BitSet]) -> BitSet {
    let mut result = blocks.first().map_or_else(BitSet::default, |first| at_end[*first].clone());
    for block in blocks.iter().skip(1) {
        result.intersect(&at_end[*block]);
    }
    result
}
