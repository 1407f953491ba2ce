//! Makes storage unique once instead of at each write.
//!
//! ```text
//! head: …                                   head: …
//!                                           pre:  unique xs
//! body: unique xs; xs[i] = 0; …             body: xs[i] = 0; …
//! ```
//!
//! Storage that was made unique, or is new, stays so until its slice is copied, lent or replaced. So first, what every turn of a
//! loop would make unique anyway is made so before the loop (and only that: a turn that might not write must not copy); then each
//! place that is unique on every way to it is left alone.

use super::cfg::{self, Cfg, Loop};
use super::dataflow;
use super::effects::{Effect, Relation, Storage, can_follow, effects, redefines_index};
use super::guard::{self, Site};
use crate::mir::bits::BitSet;
use crate::mir::{Callee, Function, Operand, Place, Rvalue, Statement, StatementKind};
use crate::types::TyKind;

/// More places than this are not followed.
const MOST_PLACES: usize = 64;

pub fn run(storage: &Storage, function: &mut Function) {
    if places(function).is_empty() {
        return;
    }
    hoist(storage, function);
    remove_known(storage, function);
}

/// The places that are made unique somewhere, without what is known of their indexes.
fn places(function: &Function) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        if let StatementKind::MakeUnique(place) = &statement.kind
            && can_follow(place)
        {
            let place = place.key();
            if !places.contains(&place) && places.len() < MOST_PLACES {
                places.push(place);
            }
        }
    }
    places
}

// ---- out of loops

fn hoist(storage: &Storage, function: &mut Function) {
    let headers: Vec<usize> = Cfg::new(function).loops(function).iter().map(|l| l.header).collect();
    for header in headers {
        // New blocks belong to the loops around, out of which what is in them may go on.
        let cfg = Cfg::new(function);
        let Some(l) = cfg.loops(function).into_iter().find(|l| l.header == header) else { continue };
        let places = movable(storage, function, &cfg, &l);
        if places.is_empty() {
            continue;
        }
        for block in l.blocks.iter() {
            forget(storage, function, block as usize, &places);
        }
        let mut before = cfg::add_preheader(function, &cfg, &l);
        for place in places {
            before = guard::act(storage, function, before, &place, StatementKind::MakeUnique);
        }
    }
}

/// What the loop makes unique in every turn and nothing in it shares, outermost first.
fn movable(storage: &Storage, function: &Function, cfg: &Cfg, l: &Loop) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    for block in l.blocks.iter() {
        for statement in &function.blocks[block as usize].statements {
            if let StatementKind::MakeUnique(place) = &statement.kind
                && can_follow(place)
                && place.indexes().count() <= 1
                && l.always_passes(cfg, function, block as usize)
                && !found.contains(&place.key())
            {
                found.push(place.key());
            }
        }
    }
    found.sort_by_key(|place| place.proj.len());
    let mut places: Vec<Place> = Vec::new();
    for place in found {
        let stays = l.blocks.iter().all(|block| {
            let block = &function.blocks[block as usize];
            block.statements.iter().all(|statement| keeps(storage, function, statement, &place, &places))
        });
        if stays {
            places.push(place);
        }
    }
    places
}

/// Does not make these places unique in this block. That an index on the way is in range is still looked at.
fn forget(storage: &Storage, function: &mut Function, block: usize, places: &[Place]) {
    for index in 0..function.blocks[block].statements.len() {
        let statement = &function.blocks[block].statements[index];
        if let StatementKind::MakeUnique(place) = &statement.kind
            && places.contains(&place.key())
        {
            let (place, site) = (place.clone(), Site::of(statement));
            let ty = storage.place_ty(function, &place);
            let slice = matches!(storage.program.underlying(ty).kind(), TyKind::Slice(_));
            function.blocks[block].statements[index] = match place.unchecked() > 0 && slice {
                true => site.statement(StatementKind::Check(place)),
                false => site.statement(StatementKind::Nop),
            };
        }
    }
}

