//! What is shown for a name: its declaration, its type, its documentation.

use goo_compiler::syntax::ast::{self, Decl, Expr, ExprKind};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::display::{signature, type_name};
use goo_compiler::types::patterns::End;
use goo_compiler::types::{Constant, FuncId, Ty, TyKind, TypeDefId, Var, VarId, VarKind};
use tower_lsp::lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind};

use crate::channels;
use crate::index::Target;
use crate::snapshot::Snapshot;
use crate::words;

/// The hover text of a place.
pub fn hover(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<Hover> {
    let Some(found) = snapshot.index().at(file, offset).copied() else {
        return of_word(snapshot, file, offset);
    };
    let mut text = format!("```goo\n{}\n```", declaration(snapshot, found.target)?);
    if let Some(doc) = documentation(snapshot, found.target) {
        text += &format!("\n\n{doc}");
    }
    if let Target::Var(var) = found.target
        && let Some(end) = End::of_kind(snapshot.program.vars[var.0 as usize].ty.kind())
        && !end.is_plain()
    {
        text += &format!("\n\nThe end of a channel: {}.", end.spread);
    }
    if is_channel(snapshot, found.target)
        && let Some(about) = channels::about(snapshot, found.target)
    {
        text += &format!("\n\n{about}");
    }
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text }),
        range: Some(snapshot.range(found.span)),
    })
}

/// What is no name of the program's: an option, a strategy, or the `make` of a channel.
fn of_word(snapshot: &Snapshot, file: FileId, offset: usize) -> Option<Hover> {
    let text = snapshot.text(file).as_str();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let start = text[..offset].rfind(|c| !is_word(c)).map_or(0, |n| n + 1);
    let end = text[offset..].find(|c| !is_word(c)).map_or(text.len(), |n| offset + n);
    let word = text.get(start..end).filter(|word| !word.is_empty())?;
    let value = match words::about(text, start, word) {
        Some(about) => format!("`{word}`: {about}."),
        None => channels::made_here(snapshot, file, offset)?,
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }),
        range: Some(snapshot.range(Span::new(file, start, end))),
    })
}

fn is_channel(snapshot: &Snapshot, target: Target) -> bool {
    match target {
        Target::Var(var) => channels::is_channel(snapshot, var),
        Target::Field(_) => field_type(snapshot, target)
            .is_some_and(|ty| matches!(snapshot.program.underlying(ty).kind(), TyKind::Chan { .. })),
        _ => false,
    }
}

/// A type as the program's own package writes it: without the package's name before its own types.
pub fn type_text(snapshot: &Snapshot, ty: Ty) -> String {
    let own = snapshot.program.packages.last().map_or(String::new(), |package| format!("{}.", package.name));
    let text = type_name(&snapshot.program, ty);
    if own.is_empty() { text } else { text.replace(&own, "") }
}

/// The declaration of what a name means, on one line or as few as it takes.
pub fn declaration(snapshot: &Snapshot, target: Target) -> Option<String> {
    let program = &snapshot.program;
    Some(match target {
        Target::Var(var) => {
            let Var { name, ty, kind, inout, .. } = &program.vars[var.0 as usize];
            let what = match kind {
                VarKind::Global { .. } | VarKind::Local => "var",
                VarKind::Param => "param",
                VarKind::Result => "result",
            };
            format!("{what} {name} {}{}", if *inout { "*" } else { "" }, type_text(snapshot, *ty))
        }
        Target::Func(func) => func_text(snapshot, func),
        Target::Type(def) => type_def_text(snapshot, def),
        Target::TypeParam(param) => {
            let param = &program.type_params[param.0 as usize];
            format!("type parameter {} {}", param.name, type_text(snapshot, param.constraint))
        }
        Target::Const(span) => const_text(snapshot, span)?,
        Target::Field(span) => {
            let ty = field_type(snapshot, target).map(|ty| type_text(snapshot, ty));
            format!("field {} {}", snapshot.source(span), ty.unwrap_or_default())
        }
        Target::InterfaceMethod(name) => {
            format!("method {name}{}", interface_method(snapshot, name).unwrap_or_default())
        }
        Target::Case(def, index) => case_text(snapshot, def, index)?,
        Target::Package(package) => format!("package {}", program.packages[package.0 as usize].path),
        Target::Label(span) => format!("label {}", snapshot.source(span)),
    })
}

