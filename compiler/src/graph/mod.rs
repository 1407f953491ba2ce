//! The static graph of a program: its tasks, its supervisors, its channels, and who does what with which.
//!
//! [`walk`] goes over the code, function by function (what it finds in [`statements`], [`values`], [`calls`], [`surveys`] and [`tasks`]
//! stands there), and tells [`solve`] where channels, functions and handles flow: through variables, arguments, results, captured
//! variables, fields, the payloads of enums, and channels that carry channels. A function that is given channels is looked at
//! once for each call, so that two stages of a pipeline which run one function stay two. [`facts`] puts together what was found;
//! [`text`], [`dot`], [`mermaid`], [`json`] and [`svg`] show it.
//!
//! The view is static: it says what may happen. What the library does with a channel that it is given is not looked at;
//! only the channels within surveys are known.

mod calls;
mod dot;
mod facts;
mod json;
mod labels;
mod mermaid;
mod never;
mod solve;
mod statements;
mod surveys;
mod svg;
mod tasks;
mod text;
mod values;
mod walk;

#[cfg(test)]
mod tests;

use indexmap::{IndexMap, IndexSet};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::syntax::Span;
use crate::syntax::ast::ChanPattern;
use crate::types::{Program, Ty, TypeDefId, VarId};

pub use json::value as json_value;
pub use never::Never;

/// What is done with a channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Operation {
    Send,
    Receive,
    Close,
}

/// What an edge of the graph says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Relation {
    /// A task or supervisor starts a task or supervisor.
    Starts,
    /// A task, or a supervisor's `watch`, sends to a channel.
    Sends,
    /// A task receives from a channel.
    Receives,
    /// A task closes a channel.
    Closes,
    /// A task waits for the result of a task.
    Awaits,
    /// A channel gives up messages to another one: `dead: …`.
    Buries,
}

impl Relation {
    /// The word for it, in every format.
    pub fn word(self) -> &'static str {
        match self {
            Relation::Starts => "starts",
            Relation::Sends => "sends",
            Relation::Receives => "receives",
            Relation::Closes => "closes",
            Relation::Awaits => "awaits",
            Relation::Buries => "buries",
        }
    }
}

/// A node of the graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Vertex {
    /// An index into [`Graph::tasks`].
    Task(usize),
    /// An index into [`Graph::supervisors`].
    Supervisor(usize),
    /// An index into [`Graph::channels`].
    Channel(usize),
}

/// How a task comes to be.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TaskKind {
    /// The program's first.
    Main,
    /// A `test` block.
    Test,
    /// `go f()`.
    Go,
    /// The turns of a `go parallel for`.
    Parallel,
    /// A child of a supervisor.
    Child,
    /// No task: a function that nothing in the program calls, such as one that a package offers.
    Function,
}

impl TaskKind {
    /// The word for it, in every format.
    pub fn word(self) -> &'static str {
        match self {
            TaskKind::Main => "main",
            TaskKind::Test => "test",
            TaskKind::Go => "go",
            TaskKind::Parallel => "parallel",
            TaskKind::Child => "child",
            TaskKind::Function => "function",
        }
    }
}

/// A place in the program where a task begins.
#[derive(Debug, Clone)]
pub struct Task {
    /// The function's, the child's or the test's.
    pub name: String,
    pub kind: TaskKind,
    /// The `go …`; the name of `main`, of a test and of a function.
    pub span: Span,
    /// Started in a loop, so that there may be several.
    pub many: bool,
    /// `workers n` of a child, `workers: n` of a parallel loop, as written.
    pub workers: Option<String>,
    /// `permanent`, `transient` or `temporary`, for a child.
    pub restart: Option<String>,
    /// The names of the children that this one is `after`.
    pub after: Vec<String>,
}

