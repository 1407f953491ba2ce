//! Types.
//!
//! ```text
//! type  = unit [ "!" unit ] | "!" unit        T ! E binds loosest: []int ! error is a result of a slice
//! unit  = name [ args ] | "*" unit | "[" "]" unit | … ; each followed by any number of "?"
//! ```
//!
//! `?` binds to the type just before it: `[]int?` is a slice of optionals, `([]int)?` an optional slice.

use super::expr::expr;
use super::input::{Input, Reader, Res, chained, nested};
use super::mistake::Mistake;
use super::params::{colon, func_sig, param_list};
use super::recover::{follows_break, group, list};
use crate::syntax::ast::*;
use crate::syntax::literal;
use crate::syntax::token::Tok;

/// A whole type, `T ! E` included.
pub(super) fn type_(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    if inp.got(Tok::Bang) {
        let error = Box::new(type_unit(inp)?);
        let span = inp.since(start);
        return Ok(inp.expr(ExprKind::ResultType { value: None, error }, span));
    }
    let value = type_unit(inp)?;
    result_tail(inp, start, value)
}

/// `! E` after a type, if it is there.
pub(super) fn result_tail(inp: &mut Input<'_, '_>, start: usize, value: Expr) -> Res<Expr> {
    if !inp.got(Tok::Bang) {
        return Ok(value);
    }
    if !starts_type(inp.tok()) {
        let mistake = inp.unexpected("", "type");
        return Err(mistake.help("the type of the error stands behind the `!`: `int ! error`"));
    }
    let error = Box::new(type_unit(inp)?);
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::ResultType { value: Some(Box::new(value)), error }, span))
}

/// A type without `! E`.
pub(super) fn type_unit(inp: &mut Input<'_, '_>) -> Res<Expr> {
    nested(inp, |inp| {
        let start = inp.at();
        let ty = type_atom(inp)?;
        optional_tail(inp, start, ty)
    })
}

/// Any number of `?` after a type.
pub(super) fn optional_tail(inp: &mut Input<'_, '_>, start: usize, mut ty: Expr) -> Res<Expr> {
    loop {
        // `T??` is an optional optional: the lexer cannot know that it is no operator.
        let marks = match inp.tok() {
            Tok::Question => 1,
            Tok::Coalesce => 2,
            _ => return Ok(ty),
        };
        inp.bump();
        for _ in 0..marks {
            chained(inp)?;
            let span = inp.since(start);
            ty = inp.expr(ExprKind::OptionalType(Box::new(ty)), span);
        }
    }
}

/// Whether a type can begin with this token.
pub(super) fn starts_type(tok: Tok) -> bool {
    use Tok::*;
    matches!(tok, Ident | Star | Arrow | Func | LBracket | Chan | Map | Struct | Interface | LParen | Bang)
}

fn type_atom(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    match inp.tok() {
        Tok::Ident if chan_pattern(inp).is_some() => chan_type(inp),
        Tok::Ident => type_name(inp),
        Tok::Star => {
            inp.bump();
            let target = Box::new(type_unit(inp)?);
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::PointerType(target), span))
        }
        Tok::LParen => {
            inp.bump();
            let inner = Box::new(type_(inp)?);
            inp.want(Tok::RParen, "")?;
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::Paren(inner), span))
        }
        Tok::LBracket => array_or_slice(inp),
        Tok::Map => map_type(inp),
        Tok::Chan | Tok::Arrow => chan_type(inp),
        Tok::Struct => struct_type(inp),
        Tok::Interface => interface_type(inp),
        Tok::Func => {
            inp.bump();
            if inp.tok() != Tok::LParen {
                let mistake = inp.unexpected("in function type", "`(`");
                return Err(
                    mistake.help("the type of a function has its parameters: `func()`, `func(int) string`")
                );
            }
            let sig = func_sig(inp)?;
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::FuncType(Box::new(sig)), span))
        }
        _ => Err(inp.unexpected("", "type")),
    }
}

