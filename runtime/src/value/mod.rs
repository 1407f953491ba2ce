//! Values: memory, counts, and what a type's descriptor says can be done with them.
//!
//! | file | question |
//! |---|---|
//! | [`heap`] | where do objects live, and how many are there? |
//! | [`desc`] | what does a descriptor say, safely? |
//! | [`count`] | how are counts kept, and how is a deep value given up? |
//! | [`lent`] | what if a value is copied while a part of it is lent in-out? |
//! | [`slice`](mod@slice), [`string`], [`map`] | how do the counted aggregates work? |
//! | `table` | how does a map find an entry by its hash?  |
//! | [`view`] | how does safe code look into a value? |
//! | [`equal`], [`hash`], [`order`] | when are two values the same, and which is first? |
//! | [`crash`] | how do values end a task? |
//!
//! Unsafe code rests on two rules, cited as such:
//!
//! 1. **Descriptors are true**: static, written by the compiler, and a place said to hold a type holds a valid value of it (all-zero
//!    bytes are one).
//! 2. **Lent for the call**: what a native is given by address stays alive and unchanged by others until it returns.

pub mod count;
pub mod crash;
pub mod crossing;
pub mod desc;
pub mod equal;
pub mod hash;
pub mod heap;
pub mod lent;
pub mod map;
pub mod order;
pub mod slice;
pub mod string;
mod table;
#[cfg(test)]
pub mod testing;
pub mod view;

pub use crash::Crash;
pub use view::Value;
