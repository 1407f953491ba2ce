//! Expressions, types and patterns as s-expressions.

use super::Dump;
use crate::syntax::ast::*;

impl Dump {
    /// `(head part …)`.
    pub(super) fn form(&mut self, head: &str, parts: &[&Expr]) {
        let space = head.len() - head.trim_start().len();
        self.push(&head[..space]);
        self.push("(");
        self.push(head.trim_start());
        for part in parts {
            self.push(" ");
            self.expr(part);
        }
        self.push(")");
    }

    /// Each after a blank.
    pub(super) fn exprs(&mut self, list: &[Expr]) {
        for value in list {
            self.push(" ");
            self.expr(value);
        }
    }

    fn optional(&mut self, value: Option<&Expr>) {
        match value {
            Some(value) => self.exprs(std::slice::from_ref(value)),
            None => self.push(" _"),
        }
    }

    pub(super) fn expr(&mut self, value: &Expr) {
        match &value.kind {
            ExprKind::Name(name) => self.push(name.as_str()),
            ExprKind::Lit(lit) => self.lit(lit),
            ExprKind::Paren(inner) => self.form("paren", &[inner]),
            ExprKind::Select { base, name } => {
                self.expr(base);
                self.put(format_args!(".{}", name.name));
            }
            ExprKind::Index { base, args } => {
                self.push("(index ");
                self.expr(base);
                self.exprs(args);
                self.push(")");
            }
            ExprKind::Slice { base, low, high, max } => {
                self.push("(slice ");
                self.expr(base);
                for bound in [low, high, max] {
                    self.optional(bound.as_deref());
                }
                self.push(")");
            }
            ExprKind::Call(call) => {
                self.push("(call ");
                self.expr(&call.callee);
                self.args(&call.args);
                self.push(if call.spread { "...)" } else { ")" });
            }
            ExprKind::TypeAssert { base, ty } => self.form("assert-type", &[base, ty]),
            ExprKind::Unary { op, operand } => self.form(unary_text(*op), &[operand]),
            ExprKind::Binary { op, left, right, .. } => self.form(op.text(), &[left, right]),
            ExprKind::Composite { ty, elems } => self.composite(ty.as_deref(), elems),
            ExprKind::FuncLit(func) => {
                self.push("(func ");
                self.sig(&func.sig);
                self.inner_block(&func.body);
                self.push(")");
            }
            _ => self.goo_expr(value),
        }
    }

    fn goo_expr(&mut self, value: &Expr) {
        match &value.kind {
            ExprKind::Try(inner) => self.form("try", &[inner]),
            ExprKind::Send { chan, value } => self.form("send", &[chan, value]),
            ExprKind::Recover { body, name, handler } => {
                self.push("(recover");
                match body {
                    RecoverBody::Expr(body) => self.exprs(std::slice::from_ref(&**body)),
                    RecoverBody::Block(block) => self.inner_block(block),
                }
                self.push(" with");
                self.names(name.as_slice());
                self.inner_block(handler);
                self.push(")");
            }
            ExprKind::Match(found) => self.match_expr(found),
            ExprKind::Go(call) => self.form("go", &[call]),
            ExprKind::Parallel(parallel) => {
                self.push("(parallel");
                self.range_bind(&parallel.bind);
                self.push(" range ");
                self.expr(&parallel.subject);
                self.args(&parallel.options);
                self.inner_block(&parallel.body);
                self.push(")");
            }
            ExprKind::GoSupervise(supervise) => {
                self.push("(go ");
                self.supervise(supervise);
                self.push(")");
            }
            ExprKind::Interval { low, high } => self.form("..", &[low, high]),
            ExprKind::Per { count, period } => self.form("per", &[count, period]),
            ExprKind::Within { call, limit } => self.form("within", &[call, limit]),
            ExprKind::Endpoint { chan, mode, address } => {
                self.push("(@");
                self.names(mode.as_slice());
                self.exprs(std::slice::from_ref(&**chan));
                self.exprs(std::slice::from_ref(&**address));
                self.push(")");
            }
            _ => self.ty(value),
        }
    }

    fn ty(&mut self, value: &Expr) {
        match &value.kind {
            ExprKind::ArrayType { len, elem } => {
                self.push("(array");
                self.optional(len.as_deref());
                self.exprs(std::slice::from_ref(&**elem));
                self.push(")");
            }
            ExprKind::SliceType(elem) => self.form("[]", &[elem]),
            ExprKind::MapType { key, value } => self.form("map", &[key, value]),
            ExprKind::ChanType(chan) => self.chan(chan),
            ExprKind::FuncType(sig) => {
                self.push("(func-type ");
                self.sig(sig);
                self.push(")");
            }
            ExprKind::StructType(fields) => self.fields(fields),
            ExprKind::InterfaceType(elems) => {
                self.push("(interface");
                for elem in elems {
                    match elem {
                        InterfaceElem::Method { name, sig } => {
                            self.put(format_args!(" (method {} ", name.name));
                            self.sig(sig);
                            self.push(")");
                        }
                        InterfaceElem::Embed(ty) => self.exprs(std::slice::from_ref(ty)),
                    }
                }
                self.push(")");
            }
            ExprKind::EnumType(cases) => {
                self.push("(enum");
                for case in cases {
                    self.put(format_args!(" ({}", case.name.name));
                    case.fields.iter().for_each(|field| self.param(field));
                    self.push(")");
                }
                self.push(")");
            }
            ExprKind::OptionalType(inner) => self.form("?", &[inner]),
            ExprKind::ResultType { value, error } => {
                self.push("(result");
                self.optional(value.as_deref());
                self.exprs(std::slice::from_ref(&**error));
                self.push(")");
            }
            ExprKind::PointerType(target) => self.form("pointer", &[target]),
            ExprKind::Union(terms) => {
                self.push("(union");
                for term in terms {
                    self.push(if term.tilde { " ~" } else { " " });
                    self.expr(&term.ty);
                }
                self.push(")");
            }
            _ => self.push("error"),
        }
    }