/// `T`, `pkg.T`, `T[A, B]`.
pub(super) fn type_name(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    let first = inp.ident()?;
    let mut ty = Expr { id: first.id, kind: ExprKind::Name(first.name), span: first.span };
    if inp.got(Tok::Dot) {
        let name = inp.ident()?;
        let span = inp.since(start);
        ty = inp.expr(ExprKind::Select { base: Box::new(ty), name }, span);
    }
    if inp.tok() == Tok::LBracket {
        ty = type_args(inp, start, ty)?;
    }
    Ok(ty)
}

/// `[A, B]` after a generic type.
pub(super) fn type_args(inp: &mut Input<'_, '_>, start: usize, base: Expr) -> Res<Expr> {
    inp.bump();
    if inp.tok() == Tok::RBracket {
        return Err(Mistake::said(inp.at(), "empty list of type arguments").label("expected a type"));
    }
    let mut args = Vec::new();
    list(inp, "in type argument list", Tok::RBracket, |inp| {
        args.push(type_(inp)?);
        Ok(false)
    })?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::Index { base: Box::new(base), args }, span))
}

/// `[]T`, `[n]T`, `[...]T`.
fn array_or_slice(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    if inp.got(Tok::RBracket) {
        let elem = Box::new(type_unit(inp)?);
        let span = inp.since(start);
        return Ok(inp.expr(ExprKind::SliceType(elem), span));
    }
    array_rest(inp, start)
}

/// An array type after its `[`, which stands at `start`.
pub(super) fn array_rest(inp: &mut Input<'_, '_>, start: usize) -> Res<Expr> {
    let len = if inp.got(Tok::Ellipsis) {
        None
    } else {
        inp.shared().nest += 1;
        let len = expr(inp);
        inp.shared().nest -= 1;
        Some(Box::new(len?))
    };
    if inp.tok() == Tok::Comma {
        return Err(inp.unexpected("in array length", "`]`"));
    }
    inp.want(Tok::RBracket, "in array length")?;
    let elem = Box::new(type_unit(inp)?);
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::ArrayType { len, elem }, span))
}

fn map_type(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    if inp.tok() != Tok::LBracket {
        let mistake = inp.unexpected("in map type", "`[`");
        return Err(mistake.help("a map says of which types its keys and values are: `map[string]int{…}`"));
    }
    inp.bump();
    let key = Box::new(type_(inp)?);
    inp.want(Tok::RBracket, "in map type")?;
    let value = Box::new(type_unit(inp)?);
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::MapType { key, value }, span))
}

/// The pattern of `push chan …`, if the next two tokens are such words.
pub(super) fn chan_pattern(inp: &mut Input<'_, '_>) -> Option<ChanPattern> {
    if inp.tok_after(1) != Tok::Chan {
        return None;
    }
    Some(match inp.word()? {
        "push" => ChanPattern::Push,
        "pull" => ChanPattern::Pull,
        "pub" => ChanPattern::Pub,
        "sub" => ChanPattern::Sub,
        "broadcast" => ChanPattern::Broadcast,
        "req" => ChanPattern::Req,
        "rep" => ChanPattern::Rep,
        "pair" => ChanPattern::Pair,
        "dealer" => ChanPattern::Dealer,
        "router" => ChanPattern::Router,
        _ => return None,
    })
}

/// `chan T`, `chan<- T`, `<-chan T`, `push chan T`, `req chan(Q) R`.
pub(super) fn chan_type(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    let pattern = chan_pattern(inp).unwrap_or(ChanPattern::Plain);
    let mut dir = ChanDir::Both;
    if pattern != ChanPattern::Plain {
        inp.bump();
    } else if inp.got(Tok::Arrow) {
        dir = ChanDir::Recv;
    }
    inp.want(Tok::Chan, "")?;
    if pattern == ChanPattern::Plain && dir == ChanDir::Both && inp.got(Tok::Arrow) {
        dir = ChanDir::Send;
    }
    if !starts_type(inp.tok()) {
        return Err(Mistake::said(inp.at(), "missing channel element type")
            .label("expected type")
            .help("a channel says what it carries: `chan int`"));
    }
    let (elem, reply) = if matches!(pattern, ChanPattern::Req | ChanPattern::Rep) {
        inp.want(Tok::LParen, "in channel type")?;
        let question = type_(inp)?;
        inp.want(Tok::RParen, "in channel type")?;
        let reply = if starts_type(inp.tok()) { Some(type_unit(inp)?) } else { None };
        (question, reply)
    } else {
        (type_unit(inp)?, None)
    };
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::ChanType(Box::new(ChanType { pattern, dir, elem, reply })), span))
}

