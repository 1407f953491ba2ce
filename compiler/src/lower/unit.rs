//! What lowering one item gives: functions whose mentions of other functions are numbers of links.

use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::Item;
use crate::mir::rewrite::for_each_function;
use crate::mir::{FnId, Function};
use crate::types::Ty;

pub(super) type TySet = IndexSet<Ty, FxBuildHasher>;

/// The functions of one item, before linking: an [`FnId`] in them is an index into `links`.
#[derive(Default)]
pub(super) struct Unit {
    /// The item's own function first, then those of the literals inside it.
    pub functions: Vec<Function>,
    pub links: Vec<Link>,
    items: FxHashMap<Item, FnId>,
    /// Concrete types that become interface values.
    pub boxed: TySet,
    /// Types of variables that are lent to in-out parameters of an interface type: there the methods that change their
    /// receiver count, too.
    pub lent: TySet,
    /// Interface types that are used dynamically.
    pub interfaces: TySet,
}

pub(super) enum Link {
    /// An index into [`Unit::functions`].
    Own(usize),
    Item(Item),
}

impl Unit {
    /// The link to an item.
    pub fn link(&mut self, item: Item) -> FnId {
        if let Some(&id) = self.items.get(&item) {
            return id;
        }
        let id = FnId(self.links.len() as u32);
        self.links.push(Link::Item(item.clone()));
        self.items.insert(item, id);
        id
    }

    /// Puts the function that was finished last first: it is the item's own.
    pub fn put_last_first(&mut self) {
        let count = self.functions.len();
        self.functions.rotate_right(1);
        for link in &mut self.links {
            if let Link::Own(index) = link {
                *index = (*index + 1) % count;
            }
        }
    }

    /// Adds a function of the unit itself, and gives the link to it.
    pub fn own(&mut self, function: Function) -> FnId {
        self.functions.push(function);
        self.links.push(Link::Own(self.functions.len() - 1));
        FnId(self.links.len() as u32 - 1)
    }
}

/// Replaces each link's number by the function's.
pub(super) fn relink(function: &mut Function, ids: &[FnId]) {
    for_each_function(function, &mut |id| *id = ids[id.0 as usize]);
}
