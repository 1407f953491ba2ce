//! What may be written at a place, also in the middle of a broken line.
//!
//! The text before the place decides the kind: after `x.` the members of what `x` is, else the names in scope, keywords,
//! packages and snippets. The tree of broken text still knows the names around, because the parser recovers.

mod around;

use goo_compiler::syntax::ast::{Decl, Expr, ExprKind};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::display::signature;
use goo_compiler::types::patterns::{ENDS, End};
use goo_compiler::types::{
    Builtin, BuiltinMethod, Entity, FuncId, PackageId, Program, Ty, TyKind, TypeDefId, VarId, VarKind,
};
use rustc_hash::FxHashSet;
use tower_lsp::lsp_types::{
    CompletionItem, CompletionItemKind, CompletionTextEdit, Documentation, InsertTextFormat, MarkupContent,
    MarkupKind, Position, Range, TextEdit,
};

use crate::hover::{documentation, type_text};
use crate::index::Target;
use crate::snapshot::Snapshot;
use crate::text::Text;
use crate::words::{Place, Word};
use around::Around;

const KEYWORDS: &[&str] = &[
    "assert",
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "enum",
    "fail",
    "fallthrough",
    "for",
    "func",
    "go",
    "if",
    "import",
    "interface",
    "map",
    "match",
    "none",
    "package",
    "range",
    "recover",
    "return",
    "select",
    "struct",
    "supervise",
    "switch",
    "test",
    "try",
    "type",
    "var",
    "yield",
    "true",
    "false",
];

/// Word, text to insert, what it is for.
const SNIPPETS: &[(&str, &str, &str)] = &[
    (
        "select",
        "select {\ncase ${1:v} := <-${2:ch}:\n\t$3\ncase after ${4:1s}:\n\t$0\n}",
        "waits for the first of several channel operations",
    ),
    (
        "supervise",
        "supervise ${1|one_for_one,one_for_all,rest_for_one|} (max: ${2:5} per ${3:10s}, backoff: ${4:10ms..1s}) {\n\tgo ${5:worker()}\n}",
        "starts tasks and restarts those that crash",
    ),
    ("match", "match ${1:value} {\n\t${2:pattern} => $0\n}", "takes a value apart; every case must be there"),
    ("for", "for ${1:i}, ${2:v} := range ${3:values} {\n\t$0\n}", "a loop over elements"),
    (
        "parallel",
        "go parallel for ${1:i}, ${2:v} := range ${3:values} (workers: ${4:8}) {\n\t$0\n}",
        "runs the turns of a loop as tasks",
    ),
    ("iferr", "if err != none {\n\treturn $0\n}", "leaves when there is an error"),
    ("test", "test \"${1:name}\" {\n\tassert $0\n}", "a test block"),
    ("main", "func main() {\n\t$0\n}", "the function that a program begins with"),
];

/// What may be written at a place.
pub fn completion(snapshot: &Snapshot, file: FileId, position: Position) -> Vec<CompletionItem> {
    let text = snapshot.text(file);
    let offset = text.offset(position, snapshot.encoding);
    complete(snapshot, file, text, (offset, offset))
}

/// More than one types while a package is checked.
const MOST_TYPED: usize = 64;

/// What may be written at a place of a text that has changed since the snapshot was taken, if it changed just before the place
/// only, and so that what the place is about is known. `None` when the package must be checked first.
pub fn from_earlier(
    snapshot: &Snapshot,
    file: FileId,
    text: &Text,
    position: Position,
) -> Option<Vec<CompletionItem>> {
    let (old, new) = (snapshot.text(file).as_str(), text.as_str());
    let offset = text.offset(position, snapshot.encoding);
    let behind = &new[offset..];
    let old_offset = old.strip_suffix(behind)?.len();
    let mut known =
        old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count().min(offset).min(old_offset);
    while !new.is_char_boundary(known) {
        known -= 1;
    }
    let (gone, typed) = (&old[known..old_offset], &new[known..offset]);
    // Other lines may be other blocks; at the end of what was typed there may be the beginning of one.
    if gone.contains('\n') || typed.trim_end().contains('\n') || gone.len().max(typed.len()) > MOST_TYPED {
        return None;
    }
    // Behind a dot it counts what stands before it, and the place of an import moves with those that are there.
    let tree = snapshot.tree(file)?;
    let head = tree.imports.last().map_or(tree.package.span.end, |import| import.span.end);
    if dotted(new, word_start(new, offset)).is_some_and(|base| base > known) || known <= head as usize {
        return None;
    }
    Some(complete(snapshot, file, text, (known, offset)))
}

