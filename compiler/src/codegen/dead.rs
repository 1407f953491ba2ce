//! Loads whose value nobody wants: a value of several words is loaded whole, and often only a part of it is used. Cranelift keeps each load.

use cranelift_codegen::entity::EntitySet;
use cranelift_codegen::ir::{Function, Inst, Opcode, Value};

/// Removes loads that cannot trap and whose results are not used.
pub fn remove_dead_loads(clif: &mut Function) {
    let dfg = &clif.dfg;
    let mut used: EntitySet<Value> = EntitySet::with_capacity(dfg.num_values());
    let mut loads: Vec<Inst> = Vec::new();
    for inst in clif.layout.blocks().flat_map(|block| clif.layout.block_insts(block)) {
        used.extend(dfg.inst_values(inst).map(|value| dfg.resolve_aliases(value)));
        let data = &dfg.insts[inst];
        if data.opcode() == Opcode::Load && data.memflags_trap_code(dfg).is_none() {
            loads.push(inst);
        }
    }
    loads.retain(|inst| !dfg.inst_results(*inst).iter().any(|value| used.contains(*value)));
    for inst in loads {
        clif.layout.remove_inst(inst);
    }
}
