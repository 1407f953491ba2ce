//! Channels in a program: where each is made, who sends to it and who receives from it.
//!
//! A channel is followed by the variables that hold it: an assignment, an argument, a captured variable or a field join two
//! variables into one group. That is a static view, so a channel that is sent over a channel is lost from sight.

use goo_compiler::syntax::ast::{self, *};
use goo_compiler::syntax::visit::{self, Visitor};
use goo_compiler::syntax::{FileId, Span};
use goo_compiler::types::{Builtin, Constant, Entity, FuncId, TyKind, VarId};
use rustc_hash::FxHashMap;
use tower_lsp::lsp_types::{CodeLens, Command, Location};

use crate::index::Target;
use crate::snapshot::Snapshot;

/// What is done with a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    Send,
    Receive,
    Close,
}

/// One `make` of a channel, with all that is done to it.
#[derive(Debug)]
pub struct Channel {
    /// The `make(…)`.
    pub made: Span,
    pub operations: Vec<(Operation, Span)>,
    /// `cap 64`, `overflow: drop_oldest`, as written.
    pub options: String,
    group: Place,
}

/// What holds a channel: a variable, or a field by its declaration.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Place {
    Var(VarId),
    Field(Span),
    Result(FuncId),
    /// A `make` that nothing names.
    Made(Span),
}

/// All channels that the program's own files make.
pub fn channels(snapshot: &Snapshot) -> Vec<Channel> {
    find(snapshot).0
}

/// The channels, and which places hold which of them.
fn find(snapshot: &Snapshot) -> (Vec<Channel>, Groups) {
    let mut finder =
        Finder { snapshot, groups: Groups::default(), made: Vec::new(), operations: Vec::new(), func: None };
    for file in snapshot.own_files() {
        if let Some(tree) = snapshot.tree(file) {
            tree.decls.iter().for_each(|decl| finder.decl(decl));
        }
    }
    let Finder { mut groups, made, operations, .. } = finder;
    let mut found: Vec<Channel> = made
        .into_iter()
        .map(|(made, place, options)| Channel {
            made,
            operations: Vec::new(),
            options,
            group: groups.root(place),
        })
        .collect();
    for (place, operation, span) in operations {
        let root = groups.root(place);
        for channel in found.iter_mut().filter(|channel| channel.group == root) {
            channel.operations.push((operation, span));
        }
    }
    (found, groups)
}

/// Places that hold the same channels.
#[derive(Default)]
struct Groups {
    parent: FxHashMap<Place, Place>,
}

impl Groups {
    fn root(&mut self, place: Place) -> Place {
        let mut root = place;
        while let Some(&parent) = self.parent.get(&root) {
            root = parent;
        }
        if root != place {
            self.parent.insert(place, root);
        }
        root
    }

    fn join(&mut self, a: Place, b: Place) {
        let (a, b) = (self.root(a), self.root(b));
        if a != b {
            self.parent.insert(a, b);
        }
    }
}

struct Finder<'a> {
    snapshot: &'a Snapshot,
    groups: Groups,
    made: Vec<(Span, Place, String)>,
    operations: Vec<(Place, Operation, Span)>,
    func: Option<FuncId>,
}

impl<'a> Finder<'a> {
    fn decl(&mut self, decl: &'a Decl) {
        if let Decl::Func(func) = decl {
            self.func = self
                .snapshot
                .program
                .funcs
                .iter()
                .position(|def| def.span == func.name.span)
                .map(|i| FuncId(i as u32));
        }
        self.var_specs(decl);
        visit::walk_decl(self, decl);
        self.func = None;
    }

    fn var_specs(&mut self, decl: &'a Decl) {
        if let Decl::Var(specs) = decl {
            for spec in specs {
                self.bind_names(&spec.names, &spec.values);
            }
        }
    }

    fn bind_names(&mut self, names: &[Ident], values: &'a [Expr]) {
        for (name, value) in names.iter().zip(values) {
            let info = &self.snapshot.program.info;
            let var = info.defs.get(&name.id).copied().or_else(|| match info.uses.get(&name.id) {
                Some(Entity::Var(var)) => Some(*var),
                _ => None,
            });
            if let Some(var) = var {
                self.flow(value, Place::Var(var));
            }
        }
    }

