//! What a package declares, with its comments: the exported names, in the order in which a reader looks for them.

use std::fmt::Write as _;

use super::Source;
use crate::diagnostics::Diagnostics;
use crate::syntax::ast::{self, Decl, Expr, ExprKind, Ident, NodeIds};
use crate::syntax::lex::{Comment, Lexed};
use crate::syntax::token::Tok;
use crate::syntax::{SourceMap, Span, Symbol, on_deep_stack, parse, tokens};

/// What a declaration declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Const,
    Var,
    Func,
    Type,
    Method,
}

impl Kind {
    /// The word for it, as a reader knows it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Const => "const",
            Kind::Var => "var",
            Kind::Func => "func",
            Kind::Type => "type",
            Kind::Method => "method",
        }
    }
}

/// A declaration.
#[derive(Debug, Clone)]
pub struct Item {
    pub kind: Kind,
    /// What it declares: `Cut`, `Builder.Reset` for a method, several for a group of constants.
    pub names: Vec<String>,
    /// The declaration as written, without bodies and unexported parts.
    pub code: String,
    /// Its comment, as Markdown.
    pub doc: String,
    /// The file, an index into [`Package::files`], and the line, from 1.
    pub file: usize,
    pub line: u32,
}

impl Item {
    /// The name it is found by.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }
}

/// A type, with what belongs to it.
#[derive(Debug, Clone)]
pub struct TypeDoc {
    pub item: Item,
    /// Constants and variables of the type.
    pub values: Vec<Item>,
    /// Functions that make one.
    pub makers: Vec<Item>,
    pub methods: Vec<Item>,
}

/// A package's documentation.
#[derive(Debug, Clone)]
pub struct Package {
    pub path: String,
    pub name: String,
    /// Whether other packages can import it: it has a path, and is no program.
    pub importable: bool,
    pub std: bool,
    /// The comment above `package`, as Markdown.
    pub doc: String,
    pub values: Vec<Item>,
    pub funcs: Vec<Item>,
    pub types: Vec<TypeDoc>,
    /// Names and texts of the files.
    pub files: Vec<(String, String)>,
}

impl Package {
    /// Reads a package. With `private`, names that are not exported are there, too.
    ///
    /// # Errors
    /// The mistakes in its syntax.
    pub fn read(source: &Source, private: bool) -> Result<Package, (SourceMap, Diagnostics)> {
        // What needs no import has small letters.
        let private = private || source.path == "builtin";
        let mut sources = SourceMap::default();
        let mut diagnostics = Diagnostics::default();
        let mut ids = NodeIds::default();
        let trees: Vec<ast::File> = source
            .files
            .iter()
            .map(|(name, text)| {
                let id = sources.add(name.as_str(), text.as_str(), source.std);
                on_deep_stack(|| parse(id, text, &mut ids, &mut diagnostics))
            })
            .collect();
        if diagnostics.has_errors() {
            return Err((sources, diagnostics));
        }
        let name = trees.first().map_or(String::new(), |tree| tree.package.name.to_string());
        let mut package = Package {
            path: source.path.clone(),
            importable: source.importable && name != "main",
            name,
            std: source.std,
            doc: trees.iter().filter_map(|tree| tree.doc.as_deref()).collect::<Vec<_>>().join("\n\n"),
            values: Vec::new(),
            funcs: Vec::new(),
            types: Vec::new(),
            files: source.files.clone(),
        };
        let mut found = Vec::new();
        for (index, tree) in trees.iter().enumerate() {
            let text = &source.files[index].1;
            let file = File { index, text, lexed: tokens(text), sources: &sources, private };
            tree.decls.iter().for_each(|decl| file.decl(decl, &mut found));
        }
        package.arrange(found);
        Ok(package)
    }

