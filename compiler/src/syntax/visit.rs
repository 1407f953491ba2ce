//! Walking the syntax tree.
//!
//! A [`Visitor`] overrides what it cares about and calls the `walk_…` function of the same name to go on
//! below. Children are visited in source order, which is also the order of evaluation. Types are expressions and are
//! visited, too; a function literal's body is visited unless [`Visitor::expr`] stops at it.

use super::ast::*;

/// Something that looks at a tree. `'a` is the tree's life, so that a visitor may keep what it saw.
pub trait Visitor<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        walk_expr(self, expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        walk_stmt(self, stmt);
    }

    fn block(&mut self, block: &'a Block) {
        walk_block(self, block);
    }

    fn pattern(&mut self, pattern: &'a Pattern) {
        walk_pattern(self, pattern);
    }

    /// A name that is bound here: a variable's, a label's is not.
    fn binding(&mut self, _name: &'a Ident) {}

    /// A place that is assigned: the left of `=`, `+=`, `++`, of `for x = range` and of a receiving `select` case.
    fn target(&mut self, expr: &'a Expr) {
        self.expr(expr);
    }
}

pub fn walk_block<'a, V: Visitor<'a> + ?Sized>(v: &mut V, block: &'a Block) {
    for stmt in &block.stmts {
        v.stmt(stmt);
    }
}

/// The bodies of function literals inside the declaration are reached through its values.
pub fn walk_decl<'a, V: Visitor<'a> + ?Sized>(v: &mut V, decl: &'a Decl) {
    match decl {
        Decl::Func(f) => {
            walk_sig(v, &f.sig);
            if let Some(body) = &f.body {
                v.block(body);
            }
        }
        Decl::Type(specs) => specs.iter().for_each(|spec| v.expr(&spec.ty)),
        Decl::Var(specs) => specs.iter().for_each(|spec| {
            spec.ty.iter().for_each(|ty| v.expr(ty));
            spec.values.iter().for_each(|value| v.expr(value));
            spec.names.iter().for_each(|name| v.binding(name));
        }),
        Decl::Const(specs) => specs.iter().for_each(|spec| {
            spec.ty.iter().for_each(|ty| v.expr(ty));
            spec.values.iter().for_each(|value| v.expr(value));
        }),
        Decl::Test(test) => v.block(&test.body),
        Decl::Error(_) => {}
    }
}

pub fn walk_stmt<'a, V: Visitor<'a> + ?Sized>(v: &mut V, stmt: &'a Stmt) {
    use StmtKind::*;
    match &stmt.kind {
        Empty | Break(_) | Continue(_) | Fallthrough | Goto(_) | Error(_) => {}
        Expr(e) | Go(e) | Defer(e) | Fail(e) | Yield(e) => v.expr(e),
        Send { chan, value } => {
            v.expr(chan);
            v.expr(value);
        }
        IncDec { target, .. } => v.target(target),
        Assign { targets, values } => {
            values.iter().for_each(|e| v.expr(e));
            targets.iter().for_each(|e| v.target(e));
        }
        OpAssign { target, value, .. } => {
            v.expr(value);
            v.target(target);
        }
        Define { names, values } => {
            values.iter().for_each(|e| v.expr(e));
            names.iter().for_each(|n| v.binding(n));
        }
        Decl(decl) => walk_decl(v, decl),
        Return(values) => values.iter().for_each(|e| v.expr(e)),
        Block(block) => v.block(block),
        Labeled { stmt, .. } => v.stmt(stmt),
        Assert { cond, message } => {
            v.expr(cond);
            message.iter().for_each(|e| v.expr(e));
        }
        If(_) | Switch(_) | TypeSwitch(_) | Select(_) | For(_) | Range(_) | Supervise(_) => {
            walk_compound(v, &stmt.kind);
        }
    }
}

