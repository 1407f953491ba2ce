//! Does a package variable fit into the program?
//!
//! It stands in the program's own memory, which code addresses with 32 bits; a local variable of that size is allocated when its
//! function runs.

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::types::{Program, Ty, TyKind, VarKind};

/// What one package variable may take in place. A slice takes three words, whatever its length.
const LARGEST: u64 = 256 << 20;

/// Checks the package variables of a program.
pub fn check(program: &Program, diags: &mut Diagnostics) {
    for var in &program.vars {
        if !matches!(var.kind, VarKind::Global { .. }) {
            continue;
        }
        let size = in_place(program, var.ty, 0);
        if size > LARGEST {
            let message = format!("the package variable `{}` is too large", var.name);
            diags.push(
                Diagnostic::error(Code::InvalidType, var.span, message)
                    .label(format!(
                        "takes at least {} MiB in place, and {} are possible",
                        size >> 20,
                        LARGEST >> 20
                    ))
                    .help("make it a slice, `make([]T, n)`, which is allocated when the program runs"),
            );
        }
    }
}

/// The bytes that a value takes in place, at the least.
fn in_place(program: &Program, ty: Ty, depth: u32) -> u64 {
    // Types that contain themselves in place are refused elsewhere.
    if depth > 64 {
        return 0;
    }
    match program.underlying(ty).kind() {
        TyKind::Array(len, elem) => len.saturating_mul(in_place(program, *elem, depth + 1)),
        TyKind::Struct(fields) => {
            fields.iter().fold(0u64, |sum, field| sum.saturating_add(in_place(program, field.ty, depth + 1)))
        }
        TyKind::Bool => 1,
        TyKind::Int(int) => u64::from(int.bits() / 8),
        _ => 4,
    }
}
