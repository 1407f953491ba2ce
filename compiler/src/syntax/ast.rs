//! The syntax tree: what the parser gives and the checker reads.
//!
//! Types are expressions ([`ExprKind::SliceType`] and so on), as in Go, because `T(x)`, `f[T](x)` and `make(T)`
//! cannot be told apart before names are known. Every node that later stages say something about (an expression,
//! a binding name, a pattern) has a [`NodeId`], unique in the compilation; what the checker finds out stands in
//! tables keyed by it, and the tree itself never changes.

mod expr;
mod stmt;

pub use expr::*;
pub use stmt::*;

use super::damage::Damage;
use super::span::{Span, Symbol};

/// The identity of a node, unique in one compilation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(pub u32);

/// Gives out ids, one after the other, over all files of a compilation.
#[derive(Debug, Default)]
pub struct NodeIds {
    next: u32,
}

impl NodeIds {
    pub fn next_id(&mut self) -> NodeId {
        let id = NodeId(self.next);
        self.next += 1;
        id
    }

    /// How many ids there are: all are below this.
    pub fn count(&self) -> u32 {
        self.next
    }
}

/// A name with its place. `id` keys what the checker says about it: the variable that it declares, or
/// what it refers to.
#[derive(Clone, Copy, Debug)]
pub struct Ident {
    pub id: NodeId,
    pub name: Symbol,
    pub span: Span,
}

/// A source file.
#[derive(Debug)]
pub struct File {
    /// The text of the comment just before `package`.
    pub doc: Option<String>,
    pub package: Ident,
    pub imports: Vec<Import>,
    pub decls: Vec<Decl>,
    /// What could not be read.
    pub damage: Damage,
    pub span: Span,
}

/// `import alias "path"`. The alias may be `_` or `.`.
#[derive(Debug)]
pub struct Import {
    pub alias: Option<Ident>,
    pub path: String,
    pub path_span: Span,
    /// Keys the imported package and whether it was used.
    pub id: NodeId,
    pub span: Span,
}

/// A declaration at package level. `type`, `var` and `const` also stand in functions, as [`StmtKind::Decl`].
#[derive(Debug)]
pub enum Decl {
    Func(FuncDecl),
    /// The specs of one `type` keyword.
    Type(Vec<TypeSpec>),
    /// The specs of one `var` keyword.
    Var(Vec<VarSpec>),
    /// The specs of one `const` keyword; a spec's position is its `iota`.
    Const(Vec<ConstSpec>),
    Test(TestDecl),
    /// Source that could not be read; an error has been reported.
    Error(Span),
}

impl Decl {
    /// What is declared, the first of several; of a function or test all of it.
    pub fn span(&self) -> Option<Span> {
        match self {
            Decl::Func(func) => Some(func.span),
            Decl::Type(specs) => specs.first().map(|spec| spec.span),
            Decl::Var(specs) => specs.first().map(|spec| spec.span),
            Decl::Const(specs) => specs.first().map(|spec| spec.span),
            Decl::Test(test) => Some(test.span),
            Decl::Error(span) => Some(*span),
        }
    }
}

/// `func (r R) Name[T C](params) results { body }`. A body is absent only in the standard library, where the
/// function is one of the runtime's.
#[derive(Debug)]
pub struct FuncDecl {
    pub doc: Option<String>,
    pub receiver: Option<Receiver>,
    pub name: Ident,
    pub type_params: Vec<TypeParam>,
    pub sig: FuncSig,
    pub body: Option<Block>,
    pub span: Span,
}

/// `(s *Stack[T])`: the name and type of a method's receiver.
#[derive(Debug)]
pub struct Receiver {
    pub name: Option<Ident>,
    /// `*T`: the method changes the caller's variable.
    pub inout: bool,
    pub type_name: Ident,
    /// The names given to the type's parameters here.
    pub type_params: Vec<Ident>,
    pub span: Span,
}

/// `T, U constraint` gives two of these with the same constraint.
#[derive(Debug, Clone)]
pub struct TypeParam {
    pub name: Ident,
    pub constraint: Expr,
}

/// Parameters and results.
#[derive(Debug, Clone)]
pub struct FuncSig {
    pub params: Vec<Param>,
    pub results: Vec<Param>,
    /// There may have been other parameters: nobody can tell which arguments fit. If not even the results could be read,
    /// the only one is an `Error`.
    pub damaged: bool,
    pub span: Span,
}

