//! Finds indexes that are in range for sure, which then are not checked.
//!
//! ```text
//! if j < len xs …        _7 = xs[j] -> _7 = xs[j in range]      when also 0 <= j is known
//! ```
//!
//! A forward dataflow over [`Zone`]s, whose terms are the integers that have to do with indexes, and the lengths of slices. It learns
//! from comparisons, from arithmetic that cannot overflow, from the lengths that slices are made with, and from earlier checks of the
//! same. At the head of a loop it keeps what every turn leaves as strong as it was.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cfg::Cfg;
use super::conditions::negated;
use super::effects::{Effect, Relation, Storage, can_follow, effects};
use super::zone::{Term, ZERO, Zone};
use crate::mir::rewrite;
use crate::mir::visit::{base_local, defined_local, read_places, terminator_places};
use crate::mir::{
    Callee, Const, Function, Local, Operand, Place, Proj, Rvalue, Statement, StatementKind, Terminator,
};
use crate::syntax::ast::BinaryOp;
use crate::types::{Ty, TyKind};

/// No slice is longer.
const LONGEST: i64 = 1 << 62;

/// More terms than this are not followed.
const MOST_TERMS: usize = 100;

pub fn run(storage: &Storage, function: &mut Function) {
    let terms = Terms::new(storage, function);
    if terms.numbers.is_empty() {
        return;
    }
    let cfg = Cfg::new(function);
    let at_start = solve(&terms, storage, function, &cfg);
    for &block in &cfg.order {
        let Some(mut zone) = at_start[block].clone() else { continue };
        let mut statements = std::mem::take(&mut function.blocks[block].statements);
        for statement in &mut statements {
            let step = Step { terms: &terms, storage, function };
            rewrite::places(&mut statement.kind, &mut |place, _| step.mark(&mut zone, place));
            step.statement(&mut zone, statement);
        }
        function.blocks[block].statements = statements;
        let mut end = function.blocks[block].terminator.clone();
        let step = Step { terms: &terms, storage, function };
        rewrite::terminator_places(&mut end, &mut |place, _| step.mark(&mut zone, place));
        function.blocks[block].terminator = end;
    }
}

fn solve(terms: &Terms, storage: &Storage, function: &Function, cfg: &Cfg) -> Vec<Option<Zone>> {
    let step = Step { terms, storage, function };
    let mut at_start: Vec<Option<Zone>> = vec![None; function.blocks.len()];
    let mut at_end: Vec<Option<Zone>> = vec![None; function.blocks.len()];
    let mut start = Zone::default();
    for &(_, term) in &terms.lengths {
        start.add(ZERO, term, 0);
        start.add(term, ZERO, LONGEST);
    }
    let mut changed = true;
    while changed {
        changed = false;
        for &block in &cfg.order {
            let mut zone: Option<Zone> = (block == 0).then(|| start.clone());
            for &from in &cfg.predecessors[block] {
                let Some(mut end) = at_end[from].clone() else { continue };
                step.edge(&mut end, from, block);
                zone = Some(zone.map_or(end.clone(), |zone| zone.join(&end)));
            }
            let Some(mut zone) = zone else { continue };
            if let Some(last) = &at_start[block] {
                zone = zone.widen(last);
                if zone == *last {
                    continue;
                }
            }
            changed = true;
            at_start[block] = Some(zone.clone());
            for statement in &function.blocks[block].statements {
                step.checked_before(&mut zone, statement);
                step.statement(&mut zone, statement);
            }
            at_end[block] = Some(zone);
        }
    }
    at_start
}

/// The numbers that have to do with indexes.
struct Terms {
    numbers: FxHashMap<Local, Term>,
    lengths: Vec<(Place, Term)>,
}

impl Terms {
    /// Starts from the indexes that have to be checked and goes on to what they are compared with and made from.
    fn new(storage: &Storage, function: &Function) -> Terms {
        let mut terms = Terms { numbers: FxHashMap::default(), lengths: Vec::new() };
        let mut wanted: FxHashSet<Local> = FxHashSet::default();
        let mut containers: Vec<Place> = Vec::new();
        let mut look = |place: &Place| {
            for (at, step) in place.proj.iter().enumerate() {
                if let Proj::Index { index, checked: false } = step {
                    wanted.extend(number(storage, function, index));
                    let container = place.prefix(at).key();
                    if !containers.contains(&container) {
                        containers.push(container);
                    }
                }
            }
        };
        for block in &function.blocks {
            block.statements.iter().for_each(|statement| read_places(statement, &mut look));
            terminator_places(&block.terminator, &mut look);
        }
        if wanted.is_empty() && containers.is_empty() {
            return terms;
        }
        let relations = relations(storage, function);
        let mut work: Vec<Local> = wanted.iter().copied().collect();
        work.sort();
        while let Some(local) = work.pop() {
            for &other in relations.get(&local).into_iter().flatten() {
                if wanted.insert(other) {
                    work.push(other);
                }
            }
        }
        let lent = lent_locals(function);
        let mut wanted: Vec<Local> = wanted.into_iter().filter(|local| !lent.contains(local)).collect();
        wanted.sort();
        wanted.truncate(MOST_TERMS);
        for (index, local) in wanted.into_iter().enumerate() {
            terms.numbers.insert(local, index as Term + 1);
        }
        terms.add_lengths(storage, function, containers);
        terms
    }