/// Statements with bodies.
fn walk_compound<'a, V: Visitor<'a> + ?Sized>(v: &mut V, kind: &'a StmtKind) {
    match kind {
        StmtKind::If(s) => {
            s.init.iter().for_each(|init| v.stmt(init));
            match &s.cond {
                Cond::Expr(e) => v.expr(e),
                Cond::Bind { name, value } => {
                    v.expr(value);
                    v.binding(name);
                }
            }
            v.block(&s.then);
            s.otherwise.iter().for_each(|otherwise| v.stmt(otherwise));
        }
        StmtKind::Switch(s) => {
            s.init.iter().for_each(|init| v.stmt(init));
            s.tag.iter().for_each(|tag| v.expr(tag));
            walk_cases(v, &s.cases);
        }
        StmtKind::TypeSwitch(s) => {
            s.init.iter().for_each(|init| v.stmt(init));
            v.expr(&s.subject);
            s.binding.iter().for_each(|name| v.binding(name));
            walk_cases(v, &s.cases);
        }
        StmtKind::Select(s) => s.cases.iter().for_each(|case| walk_select_case(v, case)),
        StmtKind::For(s) => {
            s.init.iter().for_each(|init| v.stmt(init));
            s.cond.iter().for_each(|cond| v.expr(cond));
            v.block(&s.body);
            s.post.iter().for_each(|post| v.stmt(post));
        }
        StmtKind::Range(s) => {
            v.expr(&s.subject);
            walk_range_bind(v, &s.bind);
            v.block(&s.body);
        }
        StmtKind::Supervise(s) => walk_supervise(v, s),
        _ => {}
    }
}

fn walk_cases<'a, V: Visitor<'a> + ?Sized>(v: &mut V, cases: &'a [SwitchCase]) {
    for case in cases {
        case.values.iter().flatten().for_each(|e| v.expr(e));
        case.body.iter().for_each(|s| v.stmt(s));
    }
}

pub fn walk_select_case<'a, V: Visitor<'a> + ?Sized>(v: &mut V, case: &'a SelectCase) {
    match &case.kind {
        SelectKind::Send { chan, value } => {
            v.expr(chan);
            v.expr(value);
        }
        SelectKind::Recv { recv, bind } => {
            v.expr(recv);
            match bind {
                SelectBind::None => {}
                SelectBind::Define(names) => names.iter().for_each(|n| v.binding(n)),
                SelectBind::Assign(targets) => targets.iter().for_each(|e| v.target(e)),
            }
        }
        SelectKind::After(e) => v.expr(e),
        SelectKind::Default => {}
    }
    case.body.iter().for_each(|s| v.stmt(s));
}

fn walk_range_bind<'a, V: Visitor<'a> + ?Sized>(v: &mut V, bind: &'a RangeBind) {
    match bind {
        RangeBind::None => {}
        RangeBind::Define(names) => names.iter().for_each(|n| v.binding(n)),
        RangeBind::Assign(targets) => targets.iter().for_each(|e| v.target(e)),
    }
}

fn walk_supervise<'a, V: Visitor<'a> + ?Sized>(v: &mut V, s: &'a Supervise) {
    s.options.iter().for_each(|arg| v.expr(&arg.value));
    for child in &s.children {
        match &child.kind {
            ChildKind::Go(call) => v.expr(call),
            ChildKind::Supervise(inner) => walk_supervise(v, inner),
        }
        for clause in &child.clauses {
            match clause {
                ChildClause::Workers(e) | ChildClause::Shutdown(e) | ChildClause::Start(e) => v.expr(e),
                ChildClause::After(_) | ChildClause::Restart(_) | ChildClause::Significant(_) => {}
            }
        }
    }
}

pub fn walk_sig<'a, V: Visitor<'a> + ?Sized>(v: &mut V, sig: &'a FuncSig) {
    for param in sig.params.iter().chain(&sig.results) {
        v.expr(&param.ty);
        param.name.iter().for_each(|name| v.binding(name));
    }
}

