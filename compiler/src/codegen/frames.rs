//! Suspending, crashing and resuming: how an activation leaves its values in a heap frame, and finds them again.
//!
//! A call that may come back with a status has a *site*. When the status is not 0, control goes to the *save block* of the set of
//! locals that the site keeps (sites with equal sets share it): it makes sure that there is a frame, stores the set, and returns the status.
//! A function that can suspend starts with a look at its `frame` parameter: if there is one, it jumps to the site's *resume block*,
//! which loads the set and joins the code behind the call.
//!
//! ```text
//! entry:   brif frame, dispatch, body            call g; brif status, save(site, status), cont
//! dispatch: br_table frame.site, [resume0, …]    resume0: load the set; jump cont
//! ```
//!
//! A function is *early* when it has its frame from the start: it keeps memory in it whose address is used, or it defers calls.
//!
//! What the sites save has no places of its own: each set is stored as a whole and loaded as a whole, so each is packed into the same
//! bytes. A frame is as large as its largest set, not as all that it ever keeps.

use cranelift_codegen::entity::EntitySet;
use cranelift_codegen::ir::{self, BlockArg, InstBuilder, JumpTableData, Value, types};
use cranelift_frontend::Variable;
use goo_runtime::abi::layout::{Context, Frame};
use rustc_hash::FxHashMap;

use super::function::Fx;
use super::homes::Home;
use super::liveness::Kept;
use super::places::{Addr, Leaves, Val};
use super::symbols::{Helper, Item};
use super::unit::Unit;
use crate::mir::typing::Typing;
use crate::mir::{Callee, Function, Operand, Scope, StatementKind};
use crate::syntax::{Span, Symbol};
use crate::types::Ty;

/// Something that a frame keeps.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Saved {
    Local {
        local: u32,
        owned: bool,
    },
    /// The closure that the activation runs.
    Closure,
    /// The deferred call that is running; the word in the frame is always up to date.
    Deferred,
}

/// A place in the frame, for the descriptor.
#[derive(Clone, Debug)]
pub struct SlotInfo {
    pub name: Option<Symbol>,
    pub ty: Ty,
    pub offset: u32,
    pub owned: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Site {
    pub span: Span,
    pub scope: Scope,
    /// Index into [`Frames::slot_sets`].
    pub slots: usize,
}

struct SaveBlock {
    block: ir::Block,
    set: Vec<Saved>,
    /// Where each of the set stands in the frame.
    places: Vec<u32>,
}

/// The state of frame handling in one function.
#[derive(Default)]
pub struct Frames {
    /// The frame, in an early function.
    pub variable: Option<Variable>,
    /// The `frame` parameter, if there is one.
    pub param: Option<Value>,
    /// Bytes of the frame so far.
    pub size: u32,
    pub sites: Vec<Site>,
    pub slot_sets: Vec<Vec<SlotInfo>>,
    /// Where the running deferred call stands, and behind it the list of those that were deferred.
    pub deferred: Option<u32>,
    saves: Vec<SaveBlock>,
    save_index: FxHashMap<Vec<Saved>, usize>,
    /// The blocks that crash, by the function of the runtime and the save block behind it.
    crashes: FxHashMap<(&'static str, usize), ir::Block>,
    resumes: Vec<(usize, ir::Block)>,
    /// Blocks to which more than one statement may jump, or the dispatch.
    open: EntitySet<ir::Block>,
    pub dispatch: Option<ir::Block>,
    /// The bytes that saved sets use, one set at a time: from, to.
    shared: Vec<(u32, u32)>,
    scratch: u32,
    scratch_used: u32,
    /// What the current statement's sites keep.
    pub kept: Kept,
}

/// Offsets in a frame have 32 bits.
const LARGEST_FRAME: u32 = u32::MAX - 7;

impl Frames {
    pub fn new() -> Frames {
        Frames { size: Frame::SLOTS as u32, ..Frames::default() }
    }

    /// Room in the frame.
    pub fn allocate(&mut self, size: u32) -> u32 {
        let offset = self.size.next_multiple_of(8);
        self.size = offset.saturating_add(size.next_multiple_of(8)).min(LARGEST_FRAME);
        offset
    }

