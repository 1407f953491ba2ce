//! Building one function: blocks, scopes, locals, and where each variable lives.
//!
//! Statements go to the open block. After a statement that leaves (a return, a jump) no block is open, and what follows is
//! dropped until [`Builder::start`] opens the next one; so code that cannot be reached costs nothing. Blocks that
//! nothing leads to are removed in the end.

use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::instances::{Subst, World, cell_of, ice, ref_to};
use super::unit::Unit;
use super::{Item, Lower};
use crate::mir::rewrite::for_each_target;
use crate::mir::{
    Block, BlockId, Call, Callee, Const, FnId, Function, Inline, Local, LocalDecl, Operand, ParamMode, Place,
    PlaceBase, Proj, Rvalue, Scope, Statement, StatementKind, Terminator,
};
use crate::syntax::{NodeId, Span, Symbol};
use crate::types::{Ty, TyKind, VarId};

/// A value and its type.
#[derive(Clone, Debug)]
pub(super) struct Val {
    pub op: Operand,
    pub ty: Ty,
}

impl Val {
    pub fn new(op: impl Into<Operand>, ty: Ty) -> Val {
        Val { op: op.into(), ty }
    }

    /// The value of what has none.
    pub fn unit() -> Val {
        Val { op: zero(Ty::unit()), ty: Ty::unit() }
    }

    /// The value of what does not come back.
    pub fn never() -> Val {
        Val { op: zero(Ty::never()), ty: Ty::never() }
    }
}

/// Where a variable lives.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    Direct(Place),
    /// The place holds the cell.
    Cell(Place),
    /// The place holds a `Ref` to the caller's variable.
    Ref(Place),
    /// The variable holds the running closure.
    SelfClosure,
}

impl Binding {
    /// The variable itself; none for the running closure.
    pub fn place(&self) -> Option<Place> {
        match self {
            Binding::Direct(place) => Some(place.clone()),
            Binding::Cell(cell) => Some(cell.then(Proj::Cell)),
            Binding::Ref(address) => Some(address.then(Proj::Deref)),
            Binding::SelfClosure => None,
        }
    }
}

/// What `break` and `continue` lead to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub label: Option<Symbol>,
    pub break_to: BlockId,
    /// Absent for `switch` and `select`.
    pub continue_to: Option<BlockId>,
    /// Number of scopes outside of the statement.
    pub depth: usize,
    /// A `break` without a label goes past it.
    pub labeled_only: bool,
}

/// Where `try` leads inside something with `recover`.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub block: BlockId,
    /// Takes the error; absent when the handler does not name it.
    pub error: Option<(Place, Ty)>,
    pub depth: usize,
}

/// What `return` does.
#[derive(Clone, Debug)]
pub(super) enum Leave {
    /// Returns from the function, whose named results are these.
    Function { named: Vec<VarId> },
    /// The body of a `for range` over a function: tells the loop's function what to do. See `range_func.rs`.
    RangeBody(Box<super::range_func::Escape>),
    /// A turn of `go parallel for`: there is nothing to return from.
    Turn,
}

pub(super) struct Builder<'w, 'u> {
    pub world: &'w World<'w>,
    pub unit: &'u mut Unit,
    pub subst: &'u Subst,
    pub function: Function,
    /// What a `return` of the source gives; differs from `function.result_ty` in the body of a range over a function.
    pub result_ty: Ty,
    pub leave: Leave,
    /// The place of what is being lowered.
    pub span: Span,
    pub vars: FxHashMap<VarId, Binding>,
    /// Variables of a pattern with alternatives: each alternative gives its values to the same ones.
    pub shared_bindings: FxHashMap<VarId, Local>,
    /// Expressions that were evaluated before: what a delayed call of a builtin captured.
    pub given: FxHashMap<NodeId, super::places::Path>,
    /// Variables that live in cells although the checker did not ask for it.
    pub forced_cells: FxHashSet<VarId>,
    pub targets: Vec<Target>,
    pub handlers: Vec<Handler>,
    /// Index and collection variables of the loops around, where each index is in range.
    pub in_range: Vec<(VarId, VarId)>,
    /// The label of the statement that comes next.
    pub label: Option<Symbol>,
    /// The variable that the function literal that comes next is assigned to, if it calls itself through it.
    pub self_var: Option<VarId>,
    /// Where `yield` of a `go parallel for` puts its value.
    pub yielded: Option<(Place, Ty)>,
    /// What each turn of the loop being built starts, in a `go parallel for`.
    pub spawning: Option<super::tasks::Turn>,
    /// Where a `fallthrough` leads.
    pub fallthrough: Option<BlockId>,
    scopes: Vec<Vec<Local>>,
    at: BlockId,
    open: bool,
    closures: usize,
}

