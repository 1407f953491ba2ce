//! Files and declarations.

use super::advice::advised;
use super::expr::expr_list;
use super::input::{Input, Reader, Res};
use super::mistake::Mistake;
use super::params::{Received, func_sig, receiver, type_params, type_params_follow};
use super::recover::{begins_line, damage, follows_break, group, indent, skip_item, skip_to_brace, whole};
use super::spelling;
use super::stmt::block;
use super::types::{array_rest, enum_type, starts_type, type_};
use crate::diagnostics::similar::distance;
use crate::syntax::Span;
use crate::syntax::ast::*;
use crate::syntax::damage::Damage;
use crate::syntax::literal;
use crate::syntax::token::Tok;

/// A whole file.
pub(super) fn file(inp: &mut Input<'_, '_>) -> Res<File> {
    let doc = doc_at(inp, 0);
    let package = match package_clause(inp) {
        Ok(package) => package,
        Err(mistake) => {
            inp.report(mistake);
            let package = missing_package(inp);
            // What begins as a file of Go does is one. Everything else is most often no Go at all: one error is enough.
            if inp.tok() == Tok::Ident && inp.tok_after(1) == Tok::Ident && inp.tok_after(2) == Tok::Newline {
                inp.skip_to(3);
                damage(inp, 0, 3);
            } else if inp.tok() != Tok::Import && !begins_decl(inp) {
                inp.skip_to(usize::MAX);
                damage(inp, 0, usize::MAX);
            }
            package
        }
    };
    let mut imports = Vec::new();
    let mut decls = Vec::new();
    let mut after_import = true;
    while inp.tok() != Tok::Eof {
        spelling::at_declaration(inp);
        if inp.tok() == Tok::Import {
            // Of several in a row one is reported.
            if !std::mem::replace(&mut after_import, true) {
                let mistake = Mistake::said(inp.at(), "imports must appear before other declarations");
                inp.report(mistake);
            }
            top_level(inp, import_decl).into_iter().for_each(|found| imports.extend(found));
            continue;
        }
        after_import = false;
        let start = inp.at();
        if begins_decl(inp) {
            let before = inp.shared().damage.len();
            let mut decl = top_level(inp, decl);
            within(inp, start, before);
            // What follows a signature without a body belongs to it.
            if let Some(Decl::Func(FuncDecl { body: None, sig, .. })) = &mut decl {
                sig.damaged |= inp.shared().damage.len() > before;
            }
            decls.push(decl.unwrap_or_else(|| Decl::Error(inp.since(start))));
        } else {
            let mistake = stray(inp, decls.last());
            inp.report(mistake);
            skip_to_decl(inp);
            damage_from_end(inp, start);
        }
    }
    let span = inp.since(0);
    // chumsky wants all tokens taken, the mark of the end too.
    inp.skip();
    // The parser's caller knows what is damaged within tokens, too.
    Ok(File { doc, package, imports, decls, damage: Damage::default(), span })
}

/// What was damaged in the bodies of the declaration that began at `start` concerns names in this declaration only.
fn within(inp: &mut Input<'_, '_>, start: usize, before: usize) {
    let range = (inp.token(start).start, inp.token(inp.at()).start);
    for region in inp.shared().damage[before..].iter_mut().filter(|region| region.within.is_some()) {
        region.within = Some(range);
    }
}

/// What stands at the top level from `start` on, and is no declaration, is damaged, and so is the end of what stands before it: most
/// likely it ended too early.
fn damage_from_end(inp: &mut Input<'_, '_>, start: usize) {
    let mut last = start;
    while last > 0 && inp.token(last - 1).tok.is_semi() {
        last -= 1;
    }
    let at = inp.at();
    damage(inp, last.saturating_sub(1), at);
}

fn package_clause(inp: &mut Input<'_, '_>) -> Res<Ident> {
    if inp.tok() != Tok::Package {
        let mistake = Mistake::said(inp.at(), "package statement must be first");
        let at = inp.at();
        return Err(match inp.text(at) {
            word if inp.tok() == Tok::Ident && word.len() < 10 && distance(word, "package") <= 2 => {
                mistake.help("write `package`").fix("replace it", inp.span_of(at), "package")
            }
            _ => mistake.help("begin the file with `package main`"),
        });
    }
    inp.bump();
    let name = inp.ident()?;
    if !inp.got_semi() && inp.tok() != Tok::Eof {
        return Err(inp.unexpected("after package clause", "semicolon or newline"));
    }
    Ok(name)
}

