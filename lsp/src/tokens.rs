//! Colours by meaning: what a name is, where the grammar of an editor sees only a word.

use goo_compiler::syntax::FileId;
use goo_compiler::types::{Ty, TyKind, VarKind};
use tower_lsp::lsp_types::{SemanticToken, SemanticTokenModifier, SemanticTokenType};

use crate::hover::field_type;
use crate::index::{Occurrence, Role, Target};
use crate::snapshot::Snapshot;

/// The kinds, in the order of their numbers.
pub const TYPES: &[SemanticTokenType] = &[
    SemanticTokenType::NAMESPACE,
    SemanticTokenType::TYPE,
    SemanticTokenType::ENUM,
    SemanticTokenType::INTERFACE,
    SemanticTokenType::STRUCT,
    SemanticTokenType::TYPE_PARAMETER,
    SemanticTokenType::PARAMETER,
    SemanticTokenType::VARIABLE,
    SemanticTokenType::PROPERTY,
    SemanticTokenType::ENUM_MEMBER,
    SemanticTokenType::FUNCTION,
    SemanticTokenType::METHOD,
    SemanticTokenType::new("label"),
    SemanticTokenType::new("channel"),
];

/// The modifiers, in the order of their bits.
pub const MODIFIERS: &[SemanticTokenModifier] = &[
    SemanticTokenModifier::DECLARATION,
    SemanticTokenModifier::READONLY,
    SemanticTokenModifier::MODIFICATION,
];

const READONLY: u32 = 1 << 1;

/// The tokens of a file, each relative to the one before, as the protocol wants them.
pub fn tokens(snapshot: &Snapshot, file: FileId) -> Vec<SemanticToken> {
    let mut tokens = Vec::new();
    let (mut line, mut start) = (0, 0);
    let mut last = None;
    for occurrence in snapshot.index().occurrences.iter().filter(|occurrence| occurrence.span.file == file) {
        let range = snapshot.range(occurrence.span);
        if range.start.line != range.end.line || (range.start.line, range.start.character) < (line, start) {
            continue;
        }
        // An import without an alias is the package, and in the text a string like others.
        if snapshot.source(occurrence.span).starts_with(['"', '`']) {
            continue;
        }
        // A field and a variable under one name: one colour.
        if last.replace(occurrence.span) == Some(occurrence.span) {
            continue;
        }
        let delta_line = range.start.line - line;
        let delta_start = if delta_line == 0 { range.start.character - start } else { range.start.character };
        let (token_type, modifiers) = kind(snapshot, occurrence);
        tokens.push(SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character - range.start.character,
            token_type,
            token_modifiers_bitset: modifiers,
        });
        (line, start) = (range.start.line, range.start.character);
    }
    tokens
}

fn kind(snapshot: &Snapshot, occurrence: &Occurrence) -> (u32, u32) {
    let program = &snapshot.program;
    let mut modifiers = match occurrence.role {
        Role::Definition => 1 << 0,
        Role::Write => 1 << 2,
        Role::Read => 0,
    };
    let kind = match occurrence.target {
        Target::Package(_) => SemanticTokenType::NAMESPACE,
        Target::Type(def) => match program.types[def.0 as usize].underlying.kind() {
            TyKind::Enum(_) => SemanticTokenType::ENUM,
            TyKind::Interface(_) => SemanticTokenType::INTERFACE,
            TyKind::Struct(_) => SemanticTokenType::STRUCT,
            _ => SemanticTokenType::TYPE,
        },
        Target::TypeParam(_) => SemanticTokenType::TYPE_PARAMETER,
        Target::Var(var) => {
            let var = &program.vars[var.0 as usize];
            match (var.ty.kind(), var.kind) {
                (TyKind::Chan { .. }, _) => SemanticTokenType::new("channel"),
                (_, VarKind::Param) => SemanticTokenType::PARAMETER,
                _ => SemanticTokenType::VARIABLE,
            }
        }
        Target::Const(_) => {
            modifiers |= READONLY;
            SemanticTokenType::VARIABLE
        }
        Target::Field(_) => match field_type(snapshot, occurrence.target).map(Ty::kind) {
            Some(TyKind::Chan { .. }) => SemanticTokenType::new("channel"),
            _ => SemanticTokenType::PROPERTY,
        },
        Target::Case(..) => SemanticTokenType::ENUM_MEMBER,
        Target::Func(func) => match program.funcs[func.0 as usize].receiver {
            Some(_) => SemanticTokenType::METHOD,
            None => SemanticTokenType::FUNCTION,
        },
        Target::InterfaceMethod(_) => SemanticTokenType::METHOD,
        Target::Label(_) => SemanticTokenType::new("label"),
    };
    let number = TYPES.iter().position(|known| *known == kind).unwrap_or(0);
    (number as u32, modifiers)
}
