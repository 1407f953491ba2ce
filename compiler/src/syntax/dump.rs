//! The tree as text, for `--emit=ast` and for tests: declarations and statements one a line and indented, types and
//! expressions as s-expressions within the line. The output depends on the source only.

mod expr;
mod tokens;

pub use tokens::dump_tokens;

use std::fmt::Write as _;

use super::ast::*;

/// A file's tree.
pub fn dump(file: &File) -> String {
    let mut out = Dump::default();
    out.doc(file.doc.as_deref());
    out.line(format_args!("package {}", file.package.name));
    for import in &file.imports {
        let alias = import.alias.map_or(String::new(), |alias| format!("{} ", alias.name));
        out.line(format_args!("import {alias}{:?}", import.path));
    }
    file.decls.iter().for_each(|decl| out.decl(decl));
    out.text
}

#[derive(Default)]
struct Dump {
    text: String,
    indent: usize,
}

impl Dump {
    fn start(&mut self) {
        for _ in 0..self.indent {
            self.text.push_str("  ");
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn put(&mut self, args: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(args);
    }

    fn line(&mut self, args: std::fmt::Arguments<'_>) {
        self.start();
        self.put(args);
        self.push("\n");
    }

    /// A line that `content` writes.
    fn on_line(&mut self, content: impl FnOnce(&mut Self)) {
        self.start();
        content(self);
        self.push("\n");
    }

    fn deeper(&mut self, content: impl FnOnce(&mut Self)) {
        self.indent += 1;
        content(self);
        self.indent -= 1;
    }

    fn doc(&mut self, doc: Option<&str>) {
        for line in doc.into_iter().flat_map(str::lines) {
            self.line(format_args!("// {line}"));
        }
    }

    fn decl(&mut self, decl: &Decl) {
        match decl {
            Decl::Func(func) => self.func(func),
            Decl::Type(specs) => specs.iter().for_each(|spec| self.type_spec(spec)),
            Decl::Var(specs) => specs.iter().for_each(|spec| {
                self.doc(spec.doc.as_deref());
                self.values("var", &spec.names, spec.ty.as_ref(), &spec.values);
            }),
            Decl::Const(specs) => specs.iter().for_each(|spec| {
                self.doc(spec.doc.as_deref());
                self.values(&format!("const {}", spec.iota), &spec.names, spec.ty.as_ref(), &spec.values);
            }),
            Decl::Test(test) => {
                self.line(format_args!("test {:?}", test.name));
                self.block(&test.body);
            }
            Decl::Error(_) => self.line(format_args!("error")),
        }
    }

    fn func(&mut self, func: &FuncDecl) {
        self.doc(func.doc.as_deref());
        self.on_line(|out| {
            out.push("func ");
            if let Some(receiver) = &func.receiver {
                out.receiver(receiver);
            }
            out.put(format_args!("{}", func.name.name));
            out.type_params(&func.type_params);
            out.push(" ");
            out.sig(&func.sig);
        });
        if let Some(body) = &func.body {
            self.block(body);
        }
    }

    fn receiver(&mut self, receiver: &Receiver) {
        let name = receiver.name.map_or("_", |name| name.name.as_str());
        let star = if receiver.inout { "*" } else { "" };
        self.put(format_args!("({name} {star}{}", receiver.type_name.name));
        for param in &receiver.type_params {
            self.put(format_args!(" {}", param.name));
        }
        self.push(") ");
    }

    fn type_params(&mut self, params: &[TypeParam]) {
        for (index, param) in params.iter().enumerate() {
            self.push(if index == 0 { "[" } else { ", " });
            self.put(format_args!("{} ", param.name.name));
            self.expr(&param.constraint);
        }
        if !params.is_empty() {
            self.push("]");
        }
    }

    fn type_spec(&mut self, spec: &TypeSpec) {
        self.doc(spec.doc.as_deref());
        self.on_line(|out| {
            out.put(format_args!("type {}", spec.name.name));
            out.type_params(&spec.type_params);
            out.push(if spec.alias { " = " } else { " " });
            out.expr(&spec.ty);
        });
    }

    fn values(&mut self, keyword: &str, names: &[Ident], ty: Option<&Expr>, values: &[Expr]) {
        self.on_line(|out| {
            out.push(keyword);
            out.names(names);
            if let Some(ty) = ty {
                out.push(" : ");
                out.expr(ty);
            }
            if !values.is_empty() {
                out.push(" =");
                out.exprs(values);
            }
        });
    }

    fn names(&mut self, names: &[Ident]) {
        for name in names {
            self.put(format_args!(" {}", name.name));
        }
    }

    /// A block's statements, indented below the line that has it.
    fn block(&mut self, block: &Block) {
        self.deeper(|out| block.stmts.iter().for_each(|stmt| out.stmt(stmt)));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Decl(decl) => self.decl(decl),
            StmtKind::Block(block) => {
                self.line(format_args!("block"));
                self.block(block);
            }
            StmtKind::If(branch) => self.if_stmt(branch),
            StmtKind::Switch(switch) => self.switch(switch),
            StmtKind::TypeSwitch(switch) => self.type_switch(switch),
            StmtKind::Select(select) => self.select(select),
            StmtKind::For(turn) => self.for_stmt(turn),
            StmtKind::Range(range) => {
                self.on_line(|out| {
                    out.push("for");
                    out.range_bind(&range.bind);
                    out.push(" range ");
                    out.expr(&range.subject);
                });
                self.block(&range.body);
            }
            StmtKind::Labeled { label, stmt } => {
                self.line(format_args!("label {}", label.name));
                self.stmt(stmt);
            }
            StmtKind::Supervise(supervise) => self.on_line(|out| out.supervise(supervise)),
            _ => self.on_line(|out| out.simple(stmt)),
        }
    }

    /// A statement that fits within a line.
    fn simple(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Empty => self.push("empty"),
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Send { chan, value } => self.form("send", &[chan, value]),
            StmtKind::IncDec { target, increment } => {
                self.form(if *increment { "++" } else { "--" }, &[target])
            }
            StmtKind::Assign { targets, values } => {
                self.push("set");
                self.exprs(targets);
                self.push(" =");
                self.exprs(values);
            }
            StmtKind::OpAssign { op, target, value, .. } => {
                self.form(&format!("{}=", op.text()), &[target, value])
            }
            StmtKind::Define { names, values } => {
                self.push("let");
                self.names(names);
                self.push(" =");
                self.exprs(values);
            }
            StmtKind::Go(call) => self.form("go", &[call]),
            StmtKind::Defer(call) => self.form("defer", &[call]),
            StmtKind::Return(values) => {
                self.push("return");
                self.exprs(values);
            }
            StmtKind::Fail(error) => self.form("fail", &[error]),
            StmtKind::Yield(value) => self.form("yield", &[value]),
            StmtKind::Break(label) => self.jump("break", *label),
            StmtKind::Continue(label) => self.jump("continue", *label),
            StmtKind::Fallthrough => self.push("fallthrough"),
            StmtKind::Goto(label) => self.jump("goto", Some(*label)),
            StmtKind::Assert { cond, message } => {
                let parts: Vec<&Expr> = std::iter::once(cond).chain(message).collect();
                self.form("assert", &parts);
            }
            StmtKind::Error(_) => self.push("error"),
            // The others take lines of their own; in a header they cannot stand.
            _ => self.push("statement"),
        }
    }

