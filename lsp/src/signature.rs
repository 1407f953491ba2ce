//! The parameters of the call around a place.

use goo_compiler::syntax::FileId;
use goo_compiler::syntax::ast::{Call, Expr, ExprKind};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::types::TyKind;
use tower_lsp::lsp_types::{
    Documentation, MarkupContent, MarkupKind, ParameterInformation, ParameterLabel, SignatureHelp,
    SignatureInformation,
};

use crate::hover::{documentation, type_text};
use crate::index::Target;
use crate::snapshot::Snapshot;

/// The signature of the innermost call that has the place between its parentheses.
pub fn signature_help(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<SignatureHelp> {
    let call = call_around(snapshot, file, offset as u32)?;
    let info = &snapshot.program.info;
    let func = snapshot.called(call);
    let ty = info.exprs.get(&call.callee.id).map(|info| info.ty);
    let sig = match func {
        Some(func) => snapshot.program.funcs[func.0 as usize].sig.clone(),
        None => match ty?.kind() {
            TyKind::Func(sig) => sig.clone(),
            _ => return None,
        },
    };
    let params = func.map_or(&[][..], |func| snapshot.params(func));
    let names: Vec<String> =
        params.iter().map(|var| snapshot.program.vars[var.0 as usize].name.to_string()).collect();
    let last = sig.params.len().saturating_sub(1);
    let params: Vec<String> = sig
        .params
        .iter()
        .enumerate()
        .map(|(index, param)| {
            let name =
                names.get(index).filter(|name| *name != "_").map_or(String::new(), |name| format!("{name} "));
            let ty = match param.ty.kind() {
                TyKind::Slice(elem) if sig.variadic && index == last => {
                    format!("...{}", type_text(snapshot, *elem))
                }
                _ if param.inout => format!("*{}", type_text(snapshot, param.ty)),
                _ => type_text(snapshot, param.ty),
            };
            name + &ty
        })
        .collect();
    let result = match sig.result.kind() {
        TyKind::Unit => String::new(),
        _ => format!(" {}", type_text(snapshot, sig.result)),
    };
    let name = snapshot.source(call.callee.span);
    let before = call.args.iter().filter(|arg| (arg.value.span.end as usize) < offset).count();
    let active = if params.is_empty() { 0 } else { before.min(last) };
    let doc = func.and_then(|func| documentation(snapshot, Target::Func(func)));
    Some(SignatureHelp {
        signatures: vec![SignatureInformation {
            label: format!("{name}({}){result}", params.join(", ")),
            documentation: doc.map(|value| {
                Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value })
            }),
            parameters: Some(
                params
                    .into_iter()
                    .map(|param| ParameterInformation {
                        label: ParameterLabel::Simple(param),
                        documentation: None,
                    })
                    .collect(),
            ),
            active_parameter: Some(active as u32),
        }],
        active_signature: Some(0),
        active_parameter: Some(active as u32),
    })
}

fn call_around(snapshot: &Snapshot, file: FileId, offset: u32) -> Option<&Call> {
    struct Find<'a> {
        offset: u32,
        found: Option<&'a Call>,
    }
    impl<'a> Visitor<'a> for Find<'a> {
        fn expr(&mut self, expr: &'a Expr) {
            if let ExprKind::Call(call) = &expr.kind
                && call.callee.span.end < self.offset
                && self.offset <= call.close.start.max(call.callee.span.end + 1)
            {
                self.found = Some(call);
            }
            visit::walk_expr(self, expr);
        }
    }
    let mut find = Find { offset, found: None };
    snapshot.tree(file)?.decls.iter().for_each(|decl| visit::walk_decl(&mut find, decl));
    find.found
}
