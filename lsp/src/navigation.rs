//! Where names lead: declarations, uses, implementations, and renaming.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::{FuncId, Ty, TyKind, TypeDefId};
use tower_lsp::lsp_types::{
    DocumentHighlight, DocumentHighlightKind, Location, PrepareRenameResponse, TextEdit, Url, WorkspaceEdit,
};

use crate::index::{Occurrence, Role, Target};
use crate::snapshot::Snapshot;

/// Where the name at a place was declared.
pub fn definition(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<Location> {
    let found = snapshot.index().at(file, offset)?;
    let span = match found.target {
        Target::Package(package) => {
            let name = &snapshot.program.packages[package.0 as usize];
            let is_of = |tree: &&goo_compiler::syntax::ast::File| {
                let source = snapshot.program.sources.file(tree.span.file);
                source.std == name.std
                    && source.name.rsplit_once('/').is_some_and(|(folder, _)| folder.ends_with(&name.path))
            };
            snapshot.program.files.iter().find(is_of)?.package.span
        }
        target => snapshot.index().declaration(&snapshot.program, target)?,
    };
    snapshot.location(span)
}

/// Where the type of what stands at a place was declared.
pub fn type_definition(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<Location> {
    let found = snapshot.index().at(file, offset)?;
    let def = declared_type(type_of(snapshot, found)?)?;
    snapshot.location(snapshot.program.types[def.0 as usize].span)
}

/// The declared type within a type: what a slice has, a channel carries, an optional may hold.
fn declared_type(ty: Ty) -> Option<TypeDefId> {
    match ty.kind() {
        TyKind::Named(def, _) => Some(*def),
        TyKind::Slice(inner)
        | TyKind::Array(_, inner)
        | TyKind::Optional(inner)
        | TyKind::Result(inner, _)
        | TyKind::Task(inner)
        | TyKind::Mutex(inner)
        | TyKind::Map(_, inner)
        | TyKind::Chan { elem: inner, .. } => declared_type(*inner),
        _ => None,
    }
}

/// The type of what a name means.
pub fn type_of(snapshot: &Snapshot, found: &Occurrence) -> Option<Ty> {
    match found.target {
        Target::Var(var) => Some(snapshot.program.vars[var.0 as usize].ty),
        Target::Type(def) => Some(Ty::new(TyKind::Named(def, Vec::new()))),
        Target::Field(_) => crate::hover::field_type(snapshot, found.target),
        Target::Func(func) => Some(snapshot.program.funcs[func.0 as usize].sig.result),
        _ => None,
    }
}

/// A name at a place, in each package that may speak of what it means; the package of the place comes first.
pub type Views = [(Arc<Snapshot>, FileId, usize)];

/// All uses of a name.
pub fn references(views: &Views, declaration: bool) -> Vec<Location> {
    of_each(views, |snapshot, file, offset| {
        let Some(found) = snapshot.index().at(file, offset) else { return Vec::new() };
        let uses = snapshot.index().of(found.target);
        let wanted = uses.filter(|occurrence| declaration || occurrence.role != Role::Definition);
        wanted.filter_map(|occurrence| snapshot.location(occurrence.span)).collect()
    })
}

/// What is found in each package.
pub fn of_each<T: PartialEq>(views: &Views, find: impl Fn(&Snapshot, FileId, usize) -> Vec<T>) -> Vec<T> {
    let mut all = Vec::new();
    for (snapshot, file, offset) in views {
        add_new(&mut all, find(snapshot, *file, *offset));
    }
    all
}

/// Adds what is not there yet: packages that see the same files say the same about them.
fn add_new<T: PartialEq>(all: &mut Vec<T>, more: Vec<T>) {
    let before = all.len();
    for one in more {
        if !all[..before].contains(&one) {
            all.push(one);
        }
    }
}

/// The uses in the same file.
pub fn highlights(snapshot: &Snapshot, file: FileId, offset: usize) -> Vec<DocumentHighlight> {
    let Some(found) = snapshot.index().at(file, offset) else { return Vec::new() };
    snapshot
        .index()
        .of(found.target)
        .filter(|occurrence| occurrence.span.file == file)
        .map(|occurrence| DocumentHighlight {
            range: snapshot.range(occurrence.span),
            kind: Some(match occurrence.role {
                Role::Read => DocumentHighlightKind::READ,
                Role::Definition | Role::Write => DocumentHighlightKind::WRITE,
            }),
        })
        .collect()
}

/// The methods that implement an interface's method, and the types that implement an interface.
pub fn implementations(views: &Views) -> Vec<Location> {
    of_each(views, implementations_in)
}

fn implementations_in(snapshot: &Snapshot, file: FileId, offset: usize) -> Vec<Location> {
    let Some(found) = snapshot.index().at(file, offset) else { return Vec::new() };
    let program = &snapshot.program;
    let spans: Vec<Span> = match found.target {
        Target::InterfaceMethod(name) => program
            .funcs
            .iter()
            .filter(|func| func.name == name && func.receiver.is_some())
            .map(|func| func.span)
            .collect(),
        Target::Type(def) => match program.types[def.0 as usize].underlying.kind() {
            TyKind::Interface(interface) if !interface.methods.is_empty() => program
                .types
                .iter()
                .filter(|candidate| {
                    let has =
                        |name| candidate.methods.iter().any(|f| program.funcs[f.0 as usize].name == name);
                    interface.methods.iter().all(|method| has(method.name))
                })
                .map(|candidate| candidate.span)
                .collect(),
            _ => Vec::new(),
        },
        Target::Func(func) => vec![program.funcs[func.0 as usize].span],
        _ => Vec::new(),
    };
    spans
        .into_iter()
        .filter(|span| snapshot.is_own(*span))
        .filter_map(|span| snapshot.location(span))
        .collect()
}

/// Whether the name at a place can be renamed, and what would be.
pub fn prepare_rename(
    snapshot: &Snapshot,
    file: FileId,
    offset: usize,
) -> Result<PrepareRenameResponse, String> {
    let found = renamable(snapshot, file, offset)?;
    Ok(PrepareRenameResponse::RangeWithPlaceholder {
        range: snapshot.range(found.span),
        placeholder: snapshot.source(found.span).to_owned(),
    })
}

fn renamable(snapshot: &Snapshot, file: FileId, offset: usize) -> Result<Occurrence, String> {
    let found = snapshot.index().at(file, offset).ok_or("there is no name here")?;
    if let Target::Package(_) = found.target {
        return Err("a package is renamed by renaming its folder, or at its import".to_owned());
    }
    let declared = snapshot.index().declaration(&snapshot.program, found.target);
    match declared {
        Some(span) if !snapshot.is_own(span) => Err("this is the standard library's".to_owned()),
        None => Err("this is part of the language".to_owned()),
        Some(_) => Ok(*found),
    }
}

/// The edits that give a name another one, in all packages that speak of it.
///
/// # Errors
/// Why it cannot be renamed so.
pub fn rename(views: &Views, name: &str) -> Result<WorkspaceEdit, String> {
    check_name(name)?;
    let mut changes: HashMap<Url, Vec<TextEdit>> = HashMap::new();
    for (snapshot, file, offset) in views {
        let found = renamable(snapshot, *file, *offset)?;
        if let Some(taken) = conflict(snapshot, &found, name) {
            return Err(format!("`{name}` is declared at {} already", place(snapshot, taken)));
        }
        if let Some(problem) = methods_apart(snapshot, &found).or_else(|| hidden(snapshot, &found, name)) {
            return Err(problem);
        }
        let mut edits: HashMap<Url, Vec<TextEdit>> = HashMap::new();
        for occurrence in snapshot.index().of(found.target) {
            // `y` in the pattern `Point{y}` is the field and the variable: only one of them changes its name.
            let new_text = match (occurrence.shorthand, occurrence.target) {
                (false, _) => name.to_owned(),
                (true, Target::Field(_)) => format!("{name}: {}", snapshot.source(occurrence.span)),
                (true, _) => format!("{}: {name}", snapshot.source(occurrence.span)),
            };
            let edit = TextEdit { range: snapshot.range(occurrence.span), new_text };
            if let Some(url) = snapshot.url(occurrence.span.file) {
                edits.entry(url).or_default().push(edit);
            }
        }
        for (url, edits) in edits {
            add_new(changes.entry(url).or_default(), edits);
        }
    }
    Ok(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
}

/// `main.goo:3:6`
fn place(snapshot: &Snapshot, span: Span) -> String {
    let (line, column) = snapshot.program.sources.line_col(span);
    format!("{}:{line}:{column}", snapshot.program.sources.file(span.file).name)
}

/// A name that is used in other packages must begin with a capital letter.
fn hidden(snapshot: &Snapshot, found: &Occurrence, name: &str) -> Option<String> {
    if name.starts_with(char::is_uppercase) {
        return None;
    }
    let (declared, _, exported) = snapshot.declared(found.target)?;
    let folder = |span: Span| Path::new(&snapshot.program.sources.file(span.file).name).parent();
    let mut uses = snapshot.index().of(found.target);
    let abroad = uses.find(|occurrence| exported && folder(occurrence.span) != declared.parent())?;
    Some(format!(
        "another package uses it, at {}: its name must begin with a capital letter",
        place(snapshot, abroad.span)
    ))
}

fn check_name(name: &str) -> Result<(), String> {
    let mut letters = name.chars();
    let starts = letters.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if !starts || !letters.all(|c| c.is_alphanumeric() || c == '_') {
        return Err(format!("`{name}` is not a name"));
    }
    let tokens = goo_compiler::syntax::tokens(name).tokens;
    if tokens.first().is_some_and(|token| token.tok.is_keyword()) {
        return Err(format!("`{name}` is a keyword"));
    }
    Ok(())
}

/// A declaration of the new name where both could be meant: in a function that uses the old one, in the package, or among the
/// members of the same type.
fn conflict(snapshot: &Snapshot, found: &Occurrence, name: &str) -> Option<Span> {
    let owner = owner(snapshot, found);
    let mut declarations = snapshot.index().occurrences.iter().filter(|occurrence| {
        occurrence.role == Role::Definition
            && occurrence.target != found.target
            && snapshot.source(occurrence.span) == name
    });
    let clashes = |declaration: &&Occurrence| match (owner, self::owner(snapshot, declaration)) {
        (None, None) => {
            let here = enclosing(snapshot, declaration.span);
            here.is_none()
                || snapshot.index().of(found.target).any(|use_| enclosing(snapshot, use_.span) == here)
        }
        (own, other) => own == other,
    };
    declarations.find(clashes).map(|declaration| declaration.span)
}

/// Whose member a name is.
#[derive(Clone, Copy, PartialEq)]
enum Owner {
    Type(TypeDefId),
    /// An interface, or a struct without a name, in this declaration.
    Within(Option<Span>),
    /// Labels of this declaration are apart from other names.
    Labels(Option<Span>),
}

/// `None` for a name that stands for itself.
fn owner(snapshot: &Snapshot, found: &Occurrence) -> Option<Owner> {
    let around = |target| {
        let declared = snapshot.index().declaration(&snapshot.program, target);
        declared.and_then(|span| enclosing(snapshot, span))
    };
    match found.target {
        Target::Field(span) => Some(match snapshot.index().field_at(span) {
            Some((def, _)) => Owner::Type(def),
            None => Owner::Within(around(found.target)),
        }),
        Target::Func(func) => snapshot.program.funcs[func.0 as usize].receiver?.type_def.map(Owner::Type),
        Target::InterfaceMethod(_) => Some(Owner::Within(around(found.target))),
        Target::Label(_) => Some(Owner::Labels(around(found.target))),
        _ => None,
    }
}

/// The declaration at package level around a place, if it is within one and not its name.
fn enclosing(snapshot: &Snapshot, span: Span) -> Option<Span> {
    use goo_compiler::syntax::ast::Decl;
    let tree = snapshot.tree(span.file)?;
    tree.decls.iter().find_map(|decl| {
        let (whole, name) = match decl {
            Decl::Func(func) => (func.span, func.name.span),
            Decl::Test(test) => (test.span, test.name_span),
            Decl::Type(specs) => {
                let spec =
                    specs.iter().find(|spec| spec.span.start <= span.start && span.end <= spec.span.end)?;
                (spec.span, spec.name.span)
            }
            _ => return None,
        };
        (whole.start <= span.start && span.end <= whole.end && name != span).then_some(whole)
    })
}

/// A method that an interface asks for cannot change its name alone.
fn methods_apart(snapshot: &Snapshot, found: &Occurrence) -> Option<String> {
    let name = match found.target {
        Target::Func(func) if is_method(snapshot, func) => snapshot.program.funcs[func.0 as usize].name,
        Target::InterfaceMethod(name) => {
            return Some(format!(
                "types that implement `{name}` would no longer do so; rename the method of each type"
            ));
        }
        _ => return None,
    };
    let asked = snapshot.index().of(Target::InterfaceMethod(name)).next().is_some();
    asked.then(|| format!("an interface asks for `{name}`: the type would no longer implement it"))
}

fn is_method(snapshot: &Snapshot, func: FuncId) -> bool {
    snapshot.program.funcs[func.0 as usize].receiver.is_some()
}
