//! From what the walk found to the graph: which task does what.

use rustc_hash::FxHashMap;

use super::walk::{Ctx, Object, Walk};
use super::{Graph, Map, Relation, Set, TaskKind, Use, Vertex};
use super::{Operation, Slot};
use crate::syntax::Span;
use crate::types::VarId;

/// Puts the graph together.
pub fn gather(walk: Walk<'_>) -> Graph {
    let mut edges: Map<(Vertex, Vertex, Relation), Set<Span>> = Map::default();
    let mut add = |from, to, relation, span| {
        edges.entry((from, to, relation)).or_default().insert(span);
    };

    let runners = runners(&walk);
    for (task, reached) in runners.iter().enumerate() {
        let from = Vertex::Task(task);
        let Some(reached) = reached else { continue };
        for (_, vertex, span) in walk.starts.iter().filter(|(ctx, ..)| reached.contains(ctx)) {
            add(from, *vertex, Relation::Starts, *span);
        }
        for (_, channel, operation, span, _) in
            walk.operations.iter().filter(|(ctx, ..)| reached.contains(ctx))
        {
            add(from, Vertex::Channel(*channel), relation(*operation), *span);
        }
        for (_, awaited, span) in walk.awaits.iter().filter(|(ctx, ..)| reached.contains(ctx)) {
            add(from, Vertex::Task(*awaited), Relation::Awaits, *span);
        }
    }
    for (index, supervisor) in walk.supervisors.iter().enumerate() {
        for (child, span) in &supervisor.children {
            add(Vertex::Supervisor(index), *child, Relation::Starts, *span);
        }
    }
    for (supervisor, channel, span) in &walk.watches {
        add(Vertex::Supervisor(*supervisor), Vertex::Channel(*channel), Relation::Sends, *span);
    }
    for (from, to, span) in &walk.burials {
        add(Vertex::Channel(*from), Vertex::Channel(*to), Relation::Buries, *span);
    }

    let (vars, fields) = held(&walk);
    let mut channels = walk.channels;
    let mut uses: Vec<Set<Use>> = vec![Set::default(); channels.len()];
    for (_, channel, operation, span, waits) in &walk.operations {
        uses[*channel].insert(Use { span: *span, operation: *operation, waits: *waits });
    }
    for (channel, uses) in channels.iter_mut().zip(uses) {
        channel.operations = uses.into_iter().collect();
        channel.operations.sort_unstable();
    }
    let mut graph = Graph {
        tasks: walk.tasks.into_iter().map(|started| started.task).collect(),
        supervisors: walk.supervisors.into_iter().map(|started| started.supervisor).collect(),
        channels,
        edges: edges
            .into_iter()
            .map(|(edge, spans)| {
                let mut spans: Vec<Span> = spans.into_iter().collect();
                spans.sort_unstable();
                (edge, spans)
            })
            .collect(),
        vars,
        fields,
    };
    in_order(&mut graph, &runners);
    graph
}

fn relation(operation: Operation) -> Relation {
    match operation {
        Operation::Send => Relation::Sends,
        Operation::Receive => Relation::Receives,
        Operation::Close => Relation::Closes,
    }
}

/// The contexts that each task runs; `None` for a function that turned out to be called.
fn runners(walk: &Walk<'_>) -> Vec<Option<Set<Ctx>>> {
    let mut callees: FxHashMap<Ctx, Vec<Ctx>> = FxHashMap::default();
    for (caller, callee) in &walk.calls {
        callees.entry(*caller).or_default().push(*callee);
    }
    let reached: Vec<Set<Ctx>> = walk
        .tasks
        .iter()
        .map(|started| {
            let mut reached = started.entries.clone();
            let mut next = 0;
            while let Some(&ctx) = reached.get_index(next) {
                reached.extend(callees.get(&ctx).into_iter().flatten().copied());
                next += 1;
            }
            reached
        })
        .collect();
    let is_function = |task: usize| walk.tasks[task].task.kind == TaskKind::Function;
    // A function that others run, or start, is theirs.
    let taken = |task: usize| {
        let code = walk.tasks[task].entries.first().and_then(|ctx| walk.function(*ctx));
        (0..walk.tasks.len()).filter(|other| *other != task).any(|other| {
            reached[other].iter().any(|ctx| walk.function(*ctx) == code)
                && !(is_function(other)
                    && other > task
                    && reached[task].contains(&walk.tasks[other].entries[0]))
        })
    };
    (0..walk.tasks.len())
        .map(|task| (!is_function(task) || !taken(task)).then(|| reached[task].clone()))
        .collect()
}

