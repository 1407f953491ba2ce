//! What a statement does to storage, and what that means for a place that a pass knows something about.
//!
//! Values do not alias, so two places reach the same storage only if they have the same root, or if the root of one is a `Ref` that
//! may point into the other's.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::mir::passes::facts::leaves_local;
use crate::mir::passes::liveness::lent;
use crate::mir::typing::{Typing, is_counted};
use crate::mir::visit::{base_local, defined_local, operands};
use crate::mir::{
    Function, Local, Module, Operand, Place, PlaceBase, Proj, Rvalue, SelectCase, Statement, StatementKind,
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
    counted: std::cell::RefCell<FxHashMap<Ty, bool>>,
}

impl<'a> Storage<'a> {
    pub fn new(program: &'a Program, module: &'a Module, function: &Function) -> Storage<'a> {
        Storage {
            program,
            module,
            lent: lent(function),
            in_memory: in_memory(function),
            targets: targets(function),
            counted: std::cell::RefCell::default(),
        }
    }

    /// Whether the local is in memory wherever it is not in a register for a while.
    pub fn is_in_memory(&self, base: PlaceBase) -> bool {
        matches!(base, PlaceBase::Local(local) if self.in_memory.contains(&local))
    }

    pub fn place_ty(&self, function: &Function, place: &Place) -> Ty {
        Typing { program: self.program, module: self.module, function }.place(place)
    }

    pub fn is_counted(&self, ty: Ty) -> bool {
        *self.counted.borrow_mut().entry(ty).or_insert_with(|| is_counted(self.program, ty))
    }

    /// Where `place` lies in relation to `to`.
    pub fn relation(&self, place: &Place, to: &Place) -> Relation {
        let (PlaceBase::Local(root), PlaceBase::Local(other)) = (place.base, to.base) else {
            return if place.base == to.base { Relation::MaybeSame } else { Relation::Apart };
        };
        if root != other {
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

/// Calls `f` for everything that a statement does.
pub fn effects<'a>(function: &Function, statement: &'a Statement, f: &mut dyn FnMut(Effect<'a>)) {
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
        StatementKind::Call(call) => call.dest.iter().for_each(|dest| f(Effect::Write(dest))),
        StatementKind::Select(select) => {
            f(Effect::Write(&select.chosen));
            for case in &select.cases {
                if let SelectCase::Recv { value, ok, .. } = case {
                    value.iter().chain(ok).for_each(|to| f(Effect::Write(to)));
                }
            }
        }
        StatementKind::MakeUnique(place) => f(Effect::Unique(place)),
        StatementKind::Append(place, _) => f(Effect::Append(place)),
        StatementKind::Drop(place) => f(Effect::Drop(place)),
        StatementKind::Retain(place) => f(Effect::Read(place)),
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

/// The locals that a place's indexes are in; `None` if an index is something else.
pub fn index_locals(place: &Place) -> Option<Vec<Local>> {
    let mut locals = Vec::new();
    for step in &place.proj {
        if let Proj::Index { index, .. } = step {
            match &**index {
                Operand::Const(..) => {}
                Operand::Copy(place) => locals.push(place.as_local()?),
                Operand::Move(_) => return None,
            }
        }
    }
    Some(locals)
}

/// Whether passes follow this place: it is in a variable of this activation or behind one `Ref`, not in a cell that closures share.
pub fn can_follow(place: &Place) -> bool {
    matches!(place.base, PlaceBase::Local(_))
        && !place.proj.iter().any(|step| matches!(step, Proj::Cell | Proj::Case(..) | Proj::Ok | Proj::Err))
        && index_locals(place).is_some()
}

/// The place without what is known of its indexes, to compare with others.
pub fn key(place: &Place) -> Place {
    with_checked(place, false)
}

/// The place with all its indexes known to be in range.
pub fn in_range(place: &Place) -> Place {
    with_checked(place, true)
}

fn with_checked(place: &Place, value: bool) -> Place {
    let mut place = place.clone();
    for step in &mut place.proj {
        if let Proj::Index { checked, .. } = step {
            *checked = value;
        }
    }
    place
}

/// The steps of a place that have to be checked.
pub fn unchecked(place: &Place) -> usize {
    place.proj.iter().filter(|step| matches!(step, Proj::Index { checked: false, .. })).count()
}

fn in_memory(function: &Function) -> FxHashSet<Local> {
    let statements = function.blocks.iter().flat_map(|block| &block.statements);
    let lent = statements.filter_map(|statement| match &statement.kind {
        StatementKind::Assign(_, Rvalue::Ref(place)) if !leaves_local(place) => base_local(place),
        _ => None,
    });
    lent.collect()
}

fn targets(function: &Function) -> FxHashMap<Local, Place> {
    let mut found: FxHashMap<Local, Option<Place>> = FxHashMap::default();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        let (local, target) = match &statement.kind {
            StatementKind::Assign(dest, Rvalue::Ref(place)) => (dest.as_local(), Some(place.clone())),
            _ => (defined_local(statement), None),
        };
        if let Some(local) = local
            && matches!(function.locals[local.0 as usize].ty.kind(), TyKind::Ref(_))
        {
            found.entry(local).and_modify(|old| *old = None).or_insert(target);
        }
    }
    found.into_iter().filter_map(|(local, target)| Some((local, target?))).collect()
}
