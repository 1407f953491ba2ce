//! Translates one function from MIR to CLIF.
//!
//! Counts are explicit by now: reading copies bits, assigning overwrites bits. A counted local that was moved from or dropped holds
//! zero, so that whatever a site saves as owned may be released whether or not it still holds something.

use std::sync::Arc;

use cranelift_codegen::ir::{self, InstBuilder, StackSlot, StackSlotData, StackSlotKind, Value, types};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Switch, Variable};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::frames::{Frames, Site, SlotInfo};
use super::homes::{self, Home};
use super::layout::Layout;
use super::liveness::{Facts, Kept};
use super::places::{Addr, Spot, Val};
use super::symbols::{Helper, Item, Symbols};
use super::unit::Unit;
use crate::diagnostics::{Code, Diagnostic};
use crate::mir::typing::Typing;
use crate::mir::visit::{defined_local, successors};
use crate::mir::{
    self, Block, FnId, Function, Local, Operand, Rvalue, Scope, Statement, StatementKind, Terminator,
};
use crate::syntax::Span;
use crate::types::{FuncTy, Ty, TyKind};

/// A function as CLIF, and what its descriptor and its line table say.
pub struct Translated {
    pub clif: ir::Function,
    pub items: Vec<Item>,
    pub frame_size: u32,
    /// Where the frame has the list of deferred calls, in a function that defers some.
    pub defers: Option<u32>,
    pub sites: Vec<Site>,
    pub slot_sets: Vec<Vec<SlotInfo>>,
    /// By number of `ir::SourceLoc`, counted from 1.
    pub spans: Vec<Span>,
    /// What made no sense: mistakes of the compiler itself.
    pub problems: Vec<String>,
    /// What is too large for a frame.
    pub too_large: Option<Diagnostic>,
}

/// Memory for a value until its statement ends.
#[derive(Clone, Copy, Debug)]
pub enum Temp {
    Stack(StackSlot),
    /// In the frame, at this offset.
    Frame(u32),
}

/// A function on its way.
pub struct Fx<'u, 'b> {
    pub unit: &'u Unit<'u>,
    pub id: FnId,
    pub func: &'u Function,
    pub b: FunctionBuilder<'b>,
    pub symbols: Symbols,
    pub homes: Vec<Home>,
    pub frames: Frames,
    pub ctx: Value,
    pub entry: ir::Block,
    /// See [`Fx::zero`].
    pub zeros: SmallVec<[(ir::Type, Value); 4]>,
    /// The closure that runs, in a function that uses it.
    pub closure: Option<Variable>,
    /// Locals in memory that the current statement moves from.
    pub moved: Vec<Local>,
    /// Locals that hold what is lent, and whether an address points into it: see [`super::lends`].
    pub lends: FxHashMap<Local, bool>,
    /// Retains and releases are calls of helpers here, see [`super::counts::apart`].
    pub counts_apart: bool,
    pub span: Span,
    pub scope: Scope,
    spans: Vec<Span>,
    problems: Vec<String>,
    blocks: Vec<ir::Block>,
    /// Of how many blocks it is decided whether they are sealed at once.
    known_blocks: usize,
    layouts: FxHashMap<Ty, Arc<Layout>>,
    /// Temporary stack memory by size: in use by the current statement, and free.
    temps: Vec<(u32, Temp)>,
    free_temps: Vec<(u32, Temp)>,
    /// What stack slots take, all together.
    pub stack_bytes: u32,
    /// Locals that hold texts in the activation's own memory at this point of the block, and how long those may be.
    pub short_texts: FxHashMap<Local, u32>,
}

/// `func()`, the type of deferred closures.
pub fn deferred_type() -> Ty {
    Ty::new(TyKind::Func(FuncTy { params: Vec::new(), variadic: false, result: Ty::unit() }))
}

