//! Outlines of files, and the search for names in the workspace.

use goo_compiler::diagnostics::Diagnostics;
use goo_compiler::syntax::ast::NodeIds;
use goo_compiler::syntax::ast::{Decl, ExprKind, InterfaceElem, TypeSpec};
use goo_compiler::syntax::{FileId, Span, parse};
use tower_lsp::lsp_types::{DocumentSymbol, SymbolInformation, SymbolKind, Url};

use crate::snapshot::Snapshot;
use crate::text::{Encoding, Text};

/// The outline of a file.
pub fn document(snapshot: &Snapshot, file: FileId) -> Vec<DocumentSymbol> {
    let Some(tree) = snapshot.tree(file) else { return Vec::new() };
    let outline = Outline { text: snapshot.text(file), encoding: snapshot.encoding };
    tree.decls.iter().flat_map(|decl| outline.decl(decl)).collect()
}

struct Outline<'a> {
    text: &'a Text,
    encoding: Encoding,
}

impl Outline<'_> {
    fn decl(&self, decl: &Decl) -> Vec<DocumentSymbol> {
        match decl {
            Decl::Func(func) => {
                let kind = if func.receiver.is_some() { SymbolKind::METHOD } else { SymbolKind::FUNCTION };
                let receiver =
                    func.receiver.as_ref().map(|receiver| format!("({}) ", receiver.type_name.name));
                let name = format!("{}{}", receiver.unwrap_or_default(), func.name.name);
                vec![self.symbol(name, kind, func.span, func.name.span)]
            }
            Decl::Type(specs) => specs.iter().map(|spec| self.type_spec(spec)).collect(),
            Decl::Var(specs) => specs
                .iter()
                .flat_map(|spec| spec.names.iter().map(|name| (name, spec.span)))
                .map(|(name, span)| self.symbol(name.name.to_string(), SymbolKind::VARIABLE, span, name.span))
                .collect(),
            Decl::Const(specs) => specs
                .iter()
                .flat_map(|spec| spec.names.iter().map(|name| (name, spec.span)))
                .map(|(name, span)| self.symbol(name.name.to_string(), SymbolKind::CONSTANT, span, name.span))
                .collect(),
            Decl::Test(test) => {
                vec![self.symbol(
                    format!("test {:?}", test.name),
                    SymbolKind::EVENT,
                    test.span,
                    test.name_span,
                )]
            }
            Decl::Error(_) => Vec::new(),
        }
    }

    fn type_spec(&self, spec: &TypeSpec) -> DocumentSymbol {
        let (kind, children) = match &spec.ty.kind {
            ExprKind::StructType(fields) => (
                SymbolKind::STRUCT,
                fields
                    .iter()
                    .filter_map(|field| field.name.map(|name| (name, field.span)))
                    .map(|(name, span)| {
                        self.symbol(name.name.to_string(), SymbolKind::FIELD, span.to(name.span), name.span)
                    })
                    .collect(),
            ),
            ExprKind::EnumType(cases) => (
                SymbolKind::ENUM,
                cases
                    .iter()
                    .map(|case| {
                        self.symbol(
                            case.name.name.to_string(),
                            SymbolKind::ENUM_MEMBER,
                            case.span,
                            case.name.span,
                        )
                    })
                    .collect(),
            ),
            ExprKind::InterfaceType(elems) => (
                SymbolKind::INTERFACE,
                elems
                    .iter()
                    .filter_map(|elem| match elem {
                        InterfaceElem::Method { name, sig } => Some(self.symbol(
                            name.name.to_string(),
                            SymbolKind::METHOD,
                            name.span.to(sig.span),
                            name.span,
                        )),
                        InterfaceElem::Embed(_) => None,
                    })
                    .collect(),
            ),
            _ => (SymbolKind::CLASS, Vec::new()),
        };
        let mut symbol = self.symbol(spec.name.name.to_string(), kind, spec.span, spec.name.span);
        symbol.children = Some(children);
        symbol
    }

    fn range(&self, span: Span) -> tower_lsp::lsp_types::Range {
        self.text.range(span.start as usize, span.end as usize, self.encoding)
    }

    #[expect(deprecated, reason = "the field has no other way to be left out")]
    fn symbol(&self, name: String, kind: SymbolKind, whole: Span, name_span: Span) -> DocumentSymbol {
        DocumentSymbol {
            name,
            detail: None,
            kind,
            tags: None,
            deprecated: None,
            // Clients refuse a name outside of the whole.
            range: self.range(whole.to(name_span)),
            selection_range: self.range(name_span),
            children: None,
        }
    }
}

/// The declarations of a file whose names contain all letters of the query, in order. Names need no checking, so the file
/// need not belong to a package that is open.
pub fn workspace(text: &Text, encoding: Encoding, uri: &Url, query: &str) -> Vec<SymbolInformation> {
    let mut diagnostics = Diagnostics::default();
    let tree = parse(FileId(0), text.as_str(), &mut NodeIds::default(), &mut diagnostics);
    let outline = Outline { text, encoding };
    let mut found = Vec::new();
    for symbol in tree.decls.iter().flat_map(|decl| outline.decl(decl)) {
        let children = symbol.children.clone().unwrap_or_default();
        for (symbol, container) in std::iter::once((symbol.clone(), None))
            .chain(children.into_iter().map(|child| (child, Some(symbol.name.clone()))))
        {
            if matches(&symbol.name, query) {
                found.push(information(symbol, uri.clone(), container));
            }
        }
    }
    found
}

#[expect(deprecated, reason = "the field has no other way to be left out")]
fn information(symbol: DocumentSymbol, uri: Url, container: Option<String>) -> SymbolInformation {
    SymbolInformation {
        name: symbol.name,
        kind: symbol.kind,
        tags: None,
        deprecated: None,
        location: tower_lsp::lsp_types::Location { uri, range: symbol.selection_range },
        container_name: container,
    }
}

/// Whether a name has the letters of a query, in their order, whatever their case.
fn matches(name: &str, query: &str) -> bool {
    let mut letters = name.chars().flat_map(char::to_lowercase);
    query.chars().flat_map(char::to_lowercase).all(|wanted| letters.any(|letter| letter == wanted))
}
