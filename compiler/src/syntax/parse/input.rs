//! What the grammar's rules read from and write to.
//!
//! A rule is a function from [`Input`] (chumsky's `InputRef` over the tokens) to a piece of tree, so that it is a chumsky
//! parser by `custom(rule)` and can call other rules directly. Go's grammar is decided by the next token or two, and Go's
//! messages depend on the rule they are found in; so rules look ahead instead of trying alternatives, and no token
//! is parsed twice.

use std::cell::Cell;

use chumsky::input::{Checkpoint, Cursor as InputCursor, InputRef};
use chumsky::inspector::Inspector;

use super::mistake::Mistake;
use super::pairs::NO_PAIR;
use crate::diagnostics::Code;
use crate::syntax::ast::{Expr, ExprKind, Ident};
use crate::syntax::damage::Region;
use crate::syntax::lex::Comment;
use crate::syntax::token::{Tok, Token};
use crate::syntax::{FileId, NodeId, NodeIds, Span, Symbol};

/// A token that is misspelt is read as another one, once that is known.
pub(crate) type Tokens<'a> = &'a [Cell<Token>];
pub(super) type Extra<'a> = chumsky::extra::Full<Mistake, State<'a>, ()>;
pub(super) type Input<'a, 'p> = InputRef<'a, 'p, Tokens<'a>, Extra<'a>>;
pub(super) type Res<T> = Result<T, Mistake>;

/// How deep source may nest: brackets, blocks, unary operators. Rules recurse this deep.
pub(super) const MAX_DEPTH: u32 = 256;

/// How high a tree may grow, chains included (`a + b + …`, `a.b.c…`, `else if`): later stages recurse this deep.
pub(super) const MAX_HEIGHT: u32 = 3_000;

/// How many nodes of types may be copies, in a short file.
const MAX_COPIED: u64 = 100_000;

/// What the rules share.
pub(super) struct State<'a> {
    pub source: &'a str,
    pub file: FileId,
    pub tokens: Tokens<'a>,
    /// For each bracket its partner, or [`NO_PAIR`].
    pub pairs: &'a [u32],
    pub comments: &'a [Comment],
    pub ids: &'a mut NodeIds,
    pub mistakes: Vec<Mistake>,
    /// What could not be read.
    pub damage: Vec<Region>,
    /// The statement, header or declaration being read is damaged: see [`whole`](super::recover::whole).
    pub spoiled: bool,
    /// How many bodies are around.
    pub bodies: u32,
    /// Where characters were dropped that begin no token, in source order, and how many of these places have been passed.
    pub dropped: Vec<u32>,
    pub passed: usize,
    /// Negative directly in the header of `if`, `for`, `switch` or `match`, where `{` begins the body and not a
    /// composite literal; brackets raise it.
    pub nest: i32,
    /// `.(type)` may stand here.
    pub type_guard: bool,
    /// A `}` is missing, which has been reported: all blocks that are open end here, at a declaration or the end of the file.
    pub unclosed: bool,
    /// Something is missing at the end of the file.
    pub cut_short: bool,
    depth: u32,
    height: u32,
    copied: u64,
}

impl<'a> State<'a> {
    pub(super) fn new(
        source: &'a str,
        file: FileId,
        tokens: Tokens<'a>,
        pairs: &'a [u32],
        comments: &'a [Comment],
        ids: &'a mut NodeIds,
    ) -> State<'a> {
        State {
            source,
            file,
            tokens,
            pairs,
            comments,
            ids,
            mistakes: Vec::new(),
            damage: Vec::new(),
            spoiled: false,
            bodies: 0,
            dropped: Vec::new(),
            passed: 0,
            nest: 0,
            type_guard: false,
            unclosed: false,
            cut_short: false,
            depth: 0,
            height: 0,
            copied: 0,
        }
    }
}

/// Rewinding takes back what was reported since.
impl<'a> Inspector<'a, Tokens<'a>> for State<'a> {
    type Checkpoint = usize;

    fn on_token(&mut self, _: &Cell<Token>) {}