    /// Every item, in the order of the page.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        let of_types = self
            .types
            .iter()
            .flat_map(|ty| std::iter::once(&ty.item).chain(&ty.values).chain(&ty.makers).chain(&ty.methods));
        self.values.iter().chain(&self.funcs).chain(of_types)
    }

    /// The first sentence of the package's comment.
    pub fn gist(&self) -> String {
        super::comment::gist(&self.doc)
    }

    /// Puts functions and values with the types that they belong to, and all in order of name.
    fn arrange(&mut self, found: Vec<Found>) {
        let (types, rest): (Vec<Found>, Vec<Found>) =
            found.into_iter().partition(|found| found.item.kind == Kind::Type);
        self.types = types
            .into_iter()
            .map(|found| TypeDoc { item: found.item, values: vec![], makers: vec![], methods: vec![] })
            .collect();
        self.types.sort_by(|a, b| a.item.name().cmp(b.item.name()));
        for Found { item, of } in rest {
            let of = of.map(Symbol::as_str);
            let home = self.types.iter_mut().find(|ty| of == Some(ty.item.name()));
            match (item.kind, home) {
                (Kind::Method, Some(ty)) => ty.methods.push(item),
                (Kind::Func, Some(ty)) => ty.makers.push(item),
                (Kind::Const | Kind::Var, Some(ty)) => ty.values.push(item),
                (Kind::Func, None) => self.funcs.push(item),
                (Kind::Const | Kind::Var, None) => self.values.push(item),
                // A method of a type that is not shown; types themselves are there already.
                (Kind::Method, None) | (Kind::Type, _) => {}
            }
        }
        self.funcs.sort_by(|a, b| a.name().cmp(b.name()));
        for ty in &mut self.types {
            ty.makers.sort_by(|a, b| a.name().cmp(b.name()));
            ty.methods.sort_by(|a, b| a.name().cmp(b.name()));
        }
    }
}

/// An item, and the type that it may belong to.
struct Found {
    item: Item,
    of: Option<Symbol>,
}

struct File<'a> {
    index: usize,
    text: &'a str,
    lexed: Lexed,
    sources: &'a SourceMap,
    private: bool,
}