    fn jump(&mut self, keyword: &str, label: Option<Ident>) {
        self.push(keyword);
        self.names(label.as_slice());
    }

    fn init(&mut self, init: Option<&Stmt>) {
        if let Some(init) = init {
            self.push(" ");
            self.simple(init);
            self.push(";");
        }
    }

    fn if_stmt(&mut self, first: &If) {
        let mut branch = first;
        let mut keyword = "if";
        loop {
            self.on_line(|out| {
                out.push(keyword);
                out.init(branch.init.as_ref());
                match &branch.cond {
                    Cond::Expr(cond) => out.exprs(std::slice::from_ref(cond)),
                    Cond::Bind { name, value } => {
                        out.put(format_args!(" bind {} = ", name.name));
                        out.expr(value);
                    }
                }
            });
            self.block(&branch.then);
            match branch.otherwise.as_ref().map(|stmt| &stmt.kind) {
                Some(StmtKind::If(next)) => branch = next,
                Some(StmtKind::Block(block)) => {
                    self.line(format_args!("else"));
                    return self.block(block);
                }
                _ => return,
            }
            keyword = "else if";
        }
    }

    fn switch(&mut self, switch: &Switch) {
        self.on_line(|out| {
            out.push("switch");
            out.init(switch.init.as_ref());
            out.exprs(switch.tag.as_slice());
        });
        self.deeper(|out| switch.cases.iter().for_each(|case| out.case(case)));
    }