    /// Places for what is saved at the same time, by size and alignment, among the bytes that other sets use as well.
    fn pack(&mut self, wanted: &[(u32, u32)]) -> Vec<u32> {
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        // Without gaps: a type's size is a multiple of its alignment.
        order.sort_by_key(|&index| std::cmp::Reverse(wanted[index].1));
        let mut places = vec![0; wanted.len()];
        let mut area = 0;
        let mut free = self.shared.first().map_or(0, |(from, _)| *from);
        for index in order {
            let (size, align) = wanted[index];
            loop {
                if area == self.shared.len() {
                    free = self.allocate(0);
                    self.shared.push((free, free));
                }
                let at = free.next_multiple_of(align);
                let end = at.saturating_add(size).min(LARGEST_FRAME);
                let (_, to) = &mut self.shared[area];
                if end > *to && *to == self.size {
                    (*to, self.size) = (end, end);
                }
                if end <= *to {
                    places[index] = at;
                    free = end;
                    break;
                }
                // Something else was put behind this area.
                area += 1;
                free = self.shared.get(area).map_or(0, |(from, _)| *from);
            }
        }
        places
    }

    /// Whether there was no room for all.
    pub fn is_too_large(&self) -> bool {
        self.size == LARGEST_FRAME
    }

    pub fn reserve_scratch(&mut self, bytes: u32) {
        self.scratch = self.allocate(bytes);
    }

    /// Whether jumps to the block may come behind the statement that made it.
    pub fn is_open(&self, block: ir::Block) -> bool {
        self.open.contains(block)
    }

    pub fn start_statement(&mut self, kept: Kept) {
        self.kept = kept;
        self.scratch_used = 0;
    }
}

/// Bytes of memory with a stable address that statements of a suspending function need for themselves.
pub fn scratch_bytes(unit: &Unit, function: &Function) -> u32 {
    let typing = Typing { program: unit.program, module: unit.module, function };
    let big = |operands: &[Operand]| -> u32 {
        operands
            .iter()
            .map(|operand| unit.layouts.of(typing.operand(operand)))
            .filter(|layout| layout.leaves.is_none())
            .map(|layout| layout.size.next_multiple_of(8))
            .sum()
    };
    let of = |kind: &StatementKind| match kind {
        StatementKind::Call(call) => match &call.callee {
            Callee::Method { .. } => 8 + big(&call.args),
            Callee::Direct(_) | Callee::Closure(_) => big(&call.args),
            Callee::Native { .. } => 0,
        },
        _ => 0,
    };
    function.blocks.iter().flat_map(|block| &block.statements).map(|s| of(&s.kind)).max().unwrap_or(0)
}

impl Fx<'_, '_> {
    /// The activation's frame; null if it has none.
    pub fn frame(&mut self) -> Value {
        match (self.frames.variable, self.frames.param) {
            (Some(variable), _) => self.b.use_var(variable),
            (None, Some(param)) => param,
            (None, None) => self.zero(types::I64),
        }
    }

    /// Memory with a stable address until the statement ends, in the frame.
    pub fn scratch(&mut self, size: u32) -> Addr {
        let frame = self.frame();
        let offset = self.frames.scratch + self.frames.scratch_used;
        self.frames.scratch_used += size.next_multiple_of(8);
        Addr::new(frame).at(offset)
    }

    /// Goes on if the status is 0, else leaves the function; the call cannot suspend.
    pub fn check_crash(&mut self, status: Value) {
        let (edge, go_on) = (self.cold_block(), self.b.create_block());
        self.b.ins().brif(status, edge, &[], go_on, &[]);
        self.b.switch_to_block(edge);
        self.crash(status);
        self.b.switch_to_block(go_on);
    }

    /// Leaves the function, in a block of a failed check, with this status.
    pub fn crash(&mut self, status: Value) {
        let set = self.crash_set();
        self.leave(set, status);
    }

    fn crash_set(&self) -> Vec<Saved> {
        self.frames.kept.owned.iter().map(|local| Saved::Local { local, owned: true }).collect()
    }

    /// In a cold block that is still empty: crashes by a function of the runtime. Checks that fail in the same way and keep the same
    /// share the code that calls it.
    pub fn fail(&mut self, panic: &'static str, args: &[Value]) {
        let set = self.crash_set();
        let slots = self.save_slots(set);
        let block = match self.frames.crashes.get(&(panic, slots)) {
            Some(block) => *block,
            None => self.new_crash_block(panic, args.len(), slots),
        };
        let site = self.new_site(slots);
        let number = self.b.ins().iconst(types::I64, site as i64);
        let args: Vec<BlockArg> = args.iter().copied().chain([number]).map(BlockArg::Value).collect();
        self.b.ins().jump(block, &args);
    }