    fn lit(&mut self, lit: &Lit) {
        match lit {
            Lit::Int(value) => self.put(format_args!("{value}")),
            Lit::Float(value) => self.put(format_args!("{value}f")),
            Lit::Imaginary => self.push("imaginary"),
            Lit::Rune(value) => self.put(format_args!("'{value}'")),
            Lit::Str(bytes) => self.put(format_args!("\"{}\"", bytes.escape_ascii())),
            Lit::Duration(nanos) => self.put(format_args!("{nanos}ns")),
        }
    }

    fn composite(&mut self, ty: Option<&Expr>, elems: &[Element]) {
        self.push("(lit");
        self.optional(ty);
        for elem in elems {
            match &elem.key {
                Some(key) => self.form(" :", &[key, &elem.value]),
                None => self.exprs(std::slice::from_ref(&elem.value)),
            }
        }
        self.push(")");
    }

    pub(super) fn args(&mut self, args: &[Arg]) {
        for arg in args {
            self.push(" ");
            if let Some(name) = arg.name {
                self.put(format_args!("{}: ", name.name));
            }
            self.expr(&arg.value);
        }
    }

    pub(super) fn sig(&mut self, sig: &FuncSig) {
        self.push("(");
        sig.params.iter().for_each(|param| self.param(param));
        self.push(" ->");
        sig.results.iter().for_each(|result| self.param(result));
        self.push(")");
    }

    fn param(&mut self, param: &Param) {
        self.push(" ");
        if let Some(name) = param.name {
            self.put(format_args!("{}:", name.name));
        }
        self.push(if param.inout { "*" } else { "" });
        self.push(if param.variadic { "..." } else { "" });
        self.expr(&param.ty);
    }

    fn chan(&mut self, chan: &ChanType) {
        let pattern = match chan.pattern {
            ChanPattern::Plain => String::new(),
            pattern => format!("{pattern:?}-").to_lowercase(),
        };
        let (before, after) = match chan.dir {
            ChanDir::Both => ("", ""),
            ChanDir::Send => ("", "<-"),
            ChanDir::Recv => ("<-", ""),
        };
        self.put(format_args!("({pattern}{before}chan{after} "));
        self.expr(&chan.elem);
        self.exprs(chan.reply.as_slice());
        self.push(")");
    }

    fn fields(&mut self, fields: &[Field]) {
        self.push("(struct");
        for field in fields {
            self.push(" ");
            if let Some(name) = field.name {
                self.put(format_args!("{}:", name.name));
            }
            self.expr(&field.ty);
            if let Some(tag) = &field.tag {
                self.put(format_args!(" {tag:?}"));
            }
        }
        self.push(")");
    }

    fn match_expr(&mut self, found: &Match) {
        self.push("(match ");
        self.expr(&found.subject);
        self.deeper(|out| {
            for arm in &found.arms {
                out.push("\n");
                out.start();
                out.pattern(&arm.pattern);
                if let Some(guard) = &arm.guard {
                    out.push(" if ");
                    out.expr(guard);
                }
                out.push(" => ");
                match &arm.body {
                    MatchBody::Expr(value) => out.expr(value),
                    MatchBody::Block(block) => out.inner_block(block),
                    MatchBody::Stmt(stmt) => out.simple(stmt),
                }
            }
        });
        self.push(")");
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Wildcard => self.push("_"),
            PatternKind::Name(name) => self.push(name.name.as_str()),
            PatternKind::Case { path, args } => {
                self.path("case", path);
                for arg in args {
                    self.push(" ");
                    self.pattern(arg);
                }
                self.push(")");
            }
            PatternKind::Value(value) => self.form("value", &[value]),
            PatternKind::Range { low, high } => self.form("..", &[low, high]),
            PatternKind::Or(alternatives) => {
                self.push("(or");
                for alternative in alternatives {
                    self.push(" ");
                    self.pattern(alternative);
                }
                self.push(")");
            }
            PatternKind::Struct { path, fields } => {
                self.path("struct", path);
                for (name, pattern) in fields {
                    self.put(format_args!(" {}:", name.name));
                    self.pattern(pattern);
                }
                self.push(")");
            }
            PatternKind::Error => self.push("error"),
        }
    }

    fn path(&mut self, head: &str, path: &[Ident]) {
        let names: Vec<&str> = path.iter().map(|name| name.name.as_str()).collect();
        self.put(format_args!("({head} {}", names.join(".")));
    }

    /// A block within an expression: its statements on lines of their own.
    fn inner_block(&mut self, block: &Block) {
        self.push(" {\n");
        self.block(block);
        self.start();
        self.push("}");
    }
}

fn unary_text(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Neg => "-",
        UnaryOp::Plus => "+",
        UnaryOp::Not => "!",
        UnaryOp::BitNot => "^",
        UnaryOp::Ref => "&",
        UnaryOp::Deref => "*",
        UnaryOp::Recv => "<-",
    }
}
