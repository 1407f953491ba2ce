//! Places: how an expression that can be assigned becomes a way to storage.
//!
//! A [`Path`] is a place whose operands (indexes, keys) have been evaluated, but through which nothing has been read or
//! made unique yet. Go's assignment evaluates all paths first and then uses them, one by one: to read
//! ([`Builder::read_path`]), to write ([`Builder::write_path`], which makes each level of storage unique, outermost first, and
//! inserts missing map entries), or to lend ([`Builder::lend_path`]).

use super::Lower;
use super::function::{Builder, Val, int};
use super::instances::{ice, ref_to};
use crate::mir::{Callee, Local, Operand, Place, PlaceBase, Proj, Rvalue, StatementKind};
use crate::syntax::ast::{Expr, ExprKind, strip, strip_ref};
use crate::types::{Entity, Selection, Ty, TyKind};

/// A place that has not been used yet.
#[derive(Clone, Debug)]
pub(super) struct Path {
    pub base: Place,
    pub steps: Vec<Step>,
    /// Of what the path leads to.
    pub ty: Ty,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Field(u32),
    /// An element of an array.
    Element(Index),
    /// An element of a slice or string, the type of which is given: storage that may be shared.
    Shared(Index, Ty),
    /// The value of an optional, known to be there.
    Some,
    /// The value of a map of this type at a key.
    Entry(Operand, Ty),
}

#[derive(Clone, Debug)]
pub(super) struct Index {
    value: Operand,
    /// A loop has made sure that it is in range.
    checked: bool,
}

impl Index {
    fn proj(self) -> Proj {
        Proj::Index { index: Box::new(self.value), checked: self.checked }
    }
}

impl Path {
    fn step(&mut self, step: Step, ty: Ty) {
        self.steps.push(step);
        self.ty = ty;
    }

    /// Whether it leads to a part of its base, for as long as that is there.
    pub fn is_fields(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Field(_)))
    }

    /// Whether it leads into storage that copies of its base may share.
    pub fn is_shared(&self) -> bool {
        self.steps.iter().any(|step| !matches!(step, Step::Field(_) | Step::Element(_)))
    }

    /// Whether the last step is into a map.
    pub fn is_entry(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Entry(..)))
    }
}

impl Builder<'_, '_> {
    /// The path to an expression, or none when it is a value without a place.
    pub fn path(&mut self, e: &Expr) -> Lower<Option<Path>> {
        let e = strip_ref(e);
        if let Some(path) = self.given.get(&e.id) {
            return Ok(Some(path.clone()));
        }
        let Some(mut path) = self.plain_path(e)? else { return Ok(None) };
        if self.world.program.info.narrowed.contains(&e.id)
            && let TyKind::Optional(inner) = self.kind(path.ty)
        {
            path.step(Step::Some, *inner);
        }
        Ok(Some(path))
    }

    /// The same for the optional itself, where flow knows that it holds a value.
    pub fn plain_path(&mut self, e: &Expr) -> Lower<Option<Path>> {
        let info = &self.world.program.info;
        if info.exprs.get(&e.id).is_some_and(|info| info.constant.is_some()) {
            return Ok(None);
        }
        match &e.kind {
            ExprKind::Name(_) => match info.uses.get(&e.id) {
                Some(Entity::Var(var)) => self.var_path(*var).map(Some),
                _ => Ok(None),
            },
            ExprKind::Select { base, .. } => match info.selections.get(&e.id) {
                Some(Selection::Field { path: fields }) => {
                    let base = self.path_or_temp(base)?;
                    self.field_path(base, fields, e).map(Some)
                }
                Some(Selection::Member(Entity::Var(var))) => self.var_path(*var).map(Some),
                _ => Ok(None),
            },
            ExprKind::Index { base, args } if args.len() == 1 => self.index_path(base, &args[0]),
            _ => Ok(None),
        }
    }

    fn var_path(&mut self, var: crate::types::VarId) -> Lower<Path> {
        let base = self.var_place(var)?;
        Ok(Path { base, steps: Vec::new(), ty: self.var_ty(var) })
    }

