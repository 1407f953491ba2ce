//! Expressions, types among them, and patterns.

use super::*;

#[derive(Debug, Clone)]
pub struct Expr {
    pub id: NodeId,
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum ExprKind {
    /// A name: variable, constant, function, type, package, `true`, `none`, `iota`, `_`.
    Name(Symbol),
    /// A literal, with its value read.
    Lit(Lit),
    Paren(Box<Expr>),
    /// `x.name`: field, method, package member, enum case.
    Select {
        base: Box<Expr>,
        name: Ident,
    },
    /// `x[i]` and `f[T, U]`.
    Index {
        base: Box<Expr>,
        args: Vec<Expr>,
    },
    /// `x[lo:hi:max]`.
    Slice {
        base: Box<Expr>,
        low: Option<Box<Expr>>,
        high: Option<Box<Expr>>,
        max: Option<Box<Expr>>,
    },
    Call(Box<Call>),
    /// `x.(T)`; `x.(type)` is a [`TypeSwitch`].
    TypeAssert {
        base: Box<Expr>,
        ty: Box<Expr>,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        op_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `T{…}`; the type is absent inside another literal.
    Composite {
        ty: Option<Box<Expr>>,
        elems: Vec<Element>,
    },
    FuncLit(Box<FuncLit>),
    /// `try x`: on failure, return its error from here.
    Try(Box<Expr>),
    /// `ch <- v` under a `try` or before a `recover`, which handle that the channel may be full. Anywhere else it is a
    /// statement.
    Send {
        chan: Box<Expr>,
        value: Box<Expr>,
    },
    /// `x recover err { … }` (body an expression) and `try { … } recover err { … }`.
    Recover {
        body: RecoverBody,
        name: Option<Ident>,
        handler: Block,
    },
    Match(Box<Match>),
    /// `go f(x)` as a value: a task handle.
    Go(Box<Expr>),
    /// `go parallel for …`: waits for all turns; with `yield`, the results in order.
    Parallel(Box<Parallel>),
    /// `go supervise …` as a value.
    GoSupervise(Box<Supervise>),
    /// `lo..hi` in options and patterns.
    Interval {
        low: Box<Expr>,
        high: Box<Expr>,
    },
    /// `n per d` in options.
    Per {
        count: Box<Expr>,
        period: Box<Expr>,
    },
    /// `call within d`.
    Within {
        call: Box<Expr>,
        limit: Box<Expr>,
    },
    /// `make(…) @ "address"`: an endpoint.
    Endpoint {
        chan: Box<Expr>,
        mode: Option<Ident>,
        address: Box<Expr>,
    },

    // Types.
    /// `[n]T`; `[...]T` has no length.
    ArrayType {
        len: Option<Box<Expr>>,
        elem: Box<Expr>,
    },
    SliceType(Box<Expr>),
    MapType {
        key: Box<Expr>,
        value: Box<Expr>,
    },
    ChanType(Box<ChanType>),
    FuncType(Box<FuncSig>),
    StructType(Vec<Field>),
    InterfaceType(Vec<InterfaceElem>),
    EnumType(Vec<EnumCase>),
    /// `T?`.
    OptionalType(Box<Expr>),
    /// `T ! E`; `! E` alone has no value type.
    ResultType {
        value: Option<Box<Expr>>,
        error: Box<Expr>,
    },
    /// `*T` outside a parameter: refused by the checker, with what to write instead.
    PointerType(Box<Expr>),
    /// `~T | U` in a constraint.
    Union(Vec<UnionTerm>),
    /// `...T` where a type argument cannot have it; also the element of a variadic function type.
    Error,
}

#[derive(Debug, Clone)]
pub struct UnionTerm {
    pub tilde: bool,
    pub ty: Expr,
}

#[derive(Debug, Clone)]
pub enum Lit {
    /// Decimal, hexadecimal, octal, binary, with `_`; any size.
    Int(num_bigint::BigInt),
    /// The exact value.
    Float(num_rational::BigRational),
    /// An imaginary literal: refused by the checker.
    Imaginary,
    Rune(u32),
    /// A string's bytes: `"\xff"` need not be UTF-8.
    Str(Vec<u8>),
    /// `100ms`, `1h30m`, in nanoseconds.
    Duration(i64),
}

/// `callee(args...)`.
#[derive(Debug, Clone)]
pub struct Call {
    pub callee: Expr,
    pub args: Vec<Arg>,
    /// The last argument is followed by `...`.
    pub spread: bool,
    /// The closing parenthesis.
    pub close: Span,
}

/// An argument, named only for the options of `make` and of a few statements.
#[derive(Debug, Clone)]
pub struct Arg {
    pub name: Option<Ident>,
    pub value: Expr,
}

/// `key: value` in a composite literal.
#[derive(Debug, Clone)]
pub struct Element {
    pub key: Option<Expr>,
    pub value: Expr,
}

#[derive(Debug, Clone)]
pub struct FuncLit {
    pub sig: FuncSig,
    pub body: Block,
}

#[derive(Debug, Clone)]
pub enum RecoverBody {
    Expr(Box<Expr>),
    Block(Block),
}

/// `match x { pattern => body … }`.
#[derive(Debug, Clone)]
pub struct Match {
    pub subject: Expr,
    pub arms: Vec<MatchArm>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct MatchArm {
    pub pattern: Pattern,
    /// `if cond` after the pattern.
    pub guard: Option<Expr>,
    pub body: MatchBody,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum MatchBody {
    Expr(Expr),
    /// A block's value is that of its last statement, if that is an expression and the match is used as a value.
    Block(Block),
    /// `pattern => return x` and other statements that leave.
    Stmt(Box<Stmt>),
}

#[derive(Debug, Clone)]
pub struct Pattern {
    pub id: NodeId,
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum PatternKind {
    Wildcard,
    /// A lone name: an enum case, a constant, `none`, or else a binding. The checker says which.
    Name(Ident),
    /// `Circle(r)`, `Shape.Circle(r)`; a dotted name without arguments (`Shape.Empty`, `math.MaxInt64`) is one, too,
    /// with no `args`. `Some`-less optionals have just the inner pattern.
    Case {
        path: Vec<Ident>,
        args: Vec<Pattern>,
    },
    /// A literal or a constant expression.
    Value(Expr),
    /// `low..high`, both included.
    Range {
        low: Expr,
        high: Expr,
    },
    /// `a | b`.
    Or(Vec<Pattern>),
    /// `Point{x: 0, y}`: fields by name; the others match anything.
    Struct {
        path: Vec<Ident>,
        fields: Vec<(Ident, Pattern)>,
    },
    Error,
}

/// `go parallel for k, v := range x (workers: n) { body }`.
#[derive(Debug, Clone)]
pub struct Parallel {
    pub bind: RangeBind,
    pub subject: Expr,
    pub options: Vec<Arg>,
    pub body: Block,
    pub span: Span,
}

/// The expression within parentheses.
pub fn strip(mut e: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &e.kind {
        e = inner;
    }
    e
}

/// The place behind `&x`, `*x` and parentheses.
pub fn strip_ref(e: &Expr) -> &Expr {
    match &strip(e).kind {
        ExprKind::Unary { op: UnaryOp::Ref | UnaryOp::Deref, operand } => strip_ref(operand),
        _ => strip(e),
    }
}