fn func_text(snapshot: &Snapshot, func: FuncId) -> String {
    let def = &snapshot.program.funcs[func.0 as usize];
    // As written, if the header takes one line.
    if let Some(decl) = func_decl(snapshot, func) {
        let end = decl.body.as_ref().map_or(decl.span.end, |body| body.span.start);
        let header = snapshot.source(Span { end, ..decl.span }).trim_end();
        if !header.is_empty() {
            return header.to_owned();
        }
    }
    format!("func {}{}", def.name, signature(&snapshot.program, &def.sig))
}

/// The tree of a function.
pub fn func_decl(snapshot: &Snapshot, func: FuncId) -> Option<&ast::FuncDecl> {
    let (file, decl) = snapshot.program.funcs[func.0 as usize].decl;
    match snapshot.program.files.get(file)?.decls.get(decl)? {
        Decl::Func(decl) => Some(decl),
        _ => None,
    }
}

fn type_def_text(snapshot: &Snapshot, def: TypeDefId) -> String {
    let def = &snapshot.program.types[def.0 as usize];
    match type_spec(snapshot, def.span) {
        Some(spec) => format!("type {}", snapshot.source(spec.span)),
        None => format!("type {} {}", def.name, type_text(snapshot, def.underlying)),
    }
}

/// The spec of a declared type, by its name's place.
pub fn type_spec(snapshot: &Snapshot, name: Span) -> Option<&ast::TypeSpec> {
    struct Find<'a> {
        name: Span,
        found: Option<&'a ast::TypeSpec>,
    }
    impl<'a> Find<'a> {
        fn decl(&mut self, decl: &'a Decl) {
            if let Decl::Type(specs) = decl
                && let Some(spec) = specs.iter().find(|spec| spec.name.span == self.name)
            {
                self.found = Some(spec);
            }
        }
    }
    impl<'a> Visitor<'a> for Find<'a> {
        fn stmt(&mut self, stmt: &'a ast::Stmt) {
            if let ast::StmtKind::Decl(decl) = &stmt.kind {
                self.decl(decl);
            }
            visit::walk_stmt(self, stmt);
        }
    }
    let tree = snapshot.tree(name.file)?;
    let mut find = Find { name, found: None };
    for decl in &tree.decls {
        find.decl(decl);
        if find.found.is_none()
            && matches!(decl, Decl::Func(func) if func.span.start <= name.start && name.end <= func.span.end)
        {
            visit::walk_decl(&mut find, decl);
        }
    }
    find.found
}

fn const_text(snapshot: &Snapshot, span: Span) -> Option<String> {
    let use_ = snapshot
        .index()
        .of(Target::Const(span))
        .find_map(|occurrence| constant_at(snapshot, occurrence.span));
    let name = snapshot.source(span);
    Some(match use_ {
        Some((ty, value)) => format!("const {name} {ty} = {value}"),
        None => format!("const {name}"),
    })
}

/// The type and value of the constant expression at a place.
fn constant_at(snapshot: &Snapshot, span: Span) -> Option<(String, String)> {
    let expr = expr_at(snapshot, span)?;
    let info = snapshot.program.info.exprs.get(&expr.id)?;
    let value = info.constant.as_ref()?;
    Some((type_text(snapshot, info.ty), constant_text(value)))
}

fn constant_text(value: &Constant) -> String {
    match value {
        Constant::Bool(value) => value.to_string(),
        Constant::Int(value) => value.to_string(),
        Constant::Float(value) => match value.is_integer() {
            true => value.to_integer().to_string(),
            false => format!("{}/{}", value.numer(), value.denom()),
        },
        Constant::Str(bytes) => format!("{:?}", String::from_utf8_lossy(bytes)),
    }
}

/// The innermost expression that has this span, or ends with it.
pub fn expr_at(snapshot: &Snapshot, span: Span) -> Option<&Expr> {
    struct Find<'a> {
        span: Span,
        found: Option<&'a Expr>,
    }
    impl<'a> Visitor<'a> for Find<'a> {
        fn expr(&mut self, expr: &'a Expr) {
            let selects = matches!(&expr.kind, ExprKind::Select { name, .. } if name.span == self.span);
            if expr.span == self.span || selects {
                self.found = Some(expr);
            }
            visit::walk_expr(self, expr);
        }
    }
    let mut find = Find { span, found: None };
    snapshot.tree(span.file)?.decls.iter().for_each(|decl| visit::walk_decl(&mut find, decl));
    find.found
}