/// Where what stands before the dot ends, when a word begins behind one.
fn dotted(text: &str, start: usize) -> Option<usize> {
    let before = text[..start].trim_end_matches([' ', '\t']);
    Some(before.strip_suffix('.').filter(|base| !base.ends_with('.'))?.len())
}

/// Up to `known` the text is the snapshot's.
fn complete(
    snapshot: &Snapshot,
    file: FileId,
    whole: &Text,
    (known, offset): (usize, usize),
) -> Vec<CompletionItem> {
    let text = whole.as_str();
    let start = word_start(text, offset);
    if in_comment_or_string(text, start) {
        return Vec::new();
    }
    let mut completer =
        Completer { snapshot, file, text: whole, known, items: Vec::new(), seen: FxHashSet::default() };
    if let Some(base) = dotted(text, start) {
        completer.members(base, offset);
    } else {
        completer.open(text, start);
    }
    completer.items
}

fn word_start(text: &str, offset: usize) -> usize {
    let word = text[..offset].chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_');
    offset - word.map(char::len_utf8).sum::<usize>()
}

fn in_comment_or_string(text: &str, at: usize) -> bool {
    let lexed = goo_compiler::syntax::tokens(text);
    let at = at as u32;
    lexed.comments.iter().any(|comment| comment.start < at && at <= comment.end)
        || lexed.tokens.iter().any(|token| {
            token.start < at
                && at < token.end
                && matches!(&text[token.start as usize..=token.start as usize], "\"" | "`" | "'")
        })
}

struct Completer<'a> {
    snapshot: &'a Snapshot,
    file: FileId,
    text: &'a Text,
    /// The place, or, in a text that has changed since, where that begins.
    known: usize,
    items: Vec<CompletionItem>,
    seen: FxHashSet<String>,
}