/// A parameter or result. `a, b int` gives two with the same type.
#[derive(Debug, Clone)]
pub struct Param {
    pub name: Option<Ident>,
    /// `*T`: in-out. `ty` is then the `T`.
    pub inout: bool,
    /// `...T`. `ty` is then the `T`.
    pub variadic: bool,
    pub ty: Expr,
    pub span: Span,
}

/// `type Name[T C] U`, `type Name = U`, `type Name enum { … }`.
#[derive(Debug)]
pub struct TypeSpec {
    pub doc: Option<String>,
    pub name: Ident,
    pub type_params: Vec<TypeParam>,
    pub alias: bool,
    pub ty: Expr,
    pub span: Span,
}

/// `var a, b T = x, y`.
#[derive(Debug)]
pub struct VarSpec {
    pub doc: Option<String>,
    pub names: Vec<Ident>,
    pub ty: Option<Expr>,
    pub values: Vec<Expr>,
    pub span: Span,
}

/// `A, B T = x, y`. Where `values` is empty, the type and values of the closest spec above that has some are
/// repeated; the checker does that, with this spec's `iota`.
#[derive(Debug)]
pub struct ConstSpec {
    pub doc: Option<String>,
    pub names: Vec<Ident>,
    pub ty: Option<Expr>,
    pub values: Vec<Expr>,
    pub iota: u32,
    pub span: Span,
}

/// `test "name" { … }`.
#[derive(Debug)]
pub struct TestDecl {
    pub name: String,
    pub name_span: Span,
    pub body: Block,
    pub span: Span,
    pub id: NodeId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChanDir {
    Both,
    Send,
    Recv,
}

/// How a channel's messages spread; plain channels have none of these words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChanPattern {
    Plain,
    Push,
    Pull,
    Pub,
    Sub,
    Broadcast,
    Req,
    Rep,
    Pair,
    Dealer,
    Router,
}

#[derive(Debug, Clone)]
pub struct ChanType {
    pub pattern: ChanPattern,
    pub dir: ChanDir,
    pub elem: Expr,
    /// `req chan(Q) R`: the `R`; `elem` is then the `Q`.
    pub reply: Option<Expr>,
}

/// A field of a struct. `a, b T` gives two.
#[derive(Debug, Clone)]
pub struct Field {
    /// Absent for an embedded type, which is then `ty`.
    pub name: Option<Ident>,
    pub ty: Expr,
    pub tag: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum InterfaceElem {
    Method {
        name: Ident,
        sig: FuncSig,
    },
    /// An embedded interface, or a union of types in a constraint.
    Embed(Expr),
}

/// `Circle(radius float64)`, or just `Empty`.
#[derive(Debug, Clone)]
pub struct EnumCase {
    pub doc: Option<String>,
    pub name: Ident,
    pub fields: Vec<Param>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Neg,
    Plus,
    Not,
    /// `^x`.
    BitNot,
    /// `&x`: an in-out argument (or a mistake).
    Ref,
    /// `*x`: reading an in-out parameter, as Go programs write it.
    Deref,
    /// `<-ch`.
    Recv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Xor,
    AndNot,
    Shl,
    Shr,
    LogAnd,
    LogOr,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    /// `opt ?? default`.
    Default,
}

impl BinaryOp {
    /// The operator as written.
    pub fn text(self) -> &'static str {
        use BinaryOp::*;
        match self {
            Add => "+",
            Sub => "-",
            Mul => "*",
            Div => "/",
            Rem => "%",
            And => "&",
            Or => "|",
            Xor => "^",
            AndNot => "&^",
            Shl => "<<",
            Shr => ">>",
            LogAnd => "&&",
            LogOr => "||",
            Eq => "==",
            Ne => "!=",
            Lt => "<",
            Le => "<=",
            Gt => ">",
            Ge => ">=",
            Default => "??",
        }
    }

    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge)
    }

    pub fn is_logical(self) -> bool {
        matches!(self, BinaryOp::LogAnd | BinaryOp::LogOr)
    }

    pub fn is_shift(self) -> bool {
        matches!(self, BinaryOp::Shl | BinaryOp::Shr)
    }
}