    fn type_switch(&mut self, switch: &TypeSwitch) {
        self.on_line(|out| {
            out.push("type switch");
            out.init(switch.init.as_ref());
            out.names(switch.binding.as_slice());
            out.push(" =");
            out.exprs(std::slice::from_ref(&switch.subject));
        });
        self.deeper(|out| switch.cases.iter().for_each(|case| out.case(case)));
    }

    fn case(&mut self, case: &SwitchCase) {
        self.on_line(|out| match &case.values {
            None => out.push("default"),
            Some(values) => {
                out.push("case");
                out.exprs(values);
            }
        });
        self.deeper(|out| case.body.iter().for_each(|stmt| out.stmt(stmt)));
    }

    fn select(&mut self, select: &Select) {
        self.line(format_args!("select{}", if select.first { " first" } else { "" }));
        self.deeper(|out| {
            for case in &select.cases {
                out.on_line(|out| out.select_kind(&case.kind));
                out.deeper(|out| case.body.iter().for_each(|stmt| out.stmt(stmt)));
            }
        });
    }

    fn select_kind(&mut self, kind: &SelectKind) {
        match kind {
            SelectKind::Send { chan, value } => self.form("case send", &[chan, value]),
            SelectKind::Recv { recv, bind } => {
                self.push("case");
                match bind {
                    SelectBind::None => {}
                    SelectBind::Define(names) => {
                        self.push(" let");
                        self.names(names);
                        self.push(" =");
                    }
                    SelectBind::Assign(targets) => {
                        self.push(" set");
                        self.exprs(targets);
                        self.push(" =");
                    }
                }
                self.exprs(std::slice::from_ref(recv));
            }
            SelectKind::After(delay) => self.form("case after", &[delay]),
            SelectKind::Default => self.push("default"),
        }
    }

    fn for_stmt(&mut self, turn: &For) {
        self.on_line(|out| {
            out.push("for");
            out.init(turn.init.as_ref());
            out.exprs(turn.cond.as_slice());
            if let Some(post) = &turn.post {
                out.push("; ");
                out.simple(post);
            }
        });
        self.block(&turn.body);
    }

    fn range_bind(&mut self, bind: &RangeBind) {
        match bind {
            RangeBind::None => {}
            RangeBind::Define(names) => {
                self.names(names);
                self.push(" :=");
            }
            RangeBind::Assign(targets) => {
                self.exprs(targets);
                self.push(" =");
            }
        }
    }

    fn supervise(&mut self, supervise: &Supervise) {
        self.push("supervise");
        self.names(supervise.strategy.as_slice());
        self.args(&supervise.options);
        self.deeper(|out| {
            for child in &supervise.children {
                out.push("\n");
                out.start();
                out.child(child);
            }
        });
    }

    fn child(&mut self, child: &Child) {
        if let Some(name) = child.name {
            self.put(format_args!("{} = ", name.name));
        }
        match &child.kind {
            ChildKind::Go(call) => self.form("go", &[call]),
            ChildKind::Supervise(inner) => self.supervise(inner),
        }
        for clause in &child.clauses {
            match clause {
                ChildClause::Workers(count) => self.form(" workers", &[count]),
                ChildClause::Shutdown(time) => self.form(" shutdown", &[time]),
                ChildClause::Start(time) => self.form(" start", &[time]),
                ChildClause::After(names) => {
                    self.push(" after");
                    self.names(names);
                }
                ChildClause::Restart(kind) => self.put(format_args!(" restart {}", kind.name)),
                ChildClause::Significant(_) => self.push(" significant"),
            }
        }
    }
}
