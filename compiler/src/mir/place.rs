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

    /// The local, if the place is just that.
    pub fn as_local(&self) -> Option<Local> {
        match self.base {
            PlaceBase::Local(local) if self.proj.is_empty() => Some(local),
            _ => None,
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
