//! Which methods go into interface tables: those of types that become interface values, as far as some interface of the
//! program has them; and `Error` and `String` of every type inside such a value, because printing looks for them.

use rustc_hash::FxHashSet;

use super::Item;
use super::instances::World;
use super::unit::TySet;
use crate::syntax::Symbol;
use crate::types::{Ty, TyKind, printing};

/// What lowering has found so far.
#[derive(Default)]
pub(super) struct Dynamic {
    boxed: TySet,
    /// Types that may be found inside a printed value.
    printed: TySet,
    /// Name and signature of the methods that interfaces have.
    wanted: indexmap::IndexSet<(Symbol, Ty), rustc_hash::FxBuildHasher>,
    /// Of these, methods that change their receiver, too: see [`super::unit::Unit::lent`].
    lent: TySet,
    done: FxHashSet<(Ty, Symbol)>,
    news: bool,
}

/// A method to be lowered for the interface tables.
pub(super) struct TableEntry {
    pub ty: Ty,
    pub name: Symbol,
    pub sig: Ty,
    pub item: Item,
}

impl Dynamic {
    pub fn add(&mut self, boxed: TySet, lent: TySet, interfaces: TySet) {
        for ty in lent {
            self.news |= self.lent.insert(ty);
        }
        for ty in boxed {
            self.news |= self.boxed.insert(ty);
        }
        for ty in interfaces {
            if let TyKind::Interface(interface) = ty.kind() {
                for method in &interface.methods {
                    self.news |= self.wanted.insert((method.name, method.sig));
                }
            }
        }
    }

    /// Whether something was added since [`Dynamic::new_methods`].
    pub fn has_news(&self) -> bool {
        self.news
    }

    /// The methods that follow from what was added.
    pub fn new_methods(&mut self, world: &World<'_>) -> Vec<TableEntry> {
        self.news = false;
        let text = printing::text_method();
        let mut entries = Vec::new();
        for &ty in &self.boxed {
            collect_parts(world, ty, &mut self.printed);
        }
        // `fmt` asks for a `fmt.Formatter` by its method.
        let format = Symbol::intern(printing::FORMAT);
        let formats: Vec<_> = self.wanted.iter().filter(|(name, _)| *name == format).collect();
        for &ty in &self.printed {
            for name in printing::TEXTS {
                push(world, (ty, Symbol::intern(name), text), false, &mut self.done, &mut entries);
            }
            for &&(name, sig) in &formats {
                push(world, (ty, name, sig), false, &mut self.done, &mut entries);
            }
        }
        for &ty in &self.boxed {
            for &(name, sig) in &self.wanted {
                let lent = self.lent.contains(&ty);
                push(world, (ty, name, sig), lent, &mut self.done, &mut entries);
            }
        }
        entries
    }
}

fn push(
    world: &World<'_>,
    (ty, name, sig): (Ty, Symbol, Ty),
    lent: bool,
    done: &mut FxHashSet<(Ty, Symbol)>,
    entries: &mut Vec<TableEntry>,
) {
    if world.is_interface(ty) || done.contains(&(ty, name)) {
        return;
    }
    // An interface holds a copy, so a method that changes its receiver is not one of its, unless the copy is given back.
    if let Some(method) = world.find_method(ty, name)
        && method.sig == sig
        && (lent || !world.changes_receiver(&method))
        && !world.is_generic_method(&method)
    {
        done.insert((ty, name));
        entries.push(TableEntry { ty, name, sig, item: Item::TableMethod(ty, name) });
    }
}

/// The type and all types that a value of it can hold, but for dynamic ones.
fn collect_parts(world: &World<'_>, ty: Ty, parts: &mut TySet) {
    if !parts.insert(ty) {
        return;
    }
    match world.kind(ty) {
        TyKind::Array(_, inner) | TyKind::Slice(inner) | TyKind::Optional(inner) => {
            collect_parts(world, *inner, parts);
        }
        TyKind::Map(a, b) | TyKind::Result(a, b) => {
            collect_parts(world, *a, parts);
            collect_parts(world, *b, parts);
        }
        TyKind::Struct(fields) => fields.iter().for_each(|field| collect_parts(world, field.ty, parts)),
        TyKind::Enum(cases) => {
            cases.iter().flat_map(|case| &case.fields).for_each(|(_, ty)| collect_parts(world, *ty, parts));
        }
        TyKind::Tuple(types) => types.iter().for_each(|ty| collect_parts(world, *ty, parts)),
        _ => {}
    }
}
