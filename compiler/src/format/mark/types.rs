//! Types, parameters and results.

use super::list::Element;
use super::{Marker, Section};
use crate::syntax::ast::*;
use crate::syntax::token::Tok;

/// A struct or interface of up to this width, with one member, may stay on one line.
const ONE_MEMBER: usize = 30;
/// An enum of up to this width may stay on one line.
const ONE_LINE_ENUM: usize = 80;

impl Marker<'_> {
    /// Marks an expression that is a type, if it is one.
    pub fn type_expr(&mut self, expr: &Expr) {
        let first = self.items.at(expr.span.start);
        match &expr.kind {
            ExprKind::ArrayType { len, elem } => {
                if let Some(len) = len {
                    self.expr(len, 1);
                }
                self.tight(elem);
            }
            ExprKind::SliceType(elem) | ExprKind::PointerType(elem) => self.tight(elem),
            ExprKind::MapType { key, value } => {
                self.expr(key, 1);
                self.tight(value);
            }
            ExprKind::OptionalType(inner) => self.expr(inner, 1),
            ExprKind::ChanType(chan) => self.chan_type(first, chan),
            ExprKind::FuncType(sig) => {
                self.blank(first + 1, false);
                self.signature(first + 1, sig);
            }
            ExprKind::StructType(fields) => self.struct_type(expr, fields),
            ExprKind::InterfaceType(elems) => self.interface_type(expr, elems),
            ExprKind::EnumType(cases) => self.enum_type(expr, cases),
            ExprKind::ResultType { value, error } => {
                let error_first = self.items.at(error.span.start);
                if let Some(value) = value {
                    self.expr(value, 1);
                    self.blank(error_first - 1, true);
                }
                self.blank(error_first, true);
                self.expr(error, 1);
            }
            ExprKind::Union(terms) => {
                for (index, term) in terms.iter().enumerate() {
                    let term_first = self.items.at(term.ty.span.start) - usize::from(term.tilde);
                    if index > 0 {
                        self.blank(term_first - 1, true);
                        self.blank(term_first, true);
                        self.region([term_first], self.items.until(term.ty.span.end) + 1);
                    }
                    self.expr(&term.ty, 1);
                }
            }
            _ => {}
        }
    }

    /// A type that follows a bracket or a `*` without a blank.
    fn tight(&mut self, ty: &Expr) {
        self.blank(self.items.at(ty.span.start), false);
        self.expr(ty, 1);
    }

    fn chan_type(&mut self, first: usize, chan: &ChanType) {
        let elem = self.items.at(chan.elem.span.start);
        if self.tok(first) == Tok::Arrow {
            self.blank(first + 1, false);
        }
        if let Some(arrow) = (first + 1..elem).find(|&index| self.tok(index) == Tok::Arrow) {
            self.blank(arrow, false);
        }
        match &chan.reply {
            Some(reply) => {
                let open = (first..=elem).find(|&index| self.tok(index) == Tok::LParen).unwrap_or(elem);
                self.blank(open, false);
                self.blank(self.items.at(reply.span.start), true);
                self.expr(reply, 1);
            }
            None => self.blank(elem, true),
        }
        self.expr(&chan.elem, 1);
    }

    /// Parameters from `open`, and results.
    pub fn signature(&mut self, open: usize, sig: &FuncSig) {
        self.params(open, &sig.params);
        let close = self.items.pairs[open];
        let Some(result) = sig.results.first() else { return };
        // Parentheses are there unless one type stands alone.
        let first = self.items.at(result.span.start);
        let bracket = first - 1;
        self.blank(close + 1, true);
        match self.tok(bracket) == Tok::LParen && bracket > close {
            true => self.params(close + 1, &sig.results),
            false => self.param(result),
        }
    }

    /// A list of parameters in brackets.
    pub fn params(&mut self, open: usize, params: &[Param]) {
        for param in params {
            self.param(param);
        }
        // Names that share a type are one element.
        let mut elements: Vec<Element> = Vec::new();
        let mut shared = None;
        for param in params {
            let last = self.items.until(param.ty.span.end);
            let name = param.name.map_or(param.span, |name| name.span);
            match elements.last_mut() {
                Some(_) if shared == Some(last) => {}
                _ => elements.push(Element::new(self.items.at(name.start), last)),
            }
            shared = Some(last);
        }
        self.bracketed(open, &elements);
    }

    pub fn type_params(&mut self, open: usize, params: &[TypeParam]) {
        self.blank(open, false);
        let mut elements: Vec<Element> = Vec::new();
        let mut shared = None;
        for param in params {
            let last = self.items.until(param.constraint.span.end);
            if shared != Some(last) {
                self.expr(&param.constraint, 1);
                self.after_name(&param.constraint);
                elements.push(Element::new(self.items.at(param.name.span.start), last));
            }
            shared = Some(last);
        }
        self.bracketed(open, &elements);
    }

    /// Elements each of whose line breaks begins a section.
    fn bracketed(&mut self, open: usize, elements: &[Element]) {
        let close = self.items.pairs[open];
        for element in elements {
            self.marks[element.first].section = Section::Always;
        }
        self.region(elements.iter().map(|element| element.first), close);
        self.marks[close].section = Section::Always;
        let comma = close - 1;
        if !elements.is_empty() && self.tok(comma) == Tok::Comma && self.line(close) == self.line(comma) {
            self.marks[comma].drop = true;
        }
    }

    fn param(&mut self, param: &Param) {
        self.expr(&param.ty, 1);
        let mut first = self.items.at(param.ty.span.start);
        if param.inout || param.variadic {
            self.blank(first, false);
            first -= 1;
        }
        if param.name.is_some() && matches!(self.tok(first - 1), Tok::Ident) {
            self.blank(first, true);
        }
    }

    /// A blank before a type that follows a name.
    pub fn after_name(&mut self, ty: &Expr) {
        self.blank(self.first_of_type(ty), true);
    }

    /// The first token of a type, its `~` included.
    fn first_of_type(&self, ty: &Expr) -> usize {
        let first = self.items.at(ty.span.start);
        let tilde = first > 0 && self.tok(first - 1) == Tok::Tilde;
        first - usize::from(tilde)
    }

    /// The braces of a type, and whether its members stay on the braces' line.
    fn member_braces(
        &mut self,
        expr: &Expr,
        one_line: impl Fn(&Self, usize, usize) -> bool,
    ) -> (usize, usize, bool) {
        let close = self.items.until(expr.span.end);
        let open = self.items.pairs[close];
        let bare = self.line(open) == self.line(close) && !self.items.comments_within(open, close);
        if bare && open + 1 == close {
            self.blank(open, false);
            self.blank(close, false);
            return (open, close, true);
        }
        if bare && one_line(self, open, close) {
            return (open, close, true);
        }
        self.blank(open, true);
        self.indented(open, close);
        self.marks[open + 1].tight = true;
        self.marks[close].tight = true;
        (open, close, false)
    }

    fn struct_type(&mut self, expr: &Expr, fields: &[Field]) {
        for field in fields {
            self.expr(&field.ty, 1);
            if field.name.is_some() {
                self.after_name(&field.ty);
            }
        }
        // Names that share a type are one member.
        let shares = |index: usize| index > 0 && fields[index].ty.span == fields[index - 1].ty.span;
        let members: Vec<&Field> =
            fields.iter().enumerate().filter(|(index, _)| !shares(*index)).map(|(_, field)| field).collect();
        let single = members.len() == 1 && fields[0].tag.is_none();
        let (open, _, one_line) = self.member_braces(expr, |marker, open, close| {
            single && marker.flat_width(open + 1, close - 1).is_some_and(|width| width <= ONE_MEMBER)
        });
        if one_line {
            if single {
                self.blank(open, false);
            }
            return;
        }
        let firsts: Vec<usize> = members
            .iter()
            .map(|field| self.items.at(field.name.map_or(field.ty.span.start, |name| name.span.start)))
            .map(|first| if self.tok(first - 1) == Tok::Star { first - 1 } else { first })
            .collect();
        self.lines(&firsts);
        if members.len() > 1 {
            members.iter().for_each(|field| self.field_columns(field));
        }
    }

    /// Name, type, tag and comment stand in columns.
    fn field_columns(&mut self, field: &Field) {
        let last = self.items.until(field.ty.span.end);
        let named = field.name.is_some();
        if named {
            let first = self.first_of_type(&field.ty);
            self.marks[first].cells = 1;
        }
        match field.tag {
            Some(_) => self.marks[last + 1].cells = if named { 2 } else { 1 },
            None => self.marks[last].comment_cells = Some(if named { 1 } else { 2 }),
        }
    }

    fn interface_type(&mut self, expr: &Expr, elems: &[InterfaceElem]) {
        let mut firsts = Vec::with_capacity(elems.len());
        for elem in elems {
            match elem {
                InterfaceElem::Method { name, sig } => {
                    let first = self.items.at(name.span.start);
                    self.blank(first + 1, false);
                    self.signature(first + 1, sig);
                    firsts.push(first);
                }
                InterfaceElem::Embed(ty) => {
                    self.expr(ty, 1);
                    firsts.push(self.first_of_type(ty));
                }
            }
        }
        let (open, _, one_line) = self.member_braces(expr, |marker, open, close| {
            firsts.len() == 1
                && marker.flat_width(open + 1, close - 1).is_some_and(|width| width <= ONE_MEMBER)
        });
        match one_line {
            true => self.blank(open, false),
            false => self.lines(&firsts),
        }
    }

    fn enum_type(&mut self, expr: &Expr, cases: &[EnumCase]) {
        let mut firsts = Vec::with_capacity(cases.len());
        for case in cases {
            let first = self.items.at(case.name.span.start);
            if !case.fields.is_empty() {
                self.blank(first + 1, false);
                self.params(first + 1, &case.fields);
            }
            firsts.push(first);
        }
        let (open, close, one_line) = self.member_braces(expr, |marker, open, close| {
            marker.flat_width(open + 1, close - 1).is_some_and(|width| width <= ONE_LINE_ENUM)
        });
        if !one_line {
            return self.lines(&firsts);
        }
        self.blank(open, true);
        for semi in (open..close - 1).filter(|&index| self.tok(index) == Tok::Semi).collect::<Vec<_>>() {
            self.marks[semi].drop = false;
        }
    }
}