    /// A block with the panic's arguments and the site as parameters.
    fn new_crash_block(&mut self, panic: &'static str, args: usize, slots: usize) -> ir::Block {
        let from = self.b.current_block();
        let block = self.open_block();
        for _ in 0..=args {
            self.b.append_block_param(block, types::I64);
        }
        let params = self.b.block_params(block).to_vec();
        self.b.switch_to_block(block);
        self.call_cold(panic, &params[..args]);
        let status = self.cold_result();
        let save = self.frames.saves[slots].block;
        self.b.ins().jump(save, &[params[args].into(), status.into()]);
        self.frames.crashes.insert((panic, slots), block);
        if let Some(from) = from {
            self.b.switch_to_block(from);
        }
        block
    }

    fn cold_block(&mut self) -> ir::Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    /// A cold block to which others than this statement's may jump.
    fn open_block(&mut self) -> ir::Block {
        let block = self.cold_block();
        self.frames.open.insert(block);
        block
    }

    /// Goes on if the status is 0, else leaves the function. `resume` says how a resumed activation gets the values that `returned` are:
    /// it may itself leave the function once more.
    pub fn check_suspend(
        &mut self,
        status: Value,
        returned: &[Value],
        resume: impl FnOnce(&mut Self, SuspendSite) -> Leaves,
    ) -> Leaves {
        let set = self.suspend_set(false);
        self.suspend_with(set, status, returned, resume)
    }

    pub fn suspend_set(&self, deferred: bool) -> Vec<Saved> {
        let kept = &self.frames.kept;
        let mut both = kept.owned.clone();
        both.union(&kept.live);
        let mut set: Vec<Saved> =
            both.iter().map(|local| Saved::Local { local, owned: kept.owned.contains(local) }).collect();
        if self.closure.is_some() {
            set.push(Saved::Closure);
        }
        if deferred {
            set.push(Saved::Deferred);
        }
        set
    }

    pub fn suspend_with(
        &mut self,
        set: Vec<Saved>,
        status: Value,
        returned: &[Value],
        resume: impl FnOnce(&mut Self, SuspendSite) -> Leaves,
    ) -> Leaves {
        let (edge, go_on) = (self.cold_block(), self.b.create_block());
        if self.frames.dispatch.is_none() {
            self.b.ins().brif(status, edge, &[], go_on, &[]);
            self.b.switch_to_block(edge);
            self.leave(set, status);
            self.b.switch_to_block(go_on);
            return returned.iter().copied().collect();
        }
        let results: Leaves = returned
            .iter()
            .map(|value| {
                let ty = self.b.func.dfg.value_type(*value);
                self.b.append_block_param(go_on, ty)
            })
            .collect();
        let forward: Vec<BlockArg> = returned.iter().map(|value| BlockArg::Value(*value)).collect();
        self.b.ins().brif(status, edge, &[], go_on, &forward);
        self.b.switch_to_block(edge);
        let (save, site) = self.leave(set, status);
        let resumed = self.open_block();
        self.frames.resumes.push((site, resumed));
        self.b.switch_to_block(resumed);
        self.reload(site);
        let values = resume(self, SuspendSite { save, site });
        let forward: Vec<BlockArg> = values.iter().map(|value| BlockArg::Value(*value)).collect();
        self.b.ins().jump(go_on, &forward);
        self.b.switch_to_block(go_on);
        results
    }

    /// In a resume block: leaves the function again if the status is not 0.
    pub fn suspend_again(&mut self, at: SuspendSite, status: Value) {
        let (edge, go_on) = (self.cold_block(), self.b.create_block());
        self.b.ins().brif(status, edge, &[], go_on, &[]);
        self.b.switch_to_block(edge);
        self.jump_to_save(at.save, at.site, status);
        self.b.switch_to_block(go_on);
    }

    /// Ends the block by leaving the function, at a new site; gives the save block and the site.
    ///
    /// The block must be a cold one of the site's own: what is prepared for the save block would else be prepared before every call,
    /// and stay in registers over it.
    fn leave(&mut self, set: Vec<Saved>, status: Value) -> (ir::Block, usize) {
        let slots = self.save_slots(set);
        let site = self.new_site(slots);
        let save = self.frames.saves[slots].block;
        self.jump_to_save(save, site, status);
        (save, site)
    }