pub(super) fn zero(ty: Ty) -> Operand {
    Operand::Const(Const::Zero, ty)
}

pub(super) fn int(value: i64) -> Operand {
    Operand::Const(Const::Int(value), Ty::int())
}

pub(super) fn boolean(value: bool) -> Operand {
    Operand::Const(Const::Bool(value), Ty::bool())
}

pub(super) fn text(value: &str) -> Operand {
    Operand::Const(Const::Str(value.as_bytes().into()), Ty::string())
}

pub(super) fn capture(index: usize) -> Place {
    Place { base: PlaceBase::Capture(index as u32), proj: SmallVec::new() }
}

impl<'w, 'u> Builder<'w, 'u> {
    pub fn new(world: &'w World<'w>, unit: &'u mut Unit, subst: &'u Subst, name: String, span: Span) -> Self {
        let function = Function {
            name,
            span,
            forwards: false,
            params: Vec::new(),
            captures: Vec::new(),
            is_closure: false,
            locals: Vec::new(),
            result: None,
            result_ty: Ty::unit(),
            blocks: Vec::new(),
            has_defer: false,
            outlived: false,
            suspends: false,
            inline: Inline::Default,
            inlined: Vec::new(),
        };
        let mut builder = Builder {
            world,
            unit,
            subst,
            function,
            result_ty: Ty::unit(),
            leave: Leave::Function { named: Vec::new() },
            span,
            vars: FxHashMap::default(),
            shared_bindings: FxHashMap::default(),
            given: FxHashMap::default(),
            forced_cells: FxHashSet::default(),
            targets: Vec::new(),
            handlers: Vec::new(),
            in_range: Vec::new(),
            label: None,
            self_var: None,
            yielded: None,
            spawning: None,
            fallthrough: None,
            scopes: vec![Vec::new()],
            at: BlockId(0),
            open: false,
            closures: 0,
        };
        let entry = builder.block();
        builder.start(entry);
        builder
    }

    /// A builder for a function inside this one.
    pub fn inner(&mut self, span: Span) -> Builder<'w, '_> {
        self.closures += 1;
        let name = match self.function.is_closure {
            true => format!("{}.{}", self.function.name, self.closures),
            false => format!("{}.func{}", self.function.name, self.closures),
        };
        let mut inner = Builder::new(self.world, self.unit, self.subst, name, span);
        inner.function.is_closure = true;
        inner
    }

    /// A type in this instance.
    pub fn ty(&self, ty: Ty) -> Ty {
        self.subst.apply(ty)
    }

