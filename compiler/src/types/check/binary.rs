//! Binary and unary operators.