impl Completer<'_> {
    fn program(&self) -> &Program {
        &self.snapshot.program
    }

    /// Adds an item, once. `rank` sorts: nearer things come first.
    fn add(
        &mut self,
        label: &str,
        kind: CompletionItemKind,
        detail: Option<String>,
        rank: u8,
    ) -> Option<&mut CompletionItem> {
        if label == "_" || label.is_empty() || !self.seen.insert(label.to_owned()) {
            return None;
        }
        self.items.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail,
            sort_text: Some(format!("{rank}{label}")),
            ..CompletionItem::default()
        });
        self.items.last_mut()
    }

    fn snippet(&mut self, (label, text, about): (&str, &str, &str), rank: u8) {
        self.items.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(CompletionItemKind::SNIPPET),
            detail: Some(about.to_owned()),
            insert_text: Some(text.to_owned()),
            insert_text_format: Some(InsertTextFormat::SNIPPET),
            sort_text: Some(format!("{rank}{label}")),
            ..CompletionItem::default()
        });
    }

    /// A word of the language that means something only here.
    fn word(&mut self, word: &Word, place: Option<Place>) {
        let colon = word.snippet.starts_with(&format!("{}:", word.word));
        self.items.push(CompletionItem {
            label: format!("{}{}", word.word, if colon { ":" } else { "" }),
            kind: Some(CompletionItemKind::KEYWORD),
            detail: Some(word.about.to_owned()),
            documentation: Some(Documentation::MarkupContent(MarkupContent {
                kind: MarkupKind::Markdown,
                value: format!("`{}`: {}.", word.word, word.about),
            })),
            insert_text: Some(place.map_or(word.snippet.to_owned(), |place| place.snippet(word))),
            insert_text_format: Some(InsertTextFormat::SNIPPET),
            sort_text: Some(format!("0{}", word.word)),
            ..CompletionItem::default()
        });
    }

    /// The cases that the `match` around still lacks, where a pattern can stand.
    fn arms_left(&mut self, text: &str, start: usize) {
        let line = &text[text[..start].rfind('\n').map_or(0, |n| n + 1)..start];
        if !line.trim().is_empty() {
            return;
        }
        let Some(found) = match_around(self.snapshot, self.file, start.min(self.known)) else { return };
        let Some((arms, there)) = crate::actions::arms_of(self.snapshot, found) else { return };
        for arm in arms.iter().zip(there).filter(|(_, there)| !there).map(|(arm, _)| arm) {
            self.snippet((arm, &format!("{arm} => $0"), "a case that is missing"), 0);
        }
    }

    // After a dot.

    /// The members of what ends before the dot at `dot`; what was typed goes to `end`.
    fn members(&mut self, dot: usize, end: usize) {
        let base = Span::new(self.file, dot, dot);
        if let Some(package) = self.package_before(base) {
            return self.package_members(package);
        }
        let Some(expr) = expr_ending_at(self.snapshot, base) else { return };
        let info = &self.program().info;
        if let Some(ty) = info.types.get(&expr.id).copied()
            && let TyKind::Named(def, _) = ty.kind()
        {
            return self.cases(*def);
        }
        let Some(ty) = info.exprs.get(&expr.id).map(|info| info.ty) else { return };
        self.value_members(ty);
        self.postfix(expr, end, ty);
    }

    fn package_before(&self, end: Span) -> Option<PackageId> {
        let text = self.snapshot.text(end.file).as_str();
        let start = word_start(text, end.end as usize);
        let name = &text[start..end.end as usize];
        if text[..start].ends_with('.') {
            return None;
        }
        // A variable hides a package of the same name.
        if self.variables().iter().any(|var| self.program().vars[var.0 as usize].name.as_str() == name) {
            return None;
        }
        let tree = self.snapshot.tree(self.file)?;
        let packages = &self.program().packages;
        tree.imports.iter().find_map(|import| {
            let at = packages.iter().position(|package| package.path == import.path)?;
            let known = import.alias.map_or(packages[at].name, |alias| alias.name);
            (known.as_str() == name).then_some(PackageId(at as u32))
        })
    }

    fn package_members(&mut self, package: PackageId) {
        let scope: Vec<_> =
            self.program().packages[package.0 as usize].scope.iter().map(|(name, e)| (*name, *e)).collect();
        for (name, entity) in scope {
            if name.as_str().starts_with(char::is_uppercase) {
                self.entity(name.as_str(), entity, 1);
            }
        }
    }

    fn cases(&mut self, def: TypeDefId) {
        let TyKind::Enum(cases) = self.program().types[def.0 as usize].underlying.kind() else { return };
        for case in cases {
            self.add(case.name.as_str(), CompletionItemKind::ENUM_MEMBER, None, 0);
        }
    }

    /// Fields and methods, those of embedded fields too.
    fn value_members(&mut self, ty: Ty) {
        if let TyKind::Named(def, _) = ty.kind() {
            for func in self.program().types[def.0 as usize].methods.clone() {
                self.func(func, CompletionItemKind::METHOD, 0);
            }
        }
        match self.program().underlying(ty).kind() {
            TyKind::Struct(fields) => {
                for field in fields {
                    let detail = type_text(self.snapshot, field.ty);
                    self.add(field.name.as_str(), CompletionItemKind::FIELD, Some(detail), 0);
                }
                for field in fields.iter().filter(|field| field.embedded) {
                    self.value_members(field.ty);
                }
            }
            TyKind::Interface(interface) => {
                for method in &interface.methods {
                    let detail = match method.sig.kind() {
                        TyKind::Func(func) => format!("func{}", signature(self.program(), func)),
                        _ => String::new(),
                    };
                    self.add(method.name.as_str(), CompletionItemKind::METHOD, Some(detail), 0);
                }
            }
            TyKind::Param(param) => {
                let constraint = self.program().type_params[param.0 as usize].constraint;
                self.value_members(constraint);
            }
            kind @ TyKind::Chan { .. } => {
                let methods = End::of_kind(kind).map(End::methods).unwrap_or_default();
                self.builtin_methods(&methods);
            }
            TyKind::Task(_) => self.builtin_methods(&[BuiltinMethod::Cancel]),
            TyKind::Supervisor => self.builtin_methods(&[
                BuiltinMethod::Start,
                BuiltinMethod::Stop,
                BuiltinMethod::Children,
                BuiltinMethod::Restarts,
            ]),
            TyKind::Mutex(_) => self.builtin_methods(&[BuiltinMethod::With]),
            TyKind::Counter => {
                self.builtin_methods(&[BuiltinMethod::CounterAdd, BuiltinMethod::CounterValue])
            }
            _ => {}
        }
    }

    fn builtin_methods(&mut self, methods: &[BuiltinMethod]) {
        for method in methods {
            self.add(method.name(), CompletionItemKind::METHOD, None, 0);
        }
    }

    /// `f().try` becomes `try f()`.
    fn postfix(&mut self, expr: &Expr, end: usize, ty: Ty) {
        let base = self.snapshot.source(expr.span).to_owned();
        let whole = self.text.range(expr.span.start as usize, end, self.snapshot.encoding);
        let forms: &[(&str, String)] = match ty.kind() {
            TyKind::Result(..) => {
                &[("try", format!("try {base}")), ("recover", format!("{base} recover err {{ $0 }}"))]
            }
            TyKind::Optional(_) => {
                &[("if", format!("if v := {base} {{\n\t$0\n}}")), ("or", format!("{base} ?? $0"))]
            }
            TyKind::Named(def, _) => match self.match_arms(*def) {
                Some(arms) => &[("match", format!("match {base} {{\n{arms}}}"))],
                None => return,
            },
            TyKind::Slice(_) | TyKind::Array(..) | TyKind::Map(..) => {
                &[("range", format!("for ${{1:i}}, ${{2:v}} := range {base} {{\n\t$0\n}}"))]
            }
            TyKind::Chan { .. } => &[("range", format!("for ${{1:v}} := range {base} {{\n\t$0\n}}"))],
            _ => return,
        };
        for (label, text) in forms {
            // The edit at the place may only be on its line; what stands before goes by a second edit.
            let replace = Range { start: whole.start, end: whole.end };
            self.items.push(CompletionItem {
                label: (*label).to_owned(),
                kind: Some(CompletionItemKind::SNIPPET),
                detail: Some(format!("`{}`", text.lines().next().unwrap_or("").replace("$0", "…"))),
                filter_text: Some(format!("{base}.{label}")),
                insert_text_format: Some(InsertTextFormat::SNIPPET),
                text_edit: Some(CompletionTextEdit::Edit(TextEdit {
                    range: replace,
                    new_text: text.clone(),
                })),
                sort_text: Some(format!("5{label}")),
                ..CompletionItem::default()
            });
        }
    }

    fn match_arms(&self, def: TypeDefId) -> Option<String> {
        let arms = arms(self.program(), def)?;
        Some(arms.iter().enumerate().map(|(i, arm)| format!("\t{arm} => ${}\n", i + 1)).collect())
    }

    // Anywhere else.

    fn open(&mut self, text: &str, start: usize) {
        let place = Place::at(text, start);
        for word in place.into_iter().flat_map(Place::words) {
            self.word(word, place);
        }
        if place.is_some_and(Place::alone) {
            return;
        }
        if self.around(text, start) {
            return;
        }
        self.arms_left(text, start);
        for var in self.variables() {
            let def = &self.program().vars[var.0 as usize];
            let (name, detail) = (def.name, type_text(self.snapshot, def.ty));
            let rank = if matches!(def.kind, VarKind::Global { .. }) { 2 } else { 1 };
            let ty = def.ty;
            if self.add(name.as_str(), CompletionItemKind::VARIABLE, Some(detail), rank).is_some()
                && let TyKind::Named(def, _) = ty.kind()
                && let Some(arms) = self.match_arms(*def)
            {
                let text = format!("match {name} {{\n{arms}}}");
                self.snippet((&format!("match {name}"), &text, "takes it apart: all cases"), 5);
            }
        }
        self.package_scope();
        for end in ENDS.iter().filter(|end| !end.is_plain()) {
            self.snippet((end.written, &format!("{} ", end.written), end.spread), 6);
        }
        for builtin in Builtin::ALL {
            if !matches!(
                builtin,
                Builtin::Complex | Builtin::Real | Builtin::Imag | Builtin::New | Builtin::Recover
            ) {
                self.add(builtin.name(), CompletionItemKind::FUNCTION, Some("builtin".to_owned()), 4);
            }
        }
        for name in [
            "bool", "byte", "duration", "error", "float64", "int", "rune", "string", "any", "uint64", "int64",
        ] {
            self.add(name, CompletionItemKind::TYPE_PARAMETER, None, 4);
        }
        for snippet in SNIPPETS {
            self.snippet(*snippet, 5);
        }
        for keyword in KEYWORDS {
            self.add(keyword, CompletionItemKind::KEYWORD, None, 6);
        }
        self.packages();
    }

    /// What the construct around asks for. Whether nothing else can stand here.
    fn around(&mut self, text: &str, start: usize) -> bool {
        let line = text[text[..start].rfind('\n').map_or(0, |n| n + 1)..start].trim();
        let around = Around::of(self.snapshot, self.file, start.min(self.known));
        if matches!(line, "break" | "continue") {
            for label in around.labels() {
                self.add(label.as_str(), CompletionItemKind::REFERENCE, Some("label".to_owned()), 0);
            }
            return true;
        }
        if line == "case" && around.in_select() {
            self.snippet(("after", "after ${1:1s}:\n\t$0", "nothing was ready within this time"), 0);
        }
        let begins = text[..start].trim_end().ends_with(['{', ',']);
        for (name, ty) in around.fields_left(self.snapshot).into_iter().filter(|_| begins) {
            let detail = type_text(self.snapshot, ty);
            if let Some(item) = self.add(name.as_str(), CompletionItemKind::FIELD, Some(detail), 0) {
                item.insert_text = Some(format!("{name}: "));
            }
        }
        false
    }

    fn package_scope(&mut self) {
        let Some(package) = self.program().packages.iter().rev().find(|package| !package.std) else { return };
        let scope: Vec<_> = package.scope.iter().map(|(name, entity)| (*name, *entity)).collect();
        for (name, entity) in scope {
            self.entity(name.as_str(), entity, 3);
        }
    }

    fn entity(&mut self, name: &str, entity: Entity, rank: u8) {
        match entity {
            Entity::Func(func) => self.func(func, CompletionItemKind::FUNCTION, rank),
            Entity::Var(var) => {
                let detail = type_text(self.snapshot, self.program().vars[var.0 as usize].ty);
                self.add(name, CompletionItemKind::VARIABLE, Some(detail), rank);
            }
            Entity::Const => {
                self.add(name, CompletionItemKind::CONSTANT, None, rank);
            }
            Entity::Type(ty) => {
                let kind = match self.program().underlying(ty).kind() {
                    TyKind::Interface(_) => CompletionItemKind::INTERFACE,
                    TyKind::Enum(_) => CompletionItemKind::ENUM,
                    _ => CompletionItemKind::STRUCT,
                };
                self.add(name, kind, None, rank);
            }
            Entity::GenericType(_) => {
                self.add(name, CompletionItemKind::STRUCT, None, rank);
            }
            Entity::Case(..) => {
                self.add(name, CompletionItemKind::ENUM_MEMBER, None, rank);
            }
            Entity::Builtin(_) | Entity::Package(_) | Entity::None | Entity::Blank => {}
        }
    }

    fn func(&mut self, func: FuncId, kind: CompletionItemKind, rank: u8) {
        let def = &self.program().funcs[func.0 as usize];
        let (name, detail) = (def.name, format!("func{}", signature(self.program(), &def.sig)));
        let none = def.sig.params.is_empty();
        let doc = documentation(self.snapshot, Target::Func(func));
        if let Some(item) = self.add(name.as_str(), kind, Some(detail), rank) {
            item.insert_text = Some(if none { format!("{name}()") } else { format!("{name}($0)") });
            item.insert_text_format = Some(InsertTextFormat::SNIPPET);
            item.documentation = doc.map(|doc| {
                Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value: doc })
            });
        }
    }

    /// Variables whose scope may contain the place: those of the function around it declared above, and the package's.
    fn variables(&self) -> Vec<VarId> {
        let around = self.snapshot.tree(self.file).and_then(|tree| {
            tree.decls.iter().find_map(|decl| {
                let span = match decl {
                    Decl::Func(func) => func.span,
                    Decl::Test(test) => test.span,
                    _ => return None,
                };
                (span.start as usize <= self.known && self.known <= span.end as usize).then_some(span)
            })
        });
        let visible = |var: &goo_compiler::types::Var| {
            let local = around.is_some_and(|around| {
                var.span.file == self.file
                    && around.start <= var.span.start
                    && (var.span.end as usize) < self.known
                    && var.span.end <= around.end
            });
            let own = !self.program().sources.file(var.span.file).std;
            local || matches!(var.kind, VarKind::Global { .. }) && own
        };
        let vars = self.program().vars.iter().enumerate();
        // Later declarations first: they hide earlier ones of the same name.
        let mut found: Vec<VarId> =
            vars.filter(|(_, var)| visible(var)).map(|(i, _)| VarId(i as u32)).collect();
        found.reverse();
        found
    }

    /// Packages, with the import added where it is missing.
    fn packages(&mut self) {
        let Some(tree) = self.snapshot.tree(self.file) else { return };
        let imported: Vec<String> = tree.imports.iter().map(|import| import.path.clone()).collect();
        for path in goo_stdlib::paths() {
            if path == "prelude" {
                continue;
            }
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            let missing = !imported.iter().any(|known| known == path);
            let edits = missing.then(|| vec![crate::actions::import_edit(self.snapshot, tree, path)]);
            let detail = if missing { format!("import {path:?}") } else { path.to_owned() };
            let rank = if missing { 7 } else { 3 };
            if let Some(item) = self.add(&name, CompletionItemKind::MODULE, Some(detail), rank) {
                item.additional_text_edits = edits;
            }
        }
    }
}