fn missing_package(inp: &mut Input<'_, '_>) -> Ident {
    Ident { id: inp.id(), name: crate::syntax::Symbol::intern("main"), span: inp.span_of(0) }
}

/// Runs a rule for something at the top level, and reads the semicolon after it.
fn top_level<'a, 'p, T>(inp: &mut Input<'a, 'p>, rule: fn(&mut Input<'a, 'p>) -> Res<T>) -> Option<T> {
    let start = inp.at();
    let read = whole(inp, rule);
    if std::mem::take(&mut inp.shared().unclosed) {
        // The next declaration, or nothing, follows at once; what is missing has been reported.
        return read.ok();
    }
    match read {
        Ok(value) => {
            if inp.tok() != Tok::Eof && !inp.got_semi() {
                let mut mistake = inp.unexpected("after top level declaration", "semicolon or newline");
                let next = inp.at() + 1;
                if inp.tok() == Tok::Colon && follows_break(inp, next) {
                    mistake = mistake.help("a body stands in braces: `func main() { … }`");
                }
                let mistake = advised(inp, start, mistake);
                inp.report(mistake);
                let stray = inp.at();
                skip_to_decl(inp);
                damage_from_end(inp, stray);
            }
            Some(value)
        }
        Err(mistake) => {
            top_level_mistake(inp, start, mistake);
            None
        }
    }
}

/// Reports a mistake in the declaration that began at `start`, and goes on to the next one.
fn top_level_mistake(inp: &mut Input<'_, '_>, start: usize, mistake: Mistake) {
    if let Some(next) = mistake.next_declaration() {
        inp.report(mistake);
        inp.skip_to(next);
        let at = inp.at();
        damage(inp, start, at);
    } else if skip_item(inp, start, mistake, &[Tok::Semi, Tok::Newline]).is_ok() {
        inp.got_semi();
    }
}

fn begins_decl(inp: &mut Input<'_, '_>) -> bool {
    match inp.tok() {
        Tok::Func | Tok::Type | Tok::Var | Tok::Const => true,
        Tok::Ident => inp.is_word("test") && matches!(inp.tok_after(1), Tok::Str | Tok::RawStr),
        _ => false,
    }
}

const MISPLACED: &str = "non-declaration statement outside function body";

/// Something that is no declaration, at the top level.
fn stray(inp: &mut Input<'_, '_>, last: Option<&Decl>) -> Mistake {
    let at = inp.at();
    match (inp.tok(), last) {
        (Tok::LBrace, Some(Decl::Func(FuncDecl { body: None, .. }))) => {
            Mistake::said(at, "unexpected semicolon or newline before `{`")
                .help("the `{` stands on the line of its `func`")
        }
        (Tok::RBrace, _) => Mistake::said(at, MISPLACED).label("no block is open here"),
        _ => {
            let help = match inp.text(at) {
                "fn" | "fun" | "def" | "function" | "proc" => {
                    "a function begins with `func`, and types stand behind names: `func add(a, b int) int { … }`"
                }
                "let" | "val" | "auto" => {
                    "variables are declared by `var x T`, constants by `const x = value`"
                }
                "class" | "struct" | "record" => {
                    "write `type Name struct { … }`, and its methods outside of it: `func (x *Name) Method() { … }`"
                }
                "enum" | "union" => "write `type Name enum { … }`",
                "interface" | "trait" | "protocol" => "write `type Name interface { … }`",
                "impl" | "extend" => "a method names its type itself: `func (x *Name) Method() { … }`",
                "use" | "include" | "from" | "require" | "using" => "write `import \"path\"`",
                "async" | "pub" | "public" | "private" | "static" | "export" => {
                    "write the declaration alone; a name with a capital letter is seen outside of its package"
                }
                _ => match advised(inp, at, Mistake::said(at, MISPLACED)) {
                    slip if slip.has_help() => return slip,
                    _ if inp.tok_after(1) == Tok::ColonEq => {
                        "outside of functions variables are declared by `var x = value`"
                    }
                    _ => "statements stand in functions: the program begins with `func main() { … }`",
                },
            };
            let mistake = Mistake::said(at, MISPLACED);
            if indent(inp, at) > 0
                && let Some(Decl::Func(FuncDecl { body: Some(body), .. })) = last
            {
                let end = Span { start: body.span.end.saturating_sub(1), ..body.span };
                let mistake = mistake.also(end, "the function ends here");
                let between = end.end as usize..inp.token(at).start as usize;
                let apart = inp.shared().source.get(between).is_some_and(|gap| gap.matches('\n').count() > 1);
                return mistake.help(match apart {
                    true => {
                        "the first line of a declaration is missing before this, or a `}` is one too many"
                    }
                    false => "if it goes on here, a `}` before this is one too many",
                });
            }
            mistake.help(help)
        }
    }
}