type Held = (FxHashMap<VarId, Vec<usize>>, FxHashMap<Slot, Vec<usize>>);

/// Which channels each variable and field may hold.
fn held(walk: &Walk<'_>) -> Held {
    let channels = |node| {
        walk.solver.holds(node).filter_map(|obj| match walk.objects[obj.0 as usize] {
            Object::Channel(index) => Some(index),
            _ => None,
        })
    };
    let mut vars: FxHashMap<VarId, Vec<usize>> = FxHashMap::default();
    for (var, node) in walk.all_vars() {
        let all = vars.entry(var).or_default();
        all.extend(channels(node));
        all.sort_unstable();
        all.dedup();
    }
    let fields = walk.slots.iter().map(|(slot, node)| (*slot, channels(*node).collect())).collect();
    (vars, fields)
}

/// Sorts everything by place, and leaves out functions that say nothing.
fn in_order(graph: &mut Graph, runners: &[Option<Set<Ctx>>]) {
    let touched: Set<Vertex> = graph.edges.keys().flat_map(|(from, to, _)| [*from, *to]).collect();
    let keeps = |index: usize, task: &super::Task| match task.kind {
        TaskKind::Function | TaskKind::Test => {
            runners[index].is_some() && touched.contains(&Vertex::Task(index))
        }
        _ => true,
    };
    let order = |spans: Vec<(usize, (bool, Span))>| {
        let mut spans = spans;
        spans.sort_unstable_by_key(|(_, key)| *key);
        spans.into_iter().map(|(index, _)| index).collect::<Vec<usize>>()
    };
    let tasks = order(
        graph
            .tasks
            .iter()
            .enumerate()
            .filter(|(index, task)| keeps(*index, task))
            .map(|(index, task)| (index, (task.kind != TaskKind::Main, task.span)))
            .collect(),
    );
    let supervisors = order(graph.supervisors.iter().map(|s| (false, s.span)).enumerate().collect());
    let channels = order(graph.channels.iter().map(|c| (false, c.made)).enumerate().collect());
    let place = |order: &[usize], index: usize| order.iter().position(|old| *old == index);
    let moved = |vertex: Vertex| {
        Some(match vertex {
            Vertex::Task(index) => Vertex::Task(place(&tasks, index)?),
            Vertex::Supervisor(index) => Vertex::Supervisor(place(&supervisors, index)?),
            Vertex::Channel(index) => Vertex::Channel(place(&channels, index)?),
        })
    };
    graph.edges = std::mem::take(&mut graph.edges)
        .into_iter()
        .filter_map(|((from, to, relation), spans)| Some(((moved(from)?, moved(to)?, relation), spans)))
        .collect();
    graph.edges.sort_unstable_keys();
    for held in graph.vars.values_mut().chain(graph.fields.values_mut()) {
        *held = held.iter().filter_map(|index| place(&channels, *index)).collect();
        held.sort_unstable();
    }
    graph.tasks = tasks.iter().map(|index| graph.tasks[*index].clone()).collect();
    graph.supervisors = supervisors.iter().map(|index| graph.supervisors[*index].clone()).collect();
    graph.channels = channels.iter().map(|index| graph.channels[*index].clone()).collect();
}
