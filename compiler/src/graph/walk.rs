//! The walk over the program's code, context by context: see [`Context`].

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::calls::CallSite;
use super::solve::{Node, Obj, Solver};
use super::tasks::{StartedSupervisor, StartedTask};
use super::{Channel, Operation, Owner, Set, Slot, TaskKind};
use crate::syntax::ast::*;
use crate::syntax::{NodeId, Span};
use crate::types::{FuncId, Program, Ty, TyKind, TypeDefId, VarId, VarKind};

/// A piece of code under the calls that led to it. A function whose signature can carry channels has one for each of
/// its calls, told apart by the last [`SITES`] of them; every other has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ctx(u32);

impl Ctx {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Longer chains of calls are told apart by their ends.
const SITES: usize = 3;

/// A function with more contexts than this gets no new ones: its calls share one.
const MOST: usize = 64;

#[derive(Clone, Copy)]
pub enum Code<'a> {
    Func(FuncId),
    Literal(&'a Expr),
    Parallel(&'a Expr),
    /// A call that is a task of its own, of something that has no body here.
    Inline(&'a Expr),
    /// The initialisation of the program's variables.
    Inits,
    Test(usize),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    code: CodeKey,
    sites: SmallVec<[NodeId; SITES]>,
    parent: Option<Ctx>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum CodeKey {
    Func(FuncId),
    Expr(NodeId),
    Inits,
    Test(usize),
}

pub struct Context<'a> {
    code: Code<'a>,
    sites: SmallVec<[NodeId; SITES]>,
    /// The code around a literal, whose variables it sees.
    pub parent: Option<Ctx>,
    /// Who entered it first: a function that is there already is not entered anew, so that recursion ends.
    creator: Option<Ctx>,
    vars: FxHashMap<VarId, Node>,
    pub results: Vec<Node>,
    /// Gets what the body of a parallel loop yields.
    pub yields: Option<Node>,
}

/// What a place may hold.
#[derive(Clone, Copy)]
pub enum Object<'a> {
    Channel(usize),
    Func(FuncId),
    /// A literal with the variables around it.
    Literal(&'a Expr, Ctx),
    Task(usize),
    Supervisor(usize),
}

/// What is to be done for an object that comes to a place.
#[derive(Clone)]
pub enum Action {
    /// An operation on a channel; what is received goes on, what is sent comes from somewhere.
    Operate {
        ctx: Ctx,
        operation: Operation,
        span: Span,
        waits: bool,
        value: Option<Node>,
    },
    Call(Rc<CallSite>),
    /// A child is started under a supervisor by hand.
    StartUnder(Rc<CallSite>, Node),
    /// A supervisor tells a channel of its children's ends.
    Watch(usize, Span),
    /// Messages of this channel end in the one that comes.
    Bury(usize, Span),
    /// Code that is not looked at gets it.
    Escape(Rc<CallSite>),
}

/// What the walk finds.
pub struct Walk<'a> {
    pub program: &'a Program,
    pub solver: Solver<Action>,
    pub contexts: Vec<Context<'a>>,
    by_key: FxHashMap<Key, Ctx>,
    per_func: FxHashMap<FuncId, usize>,
    todo: VecDeque<Ctx>,
    pub globals: FxHashMap<VarId, Node>,
    pub slots: FxHashMap<Slot, Node>,
    pub objects: Vec<Object<'a>>,
    pub channels: Vec<Channel>,
    pub tasks: Vec<StartedTask>,
    pub supervisors: Vec<StartedSupervisor>,
    pub(super) object_ids: FxHashMap<(u8, NodeId, Option<Ctx>), Obj>,
    pub(super) func_objects: FxHashMap<FuncId, Obj>,
    /// What the messages of a channel, or the result of a task, hold.
    pub(super) contents: FxHashMap<Obj, Node>,
    pub calls: Set<(Ctx, Ctx)>,
    pub starts: Set<(Ctx, super::Vertex, Span)>,
    pub operations: Set<(Ctx, usize, Operation, Span, bool)>,
    pub awaits: Set<(Ctx, usize, Span)>,
    pub watches: Set<(usize, usize, Span)>,
    pub burials: Set<(usize, usize, Span)>,
    carries: FxHashMap<Ty, bool>,

    // Where the walk is.
    pub ctx: Ctx,
    /// How many loops are around.
    pub loops: usize,
    /// The name that the value being looked at goes to.
    pub naming: Option<String>,
}

/// Walks everything that the program's tasks run, then what nothing runs.
pub fn walk(program: &Program) -> Walk<'_> {
    let mut walk = Walk {
        program,
        solver: Solver::default(),
        contexts: Vec::new(),
        by_key: FxHashMap::default(),
        per_func: FxHashMap::default(),
        todo: VecDeque::new(),
        globals: FxHashMap::default(),
        slots: FxHashMap::default(),
        objects: Vec::new(),
        channels: Vec::new(),
        tasks: Vec::new(),
        supervisors: Vec::new(),
        object_ids: FxHashMap::default(),
        func_objects: FxHashMap::default(),
        contents: FxHashMap::default(),
        calls: Set::default(),
        starts: Set::default(),
        operations: Set::default(),
        awaits: Set::default(),
        watches: Set::default(),
        burials: Set::default(),
        carries: FxHashMap::default(),
        ctx: Ctx(0),
        loops: 0,
        naming: None,
    };
    walk.roots();
    walk
}

impl<'a> Walk<'a> {
    fn roots(&mut self) {
        let program = self.program;
        let inits = self.context(Code::Inits, CodeKey::Inits, SmallVec::new(), None, None);
        for (index, def) in program.funcs.iter().enumerate() {
            if def.name.as_str() != "init" || def.receiver.is_some() || self.is_library(def.span) {
                continue;
            }
            let ctx = self.enter(FuncId(index as u32), None);
            self.calls.insert((inits, ctx));
        }
        // Without it, what the variables are initialised with belongs to whoever imports the package.
        if let Some(main) = program.main {
            let ctx = self.enter(main, None);
            self.calls.insert((ctx, inits));
            self.root(TaskKind::Main, "main", program.funcs[main.0 as usize].span, ctx);
        }
        for (index, test) in program.tests.iter().enumerate() {
            if self.is_library(test.span) {
                continue;
            }
            let ctx = self.context(Code::Test(index), CodeKey::Test(index), SmallVec::new(), None, None);
            self.root(TaskKind::Test, &test.name, test.span, ctx);
        }
        self.run();
        // What nothing calls: what a package offers first, then what is left over.
        for exported in [true, false] {
            for (index, def) in program.funcs.iter().enumerate() {
                let func = FuncId(index as u32);
                let offered = def.name.as_str().starts_with(char::is_uppercase);
                if offered == exported
                    && !self.is_library(def.span)
                    && !def.native
                    && !self.per_func.contains_key(&func)
                {
                    let ctx = self.enter(func, None);
                    let name = self.func_name(func);
                    self.root(TaskKind::Function, &name, def.span, ctx);
                    self.run();
                }
            }
        }
    }

