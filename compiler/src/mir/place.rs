//! Places and operands: where values are, and how statements read them.

use smallvec::SmallVec;

use super::{FnId, GlobalId};
use crate::types::Ty;

/// A variable or temporary of a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Local(pub u32);

/// A base and a way into it.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    pub base: PlaceBase,
    pub proj: SmallVec<[Proj; 2]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlaceBase {
    Local(Local),
    Global(GlobalId),
    /// The n-th captured value of the closure.
    Capture(u32),
}

#[derive(Clone, PartialEq, Debug)]
pub enum Proj {
    /// Of a struct or tuple.
    Field(u32),
    /// A field of an enum's case, which the value is known to be.
    Case(u32, u32),
    /// The value in an optional, known to be there.
    Some,
    /// The value in a result, known to be there.
    Ok,
    Err,
    /// Of an array, slice or string; out of range is a crash, unless `checked` before.
    Index {
        index: Box<Operand>,
        checked: bool,
    },
    /// What a `Ref` points to.
    Deref,
    /// The variable in a `Cell`.
    Cell,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Operand {
    Copy(Place),
    /// Of a whole local, at its last use. Only after the ownership pass.
    Move(Local),
    Const(Const, Ty),
}

#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    Bool(bool),
    /// Two's complement, sign- or zero-extended as the type says.
    Int(i64),
    Float(f64),
    Str(std::sync::Arc<[u8]>),
    /// The zero value of any type.
    Zero,
    /// A function as a value.
    Func(FnId),
}

impl Place {
    pub fn local(local: Local) -> Place {
        Place { base: PlaceBase::Local(local), proj: SmallVec::new() }
    }

    pub fn global(global: GlobalId) -> Place {
        Place { base: PlaceBase::Global(global), proj: SmallVec::new() }
    }

    /// This place, one step further.
    #[must_use]
    pub fn then(&self, step: Proj) -> Place {
        let mut place = self.clone();
        place.proj.push(step);
        place
    }

    pub fn field(&self, index: u32) -> Place {
        self.then(Proj::Field(index))
    }

    /// What the first steps of this place lead to.
    #[must_use]
    pub fn prefix(&self, steps: usize) -> Place {
        Place { base: self.base, proj: self.proj[..steps].into() }
    }

    /// The local, if the place is just that.
    pub fn as_local(&self) -> Option<Local> {
        match self.base {
            PlaceBase::Local(local) if self.proj.is_empty() => Some(local),
            _ => None,
        }
    }

    /// Whether the place is behind a pointer that does not belong to its base's value: writing there leaves the base as it is.
    pub fn is_indirect(&self) -> bool {
        self.proj.iter().any(|step| matches!(step, Proj::Deref | Proj::Cell))
    }

    /// Whether other code can reach what is at the place, while the function that it is in calls it.
    pub fn is_reachable(&self) -> bool {
        match self.base {
            PlaceBase::Local(_) => self.is_indirect(),
            PlaceBase::Global(_) | PlaceBase::Capture(_) => true,
        }
    }

    /// Its indexes, in the order in which they are looked at.
    pub fn indexes(&self) -> impl Iterator<Item = &Operand> {
        self.proj.iter().filter_map(|step| match step {
            Proj::Index { index, .. } => Some(&**index),
            _ => None,
        })
    }

    /// How many of its indexes have to be checked.
    pub fn unchecked(&self) -> usize {
        self.proj.iter().filter(|step| matches!(step, Proj::Index { checked: false, .. })).count()
    }

    /// This place without what is known of its indexes, to compare with others.
    #[must_use]
    pub fn key(&self) -> Place {
        self.with_checked(false)
    }

    /// This place with all its indexes known to be in range.
    #[must_use]
    pub fn in_range(&self) -> Place {
        self.with_checked(true)
    }

    fn with_checked(&self, value: bool) -> Place {
        let mut place = self.clone();
        for step in &mut place.proj {
            if let Proj::Index { checked, .. } = step {
                *checked = value;
            }
        }
        place
    }

    /// Whether both are written in the same way, their indexes checked or not.
    pub fn is_same(&self, other: &Place) -> bool {
        self.proj.len() == other.proj.len() && self.is_in(other)
    }

    /// Whether this is the whole, or by how it is written a part of it, indexes checked or not.
    pub fn is_in(&self, whole: &Place) -> bool {
        self.base == whole.base
            && self.proj.len() >= whole.proj.len()
            && self.proj.iter().zip(&whole.proj).all(|(one, other)| one.is_same(other))
    }
}

impl Proj {
    /// Whether both lead to the same part, checked or not.
    fn is_same(&self, other: &Proj) -> bool {
        match (self, other) {
            (Proj::Index { index: one, .. }, Proj::Index { index: other, .. }) => one == other,
            _ => self == other,
        }
    }
}

impl Operand {
    /// Whether it is a constant or a whole local, of which one sees when it changes.
    pub fn is_plain(&self) -> bool {
        matches!(self, Operand::Const(..)) || self.copied_local().is_some()
    }

    /// The local that is copied whole.
    pub fn copied_local(&self) -> Option<Local> {
        match self {
            Operand::Copy(place) => place.as_local(),
            Operand::Move(_) | Operand::Const(..) => None,
        }
    }
}

impl From<Local> for Place {
    fn from(local: Local) -> Place {
        Place::local(local)
    }
}

impl From<Place> for Operand {
    fn from(place: Place) -> Operand {
        Operand::Copy(place)
    }
}

impl From<Local> for Operand {
    fn from(local: Local) -> Operand {
        Operand::Copy(Place::local(local))
    }
}