/// Translates a function.
pub fn translate(unit: &Unit, id: FnId, builder_context: &mut FunctionBuilderContext) -> Translated {
    let abi = unit.abi(id);
    let name = ir::UserFuncName::user(0, id.0);
    let mut clif = ir::Function::with_name_signature(name, abi.signature());
    let mut b = FunctionBuilder::new(&mut clif, builder_context);
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    b.ensure_inserted_block();
    b.seal_block(entry);
    let ctx = b.block_params(entry)[0];
    let func = unit.function(id);
    let mut fx = Fx {
        unit,
        id,
        func,
        b,
        symbols: Symbols::new(&*unit.isa),
        homes: Vec::new(),
        frames: Frames::new(),
        ctx,
        entry,
        zeros: SmallVec::new(),
        closure: None,
        moved: Vec::new(),
        counts_apart: false,
        span: func.span,
        scope: Scope::OWN,
        spans: Vec::new(),
        problems: Vec::new(),
        blocks: Vec::new(),
        known_blocks: 0,
        layouts: FxHashMap::default(),
        temps: Vec::new(),
        free_temps: Vec::new(),
        stack_bytes: 0,
        short_texts: FxHashMap::default(),
        lends: super::lends::of(func),
    };
    fx.run();
    let too_large = fx.frames.is_too_large().then(|| fx.too_large_frame());
    let (items, frames, spans, problems) = (fx.symbols.items, fx.frames, fx.spans, fx.problems);
    fx.b.finalize(unit.isa.frontend_config());
    super::dead::remove_dead_loads(&mut clif);
    Translated {
        clif,
        items,
        frame_size: frames.size,
        defers: frames.deferred.map(|deferred| deferred + 8),
        sites: frames.sites,
        slot_sets: frames.slot_sets,
        spans,
        problems,
        too_large,
    }
}