/// Skips to a line that begins a declaration. From within what is indented, the body of a function most likely, to one
/// that is not.
fn skip_to_decl(inp: &mut Input<'_, '_>) {
    let indented = indent(inp, inp.at()) > 0;
    loop {
        inp.bump();
        let at = inp.at();
        let fresh = inp.token(at - 1).tok.is_semi() && (!indented || begins_line(inp, at));
        if inp.tok() == Tok::Eof || inp.tok() == Tok::Import || (fresh && begins_decl(inp)) {
            return;
        }
    }
}

fn decl(inp: &mut Input<'_, '_>) -> Res<Decl> {
    match inp.tok() {
        Tok::Func => Ok(Decl::Func(func_decl(inp)?)),
        Tok::Ident => Ok(Decl::Test(test_decl(inp)?)),
        _ => grouped(inp),
    }
}

/// `import "path"`, `import ( … )`.
fn import_decl(inp: &mut Input<'_, '_>) -> Res<Vec<Import>> {
    inp.bump();
    if inp.got(Tok::LParen) {
        return group(inp, "in import declaration", Tok::RParen, import_spec);
    }
    Ok(vec![import_spec(inp)?])
}

fn import_spec(inp: &mut Input<'_, '_>) -> Res<Import> {
    let start = inp.at();
    let alias = match inp.tok() {
        Tok::Ident => Some(inp.ident()?),
        Tok::Dot => {
            inp.bump();
            Some(Ident { id: inp.id(), name: crate::syntax::Symbol::intern("."), span: inp.span_of(start) })
        }
        _ => None,
    };
    let at = inp.at();
    let path = match inp.tok() {
        tok @ (Tok::Str | Tok::RawStr) => string(tok, inp.text(at)),
        tok if tok.is_literal() => return Err(Mistake::said(at, "import path must be a string")),
        _ => {
            let mistake = Mistake::said(at, "missing import path").label("expected a quoted string");
            return Err(match &alias {
                Some(name) => mistake.help(format!("write `import \"{}\"`", name.name)),
                None => mistake,
            });
        }
    };
    inp.bump();
    Ok(Import { alias, path, path_span: inp.span_of(at), id: inp.id(), span: inp.since(start) })
}