/// The type of a field.
pub fn field_type(snapshot: &Snapshot, target: Target) -> Option<Ty> {
    let Target::Field(span) = target else { return None };
    struct Find {
        span: Span,
        found: Option<goo_compiler::syntax::NodeId>,
    }
    impl<'a> Visitor<'a> for Find {
        fn expr(&mut self, expr: &'a Expr) {
            if let ExprKind::StructType(fields) = &expr.kind
                && let Some(field) =
                    fields.iter().find(|f| f.name.map_or(f.ty.span, |name| name.span) == self.span)
            {
                self.found = Some(field.ty.id);
            }
            visit::walk_expr(self, expr);
        }
    }
    let mut find = Find { span, found: None };
    snapshot.tree(span.file)?.decls.iter().for_each(|decl| visit::walk_decl(&mut find, decl));
    snapshot.program.info.types.get(&find.found?).copied()
}

fn interface_method(snapshot: &Snapshot, name: goo_compiler::syntax::Symbol) -> Option<String> {
    snapshot.program.types.iter().find_map(|def| {
        let TyKind::Interface(interface) = def.underlying.kind() else { return None };
        let method = interface.methods.iter().find(|method| method.name == name)?;
        let TyKind::Func(func) = method.sig.kind() else { return None };
        Some(signature(&snapshot.program, func))
    })
}

fn case_text(snapshot: &Snapshot, def: TypeDefId, index: u32) -> Option<String> {
    let def = &snapshot.program.types[def.0 as usize];
    let TyKind::Enum(cases) = def.underlying.kind() else { return None };
    let case = cases.get(index as usize)?;
    let fields: Vec<String> = case
        .fields
        .iter()
        .map(|(name, ty)| name.map_or(String::new(), |name| format!("{name} ")) + &type_text(snapshot, *ty))
        .collect();
    let fields = if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) };
    Some(format!("case {}.{}{fields}", def.name, case.name))
}

/// The comment above a declaration.
pub fn documentation(snapshot: &Snapshot, target: Target) -> Option<String> {
    match target {
        Target::Func(func) => func_decl(snapshot, func)?.doc.clone(),
        Target::Type(def) => type_spec(snapshot, snapshot.program.types[def.0 as usize].span)?.doc.clone(),
        Target::Var(var) if is_global(snapshot, var) => {
            spec_doc(snapshot, snapshot.program.vars[var.0 as usize].span)
        }
        Target::Const(span) => spec_doc(snapshot, span),
        Target::Case(def, index) => {
            let spec = type_spec(snapshot, snapshot.program.types[def.0 as usize].span)?;
            let ExprKind::EnumType(cases) = &spec.ty.kind else { return None };
            cases.get(index as usize)?.doc.clone()
        }
        Target::Package(package) => {
            let name = &snapshot.program.packages[package.0 as usize].path;
            let of = |tree: &&ast::File| {
                let source = &snapshot.program.sources.file(tree.span.file).name;
                source.rsplit_once('/').is_some_and(|(folder, _)| folder == name)
            };
            snapshot.program.files.iter().filter(of).find_map(|tree| tree.doc.clone())
        }
        _ => None,
    }
}

fn is_global(snapshot: &Snapshot, var: VarId) -> bool {
    matches!(snapshot.program.vars[var.0 as usize].kind, VarKind::Global { .. })
}

/// The comment above a variable or constant of a package.
fn spec_doc(snapshot: &Snapshot, name: Span) -> Option<String> {
    snapshot.tree(name.file)?.decls.iter().find_map(|decl| match decl {
        Decl::Var(specs) => specs
            .iter()
            .find(|spec| spec.names.iter().any(|n| n.span == name))
            .and_then(|spec| spec.doc.clone()),
        Decl::Const(specs) => specs
            .iter()
            .find(|spec| spec.names.iter().any(|n| n.span == name))
            .and_then(|spec| spec.doc.clone()),
        _ => None,
    })
}
