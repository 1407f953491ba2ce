//! The syntax tree: what the parser gives and the checker reads.
//!
//! Types are expressions ([`ExprKind::SliceType`] and so on), as in Go, because `T(x)`, `f[T](x)` and `make(T)`
//! cannot be told apart before names are known. Every node that later stages say something about (an expression,
//! a binding name, a pattern) has a [`NodeId`], unique in the compilation; what the checker finds out stands in
//! tables keyed by it, and the tree itself never changes.

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

/// `{ statements }`; the span includes the braces.
#[derive(Debug, Clone)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum StmtKind {
    Empty,
    /// A call, a receive, `try …`, `go …`, `match …` for their effect.
    Expr(Expr),
    /// `ch <- v`; `pub[topic] <- v` has an [`ExprKind::Index`] as channel.
    Send {
        chan: Expr,
        value: Expr,
    },
    /// `x++` and `x--`.
    IncDec {
        target: Expr,
        increment: bool,
    },
    /// `a, b = x, y`.
    Assign {
        targets: Vec<Expr>,
        values: Vec<Expr>,
    },
    /// `x += y`; the span is the operator's.
    OpAssign {
        op: BinaryOp,
        op_span: Span,
        target: Expr,
        value: Expr,
    },
    /// `a, b := x, y`; at least one name is new.
    Define {
        names: Vec<Ident>,
        values: Vec<Expr>,
    },
    Decl(std::sync::Arc<Decl>),
    Go(Expr),
    Defer(Expr),
    Return(Vec<Expr>),
    /// `fail err`.
    Fail(Expr),
    /// `yield v` in a `go parallel for`.
    Yield(Expr),
    Break(Option<Ident>),
    Continue(Option<Ident>),
    Fallthrough,
    Block(Block),
    If(Box<If>),
    Switch(Box<Switch>),
    TypeSwitch(Box<TypeSwitch>),
    Select(Box<Select>),
    For(Box<For>),
    Range(Box<Range>),
    Labeled {
        label: Ident,
        stmt: Box<Stmt>,
    },
    /// `assert cond` or `assert cond, message`.
    Assert {
        cond: Expr,
        message: Option<Expr>,
    },
    /// `supervise …` that lasts until its children are done.
    Supervise(Box<Supervise>),
    Error,
}

/// `if init; cond { then } else otherwise`.
#[derive(Debug, Clone)]
pub struct If {
    pub init: Option<Stmt>,
    pub cond: Cond,
    pub then: Block,
    /// A block or another `if`.
    pub otherwise: Option<Stmt>,
}

#[derive(Debug, Clone)]
pub enum Cond {
    Expr(Expr),
    /// `if v := opt { … }`: runs the block with the unwrapped value.
    Bind {
        name: Ident,
        value: Expr,
    },
}

/// `switch init; tag { case a, b: … default: … }`.
#[derive(Debug, Clone)]
pub struct Switch {
    pub init: Option<Stmt>,
    pub tag: Option<Expr>,
    pub cases: Vec<SwitchCase>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct SwitchCase {
    /// Values, or types in a type switch; `None` is `default`.
    pub values: Option<Vec<Expr>>,
    pub body: Vec<Stmt>,
    /// Keys the variable that a type switch binds in this clause.
    pub id: NodeId,
    pub span: Span,
}

/// `switch init; v := x.(type) { … }`. A case `none` (an identifier) matches the empty interface value.
#[derive(Debug, Clone)]
pub struct TypeSwitch {
    pub init: Option<Stmt>,
    pub binding: Option<Ident>,
    pub subject: Expr,
    pub cases: Vec<SwitchCase>,
    pub span: Span,
}

/// `select { … }`, `select first { … }`.
#[derive(Debug, Clone)]
pub struct Select {
    pub first: bool,
    pub cases: Vec<SelectCase>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct SelectCase {
    pub kind: SelectKind,
    pub body: Vec<Stmt>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum SelectKind {
    Send {
        chan: Expr,
        value: Expr,
    },
    /// `case <-ch`, `case v := <-ch`, `case v, ok = <-ch`. `recv` is the [`UnaryOp::Recv`] expression.
    Recv {
        recv: Expr,
        bind: SelectBind,
    },
    /// `case after 100ms`.
    After(Expr),
    Default,
}

#[derive(Debug, Clone)]
pub enum SelectBind {
    None,
    /// `v, ok :=`, one or two names.
    Define(Vec<Ident>),
    /// `v, ok =`, one or two targets.
    Assign(Vec<Expr>),
}

/// `for init; cond; post { body }`; all three may be absent.
#[derive(Debug, Clone)]
pub struct For {
    pub init: Option<Stmt>,
    pub cond: Option<Expr>,
    pub post: Option<Stmt>,
    pub body: Block,
    pub span: Span,
}

/// `for k, v := range x { body }`.
#[derive(Debug, Clone)]
pub struct Range {
    pub bind: RangeBind,
    pub subject: Expr,
    pub body: Block,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum RangeBind {
    None,
    /// One or two names (`_` included).
    Define(Vec<Ident>),
    Assign(Vec<Expr>),
}

/// `supervise strategy (options) { children }`.
#[derive(Debug, Clone)]
pub struct Supervise {
    pub id: NodeId,
    /// `one_for_one`, `one_for_all` or `rest_for_one`; the checker refuses others. Absent is `one_for_one`.
    pub strategy: Option<Ident>,
    pub options: Vec<Arg>,
    pub children: Vec<Child>,
    pub span: Span,
}

/// One line of a `supervise` block.
#[derive(Debug, Clone)]
pub struct Child {
    /// `name := go …`.
    pub name: Option<Ident>,
    pub kind: ChildKind,
    /// `workers n`, `after a, b`, `start d`, `shutdown d`, `restart kind`, `significant`, in any order.
    pub clauses: Vec<ChildClause>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub enum ChildKind {
    /// `go f(x)`: the call.
    Go(Expr),
    Supervise(Box<Supervise>),
}

#[derive(Debug, Clone)]
pub enum ChildClause {
    Workers(Expr),
    After(Vec<Ident>),
    Shutdown(Expr),
    /// The time it has to say that it has started.
    Start(Expr),
    /// `permanent`, `transient` or `temporary`; the checker refuses others.
    Restart(Ident),
    Significant(Span),
}

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

    pub fn is_shift(self) -> bool {
        matches!(self, BinaryOp::Shl | BinaryOp::Shr)
    }
}