    fn field_path(&mut self, mut path: Path, fields: &[u32], e: &Expr) -> Lower<Path> {
        for &field in fields {
            let Some(ty) = self.world.field_at(path.ty, &[field]) else {
                return ice(e.span, format!("no field {field} in {}", self.world.type_name(path.ty)));
            };
            path.step(Step::Field(field), ty);
        }
        Ok(path)
    }

    /// Goes into embedded fields.
    pub fn embedded_path(&mut self, path: Path, fields: &[u32], e: &Expr) -> Lower<Path> {
        self.field_path(path, fields, e)
    }

    fn index_path(&mut self, base: &Expr, index: &Expr) -> Lower<Option<Path>> {
        let info = &self.world.program.info;
        if !info.exprs.contains_key(&strip_ref(base).id) {
            // A generic function with its type arguments.
            return Ok(None);
        }
        let known = self.known_index(base, index);
        let mut path = self.path_or_temp(base)?;
        let container = path.ty;
        match self.kind(container) {
            TyKind::Array(_, elem) => {
                let value = self.index_operand(index)?;
                path.step(Step::Element(Index { value, checked: known }), *elem);
            }
            TyKind::Slice(elem) => {
                let value = self.index_operand(index)?;
                path.step(Step::Shared(Index { value, checked: known }, container), *elem);
            }
            TyKind::String => {
                let value = self.index_operand(index)?;
                path.step(Step::Shared(Index { value, checked: known }, container), Ty::byte());
            }
            TyKind::Map(key, value) => {
                let index = self.expr_to(index, *key)?;
                let index = self.snapshot(index, *key);
                path.step(Step::Entry(index, container), *value);
            }
            _ => return Ok(None),
        }
        Ok(Some(path))
    }

    /// Whether a loop around has made sure that `base[index]` is in range.
    fn known_index(&self, base: &Expr, index: &Expr) -> bool {
        let var = |e: &Expr| match self.world.program.info.uses.get(&strip(e).id) {
            Some(Entity::Var(var)) if matches!(strip(e).kind, ExprKind::Name(_)) => Some(*var),
            _ => None,
        };
        match (var(index), var(base)) {
            (Some(index), Some(base)) => self.in_range.contains(&(index, base)),
            _ => false,
        }
    }

    /// An index as an `int`; a `uint64` too large for one is out of range as a negative one.
    pub fn index_operand(&mut self, e: &Expr) -> Lower<Operand> {
        let value = self.value(e)?;
        let value = self.as_int(value);
        Ok(self.snapshot(value, Ty::int()))
    }

    /// An integer of any type as an `int`.
    pub fn as_int(&mut self, value: Val) -> Operand {
        match (&value.op, self.kind(value.ty)) {
            (Operand::Const(crate::mir::Const::Int(constant), _), _) => int(*constant),
            (_, TyKind::Int(crate::types::IntTy::Int)) => value.op,
            _ => self.eval(Rvalue::Cast(value.op, Ty::int()), Ty::int()).op,
        }
    }

    /// The path, or one to a temporary with the value.
    pub fn path_or_temp(&mut self, e: &Expr) -> Lower<Path> {
        if let Some(path) = self.path(e)? {
            return Ok(path);
        }
        let value = self.value(strip_ref(e))?;
        let base = self.place_of(value.op, value.ty);
        Ok(Path { base, steps: Vec::new(), ty: value.ty })
    }

    /// The place to read from; reads map entries on the way.
    pub fn read_path(&mut self, path: Path) -> Place {
        let mut place = path.base;
        for step in path.steps {
            place = match step {
                Step::Field(field) => place.field(field),
                Step::Element(index) | Step::Shared(index, _) => place.then(index.proj()),
                Step::Some => place.then(Proj::Some),
                Step::Entry(key, map) => {
                    let TyKind::Map(_, value) = self.kind(map) else { return place };
                    let value = self.native("goo_map_get", vec![map], vec![place.into(), key], *value);
                    self.place_of(value.op, value.ty)
                }
            };
        }
        place
    }

    /// The path with its indexes as they are now, whatever is assigned to their variables.
    pub fn hold_indexes(&mut self, mut path: Path) -> Path {
        for step in &mut path.steps {
            if let Step::Element(index) | Step::Shared(index, _) = step {
                index.value = self.snapshot(index.value.clone(), Ty::int());
            }
        }
        path
    }