    /// Does what is to be done until nothing follows.
    fn run(&mut self) {
        loop {
            if let Some(ctx) = self.todo.pop_front() {
                self.body(ctx);
            } else if let Some((action, obj)) = self.solver.next() {
                self.act(action, obj);
            } else {
                return;
            }
        }
    }

    pub fn is_library(&self, span: Span) -> bool {
        self.program.sources.file(span.file).std
    }

    // Contexts.

    /// The context of a function that is called at a place; `None` where no place in the program does.
    pub fn enter(&mut self, func: FuncId, site: Option<NodeId>) -> Ctx {
        let Some(site) = site.filter(|_| self.signature_carries(func)) else {
            return self.context(Code::Func(func), CodeKey::Func(func), SmallVec::new(), None, None);
        };
        let mut around = Some(self.ctx);
        while let Some(ctx) = around {
            let context = &self.contexts[ctx.0 as usize];
            if matches!(context.code, Code::Func(found) if found == func) {
                return ctx;
            }
            around = context.creator;
        }
        let mut sites = self.contexts[self.ctx.0 as usize].sites.clone();
        sites.push(site);
        if sites.len() > SITES {
            sites.remove(0);
        }
        if self.per_func.get(&func).is_some_and(|count| *count >= MOST) {
            sites.clear();
        }
        self.context(Code::Func(func), CodeKey::Func(func), sites, None, Some(self.ctx))
    }

    /// The context of code within other code.
    pub fn enter_expr(&mut self, code: Code<'a>, id: NodeId, parent: Ctx) -> Ctx {
        let sites = self.contexts[parent.0 as usize].sites.clone();
        self.context(code, CodeKey::Expr(id), sites, Some(parent), Some(parent))
    }

