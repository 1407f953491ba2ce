//! May a value go to another task? Everything may but a closure whose variables its own task keeps using.
//!
//! A closure that shares a variable with the function around it refers to the variable's cell. The compiler refuses what it sees of
//! such closures going to other tasks; what it does not see (through results, fields, function values) ends here, at the
//! last moment before two tasks could use one variable. A closure that goes *as a whole*, its cells and all that refers to
//! them, does no harm: a task may be given a generator that nobody else has. So:
//!
//! - the walk that marks what will be shared ([`super::count::share`]) notices cells that anything else refers to, which
//!   hardly ever happens;
//! - then the references within the value are counted, by trial deletion: if all references to the cells and to the closures that lead
//!   to them come from within, the value may go; else the marks are taken back, and the task crashes.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use super::count::{Share, Visit, cells, holds_counted, references, visit, visit_object};
use super::lent;
use crate::abi::layout::{ClosureDesc, Context, Header, ObjectKind, Status, TypeDesc, TypeKind};

/// A closure that cannot go: its name, for the report.
#[must_use]
#[derive(Clone)]
pub struct Bound(&'static str);

impl Bound {
    /// # Safety
    /// A closure that is alive.
    unsafe fn of(closure: *mut Header) -> Bound {
        // SAFETY: as the caller owes.
        Bound(unsafe { (*(*closure).desc.cast::<ClosureDesc>()).name.as_str() })
    }

    /// The closure's.
    pub fn name(&self) -> &'static str {
        self.0
    }

    /// Crashes the task that wanted to give the closure away.
    ///
    /// # Safety
    /// `ctx` is this worker's, and a task runs.
    #[cold]
    pub unsafe fn crash(self, ctx: *mut Context) -> Status {
        let message =
            format!("the closure {} shares variables with this task, so it cannot go to another one", self.0);
        crate::task::crash(ctx, message)
    }
}

/// Prepares a value to be moved to another task, as [`super::count::share`] does, if it may go there.
///
/// # Safety
/// `at` holds a value of type `desc` that the caller owns.
#[inline]
pub unsafe fn move_value(desc: &TypeDesc, at: *mut u8) -> Result<(), Bound> {
    // SAFETY: as the caller owes.
    unsafe {
        let mut share = Share::new(false);
        visit(desc, at, &mut share);
        share.finish();
        if share.suspicious.is_some() { decide(share, |trial| visit(desc, at, trial)) } else { Ok(()) }
    }
}

/// The same for a closure that a task will run.
///
/// # Safety
/// The caller owns a reference to the object.
#[inline]
pub unsafe fn move_object(object: *mut Header) -> Result<(), Bound> {
    // SAFETY: as the caller owes.
    unsafe {
        // Numbers and handles are all that most tasks are started with.
        if references(object) <= 1 && !holds_counted(object) {
            return Ok(());
        }
        let mut share = Share::new(false);
        share.object(object);
        share.finish();
        if share.suspicious.is_some() { decide(share, |trial| trial.object(object)) } else { Ok(()) }
    }
}

/// Prepares an object that many tasks will run, one after the other or at once.
///
/// # Safety
/// The caller owns a reference to the object.
pub unsafe fn publish_object(object: *mut Header) -> Result<(), Bound> {
    // SAFETY: as the caller owes.
    unsafe {
        let mut share = Share::new(true);
        share.object(object);
        share.finish();
        let Some(closure) = share.suspicious else { return Ok(()) };
        share.undo(|_| true);
        Err(Bound::of(closure))
    }
}

/// Prepares a value that every task can read from now on. Gives a closure in it that only one task may run.
///
/// # Safety
/// `at` holds a value of type `desc`.
pub unsafe fn publish_value(desc: &TypeDesc, at: *mut u8) -> Option<Bound> {
    // SAFETY: as the caller owes.
    unsafe {
        let mut share = Share::new(true);
        visit(desc, at, &mut share);
        share.finish();
        share.suspicious.map(|closure| Bound::of(closure))
    }
}

/// A closure in the value that shares variables with anything.
///
/// # Safety
/// `at` holds a value of type `desc` that was [moved](move_value).
pub unsafe fn bound_in(desc: &TypeDesc, at: *mut u8) -> Option<Bound> {
    // SAFETY: as the caller owes.
    unsafe {
        if !may_hold_closure(desc, &mut HashSet::new()) {
            return None;
        }
        let mut look = Look { todo: Vec::new() };
        visit(desc, at, &mut look);
        while let Some(object) = look.todo.pop() {
            if (*object).kind == ObjectKind::Closure && cells(object).next().is_some() {
                return Some(Bound::of(object));
            }
            visit_object(object, &mut look);
        }
        None
    }
}

/// Objects that no other task can reach: no others lead to cells.
struct Look {
    todo: Vec<*mut Header>,
}