impl<'u> Fx<'u, '_> {
    /// Says that the function's variables do not fit into one frame, at the largest that has a name.
    fn too_large_frame(&self) -> Diagnostic {
        let name = &self.func.name;
        let message = format!("the variables of `{name}` take more than 4 GiB together");
        let size = |local: &mir::LocalDecl| self.unit.layouts.of(local.ty).size;
        let named = self.func.locals.iter().filter(|local| local.name.is_some());
        let diagnostic = match named.max_by_key(|local| (size(local), std::cmp::Reverse(local.span))) {
            Some(local) => {
                let diagnostic = Diagnostic::error(Code::InvalidType, local.span, message)
                    .label(format!("the largest of them: {} MiB", size(local) >> 20));
                match self.inlined_owner(local.span) {
                    Some(callee) => diagnostic.also(
                        callee.call,
                        format!("the call of `{}`, whose variables stand with these", callee.name),
                    ),
                    None => diagnostic,
                }
            }
            None => Diagnostic::error(Code::InvalidType, self.func.span, message),
        };
        diagnostic.help("make them slices, `make([]T, n)`, which are allocated when the program runs")
    }

    /// The inlined function that declares what stands at `place`; `None` if the function itself does. A function's span is that of
    /// its name, so it is the last one that begins before the place.
    fn inlined_owner(&self, place: Span) -> Option<&'u mir::Inlined> {
        let before = |span: Span| span.file == place.file && span.start <= place.start;
        let callee = self.func.inlined.iter().filter(|callee| before(callee.span));
        let callee = callee.max_by_key(|callee| callee.span.start)?;
        let own = self.func.span;
        (!before(own) || own.start < callee.span.start).then_some(callee)
    }

    fn run(&mut self) {
        let facts = Facts::new(self.unit, self.func);
        self.blocks = self.func.blocks.iter().map(|_| self.b.create_block()).collect();
        self.known_blocks = self.b.func.dfg.num_blocks();
        let mut waiting = self.predecessors();
        self.source_location();
        self.prologue(&facts);
        self.b.ins().jump(self.blocks[0], &[]);
        self.end_statement();
        self.comes_to(0, &mut waiting);
        let apart = super::counts::apart(self.unit, self.id);
        for (index, block) in self.func.blocks.iter().enumerate() {
            self.b.switch_to_block(self.blocks[index]);
            self.counts_apart = apart[index];
            self.short_texts.clear();
            let kept = facts.block(index);
            for (position, (statement, kept)) in block.statements.iter().zip(kept).enumerate() {
                (self.span, self.scope) = (statement.span, statement.scope);
                self.source_location();
                self.frames.start_statement(kept);
                if let Some(local) = defined_local(statement) {
                    self.short_texts.remove(&local);
                }
                self.statement(statement, block.statements.get(position + 1));
                self.end_statement();
            }
            (self.span, self.scope) = (block.span, block.scope);
            self.source_location();
            self.frames.start_statement(Kept::default());
            self.terminator(block);
            self.end_statement();
            for next in successors(&block.terminator) {
                self.comes_to(next.0 as usize, &mut waiting);
            }
        }
        self.finish_frames();
        self.b.seal_all_blocks();
    }

    /// How many jumps lead to each block of the function, and one to its first from the prologue.
    fn predecessors(&self) -> Vec<usize> {
        let mut counts = vec![0; self.blocks.len()];
        counts[0] = 1;
        for next in self.func.blocks.iter().flat_map(|block| successors(&block.terminator)) {
            counts[next.0 as usize] += 1;
        }
        counts
    }

    /// Seals a block of the function behind the last jump to it: what a variable holds in a sealed block is known, while in others it is
    /// a parameter at first.
    fn comes_to(&mut self, block: usize, waiting: &mut [usize]) {
        waiting[block] -= 1;
        if waiting[block] == 0 {
            self.b.seal_block(self.blocks[block]);
        }
    }

    fn source_location(&mut self) {
        if self.spans.last() != Some(&self.span) {
            self.spans.push(self.span);
        }
        self.b.set_srcloc(ir::SourceLoc::new(self.spans.len() as u32));
    }

    fn end_statement(&mut self) {
        for local in std::mem::take(&mut self.moved) {
            self.clear_local(local);
        }
        self.free_temps.append(&mut self.temps);
        // Only a statement's own blocks are its alone.
        for number in self.known_blocks..self.b.func.dfg.num_blocks() {
            let block = ir::Block::from_u32(number as u32);
            if !self.frames.is_open(block) {
                self.b.seal_block(block);
            }
        }
        self.known_blocks = self.b.func.dfg.num_blocks();
    }

    // ---- statements

    fn statement(&mut self, statement: &Statement, next: Option<&Statement>) {
        match &statement.kind {
            StatementKind::Assign(dest, value) => self.assign(dest, value),
            StatementKind::Call(call) => self.call(call),
            StatementKind::Select(select) => self.select(select),
            StatementKind::MakeUnique(place) => self.make_unique(place),
            StatementKind::Lend { held, direct, .. } => self.lend(held, *direct),
            StatementKind::Settle(place) => self.settle(place),
            StatementKind::Append(place, appended) => self.append(place, appended),
            StatementKind::Defer(closure) => self.defer(closure),
            StatementKind::RunDefers => self.run_defers(),
            StatementKind::Poll => self.poll(),
            StatementKind::StorageLive(local) => self.clear_local(*local),
            StatementKind::Retain(place) => {
                let (spot, ty) = self.place(place);
                let value = self.read_spot(spot, ty);
                self.retain(ty, &value);
            }
            StatementKind::Drop(place) => {
                let (spot, ty) = self.place(place);
                let value = self.read_spot(spot, ty);
                match place.as_local() {
                    // A text on the stack has no owner.
                    Some(local) if self.short_texts.contains_key(&local) => {}
                    Some(local) if self.lends.contains_key(&local) => {
                        self.end_lend(ty, &value, self.lends[&local]);
                    }
                    _ => self.release(ty, &value),
                }
                if !overwrites(next, place) {
                    let layout = self.layout(ty);
                    match spot {
                        Spot::Memory(addr) => self.zero_memory(addr, layout.size),
                        Spot::Variables { .. } => {
                            let zero = self.zero_value(&layout);
                            self.write_spot(spot, ty, &zero);
                        }
                    }
                }
            }
            StatementKind::Check(place) => {
                self.place(place);
            }
            StatementKind::StorageDead(_) | StatementKind::Nop => {}
        }
    }

    fn assign(&mut self, dest: &crate::mir::Place, value: &Rvalue) {
        let value = self.rvalue(value, dest);
        if let Some(value) = value {
            let (spot, ty) = self.place(dest);
            self.write_spot(spot, ty, &value);
        }
    }

    fn terminator(&mut self, block: &Block) {
        match &block.terminator {
            Terminator::Goto(block) => {
                let block = self.blocks[block.0 as usize];
                self.b.ins().jump(block, &[]);
            }
            Terminator::Branch { cond, then, otherwise } => {
                let (cond, _) = self.operand_value(cond);
                let (then, otherwise) = (self.blocks[then.0 as usize], self.blocks[otherwise.0 as usize]);
                self.b.ins().brif(cond, then, &[], otherwise, &[]);
            }
            Terminator::Switch { value, cases, default } => {
                let on_case = is_case(block, value);
                let (mut value, _) = self.operand_value(value);
                if on_case && self.b.func.dfg.value_type(value) == types::I64 {
                    // A jump table is indexed by 32 bits: that a case's number is small need not be checked.
                    value = self.b.ins().ireduce(types::I32, value);
                }
                let bits = self.b.func.dfg.value_type(value).bits();
                let mask = if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
                let mut switch = Switch::new();
                let mut seen = rustc_hash::FxHashSet::default();
                for (case, block) in cases {
                    let case = *case as u64 & mask;
                    if seen.insert(case) {
                        switch.set_entry(u128::from(case), self.blocks[block.0 as usize]);
                    }
                }
                switch.emit(&mut self.b, value, self.blocks[default.0 as usize]);
                // It sealed its own blocks.
                self.known_blocks = self.b.func.dfg.num_blocks();
            }
            Terminator::Return => self.return_(),
            Terminator::Unreachable => {
                self.b.ins().trap(ir::TrapCode::unwrap_user(2));
            }
        }
    }

    // ---- small things that everything uses

    pub fn layout(&mut self, ty: Ty) -> Arc<Layout> {
        if let Some(layout) = self.layouts.get(&ty) {
            return layout.clone();
        }
        let layout = self.unit.layouts.of(ty);
        self.layouts.insert(ty, layout.clone());
        layout
    }

    pub fn typing(&self) -> Typing<'u> {
        Typing { program: self.unit.program, module: self.unit.module, function: self.func }
    }

    /// Notes a mistake of the compiler; translation goes on, its result is not used.
    pub fn problem(&mut self, text: String) {
        self.problems.push(format!("{}: {text}", self.func.name));
    }

    /// The closure that runs.
    pub fn closure(&mut self) -> Value {
        match self.closure {
            Some(variable) => self.b.use_var(variable),
            None => self.zero(types::I64),
        }
    }

    /// Where the n-th captured value lies behind [`Closure::CAPTURES`](goo_runtime::abi::layout::Closure::CAPTURES).
    pub fn capture_offset(&mut self, index: u32) -> u32 {
        capture_offsets(&self.unit.layouts, &self.func.captures).0[index as usize]
    }

    /// Stack memory of the activation's own.
    pub fn stack_slot(&mut self, size: u32) -> StackSlot {
        let size = size.max(1).next_multiple_of(8);
        self.stack_bytes = self.stack_bytes.saturating_add(size);
        self.b.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3))
    }

    /// Memory until the statement ends: on the stack, or, if it is large, in the frame (see [`homes::is_large`]).
    pub fn temp(&mut self, size: u32) -> Temp {
        let size = size.max(8).next_multiple_of(8);
        let temp = match self.free_temps.iter().position(|(free, _)| *free == size) {
            Some(index) => self.free_temps.swap_remove(index).1,
            None if homes::is_large(size) && self.frames.variable.is_some() => {
                Temp::Frame(self.frames.allocate(size))
            }
            None => Temp::Stack(self.stack_slot(size)),
        };
        self.temps.push((size, temp));
        temp
    }

    pub fn temp_address(&mut self, temp: Temp) -> Addr {
        match temp {
            Temp::Stack(slot) => self.stack_address(slot),
            Temp::Frame(offset) => {
                let frame = self.frame();
                Addr::new(self.b.ins().iadd_imm_s(frame, i64::from(offset)))
            }
        }
    }

    pub fn stack_address(&mut self, slot: StackSlot) -> Addr {
        Addr::new(self.b.ins().stack_addr(types::I64, slot, 0))
    }

    pub fn type_desc(&mut self, ty: Ty) -> Value {
        self.symbols.address(&mut self.b, Item::Type(ty))
    }

    pub fn helper(&mut self, helper: Helper) -> ir::FuncRef {
        let signature = || super::adapters::helper_signature(self.unit, helper);
        self.symbols.function(&mut self.b, Item::Helper(helper), signature)
    }

    /// The only leaf of a one-word value.
    pub fn first(&mut self, value: &Val) -> Value {
        match value {
            Val::Leaves(values) if !values.is_empty() => values[0],
            Val::Leaves(_) => self.zero(types::I64),
            Val::At(addr) => self.load(types::I64, *addr),
        }
    }
}

/// Offsets of captured values behind the closure's head, and the bytes of all.
pub fn capture_offsets(layouts: &super::layout::Layouts, captures: &[Ty]) -> (Vec<u32>, u32) {
    let mut offset = 0;
    let offsets = captures
        .iter()
        .map(|ty| {
            let at = offset;
            offset += layouts.of(*ty).size.next_multiple_of(8);
            at
        })
        .collect();
    (offsets, offset)
}

/// Whether the operand is the number of an enum's case, found out in this block.
fn is_case(block: &Block, operand: &Operand) -> bool {
    let Operand::Copy(place) = operand else { return false };
    block.statements.iter().rev().find_map(|statement| match &statement.kind {
        StatementKind::Assign(dest, value) if dest == place => Some(matches!(value, Rvalue::Discriminant(_))),
        _ => None,
    }) == Some(true)
}

/// Whether the statement gives the place a new value as a whole, so that it need not be zeroed before.
fn overwrites(next: Option<&Statement>, place: &crate::mir::Place) -> bool {
    matches!(
        next.map(|statement| &statement.kind),
        Some(StatementKind::Assign(dest, Rvalue::Use(_))) if dest.is_same(place)
    )
}
