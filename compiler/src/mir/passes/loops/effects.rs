//! What a statement does to storage, and what that means for a place that a pass knows something about.
//!
//! Values do not alias, so two places reach the same storage only if they have the same root, or if the root of one is a `Ref` that
//! may point into the other's. There is one more way: what an in-out parameter points to may be a variable that closures share, or one
//! of the package. Whoever writes there changes it as well, and so may everything that is called; see [`Storage::is_exposed`].

use std::borrow::Cow;
use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::reach::reaches;
use crate::mir::passes::facts;
use crate::mir::passes::liveness::lent;
use crate::mir::typing::{Typing, is_counted};
use crate::mir::visit::{base_local, defined_local, destinations, operands};
use crate::mir::{
    Function, Local, Module, Operand, Place, PlaceBase, Proj, Rvalue, Statement, StatementKind,
};
use crate::types::{Program, Ty, TyKind};

/// Something that a statement does.
pub enum Effect<'a> {
    /// Reads the bits, and looks no further, or gives them to others.
    Read(&'a Place),
    /// As `Read`, into a local that only borrows.
    Borrow,
    /// The place gets a new value.
    Write(&'a Place),
    Unique(&'a Place),
    Append(&'a Place),
    Drop(&'a Place),
    Move(Local),
    Lend(&'a Place),
    /// Variables that closures share, and those of the package, may get new values: by code that does not stand here.
    Elsewhere,
}

/// Where a place lies in relation to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    Apart,
    /// It holds, or may hold, the other.
    Above,
    Same,
    /// It may be the other.
    MaybeSame,
    /// It is in the other, or may be.
    Below,
    /// One of them is exposed, the other a variable that it may be, or be in, or hold.
    Unknown,
}

/// What is asked of a function again and again.
pub struct Storage<'a> {
    pub program: &'a Program,
    pub module: &'a Module,
    /// For each local of `Ref` type, the locals that it may point into.
    lent: Vec<Vec<Local>>,
    /// The locals of which somewhere the address is taken, so that they are in memory.
    in_memory: FxHashSet<Local>,
    /// The place that a `Ref` local points to, if it is given a value only once.
    targets: FxHashMap<Local, Place>,
    /// See [`Storage::is_exposed`]: the `Ref` locals behind which this holds, and the locals of which it holds themselves.
    exposed: Exposed,
    /// The functions of the module that may change variables of others, by number.
    reaching: &'a [bool],
    counted: RefCell<FxHashMap<Ty, bool>>,
    /// Locals that [`headers`](super::headers) added, with the places whose slices they hold.
    heads: RefCell<FxHashMap<Local, Place>>,
}

impl<'a> Storage<'a> {
    /// `reaching` is from [`reaching`](super::reach::reaching).
    pub fn new(
        program: &'a Program,
        module: &'a Module,
        reaching: &'a [bool],
        function: &Function,
    ) -> Storage<'a> {
        let lent = lent(function);
        Storage {
            program,
            module,
            exposed: Exposed::new(function, &lent),
            reaching,
            lent,
            in_memory: in_memory(function),
            targets: facts::targets(function)
                .into_iter()
                .map(|(local, place)| (local, place.clone()))
                .collect(),
            counted: RefCell::default(),
            heads: RefCell::default(),
        }
    }

    /// Whether the local is in memory wherever it is not in a register for a while.
    pub fn is_in_memory(&self, base: PlaceBase) -> bool {
        matches!(base, PlaceBase::Local(local) if self.in_memory.contains(&local))
    }

    /// From now on the local is the slice at the place, wherever it is used.
    pub fn note_head(&self, local: Local, place: &Place) {
        let place = self.named(place).into_owned();
        self.heads.borrow_mut().insert(local, place);
    }

    /// The place by the name that it had before it was read into a local.
    fn named<'p>(&self, place: &'p Place) -> Cow<'p, Place> {
        let heads = self.heads.borrow();
        let PlaceBase::Local(local) = place.base else { return Cow::Borrowed(place) };
        let Some(head) = heads.get(&local) else { return Cow::Borrowed(place) };
        Cow::Owned(Place { base: head.base, proj: head.proj.iter().chain(&place.proj).cloned().collect() })
    }

    pub fn place_ty(&self, function: &Function, place: &Place) -> Ty {
        Typing { program: self.program, module: self.module, function }.place(place)
    }

    pub fn is_counted(&self, ty: Ty) -> bool {
        *self.counted.borrow_mut().entry(ty).or_insert_with(|| is_counted(self.program, ty))
    }

    /// Whether code that does not stand in this function may change what is at the place, other than by what it is given for that:
    /// the place is behind an in-out parameter, or a `Ref` to a variable that closures share or one of the package; or a closure
    /// captured a `Ref` to it.
    pub fn is_exposed(&self, place: &Place) -> bool {
        let place = &*self.named(place);
        let PlaceBase::Local(root) = place.base else { return true };
        is_anyones(place)
            || self.exposed.locals.contains(&root)
            || place.proj.contains(&Proj::Deref) && self.exposed.refs.contains_key(&root)
    }

    /// As [`is_anyones`], also if the place is behind a `Ref` to such a variable that is made here.
    fn is_anyones(&self, place: &Place) -> bool {
        is_anyones(place)
            || place.proj.contains(&Proj::Deref)
                && matches!(place.base, PlaceBase::Local(root) if self.exposed.refs.get(&root) == Some(&true))
    }

    /// Where `place` lies in relation to `to`.
    pub fn relation(&self, place: &Place, to: &Place) -> Relation {
        let (place, to) = (&*self.named(place), &*self.named(to));
        let (PlaceBase::Local(root), PlaceBase::Local(other)) = (place.base, to.base) else {
            let meet = place.base == to.base || self.is_exposed(place) && self.is_exposed(to);
            return if meet { Relation::Unknown } else { Relation::Apart };
        };
        if root != other {
            if self.is_anyones(place) && self.is_exposed(to) || self.is_anyones(to) && self.is_exposed(place)
            {
                return Relation::Unknown;
            }
            let reaches = |of: Local| self.lent.get(of.0 as usize).map_or(&[] as &[Local], Vec::as_slice);
            let behind = |place: &Place| place.proj.contains(&Proj::Deref);
            let meet = (behind(place)
                && reaches(root).iter().any(|at| *at == other || reaches(other).contains(at)))
                || (behind(to) && reaches(other).contains(&root));
            return if meet { Relation::Above } else { Relation::Apart };
        }
        let mut certain = true;
        for (a, b) in place.proj.iter().zip(&to.proj) {
            match (a, b) {
                (Proj::Field(a), Proj::Field(b)) if a != b => return Relation::Apart,
                (Proj::Index { index: a, .. }, Proj::Index { index: b, .. }) => match (&**a, &**b) {
                    (Operand::Const(a, _), Operand::Const(b, _)) if a != b => return Relation::Apart,
                    (a, b) => certain &= a == b,
                },
                (a, b) => certain &= a == b,
            }
        }
        match place.proj.len().cmp(&to.proj.len()) {
            std::cmp::Ordering::Less => Relation::Above,
            std::cmp::Ordering::Greater => Relation::Below,
            std::cmp::Ordering::Equal if certain => Relation::Same,
            std::cmp::Ordering::Equal => Relation::MaybeSame,
        }
    }

    /// Whether using the `Ref` in this place as a value, for a callee, may change or share what is at `to` or above it.
    pub fn hands_on(&self, function: &Function, place: &Place, to: &Place) -> bool {
        let to = &*self.named(to);
        let (Some(local), PlaceBase::Local(root)) = (place.as_local(), to.base) else { return false };
        if !matches!(function.locals[local.0 as usize].ty.kind(), TyKind::Ref(_)) {
            return false;
        }
        if local == root {
            return true;
        }
        match self.targets.get(&local) {
            Some(target) => !matches!(self.relation(target, to), Relation::Apart | Relation::Below),
            None => {
                let reaches = |of: Local| &self.lent[of.0 as usize];
                reaches(local).iter().any(|at| *at == root || reaches(root).contains(at))
                    || reaches(root).contains(&local)
            }
        }
    }
}