    fn on_save<'p>(&self, _: &InputCursor<'a, 'p, Tokens<'a>>) -> usize {
        self.mistakes.len()
    }

    fn on_rewind<'p>(&mut self, marker: &Checkpoint<'a, 'p, Tokens<'a>, usize>) {
        self.mistakes.truncate(*marker.inspector());
    }
}

/// Reading tokens and making nodes.
pub(super) trait Reader<'a> {
    /// The index of the next token.
    fn at(&self) -> usize;
    /// The token at an index; [`Tok::Eof`] beyond the end.
    fn token(&mut self, index: usize) -> Token;
    /// Takes the next token. The end of the file is never taken.
    fn bump(&mut self) -> Token;
    /// Moves forward to a token.
    fn skip_to(&mut self, index: usize);
    /// The state, also where chumsky's own method is hidden.
    fn shared(&mut self) -> &mut State<'a>;

    fn tok(&mut self) -> Tok {
        let at = self.at();
        self.token(at).tok
    }

    /// The kind of the token `n` after the next one.
    fn tok_after(&mut self, n: usize) -> Tok {
        let at = self.at();
        self.token(at + n).tok
    }

    /// Takes the next token if it is of this kind.
    fn got(&mut self, tok: Tok) -> bool {
        let found = self.tok() == tok;
        if found {
            self.bump();
        }
        found
    }

    /// Takes a token of this kind, or fails.
    fn want(&mut self, tok: Tok, context: &'static str) -> Res<Span> {
        if self.tok() == tok {
            let at = self.at();
            self.bump();
            return Ok(self.span_of(at));
        }
        Err(self.unexpected(context, format!("`{}`", tok.fixed_text().unwrap_or("name"))))
    }

    /// Takes a semicolon or line break; tells whether there was one.
    fn got_semi(&mut self) -> bool {
        let found = self.tok().is_semi();
        if found {
            self.bump();
        }
        found
    }

    /// The text of a token.
    fn text(&mut self, index: usize) -> &'a str {
        let token = self.token(index);
        let source: &'a str = self.shared().source;
        &source[token.start as usize..token.end as usize]
    }

    /// The next token's text if it is a name, which may be one of Goo's own words.
    fn word(&mut self) -> Option<&'a str> {
        self.word_after(0)
    }

    fn word_after(&mut self, n: usize) -> Option<&'a str> {
        let at = self.at() + n;
        if self.token(at).tok == Tok::Ident { Some(self.text(at)) } else { None }
    }

    fn is_word(&mut self, word: &str) -> bool {
        self.word() == Some(word)
    }

    /// The bracket that belongs to the one at this index.
    fn pair(&mut self, index: usize) -> Option<usize> {
        let pair = self.shared().pairs.get(index).copied().unwrap_or(NO_PAIR);
        (pair != NO_PAIR).then_some(pair as usize)
    }

    fn span_of(&mut self, index: usize) -> Span {
        let token = self.token(index);
        Span { file: self.shared().file, start: token.start, end: token.end }
    }

    /// From the token at `start` to the last one taken.
    fn since(&mut self, start: usize) -> Span {
        let at = self.at();
        let first = self.span_of(start);
        if at > start { first.to(self.span_of(at - 1)) } else { Span { end: first.start, ..first } }
    }

    fn id(&mut self) -> NodeId {
        self.shared().ids.next_id()
    }

    /// How many nodes there are so far, copies included.
    fn nodes(&mut self) -> u64 {
        let state = self.shared();
        u64::from(state.ids.count()) + state.copied
    }

    /// Counts a copy of so many nodes, as `a, b T` makes one of `T`. Without a limit, a nest of such types would take
    /// memory that is exponential in the source's length.
    fn charge_copy(&mut self, nodes: u64) -> Res<()> {
        let state = self.shared();
        state.copied += nodes;
        if state.copied > MAX_COPIED + 4 * state.tokens.len() as u64 {
            let message = "types with several names nest too deeply";
            return Err(Mistake::said(self.at(), message).code(Code::NestingTooDeep).ends_file());
        }
        Ok(())
    }

    fn expr(&mut self, kind: ExprKind, span: Span) -> Expr {
        Expr { id: self.id(), kind, span }
    }

    /// Takes a name.
    fn ident(&mut self) -> Res<Ident> {
        if self.tok() != Tok::Ident {
            return Err(self.unexpected("", "name"));
        }
        Ok(self.take_ident())
    }

    /// Takes the next token, known to be a name.
    fn take_ident(&mut self) -> Ident {
        let at = self.at();
        let name = Symbol::intern(self.text(at));
        self.bump();
        Ident { id: self.id(), name, span: self.span_of(at) }
    }

    fn unexpected(&mut self, context: &'static str, expected: impl Into<String>) -> Mistake {
        Mistake::unexpected(self.at(), context, expected)
    }

    /// From now on the token at `index` is of another kind.
    fn read_as(&mut self, index: usize, tok: Tok) {
        let token = self.token(index);
        self.shared().tokens[index].set(Token { tok, ..token });
    }

    /// Reports a mistake and goes on.
    fn report(&mut self, mistake: Mistake) {
        // At the end of the file nothing new is ever found: what is missing there was opened by mistake before.
        let at_end = self.token(mistake.at()).tok == Tok::Eof;
        let state = self.shared();
        state.cut_short |= at_end;
        if !at_end || state.mistakes.is_empty() {
            state.mistakes.push(mistake);
        }
    }
}

