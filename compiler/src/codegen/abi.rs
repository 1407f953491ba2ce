//! Signatures: how calls pass parameters and results in registers, as the page "Calls" of `docs/architecture.md` says.

use cranelift_codegen::ir::{AbiParam, Signature, Type, types};
use cranelift_codegen::isa::CallConv;
use goo_runtime::abi::table::{Abi, Entry, Kind};

use super::layout::{Layout, Layouts};
use super::symbols::Shape;
use crate::mir::Function;
use crate::types::{FuncTy, Ty, TyKind};

/// Results with at most this many scalars are returned in registers, behind the status.
pub const MAX_RESULTS: usize = 7;

/// What stands between the context and the parameters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Convention {
    /// Cannot suspend: nothing.
    Plain,
    /// The frame.
    Frame,
    /// The closure (or a method's receiver pointer) and the frame.
    Closure,
}

/// How a function is called.
#[derive(Clone, Debug)]
pub struct FnAbi {
    pub convention: Convention,
    /// One for each parameter.
    pub params: Vec<Passing>,
    pub result: Ty,
    pub shape: Shape,
}

/// How a parameter is passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passing {
    /// So many scalars.
    Leaves(usize),
    /// A pointer to the value.
    Pointer,
}

impl FnAbi {
    /// How this function is called directly.
    pub fn of_function(layouts: &Layouts, function: &Function) -> FnAbi {
        let convention = match (function.is_closure, function.suspends) {
            (true, _) => Convention::Closure,
            (false, true) => Convention::Frame,
            (false, false) => Convention::Plain,
        };
        let params = function.locals.iter().take(function.params.len()).map(|local| local.ty);
        FnAbi::new(layouts, convention, params, function.result_ty)
    }

    /// How a function value or a method of this type is called.
    pub fn of_value(layouts: &Layouts, func: &FuncTy) -> FnAbi {
        let params = func.params.iter().map(|param| match param.inout {
            true => Ty::new(TyKind::Ref(param.ty)),
            false => param.ty,
        });
        FnAbi::new(layouts, Convention::Closure, params, func.result)
    }

    fn new(layouts: &Layouts, convention: Convention, params: impl Iterator<Item = Ty>, result: Ty) -> FnAbi {
        let mut types = Vec::new();
        let params = params
            .map(|ty| match &layouts.of(ty).leaves {
                Some(leaves) => {
                    types.extend(leaves.iter().map(|leaf| leaf.ty));
                    Passing::Leaves(leaves.len())
                }
                None => {
                    types.push(types::I64);
                    Passing::Pointer
                }
            })
            .collect();
        let results = result_leaves(&layouts.of(result)).unwrap_or_default();
        FnAbi { convention, params, result, shape: Shape { params: types, results } }
    }

    /// The signature for Cranelift.
    pub fn signature(&self) -> Signature {
        signature(self.convention, &self.shape)
    }
}

/// The results that are returned in registers; `None` when the value goes through `ctx.results`.
pub fn result_leaves(layout: &Layout) -> Option<Vec<(Type, u32)>> {
    let leaves = layout.leaves.as_ref().filter(|leaves| leaves.len() <= MAX_RESULTS)?;
    Some(leaves.iter().map(|leaf| (leaf.ty, leaf.offset)).collect())
}

/// `(ctx, [closure, frame]|[frame], parameters…) -> (status, results…)`.
pub fn signature(convention: Convention, shape: &Shape) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    let extra = match convention {
        Convention::Plain => 0,
        Convention::Frame => 1,
        Convention::Closure => 2,
    };
    signature.params.extend(std::iter::repeat_n(AbiParam::new(types::I64), 1 + extra));
    signature.params.extend(shape.params.iter().map(|ty| AbiParam::new(*ty)));
    signature.returns.push(AbiParam::new(types::I64));
    signature.returns.extend(shape.results.iter().map(|(ty, _)| AbiParam::new(*ty)));
    signature
}

/// The signature of a runtime function, as `abi::table` says.
pub fn native_signature(entry: &Entry, call_conv: CallConv) -> Signature {
    let mut signature = Signature::new(call_conv);
    let mut word = |count: usize| {
        signature.params.extend(std::iter::repeat_n(AbiParam::new(types::I64), count));
    };
    if entry.kind != Kind::Pure {
        word(1);
    }
    word(usize::from(entry.types));
    if has_status(entry.kind) && entry.result.is_some() {
        word(1);
    }
    for param in entry.params {
        match param {
            Abi::I64 | Abi::Address | Abi::Owned | Abi::OwnedAddress => {
                signature.params.push(AbiParam::new(types::I64))
            }
            Abi::F64 => signature.params.push(AbiParam::new(types::F64)),
            Abi::F32 => signature.params.push(AbiParam::new(types::F32)),
            Abi::Slice => signature.params.extend([AbiParam::new(types::I64); 3]),
        }
    }
    match (has_status(entry.kind), entry.result) {
        (false, None) => {}
        (false, Some(Abi::F64)) => signature.returns.push(AbiParam::new(types::F64)),
        (false, Some(Abi::F32)) => signature.returns.push(AbiParam::new(types::F32)),
        _ => signature.returns.push(AbiParam::new(types::I64)),
    }
    signature
}

/// Whether functions of this kind return a status, and their result through an address.
pub fn has_status(kind: Kind) -> bool {
    matches!(kind, Kind::Plain | Kind::Suspends)
}
