//! Does a variable fit into the program?
//!
//! A package variable stands in the program's own memory, which code addresses with 32 bits; a local variable that is large is
//! allocated when its function runs, and a part of it has an offset of 32 bits.

use rustc_hash::FxHashMap;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::types::{FloatTy, Program, Ty, TyKind, Var, VarKind};

/// What one package variable may take in place. A slice takes three words, whatever its length.
const LARGEST: u64 = 256 << 20;
/// The same of any other variable.
const LARGEST_LOCAL: u64 = 1 << 30;

/// Checks the variables of a program.
pub fn check(program: &Program, diags: &mut Diagnostics) {
    let mut sizes = FxHashMap::default();
    for var in &program.vars {
        let (largest, what) = match var.kind {
            VarKind::Global { .. } => (LARGEST, "package variable"),
            VarKind::Local => (LARGEST_LOCAL, "variable"),
            VarKind::Param => (LARGEST_LOCAL, "parameter"),
            VarKind::Result => (LARGEST_LOCAL, "result"),
        };
        let size = *sizes.entry(var.ty).or_insert_with(|| in_place(program, var.ty, 0));
        if size > largest {
            diags.push(too_large(var, what, size, largest));
        }
    }
}

fn too_large(var: &Var, what: &str, size: u64, largest: u64) -> Diagnostic {
    let message = match var.name.as_str() {
        "_" => format!("a {what} is too large"),
        name => format!("the {what} `{name}` is too large"),
    };
    Diagnostic::error(Code::InvalidType, var.span, message)
        .label(format!("takes at least {} MiB in place, and {} are possible", size >> 20, largest >> 20))
        .help("make it a slice, `make([]T, n)`, which is allocated when the program runs")
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
        TyKind::Float(FloatTy::F64) | TyKind::Duration | TyKind::Map(..) | TyKind::Func(_) => 8,
        TyKind::Interface(_) => 16,
        TyKind::String | TyKind::Slice(_) => 24,
        _ => 4,
    }
}
