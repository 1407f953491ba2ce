//! Work on each of many things, on all cores.
//!
//! If there are few, the thread that asks does it alone: to wake another thread, and to wait for it, costs as much as to compile a few dozen
//! functions, and each thread begins with memory that it touches for the first time.

use rayon::prelude::*;

/// Whether so many functions are few.
pub fn few(functions: usize) -> bool {
    functions <= 64
}

/// What the function gives for each of the items, in their order.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    match few(items.len()) {
        true => items.iter().map(&work).collect(),
        false => items.par_iter().map(&work).collect(),
    }
}

/// Changes each of the items.
pub fn for_each<T: Send>(items: &mut [T], work: impl Fn(&mut T) + Sync) {
    match few(items.len()) {
        true => items.iter_mut().for_each(&work),
        false => items.par_iter_mut().for_each(&work),
    }
}

/// What both give, which have so many functions to look at. The first stays on this thread.
pub fn both<A, B: Send>(
    functions: usize,
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    if few(functions) {
        return (first(), second());
    }
    let mut other = None;
    let one = rayon::in_place_scope(|scope| {
        scope.spawn(|_| other = Some(second()));
        first()
    });
    (one, other.expect("the scope waited for it"))
}