    fn add_lengths(&mut self, storage: &Storage, function: &Function, mut containers: Vec<Place>) {
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            match &statement.kind {
                StatementKind::Assign(_, Rvalue::Len(place)) => containers.push(place.key()),
                StatementKind::Assign(dest, Rvalue::Use(Operand::Copy(from)))
                    if is_slice(storage, function, dest) =>
                {
                    containers.extend([dest.key(), from.key()]);
                }
                StatementKind::Assign(dest, Rvalue::Use(Operand::Move(from)))
                    if is_slice(storage, function, dest) =>
                {
                    containers.extend([dest.key(), (*from).into()]);
                }
                _ => {}
            }
        }
        for place in containers {
            if can_follow(&place)
                && place.indexes().next().is_none()
                && is_slice(storage, function, &place)
                && self.length(&place).is_none()
                && self.lengths.len() < MOST_TERMS
            {
                let term = (self.numbers.len() + self.lengths.len()) as Term + 1;
                self.lengths.push((place, term));
            }
        }
    }

    fn length(&self, place: &Place) -> Option<Term> {
        let place = place.key();
        self.lengths.iter().find(|(known, _)| *known == place).map(|(_, term)| *term)
    }
}

/// The locals that a callee may change.
fn lent_locals(function: &Function) -> FxHashSet<Local> {
    let statements = function.blocks.iter().flat_map(|block| &block.statements);
    statements
        .filter_map(|statement| match &statement.kind {
            StatementKind::Assign(_, Rvalue::Ref(place)) => base_local(place),
            _ => None,
        })
        .collect()
}

/// For each number, those that it is compared with or computed from or that are computed from it.
fn relations(storage: &Storage, function: &Function) -> FxHashMap<Local, Vec<Local>> {
    let mut relations: FxHashMap<Local, Vec<Local>> = FxHashMap::default();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        let StatementKind::Assign(dest, value) = &statement.kind else { continue };
        let operands = match value {
            Rvalue::Use(x) | Rvalue::Cast(x, _) => vec![x],
            Rvalue::Binary(_, x, y) => vec![x, y],
            _ => continue,
        };
        let mut together: Vec<Local> =
            operands.into_iter().filter_map(|operand| number(storage, function, operand)).collect();
        together.extend(dest.as_local().filter(|local| is_number(storage, function, *local)));
        for (index, a) in together.iter().enumerate() {
            for b in &together[index + 1..] {
                relations.entry(*a).or_default().push(*b);
                relations.entry(*b).or_default().push(*a);
            }
        }
    }
    relations
}

fn number(storage: &Storage, function: &Function, operand: &Operand) -> Option<Local> {
    let Operand::Copy(place) = operand else { return None };
    place.as_local().filter(|local| is_number(storage, function, *local))
}

/// Whether the local is a signed integer of 64 bits.
fn is_number(storage: &Storage, function: &Function, local: Local) -> bool {
    is_wide(storage, function.locals[local.0 as usize].ty)
}

fn is_wide(storage: &Storage, ty: Ty) -> bool {
    match storage.program.underlying(ty).kind() {
        TyKind::Int(int) => int.signed() && int.bits() == 64,
        TyKind::Duration => true,
        _ => false,
    }
}

fn is_slice(storage: &Storage, function: &Function, place: &Place) -> bool {
    let ty = storage.place_ty(function, place);
    matches!(storage.program.underlying(ty).kind(), TyKind::Slice(_) | TyKind::String)
}

/// A term and a number to be added to it.
type Sum = (Term, i64);

struct Step<'a> {
    terms: &'a Terms,
    storage: &'a Storage<'a>,
    function: &'a Function,
}

