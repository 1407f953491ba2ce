//! Declarations, and the file as a whole.

use super::list::List;
use super::{Marker, Section};
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

impl Marker<'_> {
    pub fn file(&mut self, file: &File) {
        for decl in &file.decls {
            if !matches!(decl, Decl::Error(_))
                && let Some(span) = decl.span()
            {
                self.decl(self.keyword(span), decl);
            }
        }
        self.imports(&file.imports);
        self.top_level();
    }

    /// The keyword of a declaration that has its first spec here.
    fn keyword(&self, span: Span) -> usize {
        let first = self.items.at(span.start);
        (first.saturating_sub(2)..=first)
            .rev()
            .find(|&index| {
                let tok = self.tok(index);
                matches!(tok, Tok::Func | Tok::Type | Tok::Var | Tok::Const) || self.is_word(index, "test")
            })
            .unwrap_or(first)
    }

    /// The declarations begin lines, with a blank line between those of different kinds.
    fn top_level(&mut self) {
        let mut previous = None;
        let mut at = 0;
        while self.tok(at) != Tok::Eof {
            let kind = self.tok(at);
            let end = self.end_of_decl(at);
            if previous.is_some() {
                let breaks = if previous == Some(kind) && !self.has_doc(at) { 1 } else { 2 };
                let tall = kind == Tok::Func && self.line(at) != self.end_line(end);
                self.begins_line(at, breaks, if tall { Section::Always } else { Section::Never });
            }
            // A group without specs is nowhere in the tree.
            let empty = self.tok(at + 1) == Tok::LParen && self.items.pairs[at + 1] == at + 2;
            if kind != Tok::Func && empty {
                self.group(at + 1, &[]);
            }
            previous = Some(kind);
            at = end + 1;
            while self.tok(at) == Tok::Semi {
                at += 1;
            }
        }
        self.begins_line(at, 1, Section::Always);
    }

    /// The last token of the declaration that begins here.
    fn end_of_decl(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            at = self.items.pairs[at].max(at);
            let next = at + 1;
            let ends = self.tok(at).ends_statement()
                && self.items.tokens[next].line > self.items.tokens[at].end_line;
            if ends || matches!(self.tok(next), Tok::Semi | Tok::Eof) {
                return at;
            }
            at = next;
        }
    }

    /// Whether a comment stands directly above.
    fn has_doc(&self, at: usize) -> bool {
        let item = &self.items.tokens[at];
        self.items.comments[item.comments.clone()]
            .last()
            .is_some_and(|comment| comment.end_line + 1 >= item.line && comment.line > self.end_line(at - 1))
    }

    fn imports(&mut self, imports: &[Import]) {
        for import in imports {
            self.blank(self.items.at(import.span.start), true);
            self.blank(self.items.at(import.path_span.start), true);
        }
        let mut index = 0;
        while index < imports.len() {
            let first = self.items.at(imports[index].span.start);
            let open = first - 1;
            if self.tok(open) != Tok::LParen {
                index += 1;
                continue;
            }
            let close = self.items.pairs[open];
            let group: Vec<usize> = imports[index..]
                .iter()
                .map(|import| self.items.at(import.span.start))
                .take_while(|&start| start < close)
                .collect();
            self.group(open, &group);
            index += group.len();
        }
    }

    /// Specs in parentheses.
    fn group(&mut self, open: usize, firsts: &[usize]) {
        let close = self.items.pairs[open];
        self.blank(open, true);
        if firsts.is_empty() && !self.items.comments_within(open, close) {
            self.marks[close].joins = true;
            return self.blank(close, false);
        }
        self.indented(open, close);
        self.marks[open + 1].tight = true;
        self.marks[close].tight = true;
        self.lines(firsts);
    }

    /// A declaration from its keyword on.
    pub fn decl(&mut self, keyword: usize, decl: &Decl) {
        match decl {
            Decl::Func(func) => self.func(func),
            Decl::Type(specs) => {
                let grouped = self.grouped(keyword, specs.iter().map(|spec| spec.span));
                for spec in specs {
                    self.type_spec(spec, grouped && specs.len() > 1);
                }
            }
            Decl::Var(specs) => {
                let specs: Vec<Values<'_>> = specs
                    .iter()
                    .map(|spec| Values {
                        names: &spec.names,
                        ty: spec.ty.as_ref(),
                        values: &spec.values,
                        span: spec.span,
                    })
                    .collect();
                self.value_specs(keyword, &specs);
            }
            Decl::Const(specs) => {
                let specs: Vec<Values<'_>> = specs
                    .iter()
                    .map(|spec| Values {
                        names: &spec.names,
                        ty: spec.ty.as_ref(),
                        values: &spec.values,
                        span: spec.span,
                    })
                    .collect();
                self.value_specs(keyword, &specs);
            }
            Decl::Test(test) => self.body(self.items.at(test.span.start), &test.body, false),
            Decl::Error(_) => {}
        }
    }

    /// Whether the specs of a keyword stand in parentheses; then they are put on lines.
    fn grouped(&mut self, keyword: usize, spans: impl Iterator<Item = Span>) -> bool {
        let open = keyword + 1;
        if self.tok(open) != Tok::LParen {
            return false;
        }
        let firsts: Vec<usize> = spans.map(|span| self.items.at(span.start)).collect();
        self.group(open, &firsts);
        true
    }

    fn func(&mut self, func: &FuncDecl) {
        let name = self.items.at(func.name.span.start);
        self.marks[name].joins = true;
        if let Some(receiver) = &func.receiver {
            let open = self.items.at(receiver.span.start);
            self.marks[open].joins = true;
            self.blank(open, true);
            self.blank(name, true);
            let mut ty = self.items.at(receiver.type_name.span.start);
            if receiver.inout {
                self.blank(ty, false);
                ty -= 1;
            }
            if receiver.name.is_some() {
                self.blank(ty, true);
            }
        }
        let mut open = name + 1;
        if !func.type_params.is_empty() {
            self.type_params(open, &func.type_params);
            open = self.items.pairs[open] + 1;
        }
        self.blank(open, false);
        self.signature(open, &func.sig);
        if let Some(body) = &func.body {
            self.body(self.items.at(func.span.start), body, true);
        }
    }

    fn type_spec(&mut self, spec: &TypeSpec, aligned: bool) {
        let name = self.items.at(spec.name.span.start);
        let mut after = name + 1;
        if !spec.type_params.is_empty() {
            self.type_params(after, &spec.type_params);
            after = self.items.pairs[after] + 1;
        }
        self.expr(&spec.ty, 1);
        match aligned {
            true => self.marks[after].cells = 1,
            false => self.blank(after, true),
        }
        if spec.alias {
            self.blank(after + 1, true);
        }
    }

    fn value_specs(&mut self, keyword: usize, specs: &[Values<'_>]) {
        let grouped = self.grouped(keyword, specs.iter().map(|spec| spec.span));
        let columns = grouped && specs.len() > 1;
        let keep = keep_type_column(specs);
        for (spec, keep) in specs.iter().zip(keep) {
            self.value_spec(spec, columns, keep);
        }
    }

    /// `names type = values`, in columns or not.
    fn value_spec(&mut self, spec: &Values<'_>, columns: bool, keep_type: bool) {
        let mut cells = 3;
        if let Some(ty) = spec.ty {
            self.expr(ty, 1);
            self.after_name(ty);
            if columns {
                let first = self.items.at(ty.span.start);
                self.marks[first].cells = 1;
                cells -= 1;
            }
        }
        let mut last = spec.ty.map_or_else(
            || spec.names.last().map_or(0, |name| self.items.at(name.span.start)),
            |ty| self.items.until(ty.span.end),
        );
        if !spec.values.is_empty() {
            let elements = self.elements(spec.values, 1);
            let first = elements[0].first;
            last = elements[elements.len() - 1].last;
            self.blank(first - 1, true);
            self.blank(first, true);
            self.marks[first].joins = true;
            self.list(&List { open: None, elements, close: None, indent: true });
            if columns {
                let skipped = usize::from(spec.ty.is_none() && keep_type);
                self.marks[first - 1].cells = 1 + skipped;
                cells -= 1 + skipped;
            }
        }
        if columns {
            self.marks[last].comment_cells = Some(cells);
        }
    }
}

/// A `var` or `const` spec.
struct Values<'a> {
    names: &'a [Ident],
    ty: Option<&'a Expr>,
    values: &'a [Expr],
    span: Span,
}

/// Whether each spec's values stand in a column behind that of the types. A run of specs with values needs no column for
/// types if none of them has one.
fn keep_type_column(specs: &[Values<'_>]) -> Vec<bool> {
    let mut keep = vec![false; specs.len()];
    let mut start = 0;
    while start < specs.len() {
        let run = specs[start..].iter().take_while(|spec| !spec.values.is_empty()).count();
        let typed = specs[start..start + run].iter().any(|spec| spec.ty.is_some());
        keep[start..start + run].fill(typed);
        start += run.max(1);
    }
    keep
}