impl File<'_> {
    fn decl(&self, decl: &Decl, out: &mut Vec<Found>) {
        match decl {
            Decl::Func(func) => out.extend(self.func(func)),
            Decl::Type(specs) => {
                for spec in specs.iter().filter(|spec| self.shows(&spec.name)) {
                    let code = format!("type {}", self.without_private(spec));
                    out.push(self.found(Kind::Type, &[spec.name], code, spec.doc.clone(), None));
                }
            }
            Decl::Const(specs) => {
                let specs = specs.iter().map(|spec| Spec::new(&spec.doc, &spec.names, &spec.ty, spec.span));
                self.values(Kind::Const, &specs.collect::<Vec<_>>(), out);
            }
            Decl::Var(specs) => {
                let specs = specs.iter().map(|spec| Spec::new(&spec.doc, &spec.names, &spec.ty, spec.span));
                self.values(Kind::Var, &specs.collect::<Vec<_>>(), out);
            }
            Decl::Test(_) | Decl::Error(_) => {}
        }
    }

    fn shows(&self, name: &Ident) -> bool {
        self.private || exported(name.name)
    }

    fn found(
        &self,
        kind: Kind,
        names: &[Ident],
        code: String,
        doc: Option<String>,
        of: Option<Symbol>,
    ) -> Found {
        let line = names.first().map_or(1, |name| self.sources.line_col(name.span).0);
        let names = names
            .iter()
            .map(|name| match of {
                Some(ty) if kind == Kind::Method => format!("{ty}.{}", name.name),
                _ => name.name.to_string(),
            })
            .collect();
        Found { item: Item { kind, names, code, doc: doc.unwrap_or_default(), file: self.index, line }, of }
    }

    fn func(&self, func: &ast::FuncDecl) -> Option<Found> {
        let shown = self.shows(&func.name)
            && func.receiver.as_ref().is_none_or(|receiver| self.shows(&receiver.type_name));
        let end = func.body.as_ref().map_or(func.span.end, |body| body.span.start);
        let code = self.sources.text(Span { end, ..func.span }).trim_end().to_owned();
        let (kind, of) = match &func.receiver {
            Some(receiver) => (Kind::Method, Some(receiver.type_name.name)),
            None => (Kind::Func, func.sig.results.first().and_then(|result| made(&result.ty))),
        };
        shown.then(|| self.found(kind, &[func.name], code, func.doc.clone(), of))
    }

    /// The specs of one keyword: a group stays together, as its parts explain each other.
    fn values(&self, kind: Kind, specs: &[Spec<'_>], out: &mut Vec<Found>) {
        let shown: Vec<&Spec<'_>> =
            specs.iter().filter(|spec| spec.names.iter().any(|name| self.shows(name))).collect();
        let (Some(first), Some(start)) = (shown.first(), specs.first()) else { return };
        let of = specs.iter().find_map(|spec| spec.ty.as_ref().and_then(made));
        let names: Vec<Ident> =
            shown.iter().flat_map(|spec| spec.names).filter(|name| self.shows(name)).copied().collect();
        let Some(group_doc) = self.group(start.span) else {
            let code = format!("{} {}", kind.word(), self.sources.text(first.span));
            out.push(self.found(kind, &names, code, first.doc.clone(), of));
            return;
        };
        let mut code = format!("{} (\n", kind.word());
        for (index, spec) in shown.iter().enumerate() {
            // A blank line between two specs is the writer's.
            if index > 0
                && self.text[..self.start_with_doc(spec.span)].trim_end_matches(['\t', ' ']).ends_with("\n\n")
            {
                code.push('\n');
            }
            for line in spec.doc.iter().flat_map(|doc| doc.lines()) {
                let _ = writeln!(code, "\t// {line}");
            }
            let _ = writeln!(code, "\t{}{}", self.sources.text(spec.span), self.trailing(spec.span));
        }
        code.push(')');
        out.push(self.found(kind, &names, code, Some(group_doc), of));
    }

    /// The comment above the keyword of a group in parentheses, empty when there is none; `None` when this spec does not
    /// begin a group.
    fn group(&self, first: Span) -> Option<String> {
        let index = self.lexed.tokens.partition_point(|token| token.start < first.start);
        let open = index.checked_sub(1)?;
        let word = open.checked_sub(1)?;
        let starts = self.lexed.tokens[open].tok == Tok::LParen
            && matches!(self.lexed.tokens[word].tok, Tok::Const | Tok::Var);
        starts.then(|| {
            let start = self.lexed.tokens[word].start;
            let lines: Vec<&str> = self.comments_above(start).map(|c| line_of(self.comment(c))).collect();
            lines.join("\n")
        })
    }

    /// The comments that stand on lines of their own directly above a place, from the first to the last.
    fn comments_above(&self, start: u32) -> impl Iterator<Item = &Comment> {
        let after = self.lexed.comments.partition_point(|comment| comment.start < start);
        let mut next = start;
        let mut first = after;
        while let Some(comment) = first.checked_sub(1).map(|index| &self.lexed.comments[index]) {
            let gap = &self.text[comment.end as usize..next as usize];
            if !comment.own_line || !gap.trim().is_empty() || gap.matches('\n').count() > 1 {
                break;
            }
            next = comment.start;
            first -= 1;
        }
        self.lexed.comments[first..after].iter()
    }

    fn comment(&self, comment: &Comment) -> &str {
        &self.text[comment.start as usize..comment.end as usize]
    }

    /// Where a spec begins, its comment included.
    fn start_with_doc(&self, span: Span) -> usize {
        self.comments_above(span.start).next().map_or(span.start, |comment| comment.start) as usize
    }

    /// The comment that follows on the same line.
    fn trailing(&self, span: Span) -> String {
        let at = self.lexed.comments.partition_point(|comment| comment.start < span.end);
        match self.lexed.comments.get(at) {
            Some(comment) if !self.text[span.end as usize..comment.start as usize].contains('\n') => {
                format!(" {}", self.comment(comment))
            }
            _ => String::new(),
        }
    }

    /// A type's declaration, without the fields that other packages cannot see.
    fn without_private(&self, spec: &ast::TypeSpec) -> String {
        let text = self.sources.text(spec.span);
        let ExprKind::StructType(fields) = &spec.ty.kind else { return text.to_owned() };
        if self.private || fields.iter().all(|field| self.shows_field(field)) {
            return text.to_owned();
        }
        let header = self.sources.text(Span { end: spec.ty.span.start, ..spec.span });
        let mut code = format!("{}struct {{\n", header);
        for field in fields.iter().filter(|field| self.shows_field(field)) {
            for comment in self.comments_above(field.span.start) {
                let _ = writeln!(code, "\t{}", self.comment(comment));
            }
            let name = field.name.map_or(String::new(), |name| format!("{} ", name.name));
            let _ =
                writeln!(code, "\t{name}{}{}", self.sources.text(field.ty.span), self.trailing(field.span));
        }
        code + "\t// and fields that are not exported\n}"
    }

    fn shows_field(&self, field: &ast::Field) -> bool {
        match &field.name {
            Some(name) => self.shows(name),
            None => made(&field.ty).is_none_or(|name| self.private || exported(name)),
        }
    }
}

