//! Statements, and the parts that only they have.

use super::*;

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
    /// `goto label`, which Goo does not have: reported when it was read, and kept for what uses labels and leaves.
    Goto(Ident),
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
    /// Source that could not be read; an error has been reported.
    Error(Lost),
}

/// What a statement that could not be read, or only in part, may have done to names.
#[derive(Debug, Clone, Default)]
pub struct Lost {
    /// Names that it declares, of types that nobody knows.
    pub declared: Vec<Ident>,
    /// All names in it, each once: it may have looked at what they hold, so that more was known about them afterwards.
    pub mentioned: Vec<Ident>,
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