    /// What holds the channel that an expression gives.
    fn place(&self, expr: &Expr) -> Option<Place> {
        let info = &self.snapshot.program.info;
        match &expr.kind {
            ExprKind::Paren(inner) => self.place(inner),
            ExprKind::Name(_) => match info.uses.get(&expr.id)? {
                Entity::Var(var) => Some(Place::Var(*var)),
                _ => None,
            },
            ExprKind::Select { name, .. } => {
                match self.snapshot.index.at(name.span.file, name.span.start as usize)?.target {
                    Target::Field(span) => Some(Place::Field(span)),
                    Target::Var(var) => Some(Place::Var(var)),
                    _ => None,
                }
            }
            ExprKind::Index { base, .. } => self.place(base),
            ExprKind::Call(call) => match self.callee(call)? {
                Callee::Func(func) => Some(Place::Result(func)),
                Callee::Make => Some(Place::Made(expr.span)),
                Callee::Close => None,
            },
            ExprKind::Endpoint { chan, .. } => self.place(chan),
            _ => None,
        }
    }

    fn callee(&self, call: &Call) -> Option<Callee> {
        if let Some(func) = self.snapshot.called(call) {
            return Some(Callee::Func(func));
        }
        match self.snapshot.program.info.uses.get(&call.callee.id)? {
            Entity::Builtin(Builtin::Make) => Some(Callee::Make),
            Entity::Builtin(Builtin::Close) => Some(Callee::Close),
            _ => None,
        }
    }

    fn is_channel(&self, expr: &Expr) -> bool {
        let info = self.snapshot.program.info.exprs.get(&expr.id);
        info.is_some_and(|info| matches!(info.ty.kind(), TyKind::Chan { .. }))
    }

    /// The value goes to a place.
    fn flow(&mut self, value: &Expr, to: Place) {
        if let Some(from) = self.place(value) {
            self.groups.join(from, to);
        }
    }

    fn operation(&mut self, chan: &Expr, operation: Operation, span: Span) {
        if let Some(place) = self.place(chan) {
            self.operations.push((place, operation, span));
        }
    }

    fn call(&mut self, expr: &'a Expr, call: &'a Call) {
        match self.callee(call) {
            Some(Callee::Func(func)) => {
                let params = self.snapshot.params(func).to_vec();
                for (param, arg) in params.into_iter().zip(&call.args) {
                    self.flow(&arg.value, Place::Var(param));
                }
            }
            Some(Callee::Make) if self.is_channel(expr) => {
                let options = call.args[1.min(call.args.len())..]
                    .iter()
                    .map(|arg| match arg.name {
                        Some(name) => format!("{}: {}", name.name, self.snapshot.source(arg.value.span)),
                        None => format!("cap {}", self.capacity(&arg.value)),
                    })
                    .collect::<Vec<_>>();
                self.made.push((expr.span, Place::Made(expr.span), options.join(" · ")));
            }
            Some(Callee::Close) => {
                if let Some(arg) = call.args.first() {
                    self.operation(&arg.value, Operation::Close, expr.span);
                }
            }
            _ => self.channel_method(expr, call),
        }
        // A literal that is called where it stands: its parameters get the arguments.
        if let ExprKind::FuncLit(_) = &call.callee.kind
            && let Some((params, _)) = self.snapshot.program.info.literals.get(&call.callee.id)
        {
            for (param, arg) in params.clone().into_iter().zip(&call.args) {
                self.flow(&arg.value, Place::Var(param));
            }
        }
    }

    fn capacity(&self, value: &Expr) -> String {
        match self.snapshot.program.info.exprs.get(&value.id).and_then(|info| info.constant.as_ref()) {
            Some(Constant::Int(cap)) => cap.to_string(),
            _ => self.snapshot.source(value.span).to_owned(),
        }
    }

    fn channel_method(&mut self, expr: &Expr, call: &Call) {
        let ExprKind::Select { base, name } = &call.callee.kind else { return };
        if !self.is_channel(base) {
            return;
        }
        let operation = match name.name.as_str() {
            "TrySend" | "SendWithin" => Operation::Send,
            "TryRecv" | "RecvWithin" | "Batch" => Operation::Receive,
            "Close" => Operation::Close,
            _ => return,
        };
        self.operation(base, operation, expr.span);
    }
}

enum Callee {
    Func(FuncId),
    Make,
    Close,
}