fn struct_type(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    inp.want(Tok::LBrace, "in struct type")?;
    let damage = inp.shared().damage.len();
    let fields = group(inp, "in struct type", Tok::RBrace, field)?;
    let span = inp.since(start);
    let mut fields: Vec<Field> = fields.into_iter().flatten().collect();
    if inp.shared().damage.len() > damage {
        // What is embedded may have any field.
        let ty = inp.expr(ExprKind::Error, span);
        fields.push(Field { name: None, ty, tag: None, span });
    }
    Ok(inp.expr(ExprKind::StructType(fields), span))
}

/// One line of a struct: `a, b T "tag"` or an embedded type.
fn field(inp: &mut Input<'_, '_>) -> Res<Vec<Field>> {
    let start = inp.at();
    if inp.tok() == Tok::LParen || (inp.tok() == Tok::Star && inp.tok_after(1) == Tok::LParen) {
        return Err(Mistake::said(start, "cannot parenthesize embedded type"));
    }
    if inp.tok() == Tok::Star || (inp.tok() == Tok::Ident && embeds(inp)) {
        let ty = type_unit(inp)?;
        let tag = tag(inp);
        return Ok(vec![Field { name: None, ty, tag, span: inp.since(start) }]);
    }
    if inp.tok() != Tok::Ident {
        let mistake = inp.unexpected("", "field name or embedded type");
        return Err(match inp.tok() {
            Tok::Func => mistake.help("methods stand outside of their type: `func (x *Name) Method() { … }`"),
            Tok::Var | Tok::Const => mistake.help("a field is a name and its type: `x int`"),
            _ => mistake,
        });
    }
    let mut names = vec![inp.ident()?];
    while inp.got(Tok::Comma) {
        names.push(inp.ident()?);
    }
    if inp.tok() == Tok::Colon && starts_type(inp.tok_after(1)) {
        colon(inp, "in struct type");
    }
    let before = inp.nodes();
    let ty = type_(inp)?;
    let nodes = inp.nodes() - before;
    inp.charge_copy(nodes * (names.len() as u64 - 1))?;
    let tag = tag(inp);
    let span = inp.since(start);
    // The last of the repetitions is moved, so that one name costs no copy.
    let types = std::iter::repeat_n((ty, tag), names.len());
    let fields = names.into_iter().zip(types);
    Ok(fields
        .map(|(name, (ty, tag))| Field { name: Some(name), ty, tag, span: name.span.to(span) })
        .collect())
}

/// Whether the name that comes next is an embedded type's and not a field's.
fn embeds(inp: &mut Input<'_, '_>) -> bool {
    match inp.tok_after(1) {
        Tok::Dot | Tok::Str | Tok::RawStr | Tok::Semi | Tok::Newline | Tok::RBrace | Tok::Question => true,
        Tok::LBracket => !array_follows(inp, 1),
        _ => false,
    }
}

/// Whether the `[` that stands `n` tokens ahead begins an array or slice type, rather than type arguments: only then
/// does a type follow its `]`.
pub(super) fn array_follows(inp: &mut Input<'_, '_>, n: usize) -> bool {
    let open = inp.at() + n;
    if matches!(inp.token(open + 1).tok, Tok::RBracket | Tok::Ellipsis) {
        return true;
    }
    match inp.pair(open) {
        Some(close) => {
            let next = inp.token(close + 1).tok;
            starts_type(next) && next != Tok::Bang
        }
        None => false,
    }
}