pub fn walk_expr<'a, V: Visitor<'a> + ?Sized>(v: &mut V, expr: &'a Expr) {
    use ExprKind::*;
    match &expr.kind {
        Name(_) | Lit(_) | Error => {}
        Paren(e) | Try(e) | Go(e) | Unary { operand: e, .. } | Select { base: e, .. } => v.expr(e),
        Index { base, args } => {
            v.expr(base);
            args.iter().for_each(|e| v.expr(e));
        }
        Slice { base, low, high, max } => {
            v.expr(base);
            [low, high, max].into_iter().flatten().for_each(|e| v.expr(e));
        }
        Call(call) => {
            v.expr(&call.callee);
            call.args.iter().for_each(|arg| v.expr(&arg.value));
        }
        TypeAssert { base, ty } => {
            v.expr(base);
            v.expr(ty);
        }
        Binary { left, right, .. } | Send { chan: left, value: right } => {
            v.expr(left);
            v.expr(right);
        }
        Composite { ty, elems } => {
            ty.iter().for_each(|e| v.expr(e));
            for elem in elems {
                elem.key.iter().for_each(|e| v.expr(e));
                v.expr(&elem.value);
            }
        }
        FuncLit(lit) => {
            walk_sig(v, &lit.sig);
            v.block(&lit.body);
        }
        Recover { body, name, handler } => {
            match body {
                RecoverBody::Expr(e) => v.expr(e),
                RecoverBody::Block(b) => v.block(b),
            }
            name.iter().for_each(|n| v.binding(n));
            v.block(handler);
        }
        Match(m) => walk_match(v, m),
        Parallel(p) => {
            v.expr(&p.subject);
            p.options.iter().for_each(|arg| v.expr(&arg.value));
            walk_range_bind(v, &p.bind);
            v.block(&p.body);
        }
        GoSupervise(s) => walk_supervise(v, s),
        Interval { low: a, high: b }
        | Per { count: a, period: b }
        | Within { call: a, limit: b }
        | Endpoint { chan: a, address: b, .. } => {
            v.expr(a);
            v.expr(b);
        }
        _ => walk_type(v, &expr.kind),
    }
}

fn walk_type<'a, V: Visitor<'a> + ?Sized>(v: &mut V, kind: &'a ExprKind) {
    use ExprKind::*;
    match kind {
        ArrayType { len, elem } => {
            len.iter().for_each(|e| v.expr(e));
            v.expr(elem);
        }
        SliceType(e) | OptionalType(e) | PointerType(e) => v.expr(e),
        MapType { key, value } => {
            v.expr(key);
            v.expr(value);
        }
        ChanType(c) => {
            v.expr(&c.elem);
            c.reply.iter().for_each(|e| v.expr(e));
        }
        FuncType(sig) => walk_sig(v, sig),
        StructType(fields) => fields.iter().for_each(|f| v.expr(&f.ty)),
        InterfaceType(elems) => elems.iter().for_each(|elem| match elem {
            InterfaceElem::Method { sig, .. } => walk_sig(v, sig),
            InterfaceElem::Embed(e) => v.expr(e),
        }),
        EnumType(cases) => cases.iter().flat_map(|c| &c.fields).for_each(|f| v.expr(&f.ty)),
        ResultType { value, error } => {
            value.iter().for_each(|e| v.expr(e));
            v.expr(error);
        }
        Union(terms) => terms.iter().for_each(|t| v.expr(&t.ty)),
        _ => {}
    }
}

pub fn walk_match<'a, V: Visitor<'a> + ?Sized>(v: &mut V, m: &'a Match) {
    v.expr(&m.subject);
    for arm in &m.arms {
        v.pattern(&arm.pattern);
        arm.guard.iter().for_each(|e| v.expr(e));
        match &arm.body {
            MatchBody::Expr(e) => v.expr(e),
            MatchBody::Block(b) => v.block(b),
            MatchBody::Stmt(s) => v.stmt(s),
        }
    }
}

/// A lone name may turn out to be a case or a constant; it is given to [`Visitor::binding`] all the same.
pub fn walk_pattern<'a, V: Visitor<'a> + ?Sized>(v: &mut V, pattern: &'a Pattern) {
    match &pattern.kind {
        PatternKind::Wildcard | PatternKind::Error => {}
        PatternKind::Name(name) => v.binding(name),
        PatternKind::Case { args, .. } | PatternKind::Or(args) => args.iter().for_each(|p| v.pattern(p)),
        PatternKind::Value(e) => v.expr(e),
        PatternKind::Range { low, high } => {
            v.expr(low);
            v.expr(high);
        }
        PatternKind::Struct { fields, .. } => fields.iter().for_each(|(_, p)| v.pattern(p)),
    }
}