/// A `const` or `var` spec: here they are alike.
struct Spec<'a> {
    doc: &'a Option<String>,
    names: &'a [Ident],
    ty: &'a Option<Expr>,
    span: Span,
}

impl<'a> Spec<'a> {
    fn new(doc: &'a Option<String>, names: &'a [Ident], ty: &'a Option<Expr>, span: Span) -> Spec<'a> {
        Spec { doc, names, ty, span }
    }
}

/// A line comment's text, without its marker.
fn line_of(comment: &str) -> &str {
    let text = comment.strip_prefix("//").unwrap_or(comment);
    text.strip_prefix(' ').unwrap_or(text).trim_end()
}

/// Whether other packages see a name: it begins with a capital letter.
pub fn exported(name: Symbol) -> bool {
    name.as_str().starts_with(|c: char| c.is_uppercase())
}

/// The name of the type that an expression names, through `?`, `!`, `[]` and type arguments: what a function that
/// gives it makes.
fn made(ty: &Expr) -> Option<Symbol> {
    match &ty.kind {
        ExprKind::Name(name) => Some(*name),
        ExprKind::OptionalType(inner) | ExprKind::SliceType(inner) | ExprKind::Paren(inner) => made(inner),
        ExprKind::ResultType { value: Some(value), .. } => made(value),
        ExprKind::Index { base, .. } => made(base),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::doc::standard;
    use crate::types::Builtin;

    fn read(text: &str) -> Package {
        let files = vec![("p.goo".to_owned(), text.to_owned())];
        Package::read(&Source { path: "p".into(), importable: true, files, std: false }, false)
            .unwrap_or_else(|_| panic!("parses"))
    }

    #[test]
    fn a_type_has_its_makers_methods_and_values_with_it() {
        let package = read(
            "package p\ntype T struct{}\nfunc Make() T? { return none }\nfunc (t T) Get() int { return 1 }\n\
             func (t T) hidden() {}\nfunc Other() int { return 2 }\nconst (\n\tA T = 1\n\tB\n)\n",
        );
        let names: Vec<String> = package.items().map(|item| item.names.join("+")).collect();
        assert_eq!(names, ["Other", "T", "A+B", "Make", "T.Get"]);
    }

    #[test]
    fn groups_keep_their_comments_and_lose_what_is_not_exported() {
        let package = read(
            "package p\n\n// Limits.\nconst (\n\t// Most is the most.\n\tMost = 9\n\tleast = 1\n\n\tMany = 5 // enough\n)\n",
        );
        let item = &package.values[0];
        assert_eq!(item.doc, "Limits.");
        expect![[r#"
            const (
            	// Most is the most.
            	Most = 9

            	Many = 5 // enough
            )"#]]
        .assert_eq(&item.code);
    }

    #[test]
    fn fields_that_are_not_exported_are_only_mentioned() {
        let package =
            read("package p\ntype T struct {\n\t// X is across.\n\tX, Y int // both\n\tsecret string\n}\n");
        expect![[r#"
            type T struct {
            	// X is across.
            	X int // both
            	// X is across.
            	Y int // both
            	// and fields that are not exported
            }"#]]
        .assert_eq(&package.types[0].item.code);
    }

    #[test]
    fn every_built_in_function_is_described() {
        let source = standard("builtin").expect("it is there");
        let package = Package::read(&source, false).unwrap_or_else(|_| panic!("parses"));
        // Names that the compiler knows only to say what to write instead.
        let refused = ["new", "recover", "complex", "real", "imag"];
        for name in Builtin::ALL.iter().map(|builtin| builtin.name()).filter(|name| !refused.contains(name)) {
            assert!(package.funcs.iter().any(|item| item.name() == name && !item.doc.is_empty()), "{name}");
        }
    }
}
