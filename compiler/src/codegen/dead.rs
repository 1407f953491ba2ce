//! Loads whose value nobody wants: a value of several words is loaded whole, and often only a part of it is used. Cranelift keeps each load.

use cranelift_codegen::ir::{Function, Inst, Opcode};

use crate::mir::bits::BitSet;

/// Removes loads that cannot trap and whose results are not used.
pub fn remove_dead_loads(clif: &mut Function) {
    let dfg = &clif.dfg;
    let mut used = BitSet::new(dfg.num_values());
    let mut loads: Vec<Inst> = Vec::new();
    for inst in clif.layout.blocks().flat_map(|block| clif.layout.block_insts(block)) {
        dfg.inst_values(inst).for_each(|value| {
            used.insert(dfg.resolve_aliases(value).as_u32());
        });
        let data = &dfg.insts[inst];
        if data.opcode() == Opcode::Load && data.memflags_trap_code(dfg).is_none() {
            loads.push(inst);
        }
    }
    loads.retain(|inst| !dfg.inst_results(*inst).iter().any(|value| used.contains(value.as_u32())));
    for inst in loads {
        clif.layout.remove_inst(inst);
    }
}
