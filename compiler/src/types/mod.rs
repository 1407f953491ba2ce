//! Types, and the checker that finds out everything about a program's names, types and flow.

pub mod check;
pub mod constant;
pub mod display;
pub mod patterns;
pub mod printing;
pub mod program;
pub mod subst;
pub mod ty;
pub mod writes;

pub use constant::Constant;
pub use program::{
    Builtin, BuiltinMethod, Entity, ExprInfo, FuncDef, FuncId, Info, Init, Mode, Package, PackageId,
    PatternInfo, Program, ReceiverDef, Selection, Strategy, Test, TypeDef, TypeParamDef, Var, VarId, VarKind,
};
pub use ty::{
    CaseTy, FieldTy, FloatTy, FuncTy, IntTy, InterfaceTy, MethodTy, ParamTy, Term, Ty, TyKind, TypeDefId,
    TypeParamId, Untyped,
};