    /// The place to write to, unique all the way.
    pub fn write_path(&mut self, path: Path) -> Place {
        self.unique_path(path, None)
    }

    /// The address of the place, for a callee in Goo that changes it. Storage that somebody else could copy, change or let go of
    /// meanwhile is marked as lent, and held by temporaries.
    pub fn lend_path(&mut self, path: Path) -> Operand {
        self.address(path, true)
    }

    /// The address of the place; see [`Builder::unique_path`].
    fn address(&mut self, path: Path, hold: bool) -> Operand {
        let ty = path.ty;
        let mut holds = Vec::new();
        let hold = hold && path.base.is_reachable();
        let place = self.unique_path(path, hold.then_some(&mut holds));
        let address = match (place.base, place.proj.as_slice()) {
            // An entry of a map is an address already.
            (PlaceBase::Local(local), [Proj::Deref]) => local.into(),
            _ => self.reference(place, ty),
        };
        let last = holds.len().saturating_sub(1);
        for (index, held) in holds.into_iter().enumerate() {
            self.lend(held, address.clone(), index == last);
        }
        address
    }

    /// Marks what the temporary holds as lent, as long as the address is used.
    pub fn lend(&mut self, held: Local, address: Operand, direct: bool) {
        self.push(StatementKind::Lend { held: held.into(), address, direct });
    }

    /// The place, unique all the way. With `holds`, temporaries hold each storage on the way, and the place leads through them.
    fn unique_path(&mut self, path: Path, mut holds: Option<&mut Vec<Local>>) -> Place {
        let mut place = path.base;
        for step in path.steps {
            place = match step {
                Step::Field(field) => place.field(field),
                Step::Element(index) => place.then(index.proj()),
                Step::Shared(index, slice) => {
                    self.push(StatementKind::MakeUnique(place.clone()));
                    if let Some(holds) = &mut holds {
                        place = self.held(place, slice, holds);
                    }
                    place.then(index.proj())
                }
                Step::Some => {
                    self.push(StatementKind::MakeUnique(place.clone()));
                    if let Some(holds) = &mut holds
                        && let Some(ty) = self.boxed_optional(&place)
                    {
                        place = self.held(place, ty, holds);
                    }
                    place.then(Proj::Some)
                }
                Step::Entry(key, map) => {
                    let TyKind::Map(_, value) = self.kind(map) else { return place };
                    let address = self.reference(place.clone(), map);
                    let to_value = ref_to(*value);
                    let entry = self.native("goo_map_entry", vec![map], vec![address, key], to_value);
                    if let Some(holds) = &mut holds {
                        self.held(place, map, holds);
                    }
                    self.place_of(entry.op, entry.ty).then(Proj::Deref)
                }
            };
        }
        place
    }

    /// A temporary with the value at the place.
    fn held(&mut self, place: Place, ty: Ty, holds: &mut Vec<Local>) -> Place {
        let held = self.assign_temp(Rvalue::Use(place.into()), ty);
        holds.push(held);
        held.into()
    }

    /// The type of the optional at the place, if its value is in a box.
    fn boxed_optional(&self, place: &Place) -> Option<Ty> {
        let ty = self.operand_ty(place)?;
        let TyKind::Optional(inner) = self.kind(ty) else { return None };
        crate::mir::typing::is_boxed(self.world.program, ty, *inner).then_some(ty)
    }

    /// `path = value`.
    pub fn store_path(&mut self, mut path: Path, value: Operand) {
        if path.is_entry()
            && let Some(Step::Entry(key, map)) = path.steps.pop()
        {
            path.ty = map;
            let address = self.address(path, false);
            self.native("goo_map_set", vec![map], vec![address, key, value], Ty::unit());
            return;
        }
        if path.steps.is_empty() {
            self.store(path.base, value);
            return;
        }
        let place = self.write_path(path);
        self.store(place, value);
    }

    /// Calls a runtime function that changes the place.
    pub fn native_on(
        &mut self,
        name: &'static str,
        types: Vec<Ty>,
        path: Path,
        mut rest: Vec<Operand>,
        result: Ty,
    ) -> Val {
        let mut args = vec![self.address(path, false)];
        args.append(&mut rest);
        self.call(Callee::Native { name, types }, args, result)
    }
}