    fn context(
        &mut self,
        code: Code<'a>,
        key: CodeKey,
        sites: SmallVec<[NodeId; SITES]>,
        parent: Option<Ctx>,
        creator: Option<Ctx>,
    ) -> Ctx {
        let key = Key { code: key, sites, parent };
        if let Some(&ctx) = self.by_key.get(&key) {
            return ctx;
        }
        let ctx = Ctx(self.contexts.len() as u32);
        self.contexts.push(Context {
            code,
            sites: key.sites.clone(),
            parent,
            creator,
            vars: FxHashMap::default(),
            results: Vec::new(),
            yields: None,
        });
        self.by_key.insert(key, ctx);
        let (results, named) = match code {
            Code::Func(func) => {
                *self.per_func.entry(func).or_default() += 1;
                let def = &self.program.funcs[func.0 as usize];
                (result_count(def.sig.result), def.results.clone())
            }
            Code::Literal(expr) => {
                let ty = self.type_of(expr).map(Ty::kind);
                let count = if let Some(TyKind::Func(sig)) = ty { result_count(sig.result) } else { 0 };
                let named = self.program.info.literals.get(&expr.id).map(|(_, results)| results.clone());
                (count, named.unwrap_or_default())
            }
            _ => (0, Vec::new()),
        };
        let results: Vec<Node> = (0..results).map(|_| self.solver.node()).collect();
        for (&var, &result) in named.iter().zip(&results) {
            let node = self.declare_in(ctx, var);
            self.solver.flow(node, result);
        }
        self.contexts[ctx.0 as usize].results = results;
        if matches!(code, Code::Parallel(_)) {
            self.contexts[ctx.0 as usize].yields = Some(self.solver.node());
        }
        self.todo.push_back(ctx);
        ctx
    }