impl<'a> Reader<'a> for Input<'a, '_> {
    #[inline]
    fn at(&self) -> usize {
        *self.cursor().inner()
    }

    #[inline]
    fn token(&mut self, index: usize) -> Token {
        let tokens = self.state().tokens;
        tokens[index.min(tokens.len() - 1)].get()
    }

    #[inline]
    fn bump(&mut self) -> Token {
        let at = self.at();
        let token = self.token(at);
        if token.tok != Tok::Eof {
            self.skip();
        }
        token
    }

    fn skip_to(&mut self, index: usize) {
        while self.at() < index && self.tok() != Tok::Eof {
            self.skip();
        }
    }

    #[inline]
    fn shared(&mut self) -> &mut State<'a> {
        self.state()
    }
}

/// Runs a rule one level deeper. Fails beyond [`MAX_DEPTH`] and [`MAX_HEIGHT`].
pub(super) fn nested<'a, 'p, T>(
    inp: &mut Input<'a, 'p>,
    rule: impl FnOnce(&mut Input<'a, 'p>) -> Res<T>,
) -> Res<T> {
    let state = inp.shared();
    if state.depth >= MAX_DEPTH {
        return Err(too_deep(inp, "source nests too deeply"));
    }
    state.depth += 1;
    let outer = std::mem::replace(&mut state.height, 0);
    // A level of an unoptimised build takes a few kilobytes of stack; grow it rather than trust the caller's.
    let result = stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || rule(inp));
    let state = inp.shared();
    state.depth -= 1;
    state.height = outer.max(state.height + 1);
    result
}

/// Runs a rule whose result may be a chain: its height is counted from here, by [`chained`].
pub(super) fn chain<'a, 'p, T>(
    inp: &mut Input<'a, 'p>,
    rule: impl FnOnce(&mut Input<'a, 'p>) -> Res<T>,
) -> Res<T> {
    let outer = std::mem::replace(&mut inp.shared().height, 0);
    let result = rule(inp);
    let state = inp.shared();
    state.height = outer.max(state.height);
    result
}

/// One more link on top of what the chain has so far.
pub(super) fn chained(inp: &mut Input<'_, '_>) -> Res<()> {
    let state = inp.shared();
    state.height += 1;
    if state.height > MAX_HEIGHT { Err(too_deep(inp, "chain is too long")) } else { Ok(()) }
}

fn too_deep(inp: &mut Input<'_, '_>, message: &str) -> Mistake {
    Mistake::said(inp.at(), message)
        .code(Code::NestingTooDeep)
        .ends_file()
        .label(format!("more than {MAX_DEPTH} levels, or {MAX_HEIGHT} links of one chain"))
        .help("name a part of it: a function or a variable of its own")
}