/// Whether the place, once unique, is unique behind the statement; `known` are places that are unique, too.
fn keeps(
    storage: &Storage,
    function: &Function,
    statement: &Statement,
    place: &Place,
    known: &[Place],
) -> bool {
    if redefines_index(statement, place) {
        return false;
    }
    let mut keeps = true;
    effects(storage, function, statement, &mut |effect| {
        keeps = keeps
            && match effect {
                Effect::Read(read) => {
                    let relation = storage.relation(read, place);
                    (matches!(relation, Relation::Apart | Relation::Below)
                        || !storage.is_counted(storage.place_ty(function, read)))
                        && !storage.hands_on(function, read, place)
                }
                Effect::Borrow => true,
                Effect::Elsewhere => !storage.is_exposed(place),
                Effect::Unique(of) => match storage.relation(of, place) {
                    // Copying the storage above shares what is in it.
                    Relation::Above => known.contains(&of.key()),
                    Relation::Unknown => false,
                    _ => true,
                },
                Effect::Append(to) => {
                    matches!(storage.relation(to, place), Relation::Apart | Relation::Below | Relation::Same)
                }
                Effect::Write(to) | Effect::Drop(to) | Effect::Lend(to) => {
                    matches!(storage.relation(to, place), Relation::Apart | Relation::Below)
                }
                Effect::Move(local) => {
                    matches!(storage.relation(&local.into(), place), Relation::Apart)
                }
            };
    });
    keeps
}

// ---- what is known

fn remove_known(storage: &Storage, function: &mut Function) {
    let places = places(function);
    let cfg = Cfg::new(function);
    let facts = Known { storage, places: &places };
    let at_start = dataflow::known_at_start(function, &cfg, facts.places.len(), |statement, known| {
        facts.step(function, statement, known);
    });
    let mut changes: Vec<(usize, usize)> = Vec::new();
    for &block in &cfg.order {
        let mut known = at_start[block].clone();
        for (index, statement) in function.blocks[block].statements.iter().enumerate() {
            if let StatementKind::MakeUnique(place) = &statement.kind
                && let Some(number) = facts.number(place)
                && known.contains(number)
            {
                changes.push((block, index));
            }
            facts.step(function, statement, &mut known);
        }
    }
    for (block, index) in changes {
        // What it was made unique for, behind it, looks at the indexes.
        function.blocks[block].statements[index].kind = StatementKind::Nop;
    }
}

struct Known<'a> {
    storage: &'a Storage<'a>,
    places: &'a [Place],
}

impl Known<'_> {
    fn number(&self, place: &Place) -> Option<u32> {
        let place = place.key();
        self.places.iter().position(|known| *known == place).map(|number| number as u32)
    }

    fn step(&self, function: &Function, statement: &Statement, known: &mut BitSet) {
        if matches!(statement.kind, StatementKind::Poll | StatementKind::Nop) {
            return;
        }
        // A moved slice takes its storage along.
        let moved = match &statement.kind {
            StatementKind::Assign(dest, Rvalue::Use(Operand::Move(from))) => {
                self.number(&(*from).into()).filter(|n| known.contains(*n)).and_then(|_| self.number(dest))
            }
            _ => None,
        };
        let unique: Vec<Place> = known.iter().map(|number| self.places[number as usize].clone()).collect();
        for (number, place) in self.places.iter().enumerate() {
            if known.contains(number as u32) && !keeps(self.storage, function, statement, place, &unique) {
                known.remove(number as u32);
            }
        }
        let made = match &statement.kind {
            StatementKind::MakeUnique(place) | StatementKind::Append(place, _) => Some(place),
            StatementKind::Assign(dest, Rvalue::Slice(..)) => Some(dest),
            StatementKind::Call(call) => match call.callee {
                Callee::Native { name: "goo_slice_make", .. } => call.dest.as_ref(),
                _ => None,
            },
            _ => None,
        };
        known_insert(known, made.and_then(|place| self.number(place)));
        known_insert(known, moved);
    }
}

fn known_insert(known: &mut BitSet, number: Option<u32>) {
    if let Some(number) = number {
        known.insert(number);
    }
}
