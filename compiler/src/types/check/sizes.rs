//! Does a variable fit into the program, and an array or struct into a value?
//!
//! A package variable stands in the program's own memory, which code addresses with 32 bits; a local variable that is large is
//! allocated when its function runs, and a part of a value has an offset of 31 bits.

use rustc_hash::FxHashMap;

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::{Expr, ExprKind, File};
use crate::syntax::visit::{self, Visitor};
use crate::types::{FloatTy, Program, Ty, TyKind, Var, VarKind};

/// What one package variable may take in place. A slice takes three words, whatever its length.
const LARGEST: u64 = 256 << 20;
/// The same of any other variable.
const LARGEST_LOCAL: u64 = 1 << 30;
/// The same of any value.
const LARGEST_VALUE: u64 = (1 << 31) - 1;

/// What to do about all of these.
const HELP: &str = "make it a slice, `make([]T, n)`, which is allocated when the program runs";

/// Checks the array and struct types and the variables of a program.
pub fn check(program: &Program, files: &[File], diags: &mut Diagnostics) {
    let mut types = Large { program, found: Vec::new() };
    for decl in files.iter().flat_map(|file| &file.decls) {
        visit::walk_decl(&mut types, decl);
    }
    let any = !types.found.is_empty();
    types.found.into_iter().for_each(|diagnostic| diags.push(diagnostic));
    let mut sizes = FxHashMap::default();
    for var in &program.vars {
        let (largest, what) = match var.kind {
            VarKind::Global { .. } => (LARGEST, "package variable"),
            VarKind::Local => (LARGEST_LOCAL, "variable"),
            VarKind::Param => (LARGEST_LOCAL, "parameter"),
            VarKind::Result => (LARGEST_LOCAL, "result"),
        };
        let size = *sizes.entry(var.ty).or_insert_with(|| in_place(program, var.ty, 0));
        // That its type is too large has been said where this was written.
        if size > largest && !(any && size > LARGEST_VALUE) {
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
        .help(HELP)
}

/// Finds the array and struct types that no value can have.
struct Large<'p> {
    program: &'p Program,
    found: Vec<Diagnostic>,
}

impl<'a> Visitor<'a> for Large<'_> {
    fn expr(&mut self, expr: &'a Expr) {
        let before = self.found.len();
        visit::walk_expr(self, expr);
        // One that holds another one is too large because of that.
        let what = match expr.kind {
            ExprKind::ArrayType { .. } => "array",
            ExprKind::StructType(_) => "struct",
            _ => return,
        };
        if self.found.len() > before {
            return;
        }
        let Some(ty) = self.program.info.types.get(&expr.id) else { return };
        let size = in_place(self.program, *ty, 0);
        if size > LARGEST_VALUE {
            self.found.push(
                Diagnostic::error(
                    Code::InvalidType,
                    expr.span,
                    format!("this {what} type is too large for a value"),
                )
                .label(format!(
                    "takes at least {} MiB in place, and {} are possible",
                    size >> 20,
                    LARGEST_VALUE >> 20
                ))
                .help(HELP),
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
        TyKind::Float(FloatTy::F64) | TyKind::Duration | TyKind::Map(..) | TyKind::Func(_) => 8,
        TyKind::Interface(_) => 16,
        TyKind::String | TyKind::Slice(_) => 24,
        _ => 4,
    }
}