impl<'a> Visitor<'a> for Finder<'a> {
    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Recv, operand } => {
                self.operation(operand, Operation::Receive, expr.span)
            }
            ExprKind::Call(call) => self.call(expr, call),
            ExprKind::Composite { elems, .. } => {
                for elem in elems {
                    let place = elem.key.as_ref().and_then(|key| {
                        match self.snapshot.index.at(key.span.file, key.span.start as usize)?.target {
                            Target::Field(span) => Some(Place::Field(span)),
                            _ => None,
                        }
                    });
                    if let Some(place) = place {
                        self.flow(&elem.value, place);
                    }
                }
            }
            _ => {}
        }
        visit::walk_expr(self, expr);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match &stmt.kind {
            StmtKind::Send { chan, .. } => self.operation(chan, Operation::Send, stmt.span),
            StmtKind::Define { names, values } => self.bind_names(names, values),
            StmtKind::Assign { targets, values } => {
                for (target, value) in targets.iter().zip(values) {
                    if let Some(place) = self.place(target) {
                        self.flow(value, place);
                    }
                }
            }
            StmtKind::Decl(decl) => self.var_specs(decl),
            StmtKind::Return(values) => {
                if let (Some(func), [value]) = (self.func, values.as_slice()) {
                    self.flow(value, Place::Result(func));
                }
            }
            StmtKind::Range(range) if self.is_channel(&range.subject) => {
                self.operation(&range.subject, Operation::Receive, range.subject.span);
            }
            StmtKind::Select(select) => {
                for case in &select.cases {
                    if let ast::SelectKind::Send { chan, .. } = &case.kind {
                        self.operation(chan, Operation::Send, chan.span);
                    }
                }
            }
            _ => {}
        }
        visit::walk_stmt(self, stmt);
    }
}

/// The channels that a variable may hold.
fn held(snapshot: &Snapshot, target: Target) -> Vec<Channel> {
    let place = match target {
        Target::Var(var) => Place::Var(var),
        Target::Field(span) => Place::Field(span),
        _ => return Vec::new(),
    };
    let (channels, mut groups) = find(snapshot);
    let root = groups.root(place);
    channels.into_iter().filter(|channel| channel.group == root).collect()
}

/// `2 senders · 1 receiver · cap 64`, for a channel.
pub fn summary(channel: &Channel) -> String {
    let count = |operation| channel.operations.iter().filter(|(found, _)| *found == operation).count();
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut parts =
        vec![plural(count(Operation::Send), "sender"), plural(count(Operation::Receive), "receiver")];
    parts.push(if channel.options.is_empty() { "unbuffered".to_owned() } else { channel.options.clone() });
    if !channel.options.contains("overflow") {
        parts.push("block".to_owned());
    }
    parts.join(" · ")
}

/// What the hover of a variable says about the channel that it holds.
pub fn about(snapshot: &Snapshot, var: VarId) -> Option<String> {
    let TyKind::Chan { .. } = snapshot.program.vars[var.0 as usize].ty.kind() else { return None };
    let lines: Vec<String> = held(snapshot, Target::Var(var))
        .iter()
        .map(|channel| {
            let (line, _) = snapshot.program.sources.line_col(channel.made);
            let file = snapshot.program.sources.file(channel.made.file);
            let name = file.name.rsplit('/').next().unwrap_or(&file.name);
            format!("Made at {name}:{line}: {}", summary(channel))
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("  \n"))
}

/// The senders to, or receivers from, the channel whose name stands at a place.
pub fn partners(snapshot: &Snapshot, file: FileId, offset: usize, wanted: Operation) -> Vec<Location> {
    let Some(found) = snapshot.index.at(file, offset) else { return Vec::new() };
    let mut spans: Vec<Span> = held(snapshot, found.target)
        .into_iter()
        .flat_map(|channel| channel.operations)
        .filter(|(operation, _)| *operation == wanted)
        .map(|(_, span)| span)
        .collect();
    spans.sort_unstable();
    spans.dedup();
    spans.into_iter().filter_map(|span| snapshot.location(span)).collect()
}

/// A lens at each `make` of a channel.
pub fn lenses(snapshot: &Snapshot, file: FileId) -> Vec<CodeLens> {
    channels(snapshot)
        .iter()
        .filter(|channel| channel.made.file == file)
        .filter_map(|channel| {
            let places: Vec<Location> =
                channel.operations.iter().filter_map(|(_, span)| snapshot.location(*span)).collect();
            let range = snapshot.range(channel.made);
            let arguments = vec![
                serde_json::to_value(snapshot.url(file)?).ok()?,
                serde_json::to_value(range.start).ok()?,
                serde_json::to_value(places).ok()?,
            ];
            let command = Command {
                title: summary(channel),
                command: "goo.showChannel".to_owned(),
                arguments: Some(arguments),
            };
            Some(CodeLens { range, command: Some(command), data: None })
        })
        .collect()
}