fn string(tok: Tok, text: &str) -> String {
    match literal::value(tok, text) {
        Lit::Str(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    }
}

/// `type`, `var` or `const`, with one spec or several in parentheses; also within functions.
pub(super) fn grouped(inp: &mut Input<'_, '_>) -> Res<Decl> {
    let doc = doc_at(inp, inp.at());
    match inp.bump().tok {
        Tok::Type => Ok(Decl::Type(specs(inp, "in type declaration", doc, type_spec)?)),
        Tok::Var => Ok(Decl::Var(specs(inp, "in var declaration", doc, var_spec)?)),
        _ => {
            let mut iota = 0;
            let mut specs = specs(inp, "in const declaration", doc, |inp, doc| {
                iota += 1;
                const_spec(inp, doc, iota - 1)
            })?;
            // What could not be read may have had values, which those below repeat.
            if specs.len() < iota as usize {
                let mut read = std::mem::take(&mut specs).into_iter().peekable();
                let start = inp.at();
                for iota in 0..iota {
                    let spec = read.next_if(|spec| spec.iota == iota);
                    specs.push(spec.unwrap_or_else(|| {
                        let span = inp.since(start);
                        let values = vec![inp.expr(ExprKind::Error, span)];
                        ConstSpec { doc: None, names: Vec::new(), ty: None, values, iota, span }
                    }));
                }
            }
            Ok(Decl::Const(specs))
        }
    }
}

/// The specs of one keyword. A single one has the comment above the keyword; those in a group have their own.
fn specs<'a, 'p, T>(
    inp: &mut Input<'a, 'p>,
    context: &'static str,
    doc: Option<String>,
    mut spec: impl FnMut(&mut Input<'a, 'p>, Option<String>) -> Res<T>,
) -> Res<Vec<T>> {
    if !inp.got(Tok::LParen) {
        return Ok(vec![spec(inp, doc)?]);
    }
    group(inp, context, Tok::RParen, |inp| {
        let doc = doc_at(inp, inp.at());
        spec(inp, doc)
    })
}

/// `Name[params] T`, `Name = T`, `Name enum { … }`.
fn type_spec(inp: &mut Input<'_, '_>, doc: Option<String>) -> Res<TypeSpec> {
    let start = inp.at();
    let name = inp.ident()?;
    let mut params = Vec::new();
    let mut array = None;
    if inp.tok() == Tok::LBracket {
        if type_params_follow(inp) {
            params = type_params(inp)?;
        } else if inp.tok_after(1) != Tok::RBracket {
            let open = inp.at();
            inp.bump();
            array = Some(array_rest(inp, open)?);
        }
    }
    let alias = array.is_none() && inp.got(Tok::Eq);
    spelling::at_type(inp);
    let ty = match array {
        Some(array) => array,
        None if inp.is_word("enum") && inp.tok_after(1) == Tok::LBrace => enum_type(inp)?,
        None if starts_type(inp.tok()) => type_(inp)?,
        None => return Err(inp.unexpected("in type declaration", "type")),
    };
    Ok(TypeSpec { doc, name, type_params: params, alias, ty, span: inp.since(start) })
}

fn name_list(inp: &mut Input<'_, '_>) -> Res<Vec<Ident>> {
    let mut names = vec![inp.ident()?];
    while inp.got(Tok::Comma) {
        names.push(inp.ident()?);
    }
    Ok(names)
}

/// `a, b T = x, y`.
fn var_spec(inp: &mut Input<'_, '_>, doc: Option<String>) -> Res<VarSpec> {
    let start = inp.at();
    let names = name_list(inp)?;
    let mut ty = None;
    let mut values = Vec::new();
    if got_assign(inp) {
        values = expr_list(inp)?;
    } else {
        ty = Some(type_(inp)?);
        if got_assign(inp) {
            values = expr_list(inp)?;
        }
    }
    Ok(VarSpec { doc, names, ty, values, span: inp.since(start) })
}

/// `A, B T = x, y`, or just names.
fn const_spec(inp: &mut Input<'_, '_>, doc: Option<String>, iota: u32) -> Res<ConstSpec> {
    let start = inp.at();
    let names = name_list(inp)?;
    let ty = if starts_type(inp.tok()) { Some(type_(inp)?) } else { None };
    let values = if got_assign(inp) { expr_list(inp)? } else { Vec::new() };
    Ok(ConstSpec { doc, names, ty, values, iota, span: inp.since(start) })
}

/// Takes `=`. `:=` is taken for it after an error.
fn got_assign(inp: &mut Input<'_, '_>) -> bool {
    if inp.tok() == Tok::ColonEq {
        let mistake = inp.unexpected("", "`=`").help("`:=` declares on its own, without `var` or `const`");
        let op = inp.span_of(inp.at());
        inp.report(mistake.fix("write `=`", op, "="));
        inp.bump();
        return true;
    }
    inp.got(Tok::Eq)
}

/// `func (r R) Name[T C](params) results { body }`.
fn func_decl(inp: &mut Input<'_, '_>) -> Res<FuncDecl> {
    let start = inp.at();
    let doc = doc_at(inp, start);
    inp.bump();
    let (mut stray, mut nothing) = (None, false);
    let receiver = match inp.tok() {
        Tok::LParen => match receiver(inp)? {
            Received::Receiver(receiver) => Some(receiver),
            Received::Param(param) => {
                stray = Some(*param);
                None
            }
            Received::Nothing => {
                nothing = true;
                None
            }
        },
        _ => None,
    };
    if inp.tok() != Tok::Ident {
        let expected = if receiver.is_some() { "name" } else { "name or `(`" };
        return Err(inp.unexpected("", expected));
    }
    let mut name = inp.ident()?;
    let (type_params, mut sig) = whole(inp, |inp| signature(inp, start))?;
    more_results(inp, &mut sig)?;
    // A method of nothing, or of a type that can have none, is read as a function that nobody can call.
    if nothing || stray.is_some() {
        let at = inp.at();
        damage(inp, start, at);
        name.name = crate::syntax::Symbol::intern("_");
    }
    if let Some(param) = stray {
        sig.params.insert(0, param);
    }
    let body = if inp.tok() == Tok::LBrace { Some(block(inp)?) } else { None };
    Ok(FuncDecl { doc, receiver, name, type_params, sig, body, span: inp.since(start) })
}

/// The rest of `int, string`, which stands without parentheses as the results.
fn more_results(inp: &mut Input<'_, '_>, sig: &mut FuncSig) -> Res<()> {
    if inp.tok() != Tok::Comma || sig.results.len() != 1 {
        return Ok(());
    }
    let mistake = inp.unexpected("after function signature", "`{`");
    inp.report(mistake.help("several results stand in parentheses: `(int, string)`"));
    while inp.got(Tok::Comma) {
        let ty = type_(inp)?;
        sig.results.push(Param { name: None, inout: false, variadic: false, span: ty.span, ty });
    }
    Ok(())
}

/// `[T C](params) results`. What cannot be read of a signature is skipped, so that its body still is.
fn signature(inp: &mut Input<'_, '_>, start: usize) -> Res<(Vec<TypeParam>, FuncSig)> {
    let first = inp.at();
    let mut params = Vec::new();
    let read = match inp.tok() {
        Tok::LBracket => type_params(inp).map(|found| params = found),
        _ => Ok(()),
    };
    match read.and_then(|()| func_sig(inp)) {
        Ok(sig) => Ok((params, sig)),
        Err(mistake) => {
            skip_to_brace(inp, start, mistake)?;
            let span = inp.since(first);
            let ty = inp.expr(ExprKind::Error, span);
            let result = Param { name: None, inout: false, variadic: false, ty, span };
            Ok((params, FuncSig { params: Vec::new(), results: vec![result], damaged: true, span }))
        }
    }
}

/// `test "name" { … }`.
fn test_decl(inp: &mut Input<'_, '_>) -> Res<TestDecl> {
    let start = inp.at();
    inp.bump();
    let at = inp.at();
    let token = inp.bump();
    let name = string(token.tok, inp.text(at));
    let name_span = inp.span_of(at);
    let body = block(inp)?;
    Ok(TestDecl { name, name_span, body, span: inp.since(start), id: inp.id() })
}

/// The text of the comment lines directly above the token at `index`, without their markers.
pub(super) fn doc_at(inp: &mut Input<'_, '_>, index: usize) -> Option<String> {
    let state = inp.shared();
    let (source, comments) = (state.source, state.comments);
    let after = comments.partition_point(|c| c.before as usize <= index);
    let mut next = inp.token(index).start as usize;
    let mut first = after;
    while first > 0 {
        let comment = comments[first - 1];
        let gap = &source[comment.end as usize..next];
        if comment.before as usize != index || !comment.own_line || gap.matches('\n').count() > 1 {
            break;
        }
        next = comment.start as usize;
        first -= 1;
    }
    if first == after {
        return None;
    }
    let lines =
        comments[first..after].iter().map(|c| comment_text(&source[c.start as usize..c.end as usize]));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn comment_text(comment: &str) -> String {
    match comment.strip_prefix("//") {
        Some(line) => line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned(),
        None => comment.trim_start_matches("/*").trim_end_matches("*/").trim().to_owned(),
    }
}