    pub fn kind(&self, ty: Ty) -> &'static TyKind {
        self.world.kind(ty)
    }

    pub fn var_ty(&self, var: VarId) -> Ty {
        self.ty(self.world.var(var).ty)
    }

    // Locals.

    pub fn local(&mut self, ty: Ty, name: Option<Symbol>) -> Local {
        self.function.locals.push(LocalDecl::new(ty, name, self.span));
        Local(self.function.locals.len() as u32 - 1)
    }

    pub fn temp(&mut self, ty: Ty) -> Local {
        self.local(ty, None)
    }

    pub fn param(&mut self, ty: Ty, mode: ParamMode, name: Option<Symbol>) -> Local {
        self.function.params.push(mode);
        self.local(ty, name)
    }

    /// Declares the function's result.
    pub fn returns(&mut self, ty: Ty) {
        self.function.result_ty = ty;
        self.result_ty = ty;
        if !matches!(ty.kind(), TyKind::Unit | TyKind::Never) {
            let local = self.temp(ty);
            self.function.result = Some(local);
        }
    }

    /// Whether the variable lives in a cell.
    pub fn in_cell(&self, var: VarId) -> bool {
        self.world.var(var).cell || self.forced_cells.contains(&var)
    }

    /// Makes a local for a variable that comes into being here; its value is then to be given by [`Builder::init_var`].
    pub fn declare(&mut self, var: VarId) -> Local {
        let data = self.world.var(var);
        let ty = self.ty(data.ty);
        let in_cell = self.in_cell(var);
        let local = self.local(if in_cell { cell_of(ty) } else { ty }, Some(data.name));
        self.enter_scope(local);
        let place = Place::local(local);
        self.vars.insert(var, if in_cell { Binding::Cell(place) } else { Binding::Direct(place) });
        local
    }

    /// Gives a variable its first value.
    pub fn init_var(&mut self, var: VarId, local: Local, value: Operand) {
        match self.in_cell(var) {
            true => self.assign(local, Rvalue::Cell(value)),
            false if value == zero(self.function.locals[local.0 as usize].ty) => {}
            false => self.store(local.into(), value),
        }
    }

    /// Declares a variable with a value.
    pub fn bind(&mut self, var: VarId, value: Operand) {
        let local = self.declare(var);
        self.init_var(var, local, value);
    }

    pub fn binding(&self, var: VarId) -> Lower<Binding> {
        if let Some(binding) = self.vars.get(&var) {
            return Ok(binding.clone());
        }
        if let Some(global) = self.world.global(var) {
            return Ok(Binding::Direct(Place::global(global)));
        }
        ice(self.span, format!("variable `{}` has no place here", self.world.var(var).name))
    }

    /// Where a variable is; the running closure is put into a temporary.
    pub fn var_place(&mut self, var: VarId) -> Lower<Place> {
        match self.binding(var)?.place() {
            Some(place) => Ok(place),
            None => {
                let ty = self.var_ty(var);
                Ok(self.assign_temp(Rvalue::SelfClosure, ty).into())
            }
        }
    }

    // Scopes.

    pub fn open_scope(&mut self) {
        self.scopes.push(Vec::new());
    }

    /// Makes a local one of the open scope.
    pub fn enter_scope(&mut self, local: Local) {
        self.push(StatementKind::StorageLive(local));
        self.scopes.last_mut().expect("a scope is open").push(local);
    }

    pub fn close_scope(&mut self) {
        for local in self.scopes.pop().unwrap_or_default().into_iter().rev() {
            self.push(StatementKind::StorageDead(local));
        }
    }

    pub fn depth(&self) -> usize {
        self.scopes.len()
    }

    /// The ends of the scopes that a jump leaves; they stay open for what follows in the source.
    pub fn leave_scopes(&mut self, depth: usize) {
        let dead: Vec<Local> =
            self.scopes[depth..].iter().rev().flat_map(|scope| scope.iter().rev().copied()).collect();
        for local in dead {
            self.push(StatementKind::StorageDead(local));
        }
    }

    // Blocks.

    pub fn block(&mut self) -> BlockId {
        self.function.blocks.push(Block {
            statements: Vec::new(),
            terminator: Terminator::Unreachable,
            span: self.span,
            scope: Scope::OWN,
        });
        BlockId(self.function.blocks.len() as u32 - 1)
    }

    /// Opens a block.
    pub fn start(&mut self, block: BlockId) {
        self.at = block;
        self.open = true;
    }

    /// Whether control can come here.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Ends the open block.
    pub fn end(&mut self, terminator: Terminator) {
        if self.open {
            let span = self.span;
            let block = &mut self.function.blocks[self.at.0 as usize];
            block.terminator = terminator;
            block.span = span;
            self.open = false;
        }
    }

    pub fn goto(&mut self, block: BlockId) {
        self.end(Terminator::Goto(block));
    }

    /// Goes on in a block, which others may lead to as well.
    pub fn goto_start(&mut self, block: BlockId) {
        self.goto(block);
        self.start(block);
    }

    pub fn branch(&mut self, cond: Operand, then: BlockId, otherwise: BlockId) {
        match cond {
            Operand::Const(Const::Bool(cond), _) => self.goto(if cond { then } else { otherwise }),
            cond => self.end(Terminator::Branch { cond, then, otherwise }),
        }
    }

    // Statements.

    pub fn push(&mut self, kind: StatementKind) {
        if self.open {
            let span = self.span;
            let statement = Statement { kind, span, scope: Scope::OWN };
            self.function.blocks[self.at.0 as usize].statements.push(statement);
        }
    }

    pub fn assign(&mut self, place: impl Into<Place>, value: Rvalue) {
        self.push(StatementKind::Assign(place.into(), value));
    }

    /// Puts a value into a new temporary.
    pub fn assign_temp(&mut self, value: Rvalue, ty: Ty) -> Local {
        let temp = self.temp(ty);
        self.assign(temp, value);
        temp
    }

    /// A computed value as an operand.
    pub fn eval(&mut self, value: Rvalue, ty: Ty) -> Val {
        let temp = self.assign_temp(value, ty);
        Val::new(temp, ty)
    }

    /// `place = value`. A temporary that was made just before only for this is left out.
    pub fn store(&mut self, place: Place, value: Operand) {
        if !self.open {
            return;
        }
        if let (Some(target), Operand::Copy(source)) = (place.as_local(), &value)
            && let Some(temp) = source.as_local()
            && self.retarget(temp, target)
        {
            return;
        }
        self.assign(place, Rvalue::Use(value));
    }

    /// Lets the last statement write to `target` rather than to the temporary that it just made.
    fn retarget(&mut self, temp: Local, target: Local) -> bool {
        let decls = &self.function.locals;
        if decls[temp.0 as usize].name.is_some()
            || temp.0 as usize != decls.len() - 1
            || decls[temp.0 as usize].ty != decls[target.0 as usize].ty
        {
            return false;
        }
        let Some(last) = self.function.blocks[self.at.0 as usize].statements.last_mut() else { return false };
        if reads(&last.kind, target) {
            return false;
        }
        let dest = match &mut last.kind {
            StatementKind::Assign(dest, _) => dest,
            StatementKind::Call(Call { dest: Some(dest), .. }) => dest,
            _ => return false,
        };
        if dest.as_local() != Some(temp) {
            return false;
        }
        *dest = target.into();
        true
    }

    /// The value in a temporary of its own, so that later changes of what it was read from do not show.
    pub fn snapshot(&mut self, value: Operand, ty: Ty) -> Operand {
        match &value {
            Operand::Const(..) => value,
            _ => self.assign_temp(Rvalue::Use(value), ty).into(),
        }
    }

    /// A place that holds the operand.
    pub fn place_of(&mut self, value: Operand, ty: Ty) -> Place {
        match value {
            Operand::Copy(place) => place,
            other => self.assign_temp(Rvalue::Use(other), ty).into(),
        }
    }

    /// The address of a place.
    pub fn reference(&mut self, place: Place, ty: Ty) -> Operand {
        self.assign_temp(Rvalue::Ref(place), ref_to(ty)).into()
    }

    // Calls.

    /// A call with a result of this type; for `Unit` it has none, after `Never` control does not come back.
    pub fn call(&mut self, callee: Callee, args: Vec<Operand>, result: Ty) -> Val {
        match result.kind() {
            TyKind::Unit => {
                self.push(StatementKind::Call(Call { dest: None, callee, args }));
                Val::unit()
            }
            TyKind::Never => {
                self.push(StatementKind::Call(Call { dest: None, callee, args }));
                self.end(Terminator::Unreachable);
                Val::never()
            }
            _ => {
                let dest = self.temp(result);
                self.push(StatementKind::Call(Call { dest: Some(dest.into()), callee, args }));
                Val::new(dest, result)
            }
        }
    }

    /// A call of a function of the runtime.
    pub fn native(&mut self, name: &'static str, types: Vec<Ty>, args: Vec<Operand>, result: Ty) -> Val {
        self.call(Callee::Native { name, types }, args, result)
    }

    pub fn item(&mut self, item: Item) -> FnId {
        self.unit.link(item)
    }

    // The end.

    /// The finished function, without blocks that nothing leads to.
    pub fn finish(mut self) -> (&'u mut Unit, Function) {
        prune(&mut self.function.blocks);
        (self.unit, self.function)
    }
}