impl Visit for Look {
    fn object(&mut self, object: *mut Header) {
        // SAFETY: the value visited holds it.
        let count = unsafe { (*object).count.load(Ordering::Relaxed) };
        if count > 0 || lent::is_lent(count) {
            self.todo.push(object);
        }
    }

    fn handle(&mut self, _: &TypeDesc, _: *mut Header) {}
}

/// Whether values of the type can have closures in them. `seen`: types that contain themselves end.
fn may_hold_closure(desc: &TypeDesc, seen: &mut HashSet<*const TypeDesc>) -> bool {
    if !desc.counted() || desc.is_handle() || !seen.insert(desc) {
        return false;
    }
    match desc.kind {
        TypeKind::Func | TypeKind::Interface => true,
        TypeKind::Struct | TypeKind::Tuple => {
            desc.fields().iter().any(|field| may_hold_closure(field.ty(), seen))
        }
        TypeKind::Enum => {
            let mut fields = desc.cases().iter().flat_map(|case| case.fields());
            fields.any(|field| may_hold_closure(field.ty(), seen))
        }
        TypeKind::Map | TypeKind::Result => {
            // SAFETY: both have key (or error) and value; a value of a result may be nothing.
            let parts = unsafe { [desc.key.as_ref(), desc.elem.as_ref()] };
            parts.into_iter().flatten().any(|part| may_hold_closure(part, seen))
        }
        // SAFETY: null where there is no element.
        _ => unsafe { desc.elem.as_ref() }.is_some_and(|elem| may_hold_closure(elem, seen)),
    }
}

#[cold]
unsafe fn decide(share: Share, roots: impl FnOnce(&mut Trial)) -> Result<(), Bound> {
    let mut trial = Trial::default();
    roots(&mut trial);
    // SAFETY: as the caller owes, for what is reached from the roots.
    unsafe {
        trial.follow();
        let outside = trial.reached_from_outside();
        match trial.bound(&outside) {
            // What goes as a whole stays plain: so a closure over cells is never marked, and is looked at each time.
            None => {
                share.undo(|object| !outside.contains(&object));
                Ok(())
            }
            Some(bound) => {
                share.undo(|_| true);
                Err(bound)
            }
        }
    }
}

/// The references within a value.
#[derive(Default)]
struct Trial {
    nodes: HashMap<*mut Header, Node>,
    todo: Vec<*mut Header>,
    /// Whose references are being counted.
    holder: Option<*mut Header>,
}

#[derive(Default)]
struct Node {
    found: u32,
    /// Which one it was to be found.
    order: usize,
    holds: Vec<*mut Header>,
}

impl Visit for Trial {
    fn object(&mut self, object: *mut Header) {
        if let Some(holder) = self.holder
            && let Some(node) = self.nodes.get_mut(&holder)
        {
            node.holds.push(object);
        }
        let order = self.nodes.len();
        let node = self.nodes.entry(object).or_insert_with(|| Node { order, ..Node::default() });
        node.found += 1;
        if node.found == 1 {
            self.todo.push(object);
        }
    }

    // What is behind a handle went there by itself.
    fn handle(&mut self, _: &TypeDesc, _: *mut Header) {}
}

impl Trial {
    /// # Safety
    /// The objects met are alive.
    unsafe fn follow(&mut self) {
        while let Some(object) = self.todo.pop() {
            self.holder = Some(object);
            // SAFETY: as the caller owes.
            unsafe { visit_object(object, self) }
        }
    }

    /// What others than the value refer to, and all that is reached from there.
    ///
    /// # Safety
    /// As for [`Trial::follow`].
    unsafe fn reached_from_outside(&self) -> HashSet<*mut Header> {
        // SAFETY: as the caller owes.
        let others = |object: *mut Header, node: &Node| unsafe { references(object) } > node.found;
        let mut todo: Vec<*mut Header> = self
            .nodes
            .iter()
            .filter(|(object, node)| others(**object, node))
            .map(|(&object, _)| object)
            .collect();
        let mut seen: HashSet<*mut Header> = todo.iter().copied().collect();
        while let Some(object) = todo.pop() {
            let holds = self.nodes.get(&object).into_iter().flat_map(|node| &node.holds);
            todo.extend(holds.filter(|held| seen.insert(**held)));
        }
        seen
    }

    /// A closure with a cell that others can reach.
    ///
    /// # Safety
    /// As for [`Trial::follow`].
    unsafe fn bound(&self, outside: &HashSet<*mut Header>) -> Option<Bound> {
        // SAFETY: as the caller owes.
        unsafe {
            let closures = self.nodes.iter().filter(|(object, _)| (***object).kind == ObjectKind::Closure);
            let bound = closures.filter(|(closure, _)| cells(**closure).any(|cell| outside.contains(&cell)));
            // The first that was found: which one a report names does not depend on addresses.
            let (&first, _) = bound.min_by_key(|(_, node)| node.order)?;
            Some(Bound::of(first))
        }
    }
}