/// The patterns of all cases of an enum: `Circle(radius)`.
pub fn arms(program: &Program, def: TypeDefId) -> Option<Vec<String>> {
    let TyKind::Enum(cases) = program.types[def.0 as usize].underlying.kind() else { return None };
    let arm = |case: &goo_compiler::types::CaseTy| {
        let fields: Vec<String> = case
            .fields
            .iter()
            .enumerate()
            .map(|(i, (name, _))| name.map_or_else(|| format!("x{i}"), |name| name.to_string()))
            .collect();
        if fields.is_empty() {
            case.name.to_string()
        } else {
            format!("{}({})", case.name, fields.join(", "))
        }
    };
    Some(cases.iter().map(arm).collect())
}

/// The innermost `match` between whose braces a place is.
fn match_around(snapshot: &Snapshot, file: FileId, at: usize) -> Option<&goo_compiler::syntax::ast::Match> {
    struct Find<'a> {
        at: u32,
        found: Option<&'a goo_compiler::syntax::ast::Match>,
    }
    impl<'a> Visitor<'a> for Find<'a> {
        fn expr(&mut self, expr: &'a Expr) {
            if let ExprKind::Match(m) = &expr.kind
                && m.subject.span.end < self.at
                && self.at < expr.span.end
            {
                self.found = Some(m);
            }
            visit::walk_expr(self, expr);
        }
    }
    let mut find = Find { at: at as u32, found: None };
    snapshot.tree(file)?.decls.iter().for_each(|decl| visit::walk_decl(&mut find, decl));
    find.found
}