impl Step<'_> {
    fn local(&self, local: Local) -> Option<Term> {
        self.terms.numbers.get(&local).copied()
    }

    fn operand(&self, operand: &Operand) -> Option<Sum> {
        match operand {
            Operand::Const(Const::Int(value), ty) if is_wide(self.storage, *ty) => Some((ZERO, *value)),
            Operand::Copy(place) => self.local(place.as_local()?).map(|term| (term, 0)),
            _ => None,
        }
    }

    // ---- indexes

    /// The length of what is indexed, as a term or a number.
    fn length(&self, container: &Place) -> Option<Sum> {
        let ty = self.storage.place_ty(self.function, container);
        match self.storage.program.underlying(ty).kind() {
            TyKind::Array(len, _) => Some((ZERO, *len as i64)),
            _ => self.terms.length(container).map(|term| (term, 0)),
        }
    }

    /// Marks the indexes of the place that are in range. Behind it, all are.
    fn mark(&self, zone: &mut Zone, place: &mut Place) {
        for at in 0..place.proj.len() {
            let container = place.prefix(at);
            let Proj::Index { index, checked } = &mut place.proj[at] else { continue };
            let (index, length) = (self.operand(index), self.length(&container));
            if !*checked
                && let (Some((term, add)), Some((limit, most))) = (index, length)
                && zone.at_least(term, -add)
                && (most - 1).checked_sub(add).is_some_and(|c| zone.implies(term, limit, c))
            {
                *checked = true;
            }
            self.in_range(zone, index, length);
        }
    }

    fn in_range(&self, zone: &mut Zone, index: Option<Sum>, length: Option<Sum>) {
        let Some((term, add)) = index else { return };
        if term == ZERO {
            // A constant index says something of the length.
            if let (Some((limit, 0)), Some(least)) = (length, add.checked_add(1))
                && limit != ZERO
            {
                zone.add(ZERO, limit, -least);
            }
            return;
        }
        zone.add(ZERO, term, 0);
        match length {
            Some((limit, most)) => zone.add(term, limit, most - 1),
            None => zone.add(term, ZERO, LONGEST),
        }
        zone.look_at_sums(term);
    }

    /// The indexes that a statement looks at first.
    fn checked_before(&self, zone: &mut Zone, statement: &Statement) {
        read_places(statement, &mut |place| {
            for (at, step) in place.proj.iter().enumerate() {
                if let Proj::Index { index, .. } = step {
                    let container = place.prefix(at);
                    self.in_range(zone, self.operand(index), self.length(&container));
                }
            }
        });
    }

    // ---- statements

    fn statement(&self, zone: &mut Zone, statement: &Statement) {
        match &statement.kind {
            StatementKind::Assign(dest, value) => match dest.as_local().and_then(|local| self.local(local)) {
                Some(term) => return self.assign(zone, term, value),
                None => {
                    let length = self.new_length(value);
                    self.storage_effects(zone, statement);
                    self.know_length(zone, dest, length);
                    return;
                }
            },
            StatementKind::Call(call) => {
                let length = match (&call.callee, call.args.first()) {
                    (Callee::Native { name: "goo_slice_make", .. }, Some(len)) => self.operand(len),
                    _ => None,
                };
                self.storage_effects(zone, statement);
                if let Some(dest) = &call.dest {
                    self.know_length(zone, dest, length);
                }
            }
            _ => self.storage_effects(zone, statement),
        }
        if let Some(term) = defined_local(statement).and_then(|local| self.local(local)) {
            zone.forget(term);
        }
        if let StatementKind::Select(select) = &statement.kind {
            let received = select.received().filter_map(|place| self.local(place.as_local()?));
            received.for_each(|term| zone.forget(term));
        }
    }

    /// How long a slice is that is made by this.
    fn new_length(&self, value: &Rvalue) -> Option<Sum> {
        match value {
            Rvalue::Slice(_, elements) => Some((ZERO, elements.len() as i64)),
            Rvalue::Use(Operand::Copy(from)) => self.terms.length(from).map(|term| (term, 0)),
            Rvalue::Use(Operand::Move(from)) => self.terms.length(&(*from).into()).map(|term| (term, 0)),
            Rvalue::Use(Operand::Const(Const::Str(text), _)) => Some((ZERO, text.len() as i64)),
            _ => None,
        }
    }

    fn know_length(&self, zone: &mut Zone, dest: &Place, length: Option<Sum>) {
        let (Some(term), Some((of, add))) = (self.terms.length(dest), length) else { return };
        zone.add(ZERO, term, 0);
        zone.add(term, ZERO, LONGEST);
        if of != term {
            zone.add_equal(term, of, add);
        }
    }

    fn assign(&self, zone: &mut Zone, x: Term, value: &Rvalue) {
        use BinaryOp::*;
        match value {
            Rvalue::Use(operand) => match self.operand(operand) {
                Some((term, _)) if term == x => {}
                known => self.assign_sum(zone, x, known),
            },
            Rvalue::Len(place) => self.assign_sum(zone, x, self.length(place)),
            Rvalue::Binary(op @ (Add | Sub), left, right) => self.add_or_subtract(zone, x, *op, left, right),
            Rvalue::Binary(op @ (Div | Rem | And | Shr), left, right) => {
                self.become_smaller(zone, x, *op, left, right);
            }
            Rvalue::Cast(operand, _) => self.cast(zone, x, operand),
            _ => zone.forget(x),
        }
    }

    fn assign_sum(&self, zone: &mut Zone, x: Term, value: Option<Sum>) {
        zone.forget(x);
        if let Some((term, add)) = value {
            zone.add_equal(x, term, add);
        }
    }

    fn add_or_subtract(&self, zone: &mut Zone, x: Term, op: BinaryOp, left: &Operand, right: &Operand) {
        let (Some(left), Some(right)) = (self.operand(left), self.operand(right)) else {
            return zone.forget(x);
        };
        let constant = match (op, left, right) {
            (BinaryOp::Add, (y, 0), (ZERO, k)) | (BinaryOp::Add, (ZERO, k), (y, 0)) => Some((y, k)),
            (BinaryOp::Sub, (y, 0), (ZERO, k)) => k.checked_neg().map(|k| (y, k)),
            _ => None,
        };
        if let Some((y, k)) = constant {
            let exact = zone.can_add(y, k);
            return match (exact, y == x) {
                (true, true) => zone.shift(x, k),
                (true, false) => self.assign_sum(zone, x, Some((y, k))),
                (false, _) => {
                    zone.forget(x);
                    if y != x {
                        zone.add_sum(x, y, k);
                    }
                }
            };
        }
        // The difference of two numbers that are not negative cannot overflow.
        let ((y, 0), (z, 0)) = (left, right) else { return zone.forget(x) };
        let both = zone.at_least(y, 0) && zone.at_least(z, 0);
        let (most, least) = (zone.difference(y, z), zone.difference(z, y));
        zone.forget(x);
        if op == BinaryOp::Sub && both && y != x && z != x {
            zone.add(x, y, 0);
            if let Some(most) = most {
                zone.add(x, ZERO, most);
            }
            if let Some(least) = least {
                zone.add(ZERO, x, least);
            }
        }
    }

    /// Division, remainder, masking and shifting right make no number that is not negative larger.
    fn become_smaller(&self, zone: &mut Zone, x: Term, op: BinaryOp, left: &Operand, right: &Operand) {
        let y = self.operand(left).filter(|(term, add)| *term != ZERO && *add == 0).map(|(term, _)| term);
        let k = match right {
            Operand::Const(Const::Int(k), _) => Some(*k),
            _ => None,
        };
        let positive = y.is_some_and(|y| zone.at_least(y, 0));
        let most = y.filter(|_| positive).and_then(|y| zone.difference(y, ZERO));
        let divisor = self.operand(right).filter(|(term, _)| {
            op == BinaryOp::Rem && *term != ZERO && *term != x && positive && zone.at_least(*term, 0)
        });
        if y == Some(x) && positive {
            // What it was at most it still is at most.
            let upper = most;
            zone.forget_lower(x);
            zone.add(ZERO, x, 0);
            if let Some(upper) = upper {
                zone.add(x, ZERO, upper);
            }
        } else {
            zone.forget(x);
            if let Some(y) = y.filter(|_| positive) {
                zone.add(ZERO, x, 0);
                zone.add(x, y, 0);
            }
        }
        if let Some((z, _)) = divisor {
            zone.add(x, z, -1);
        }
        match (op, k) {
            (BinaryOp::And, Some(mask)) if mask >= 0 => {
                zone.add(ZERO, x, 0);
                zone.add(x, ZERO, mask);
            }
            (BinaryOp::Rem, Some(k)) if k > 0 => {
                zone.add(x, ZERO, k - 1);
                zone.add(ZERO, x, if positive { 0 } else { k - 1 });
            }
            (BinaryOp::Div, Some(k)) if k > 0 && positive => {
                if let Some(most) = most {
                    zone.add(x, ZERO, most / k);
                }
            }
            (BinaryOp::Shr, Some(k)) if (0..63).contains(&k) && positive => {
                if let Some(most) = most {
                    zone.add(x, ZERO, most >> k);
                }
            }
            _ => {}
        }
    }

    /// A number of fewer bits is what it was.
    fn cast(&self, zone: &mut Zone, x: Term, operand: &Operand) {
        if let Some(known) = self.operand(operand) {
            if known.0 != x {
                self.assign_sum(zone, x, Some(known));
            }
            return;
        }
        zone.forget(x);
        let ty = match operand {
            Operand::Copy(place) => self.storage.place_ty(self.function, place),
            Operand::Const(_, ty) => *ty,
            Operand::Move(_) => return,
        };
        if let TyKind::Int(int) = self.storage.program.underlying(ty).kind()
            && int.bits() < 64
        {
            let bits = int.bits() - u32::from(int.signed());
            let most = (1i64 << bits) - 1;
            zone.add(x, ZERO, most);
            zone.add(ZERO, x, if int.signed() { most + 1 } else { 0 });
        }
    }

    /// What the statement means for the lengths of slices.
    fn storage_effects(&self, zone: &mut Zone, statement: &Statement) {
        if matches!(statement.kind, StatementKind::Poll | StatementKind::Nop | StatementKind::StorageDead(_))
        {
            return;
        }
        for (place, term) in &self.terms.lengths {
            let mut changed = false;
            let mut grown = false;
            effects(self.storage, self.function, statement, &mut |effect| match effect {
                Effect::Read(read) => changed |= self.storage.hands_on(self.function, read, place),
                Effect::Borrow | Effect::Unique(_) => {}
                Effect::Elsewhere => changed |= self.storage.is_exposed(place),
                Effect::Append(to) => match self.storage.relation(to, place) {
                    Relation::Apart | Relation::Below => {}
                    Relation::Same => grown = true,
                    _ => changed = true,
                },
                Effect::Write(to) | Effect::Drop(to) | Effect::Lend(to) => {
                    changed |= !matches!(self.storage.relation(to, place), Relation::Apart | Relation::Below);
                }
                Effect::Move(local) => {
                    changed |= self.storage.relation(&local.into(), place) != Relation::Apart;
                }
            });
            if changed {
                zone.forget(*term);
            } else if grown {
                zone.forget_upper(*term);
            }
            if changed || grown {
                zone.add(ZERO, *term, 0);
                zone.add(*term, ZERO, LONGEST);
            }
        }
    }

    // ---- branches

    /// Adds what is known because control goes from one block to the other.
    fn edge(&self, zone: &mut Zone, from: usize, to: usize) {
        let block = &self.function.blocks[from];
        let Terminator::Branch { cond: Operand::Copy(cond), then, otherwise } = &block.terminator else {
            return;
        };
        if then == otherwise {
            return;
        }
        let Some(cond) = cond.as_local() else { return };
        let Some((op, left, right)) = self.condition(&block.statements, cond) else { return };
        let op = if then.0 as usize == to { Some(op) } else { negated(op) };
        let (Some(op), Some((a, x)), Some((b, y))) = (op, self.operand(left), self.operand(right)) else {
            return;
        };
        // `a + x op b + y`
        let Some(c) = y.checked_sub(x) else { return };
        let (less, back) = (|zone: &mut Zone, c: i64| zone.add(a, b, c), c.checked_neg());
        match op {
            BinaryOp::Lt => c.checked_sub(1).into_iter().for_each(|c| less(zone, c)),
            BinaryOp::Le => less(zone, c),
            BinaryOp::Gt => {
                back.and_then(|c| c.checked_sub(1)).into_iter().for_each(|c| zone.add(b, a, c));
            }
            BinaryOp::Ge => back.into_iter().for_each(|c| zone.add(b, a, c)),
            BinaryOp::Eq => zone.add_equal(a, b, c),
            BinaryOp::Ne => {
                let Some(back) = back else { return };
                if zone.implies(a, b, c) {
                    less(zone, c - 1);
                } else if zone.implies(b, a, back) {
                    zone.add(b, a, back - 1);
                }
            }
            _ => {}
        }
    }

    /// The comparison that gave the condition, if what it compared is still the same at the end of the block.
    fn condition<'s>(
        &self,
        statements: &'s [Statement],
        cond: Local,
    ) -> Option<(BinaryOp, &'s Operand, &'s Operand)> {
        let at = statements.iter().rposition(|statement| defined_local(statement) == Some(cond))?;
        let StatementKind::Assign(_, Rvalue::Binary(op, left, right)) = &statements[at].kind else {
            return None;
        };
        let names = |operand: &Operand, local: Local| match operand {
            Operand::Copy(place) => place.as_local() == Some(local),
            _ => false,
        };
        let changed = statements[at + 1..].iter().filter_map(defined_local);
        let same = changed.into_iter().all(|local| !names(left, local) && !names(right, local));
        same.then_some((*op, left, right))
    }
}