/// Whether the statement reads a local in a way that must be over before it is written. Results of compiled
/// functions come back in registers; a runtime function writes its result where it goes.
fn reads(kind: &StatementKind, local: Local) -> bool {
    let mut found = false;
    let mut look = |operand: &Operand| match operand {
        Operand::Copy(place) => found |= place.base == PlaceBase::Local(local),
        Operand::Move(_) | Operand::Const(..) => {}
    };
    match kind {
        StatementKind::Assign(_, value) => match value {
            Rvalue::Aggregate(_, parts) | Rvalue::Case(_, _, parts) | Rvalue::Slice(_, parts) => {
                parts.iter().for_each(look);
            }
            Rvalue::Use(part)
            | Rvalue::Some(_, part)
            | Rvalue::Ok(_, Some(part))
            | Rvalue::Err(_, part)
            | Rvalue::Interface { value: part, .. }
            | Rvalue::Concrete(part, _)
            | Rvalue::Retype(part, _) => look(part),
            _ => {}
        },
        StatementKind::Call(Call { callee: Callee::Native { .. }, args, .. }) => args.iter().for_each(look),
        _ => {}
    }
    found
}

/// Removes blocks that cannot be reached, and those that only go on to another.
fn prune(blocks: &mut Vec<Block>) {
    let mut number = vec![None; blocks.len()];
    let mut order = Vec::new();
    let mut stack = vec![BlockId(0)];
    while let Some(id) = stack.pop() {
        let index = id.0 as usize;
        if number[index].is_some() {
            continue;
        }
        number[index] = Some(BlockId(order.len() as u32));
        order.push(index);
        let mut next = Vec::new();
        for_each_target(&mut blocks[index].terminator, &mut |id| next.push(*id));
        stack.extend(next.into_iter().rev());
    }
    let mut old: Vec<Option<Block>> = std::mem::take(blocks).into_iter().map(Some).collect();
    for index in order {
        let Some(mut block) = old[index].take() else { continue };
        for_each_target(&mut block.terminator, &mut |id| {
            *id = number[id.0 as usize].unwrap_or(*id);
        });
        blocks.push(block);
    }
}