/// Whether the place is in a variable that closures share, or one of the package.
pub fn is_anyones(place: &Place) -> bool {
    !matches!(place.base, PlaceBase::Local(_)) || place.proj.contains(&Proj::Cell)
}

/// See [`Storage::is_exposed`].
struct Exposed {
    /// `Ref` locals that point to what is exposed; with whether that may be anyone's variable, by a `Ref` that is made here, and not
    /// only what the caller lends: two in-out arguments do not overlap.
    refs: FxHashMap<Local, bool>,
    /// Locals that are exposed themselves.
    locals: FxHashSet<Local>,
}

impl Exposed {
    fn new(function: &Function, lent: &[Vec<Local>]) -> Exposed {
        let is_ref = |local: &Local| matches!(function.locals[local.0 as usize].ty.kind(), TyKind::Ref(_));
        let params = (0..function.params.len() as u32).map(Local);
        let mut refs: FxHashMap<Local, bool> = params.filter(is_ref).map(|param| (param, false)).collect();
        let mut locals = FxHashSet::default();
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            // Addresses of such variables, those that a closure captured, and what the runtime gives for either.
            let from_others = match &statement.kind {
                StatementKind::Assign(_, Rvalue::Ref(place)) => is_anyones(place),
                _ => operands(statement).into_iter().any(is_other),
            };
            let dest = match &statement.kind {
                StatementKind::Assign(dest, _) => Some(dest),
                StatementKind::Call(call) => call.dest.as_ref(),
                _ => None,
            };
            if from_others {
                refs.extend(dest.and_then(Place::as_local).filter(is_ref).map(|dest| (dest, true)));
            }
            if let StatementKind::Assign(_, Rvalue::Closure(_, captured)) = &statement.kind {
                for operand in captured {
                    if let Operand::Copy(place) = operand
                        && let Some(local) = place.as_local().filter(is_ref)
                    {
                        refs.entry(local).or_insert(false);
                        locals.extend(lent[local.0 as usize].iter().filter(|it| !is_ref(it)));
                    }
                }
            }
        }
        for local in (0..function.locals.len() as u32).map(Local).filter(is_ref) {
            let from =
                lent[local.0 as usize].iter().filter_map(|it| refs.get(it).copied()).reduce(|a, b| a | b);
            if let Some(anyones) = from {
                *refs.entry(local).or_insert(false) |= anyones;
            }
        }
        Exposed { refs, locals }
    }
}

