//! Statements.

use super::list::{Element, List};
use super::{Marker, Section};
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

impl Marker<'_> {
    pub fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    pub fn stmt(&mut self, stmt: &Stmt) {
        use StmtKind::*;
        let first = self.items.at(stmt.span.start);
        match &stmt.kind {
            Empty | Break(_) | Continue(_) | Fallthrough | Goto(_) | Error(_) => {}
            Expr(expr) => self.expr(expr, 1),
            Go(expr) | Defer(expr) | Fail(expr) | Yield(expr) => {
                self.blank(self.items.at(expr.span.start), true);
                self.expr(expr, 1);
            }
            Send { chan, value } => {
                self.expr(chan, 1);
                let value_first = self.items.at(value.span.start);
                self.blank(value_first - 1, true);
                self.blank(value_first, true);
                self.expr(value, 1);
            }
            IncDec { target, .. } => self.expr(target, 2),
            Assign { targets, values } => {
                let depth = if targets.len() > 1 && values.len() > 1 { 2 } else { 1 };
                let elements = self.elements(targets, depth);
                self.list(&List { open: None, elements, close: None, indent: true });
                self.values(values, depth);
            }
            OpAssign { target, value, .. } => {
                self.expr(target, 1);
                self.values(std::slice::from_ref(value), 1);
            }
            Define { names, values } => {
                self.values(values, if names.len() > 1 && values.len() > 1 { 2 } else { 1 })
            }
            Decl(decl) => self.decl(first, decl),
            Return(values) => self.return_values(values),
            Block(block) => self.block(block),
            Labeled { label, stmt } => {
                let colon = self.items.until(label.span.end) + 1;
                self.marks[first].outdent = true;
                self.stmt(stmt);
                if !super::body::is_empty(stmt) {
                    self.begins_line(colon + 1, 1, Section::Always);
                }
            }
            Assert { cond, message } => {
                self.blank(first + 1, true);
                self.expr(cond, 1);
                if let Some(message) = message {
                    self.expr(message, 1);
                }
            }
            If(_) | Switch(_) | TypeSwitch(_) | Select(_) | For(_) | Range(_) | Supervise(_) => {
                self.compound(first, stmt);
            }
        }
    }

    /// Statements with bodies.
    fn compound(&mut self, first: usize, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If(found) => self.if_stmt(first, found),
            StmtKind::Switch(found) => {
                self.header(found.init.as_ref(), found.tag.as_ref());
                self.switch_cases(found.span, &found.cases);
            }
            StmtKind::TypeSwitch(found) => {
                self.header(found.init.as_ref(), Some(&found.subject));
                self.switch_cases(found.span, &found.cases);
            }
            StmtKind::Select(found) => self.select(found),
            StmtKind::For(found) => self.for_stmt(first, found),
            StmtKind::Range(found) => {
                self.range_bind(&found.bind);
                self.expr(&found.subject, 1);
                self.block(&found.body);
            }
            StmtKind::Supervise(found) => self.supervise(found),
            _ => {}
        }
    }

    /// What stands right of an assignment.
    pub fn values(&mut self, values: &[Expr], depth: u32) {
        let elements = self.elements(values, depth);
        let Some(first) = elements.first() else { return };
        let operator = first.first - 1;
        self.blank(operator, true);
        self.blank(first.first, true);
        self.list(&List { open: Some(operator), elements, close: None, indent: true });
    }

    fn return_values(&mut self, values: &[Expr]) {
        let elements = self.elements(values, 1);
        let Some((first, last)) = elements.first().zip(elements.last()).map(|(a, b)| (a.first, b.last))
        else {
            return;
        };
        self.blank(first, true);
        let indent = !self.indents_as_a_whole(values, &elements);
        if !indent {
            self.marks[first].opens += 1;
            self.marks[last + 1].closes += 1;
        }
        self.list(&List { open: None, elements, close: None, indent });
    }

    /// Whether a list looks better if it is indented from its beginning: more than one element takes several lines, or one
    /// begins a line.
    fn indents_as_a_whole(&self, values: &[Expr], elements: &[Element]) -> bool {
        let Some((first, last)) = elements.first().zip(elements.last()) else { return false };
        if elements.len() < 2 || self.line(first.first) == self.end_line(last.last) {
            return false;
        }
        let mut line = self.line(first.first);
        let mut tall = 0;
        for (value, element) in values.iter().zip(elements) {
            let (begin, end) = (self.line(element.first), self.end_line(element.last));
            if line < begin {
                return true;
            }
            tall += usize::from(begin < end && !is_composite(value));
            line = end;
        }
        tall > 1
    }

    fn if_stmt(&mut self, first: usize, found: &If) {
        if let Some(init) = &found.init {
            self.init(init);
        }
        match &found.cond {
            Cond::Expr(cond) => {
                self.blank(self.items.at(cond.span.start), true);
                self.expr(cond, 1);
            }
            Cond::Bind { value, .. } => self.values(std::slice::from_ref(value), 1),
        }
        self.block(&found.then);
        debug_assert!(self.tok(first) == Tok::If);
        if let Some(otherwise) = &found.otherwise {
            self.stmt(otherwise);
        }
    }

    /// The simple statement before the `;` of a header.
    fn init(&mut self, init: &Stmt) {
        self.stmt(init);
        let semi = self.items.until(init.span.end) + 1;
        if self.tok(semi) == Tok::Semi {
            self.marks[semi].drop = false;
            self.blank(semi + 1, true);
        }
    }

    fn header(&mut self, init: Option<&Stmt>, tag: Option<&Expr>) {
        if let Some(init) = init {
            self.init(init);
        }
        if let Some(tag) = tag {
            self.expr(tag, 1);
        }
    }

    fn for_stmt(&mut self, first: usize, found: &For) {
        if let Some(init) = &found.init {
            self.stmt(init);
        }
        if let Some(cond) = &found.cond {
            self.expr(cond, 1);
        }
        if let Some(post) = &found.post {
            self.stmt(post);
        }
        if found.init.is_some() || found.post.is_some() {
            let open = self.items.at(found.body.span.start);
            let mut at = first + 1;
            while at < open {
                if self.tok(at) == Tok::Semi {
                    self.marks[at].drop = false;
                    // `for ; x; {` and `for i := 0; ; {`
                    self.blank(at, matches!(self.tok(at - 1), Tok::For | Tok::Semi));
                    self.blank(at + 1, true);
                }
                at = self.items.pairs[at].max(at) + 1;
            }
        }
        self.block(&found.body);
    }

    pub fn range_bind(&mut self, bind: &RangeBind) {
        if let RangeBind::Assign(targets) = bind {
            for target in targets {
                self.expr(target, 1);
            }
        }
    }

    fn switch_cases(&mut self, span: crate::syntax::Span, cases: &[SwitchCase]) {
        let close = self.items.until(span.end);
        let open = self.items.pairs[close];
        let mut clauses = Vec::with_capacity(cases.len());
        for case in cases {
            let first = self.items.at(case.span.start);
            if let Some(values) = &case.values
                && !values.is_empty()
            {
                let elements = self.elements(values, 1);
                self.blank(elements[0].first, true);
                let colon = elements[elements.len() - 1].last + 1;
                self.list(&List { open: Some(first), elements, close: Some(colon), indent: true });
            }
            clauses.push((first, case.body.as_slice()));
        }
        self.clauses(open, close, &clauses);
    }

    fn select(&mut self, found: &Select) {
        let close = self.items.until(found.span.end);
        let open = self.items.pairs[close];
        self.blank(open, true);
        if open + 1 == close && !self.items.comments_within(open, close) {
            return self.blank(close, false);
        }
        let mut clauses = Vec::with_capacity(found.cases.len());
        for case in &found.cases {
            match &case.kind {
                SelectKind::Send { chan, value } => {
                    self.expr(chan, 1);
                    let first = self.items.at(value.span.start);
                    self.blank(first - 1, true);
                    self.blank(first, true);
                    self.expr(value, 1);
                }
                SelectKind::Recv { recv, bind } => {
                    if let SelectBind::Assign(targets) = bind {
                        self.elements(targets, 1);
                    }
                    self.expr(recv, 1);
                }
                SelectKind::After(limit) => self.expr(limit, 1),
                SelectKind::Default => {}
            }
            clauses.push((self.items.at(case.span.start), case.body.as_slice()));
        }
        self.clauses(open, close, &clauses);
    }

    /// `supervise strategy (options) { children }`.
    pub fn supervise(&mut self, found: &Supervise) {
        let close = self.items.until(found.span.end);
        let open = self.items.pairs[close];
        if !found.options.is_empty() {
            let options = self.items.pairs[self.before(open)];
            self.blank(options, true);
            self.args(options, &found.options, 1);
        }
        self.blank(open, true);
        let mut firsts = Vec::with_capacity(found.children.len());
        for child in &found.children {
            match &child.kind {
                ChildKind::Go(call) => self.expr(call, 1),
                ChildKind::Supervise(inner) => self.supervise(inner),
            }
            for clause in &child.clauses {
                if let ChildClause::Workers(value) | ChildClause::Shutdown(value) = clause {
                    self.expr(value, 1);
                    self.blank(self.items.at(value.span.start), true);
                }
            }
            let first = self.items.at(child.span.start);
            if child.name.is_some() {
                self.marks[first + 1].cells = 1;
            }
            firsts.push(first);
        }
        self.indented(open, close);
        self.lines(&firsts);
    }
}

/// A composite literal, or an `&` of one.
fn is_composite(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Composite { .. } => true,
        ExprKind::Paren(inner) | ExprKind::Unary { op: UnaryOp::Ref, operand: inner } => is_composite(inner),
        _ => false,
    }
}
