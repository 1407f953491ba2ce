//! The methods by which values print themselves: `fmt` and crash reports look for them in whatever they are given.

use super::{FuncTy, Ty, TyKind};

/// `func Error() string`, an error's text.
pub const ERROR: &str = "Error";
/// `func String() string`.
pub const STRING: &str = "String";
/// `func GoString() string`, for `%#v`.
pub const GO_STRING: &str = "GoString";
/// `func Format(fmt.State, rune)`, the method of `fmt.Formatter`.
pub const FORMAT: &str = "Format";

/// The methods that give a text.
pub const TEXTS: [&str; 3] = [ERROR, STRING, GO_STRING];

/// `func() string`, the type of those methods.
pub fn text_method() -> Ty {
    Ty::new(TyKind::Func(FuncTy { params: Vec::new(), variadic: false, result: Ty::string() }))
}