    /// The parameters of the code of a context, without a receiver.
    pub fn params(&self, ctx: Ctx) -> Vec<VarId> {
        match self.contexts[ctx.0 as usize].code {
            Code::Func(func) => {
                let def = &self.program.funcs[func.0 as usize];
                def.params.iter().skip(usize::from(def.receiver.is_some())).copied().collect()
            }
            Code::Literal(expr) => {
                self.program.info.literals.get(&expr.id).map(|(params, _)| params.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    fn body(&mut self, ctx: Ctx) {
        let program = self.program;
        (self.ctx, self.loops, self.naming) = (ctx, 0, None);
        match self.contexts[ctx.0 as usize].code {
            Code::Func(func) => {
                let (file, decl) = program.funcs[func.0 as usize].decl;
                if let Some(Decl::Func(decl)) = program.files.get(file).and_then(|file| file.decls.get(decl))
                    && let Some(body) = &decl.body
                {
                    self.block(body);
                }
            }
            Code::Literal(expr) => {
                if let ExprKind::FuncLit(lit) = &expr.kind {
                    self.block(&lit.body);
                }
            }
            Code::Parallel(expr) => {
                if let ExprKind::Parallel(p) = &expr.kind {
                    self.block(&p.body);
                }
            }
            Code::Inline(expr) => self.look(expr),
            Code::Inits => {
                for file in &program.files {
                    if !self.is_library(file.span) {
                        file.decls.iter().for_each(|decl| self.declaration(decl));
                    }
                }
            }
            Code::Test(index) => {
                let (file, decl) = program.tests[index].decl;
                if let Some(Decl::Test(test)) = program.files.get(file).and_then(|file| file.decls.get(decl))
                {
                    self.block(&test.body);
                }
            }
        }
    }

    /// The function that a context is one of.
    pub fn function(&self, ctx: Ctx) -> Option<FuncId> {
        match self.contexts[ctx.index()].code {
            Code::Func(func) => Some(func),
            _ => None,
        }
    }

    // Places.

    /// The place that a variable is, as the code of the context sees it.
    pub fn var(&mut self, var: VarId) -> Node {
        if matches!(self.program.vars[var.0 as usize].kind, VarKind::Global { .. }) {
            return *self.globals.entry(var).or_insert_with(|| self.solver.node());
        }
        let mut ctx = Some(self.ctx);
        while let Some(at) = ctx {
            let context = &self.contexts[at.0 as usize];
            if let Some(&node) = context.vars.get(&var) {
                return node;
            }
            ctx = context.parent;
        }
        self.declare_in(self.ctx, var)
    }

    pub fn declare_in(&mut self, ctx: Ctx, var: VarId) -> Node {
        let node = &mut self.contexts[ctx.0 as usize].vars;
        *node.entry(var).or_insert_with(|| self.solver.node())
    }

    pub(super) fn slot(&mut self, slot: Slot) -> Node {
        *self.slots.entry(slot).or_insert_with(|| self.solver.node())
    }

    /// What the messages of a channel, or the result of a task, hold.
    pub fn contents(&mut self, obj: Obj) -> Node {
        *self.contents.entry(obj).or_insert_with(|| self.solver.node())
    }

    /// What each variable may hold, in all contexts.
    pub fn all_vars(&self) -> impl Iterator<Item = (VarId, Node)> {
        let locals = self.contexts.iter().flat_map(|context| &context.vars);
        locals.chain(&self.globals).map(|(var, node)| (*var, *node))
    }

    /// A place that holds one thing.
    pub fn holding(&mut self, obj: Obj) -> Node {
        let node = self.solver.node();
        self.solver.add(node, obj);
        node
    }

    pub fn flow(&mut self, from: Option<Node>, to: Option<Node>) {
        if let (Some(from), Some(to)) = (from, to) {
            self.solver.flow(from, to);
        }
    }

    // Types.

    pub fn type_of(&self, expr: &Expr) -> Option<Ty> {
        self.program.info.exprs.get(&expr.id).map(|info| info.ty)
    }

    pub fn is_channel(&self, expr: &Expr) -> bool {
        self.type_of(expr).is_some_and(|ty| matches!(self.program.underlying(ty).kind(), TyKind::Chan { .. }))
    }

    /// Whether a value of this type can hold a channel, a function or a handle other than in a field, which is a
    /// place of its own.
    pub fn carries(&mut self, ty: Ty) -> bool {
        if let Some(&known) = self.carries.get(&ty) {
            return known;
        }
        // A type that contains itself carries what its other parts do.
        self.carries.insert(ty, false);
        let found = match ty.kind() {
            TyKind::Chan { .. }
            | TyKind::Func(_)
            | TyKind::Task(_)
            | TyKind::Supervisor
            | TyKind::Param(_)
            | TyKind::Mutex(_) => true,
            TyKind::Interface(interface) => interface.methods.is_empty(),
            TyKind::Slice(inner)
            | TyKind::Array(_, inner)
            | TyKind::Optional(inner)
            | TyKind::Result(inner, _) => self.carries(*inner),
            TyKind::Map(_, value) => self.carries(*value),
            TyKind::Tuple(parts) => parts.iter().any(|part| self.carries(*part)),
            TyKind::Named(..) if self.is_survey(ty) => true,
            TyKind::Named(..) => match self.program.underlying(ty).kind() {
                TyKind::Struct(_) | TyKind::Enum(_) => false,
                _ => self.carries(self.program.underlying(ty)),
            },
            _ => false,
        };
        self.carries.insert(ty, found);
        found
    }

    fn signature_carries(&mut self, func: FuncId) -> bool {
        let program = self.program;
        let def = &program.funcs[func.0 as usize];
        def.sig.params.iter().any(|param| self.carries(param.ty))
            || def.receiver.is_some_and(|receiver| self.carries(receiver.ty))
            || self.carries(def.sig.result)
    }

    /// The field at the end of a path.
    pub(super) fn field(&self, ty: Ty, path: &[u32]) -> Option<(Slot, Ty)> {
        let mut ty = ty;
        let mut found = None;
        for &step in path {
            if let TyKind::Optional(inner) = ty.kind() {
                ty = *inner;
            }
            let owner = match ty.kind() {
                TyKind::Named(def, _) => Owner::Declared(*def),
                _ => Owner::Literal(ty),
            };
            let TyKind::Struct(fields) = self.program.underlying(ty).kind() else { return None };
            ty = fields.get(step as usize)?.ty;
            found = Some((Slot::Field(owner, step), ty));
        }
        found
    }

    /// `main.worker`'s `worker`, a method's `Server.run`.
    pub fn func_name(&self, func: FuncId) -> String {
        let def = &self.program.funcs[func.0 as usize];
        match def.receiver.and_then(|receiver| receiver.type_def) {
            Some(TypeDefId(ty)) => format!("{}.{}", self.program.types[ty as usize].name, def.name),
            None => def.name.to_string(),
        }
    }
}

/// How many results a call gives, beside an error.
pub fn result_count(ty: Ty) -> usize {
    match ty.kind() {
        TyKind::Result(value, _) => result_count(*value),
        TyKind::Tuple(parts) => parts.len(),
        TyKind::Unit => 0,
        _ => 1,
    }
}