/// A `supervise` block.
#[derive(Debug, Clone)]
pub struct Supervisor {
    /// `supervisor`, or the name that it has as a child.
    pub name: String,
    /// `one_for_one`, `one_for_all` or `rest_for_one`.
    pub strategy: String,
    /// `max: 5 per 10s`, as written.
    pub options: Vec<String>,
    pub span: Span,
}

/// One `make` of a channel, with all that is done to it.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The variable or field that it first goes to; `chan` without one.
    pub name: String,
    /// The `make(…)`, with its endpoint.
    pub made: Span,
    pub pattern: ChanPattern,
    pub ty: Ty,
    /// The capacity, as a number where it is one, else as written; `None` is unbuffered.
    pub capacity: Option<String>,
    /// `block`, `drop_newest`, …
    pub overflow: String,
    /// The other options, by name, as written.
    pub options: Vec<(String, String)>,
    /// The address behind `@`, as written.
    pub endpoint: Option<String>,
    /// Made in a loop, so that there may be several.
    pub many: bool,
    /// Code that is not looked at may use it as well: the library's, or a program at another end.
    pub escapes: bool,
    /// In the order of their places.
    pub operations: Vec<Use>,
}

/// An operation on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Use {
    pub span: Span,
    pub operation: Operation,
    /// It stands alone and waits without limit: no `select`, no `TrySend`, no `range`.
    pub waits: bool,
}

type Map<K, V> = IndexMap<K, V, FxBuildHasher>;
type Set<T> = IndexSet<T, FxBuildHasher>;

/// The graph, and which channels each variable and field may hold.
#[derive(Debug, Default)]
pub struct Graph {
    pub tasks: Vec<Task>,
    pub supervisors: Vec<Supervisor>,
    /// In the order of their places.
    pub channels: Vec<Channel>,
    /// From, to, what; and the places in the source that say so.
    pub edges: Map<(Vertex, Vertex, Relation), Vec<Span>>,
    vars: FxHashMap<VarId, Vec<usize>>,
    fields: FxHashMap<Slot, Vec<usize>>,
}

/// A part of a type that can hold a channel: a field, or what a case of an enum carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Slot {
    Field(Owner, u32),
    Payload(TypeDefId, u32, u32),
}

/// Which struct: generic ones are one, whatever their arguments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Owner {
    Declared(TypeDefId),
    Literal(Ty),
}

impl Graph {
    /// The graph of a program. One with mistakes gives what can be known.
    pub fn of(program: &Program) -> Graph {
        let walked = walk::walk(program);
        facts::gather(walked)
    }

    /// The channels that a variable may hold, by index.
    pub fn held_by_var(&self, var: VarId) -> &[usize] {
        self.vars.get(&var).map_or(&[], Vec::as_slice)
    }

    /// The channels that a field of a declared struct may hold, by index.
    pub fn held_by_field(&self, def: TypeDefId, field: u32) -> &[usize] {
        self.fields.get(&Slot::Field(Owner::Declared(def), field)).map_or(&[], Vec::as_slice)
    }

    /// The operations that can never proceed, as far as the whole program shows.
    pub fn never(&self) -> Vec<Never> {
        never::find(self)
    }

    /// What is done to a channel, by whom.
    fn users(&self, channel: usize, relation: Relation) -> impl Iterator<Item = Vertex> {
        self.edges
            .keys()
            .filter(move |(_, to, found)| *to == Vertex::Channel(channel) && *found == relation)
            .map(|(from, _, _)| *from)
    }

    /// `cap 64 · block`: what is to be known about a channel besides its type.
    pub fn about(&self, channel: usize) -> String {
        labels::channel_options(&self.channels[channel]).join(" · ")
    }

    pub fn text(&self, program: &Program) -> String {
        text::text(program, self)
    }

    pub fn dot(&self, program: &Program) -> String {
        dot::dot(program, self)
    }

    pub fn mermaid(&self, program: &Program) -> String {
        mermaid::mermaid(program, self)
    }

    pub fn svg(&self, program: &Program) -> String {
        svg::svg(program, self)
    }
}