/// A snippet as plain text, for clients that know none.
pub fn without_snippets(items: &mut [CompletionItem]) {
    let snippets = items.iter_mut().filter(|item| item.insert_text_format == Some(InsertTextFormat::SNIPPET));
    for item in snippets {
        item.insert_text_format = None;
        item.insert_text = item.insert_text.take().map(|text| plain(&text));
        if let Some(CompletionTextEdit::Edit(edit)) = &mut item.text_edit {
            edit.new_text = plain(&edit.new_text);
        }
    }
}

/// `${1:name}` and `${1|a,b|}` to their texts, `$0` to nothing.
fn plain(snippet: &str) -> String {
    let mut out = String::new();
    let mut rest = snippet;
    while let Some((before, after)) = rest.split_once('$') {
        out += before;
        rest = match after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some((stop, after)) => {
                let text = stop.trim_start_matches(|c: char| c.is_ascii_digit());
                let choice = text.strip_prefix('|').and_then(|choices| choices.split(['|', ',']).next());
                out += choice.unwrap_or_else(|| text.strip_prefix(':').unwrap_or(""));
                after
            }
            None => after.trim_start_matches(|c: char| c.is_ascii_digit()),
        };
    }
    out + rest
}

/// Whether a dot behind an expression is about all of it: in `a + b.` it is about `b`.
fn takes_members(expr: &Expr) -> bool {
    !matches!(
        expr.kind,
        ExprKind::Unary { .. }
            | ExprKind::Binary { .. }
            | ExprKind::Try(_)
            | ExprKind::Send { .. }
            | ExprKind::Go(_)
            | ExprKind::Interval { .. }
            | ExprKind::Per { .. }
            | ExprKind::Within { .. }
            | ExprKind::Endpoint { .. }
    )
}

/// The largest expression that ends at a place, has a type, and to which a dot behind it belongs.
fn expr_ending_at(snapshot: &Snapshot, end: Span) -> Option<&Expr> {
    struct Find<'a> {
        snapshot: &'a Snapshot,
        end: u32,
        found: Option<&'a Expr>,
    }
    impl<'a> Visitor<'a> for Find<'a> {
        fn expr(&mut self, expr: &'a Expr) {
            let info = &self.snapshot.program.info;
            let known = info.exprs.contains_key(&expr.id) || info.types.contains_key(&expr.id);
            if expr.span.end == self.end
                && known
                && takes_members(expr)
                && self.found.is_none_or(|found| found.span.start >= expr.span.start)
            {
                self.found = Some(expr);
            }
            visit::walk_expr(self, expr);
        }
    }
    let mut find = Find { snapshot, end: end.end, found: None };
    snapshot.tree(end.file)?.decls.iter().for_each(|decl| visit::walk_decl(&mut find, decl));
    find.found
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn snippets_are_readable_without_their_marks() {
        let text = plain("overflow: ${1|block,fail|}\n\tgo ${5:worker()}$0 $3x");
        assert_eq!(text, "overflow: block\n\tgo worker() x");
    }
}