/// Whether the operand is read from a variable that is not this function's own.
fn is_other(operand: &Operand) -> bool {
    matches!(operand, Operand::Copy(place) if is_anyones(place))
}

/// Calls `f` for everything that a statement does.
pub fn effects<'a>(
    storage: &Storage,
    function: &Function,
    statement: &'a Statement,
    f: &mut dyn FnMut(Effect<'a>),
) {
    if reaches(statement, storage.reaching) {
        f(Effect::Elsewhere);
    }
    let borrows = |dest: &Place| dest.as_local().is_some_and(|l| function.locals[l.0 as usize].borrowed);
    match &statement.kind {
        StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(place))) if borrows(dest) => {
            f(Effect::Borrow);
            f(Effect::Write(dest));
            return;
        }
        StatementKind::Assign(dest, value) => {
            if let Rvalue::Ref(place) = value {
                f(Effect::Lend(place));
            }
            f(Effect::Write(dest));
        }
        StatementKind::Call(_) | StatementKind::Select(_) => {
            destinations(statement, &mut |dest| f(Effect::Write(dest)));
        }
        StatementKind::MakeUnique(place) => f(Effect::Unique(place)),
        StatementKind::Append(place, _) => f(Effect::Append(place)),
        StatementKind::Drop(place) => f(Effect::Drop(place)),
        StatementKind::Lend { held: place, .. } | StatementKind::Retain(place) => f(Effect::Read(place)),
        StatementKind::Settle(place) => f(Effect::Write(place)),
        _ => {}
    }
    if let StatementKind::StorageLive(local) = &statement.kind {
        f(Effect::Move(*local));
    }
    for operand in operands(statement) {
        match operand {
            Operand::Copy(place) => f(Effect::Read(place)),
            Operand::Move(local) => f(Effect::Move(*local)),
            Operand::Const(..) => {}
        }
    }
    if let StatementKind::Select(select) = &statement.kind
        && let Some(Operand::Copy(place)) = &select.timeout
    {
        f(Effect::Read(place));
    }
}

/// Whether the statement gives a new value to a local that one of the place's indexes is in, or to any where an index is something else.
pub fn redefines_index(statement: &Statement, place: &Place) -> bool {
    let may_be = |index: &Operand, local: Local| !index.is_plain() || index.copied_local() == Some(local);
    defined_local(statement).is_some_and(|local| place.indexes().any(|index| may_be(index, local)))
}

/// Whether passes follow this place: it is in a variable of this activation or behind one `Ref`, not in a cell that closures share.
pub fn can_follow(place: &Place) -> bool {
    matches!(place.base, PlaceBase::Local(_))
        && !place.proj.iter().any(|step| matches!(step, Proj::Cell | Proj::Case(..) | Proj::Ok | Proj::Err))
        && place.indexes().all(Operand::is_plain)
}

fn in_memory(function: &Function) -> FxHashSet<Local> {
    let statements = function.blocks.iter().flat_map(|block| &block.statements);
    let lent = statements.filter_map(|statement| match &statement.kind {
        StatementKind::Assign(_, Rvalue::Ref(place)) if !place.is_indirect() => base_local(place),
        _ => None,
    });
    lent.collect()
}
