//! Values of constant expressions, exact.

use num_bigint::BigInt;
use num_rational::BigRational;

/// The value of a constant. Runes and durations are integers; a float constant is exact until it gets a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Constant {
    Bool(bool),
    Int(BigInt),
    Float(BigRational),
    /// Bytes, because `"\xff"` is a string, too.
    Str(std::sync::Arc<[u8]>),
}