    /// The number of the set, which is also that of its save block.
    fn save_slots(&mut self, set: Vec<Saved>) -> usize {
        match self.frames.save_index.get(&set) {
            Some(&index) => index,
            None => self.new_save_block(set),
        }
    }

    fn new_site(&mut self, slots: usize) -> usize {
        self.frames.sites.push(Site { span: self.span, scope: self.scope, slots });
        self.frames.sites.len() - 1
    }

    fn jump_to_save(&mut self, save: ir::Block, site: usize, status: Value) {
        let number = self.b.ins().iconst(types::I64, site as i64);
        self.b.ins().jump(save, &[number.into(), status.into()]);
    }

    fn new_save_block(&mut self, set: Vec<Saved>) -> usize {
        let block = self.open_block();
        self.b.append_block_param(block, types::I64);
        self.b.append_block_param(block, types::I64);
        let wanted: Vec<(u32, u32)> = set.iter().map(|saved| self.room_for(*saved)).collect();
        let places = self.frames.pack(&wanted);
        let slots = set.iter().zip(&places).filter_map(|(saved, at)| self.slot(*saved, *at)).collect();
        let index = self.frames.saves.len();
        self.frames.slot_sets.push(slots);
        self.frames.save_index.insert(set.clone(), index);
        self.frames.saves.push(SaveBlock { block, set, places });
        index
    }

    /// Size and alignment of what is stored for this.
    fn room_for(&mut self, saved: Saved) -> (u32, u32) {
        match saved {
            Saved::Local { local, .. } => match self.homes[local as usize] {
                Home::Frame(_) => (0, 1),
                Home::Pointer(_) => (8, 8),
                Home::Variables(_) | Home::Stack(_) => {
                    let layout = self.layout(self.func.locals[local as usize].ty);
                    (layout.size, layout.align.max(1))
                }
            },
            Saved::Closure => (8, 8),
            Saved::Deferred => (0, 1),
        }
    }

    /// Where a frame keeps this, for the descriptor; `at` is its place among the saved.
    fn slot(&mut self, saved: Saved, at: u32) -> Option<SlotInfo> {
        match saved {
            Saved::Local { local, owned } => {
                let decl = &self.func.locals[local as usize];
                let offset = match self.homes[local as usize] {
                    Home::Frame(offset) => offset,
                    _ => at,
                };
                (owned || decl.name.is_some()).then_some(SlotInfo {
                    name: decl.name,
                    ty: decl.ty,
                    offset,
                    owned,
                })
            }
            Saved::Closure => None,
            Saved::Deferred => {
                let offset = self.frames.deferred?;
                Some(SlotInfo { name: None, ty: super::function::deferred_type(), offset, owned: true })
            }
        }
    }

    /// Stores a set into a frame.
    fn save(&mut self, save: &SaveBlock, frame: Value) {
        for (saved, at) in save.set.iter().zip(&save.places) {
            let at = Addr::new(frame).at(*at);
            match *saved {
                Saved::Local { local, .. } => match self.homes[local as usize].clone() {
                    Home::Frame(_) => {}
                    Home::Pointer(variable) => {
                        let pointer = self.b.use_var(variable);
                        self.store(pointer, at);
                    }
                    Home::Variables(variables) => {
                        let layout = self.layout(self.func.locals[local as usize].ty);
                        let values = variables.iter().map(|variable| self.b.use_var(*variable)).collect();
                        self.store_value(&layout, &Val::Leaves(values), at);
                    }
                    Home::Stack(slot) => {
                        let from = self.stack_address(slot);
                        let size = self.layout(self.func.locals[local as usize].ty).size;
                        self.copy(from, at, size);
                    }
                },
                Saved::Closure => {
                    let closure = self.closure();
                    self.store(closure, at);
                }
                Saved::Deferred => {}
            }
        }
    }

    /// Loads from the frame what the site saved.
    fn reload(&mut self, site: usize) {
        let frame = self.frame();
        let index = self.frames.sites[site].slots;
        let SaveBlock { set, places, .. } = &self.frames.saves[index];
        for (saved, at) in set.clone().into_iter().zip(places.clone()) {
            let at = Addr::new(frame).at(at);
            match saved {
                Saved::Local { local, .. } => match self.homes[local as usize].clone() {
                    Home::Frame(_) | Home::Stack(_) => {}
                    Home::Pointer(variable) => {
                        let pointer = self.load(types::I64, at);
                        self.b.def_var(variable, pointer);
                    }
                    Home::Variables(variables) => {
                        let layout = self.layout(self.func.locals[local as usize].ty);
                        for (variable, leaf) in variables.iter().zip(layout.leaves.iter().flatten()) {
                            let value = self.load(leaf.ty, at.at(leaf.offset));
                            self.b.def_var(*variable, value);
                        }
                    }
                },
                Saved::Closure => {
                    let closure = self.load(types::I64, at);
                    if let Some(variable) = self.closure {
                        self.b.def_var(variable, closure);
                    }
                }
                Saved::Deferred => {}
            }
        }
    }