fn tag(inp: &mut Input<'_, '_>) -> Option<String> {
    if !matches!(inp.tok(), Tok::Str | Tok::RawStr) {
        return None;
    }
    let at = inp.at();
    let token = inp.bump();
    match literal::value(token.tok, inp.text(at)) {
        Lit::Str(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    }
}

fn interface_type(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    inp.want(Tok::LBrace, "in interface type")?;
    let damage = inp.shared().damage.len();
    let mut elems = group(inp, "in interface type", Tok::RBrace, interface_elem)?;
    let span = inp.since(start);
    if inp.shared().damage.len() > damage {
        elems.push(InterfaceElem::Embed(inp.expr(ExprKind::Error, span)));
    }
    Ok(inp.expr(ExprKind::InterfaceType(elems), span))
}

fn interface_elem(inp: &mut Input<'_, '_>) -> Res<InterfaceElem> {
    if inp.tok() == Tok::Func && inp.tok_after(1) == Tok::Ident && inp.tok_after(2) == Tok::LParen {
        let word = inp.span_of(inp.at());
        let mistake = inp.unexpected("in interface type", "the name of a method").fix("remove it", word, "");
        inp.report(mistake.help("a method stands here without `func`: `F() int`"));
        inp.bump();
    }
    match inp.tok() {
        Tok::Ident if inp.tok_after(1) == Tok::LParen => {
            let name = inp.ident()?;
            let sig = func_sig(inp)?;
            Ok(InterfaceElem::Method { name, sig })
        }
        tok if tok == Tok::Tilde || starts_type(tok) => Ok(InterfaceElem::Embed(constraint(inp)?)),
        _ => Err(inp.unexpected("in interface type", "method, interface or `}`")),
    }
}

/// A type parameter's constraint: `any`, `~int | string`.
pub(super) fn constraint(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    let mut terms = vec![term(inp)?];
    while inp.got(Tok::Pipe) {
        terms.push(term(inp)?);
    }
    match terms.as_mut_slice() {
        [UnionTerm { tilde: false, .. }] => Ok(terms.remove(0).ty),
        _ => {
            let span = inp.since(start);
            Ok(inp.expr(ExprKind::Union(terms), span))
        }
    }
}

fn term(inp: &mut Input<'_, '_>) -> Res<UnionTerm> {
    let tilde = inp.got(Tok::Tilde);
    if !starts_type(inp.tok()) {
        return Err(inp.unexpected("", "`~` term or type"));
    }
    Ok(UnionTerm { tilde, ty: type_unit(inp)? })
}

/// The cases of an enum, from its `enum`.
pub(super) fn enum_type(inp: &mut Input<'_, '_>) -> Res<Expr> {
    let start = inp.at();
    inp.bump();
    inp.want(Tok::LBrace, "in enum type")?;
    let cases = group(inp, "in enum type", Tok::RBrace, enum_case)?;
    let span = inp.since(start);
    Ok(inp.expr(ExprKind::EnumType(cases), span))
}

fn enum_case(inp: &mut Input<'_, '_>) -> Res<EnumCase> {
    let start = inp.at();
    let doc = super::decl::doc_at(inp, start);
    let name = inp.ident()?;
    let next = inp.at() + 1;
    if inp.tok() == Tok::Comma && !follows_break(inp, next) {
        return Err(inp
            .unexpected("in enum type", "semicolon, newline or `}`")
            .help("cases stand on lines of their own, or with `;` between them"));
    }
    if inp.tok() == Tok::LBrace {
        return Err(inp
            .unexpected("in enum type", "semicolon, newline or `}`")
            .help("what a case holds stands in parentheses: `Circle(radius float64)`"));
    }
    let fields = if inp.tok() == Tok::LParen { param_list(inp)? } else { Vec::new() };
    Ok(EnumCase { doc, name, fields, span: inp.since(start) })
}