    /// At the end of translation: the save blocks and the dispatch of resumed activations.
    pub fn finish_frames(&mut self) {
        let saves = std::mem::take(&mut self.frames.saves);
        for save in &saves {
            self.b.switch_to_block(save.block);
            let params = self.b.block_params(save.block).to_vec();
            let frame = self.linked_frame(params[0]);
            self.save(save, frame);
            self.return_status(params[1]);
        }
        self.finish_dispatch();
    }

    /// The activation's frame, behind those that were stored since the task suspended or crashed. Most activations that wait
    /// have one already: they waited before.
    fn linked_frame(&mut self, site: Value) -> Value {
        let frame = self.frame();
        if self.frames.param.is_none() {
            return self.frame_from_helper(frame, site);
        }
        let (link, new, linked) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let result = self.b.append_block_param(linked, types::I64);
        self.b.ins().brif(frame, link, &[], new, &[]);

        self.b.switch_to_block(new);
        self.b.set_cold_block(new);
        let null = self.zero(types::I64);
        let created = self.frame_from_helper(null, site);
        self.b.ins().jump(linked, &[created.into()]);

        self.b.switch_to_block(link);
        self.b.set_cold_block(link);
        self.store(site, Addr::new(frame).at(Frame::SITE as u32));
        // The first frame's address goes to the context, that of another one to the one before it.
        let context = Addr::new(self.ctx);
        let last = self.load(types::I64, context.at(Context::LAST_FRAME as u32));
        let first = self.b.ins().iadd_imm_s(self.ctx, Context::FIRST_FRAME as i64 - Frame::PARENT as i64);
        let before = self.b.ins().select(last, last, first);
        self.store(frame, Addr::new(before).at(Frame::PARENT as u32));
        self.store(frame, context.at(Context::LAST_FRAME as u32));
        self.b.ins().jump(linked, &[frame.into()]);

        self.b.switch_to_block(linked);
        self.b.set_cold_block(linked);
        result
    }

    fn frame_from_helper(&mut self, frame: Value, site: Value) -> Value {
        let desc = self.symbols.address(&mut self.b, Item::FunctionDesc(self.id));
        let leave = self.helper(Helper::Leave);
        let ctx = self.context_anew();
        self.b.ins().call(leave, &[ctx, desc, frame, site]);
        self.load(types::I64, Addr::new(self.ctx).at(Context::LAST_FRAME as u32))
    }

    fn finish_dispatch(&mut self) {
        let (Some(dispatch), Some(frame)) = (self.frames.dispatch, self.frames.param) else { return };
        self.b.switch_to_block(dispatch);
        let nowhere = self.b.create_block();
        self.b.set_cold_block(nowhere);
        let mut targets = vec![nowhere; self.frames.sites.len()];
        for (site, block) in &self.frames.resumes {
            targets[*site] = *block;
        }
        let site = self.load(types::I32, Addr::new(frame).at(Frame::SITE as u32));
        let pool = &mut self.b.func.dfg.value_lists;
        let default = ir::BlockCall::new(nowhere, [], pool);
        let calls: Vec<_> = targets.iter().map(|block| ir::BlockCall::new(*block, [], pool)).collect();
        let table = self.b.create_jump_table(JumpTableData::new(default, &calls));
        self.b.ins().br_table(site, table);
        self.b.switch_to_block(nowhere);
        self.b.ins().trap(ir::TrapCode::unwrap_user(1));
    }

    /// Returns a status other than 0: the results mean nothing.
    fn return_status(&mut self, status: Value) {
        let mut values = vec![status];
        let results = self.unit.abi(self.id).shape.results.clone();
        for (ty, _) in results {
            values.push(self.zero(ty));
        }
        self.b.ins().return_(&values);
    }
}

/// A site whose call may suspend: what a resumed activation needs to leave again.
#[derive(Clone, Copy)]
pub struct SuspendSite {
    save: ir::Block,
    site: usize,
}
