//! Snapshots of packages, taken when they are asked for and kept until something changes.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goo_compiler::driver::on_big_stack;

use crate::snapshot::{Parsed, Snapshot};
use crate::workspace::Documents;

/// What the server knows.
#[derive(Default)]
pub struct Analysis {
    pub documents: Arc<Mutex<Documents>>,
    /// The latest snapshot of each package.
    snapshots: Mutex<Snapshots>,
    /// The latest check was given up: the next one is finished, so that somebody who types faster than a package is checked
    /// still has an earlier snapshot to complete by.
    gave_up: AtomicBool,
    /// Held while a snapshot is taken: a second request for the same waits for the first one's.
    taking: Arc<tokio::sync::Mutex<()>>,
}

/// Snapshots by package, with the generation of the documents that they saw.
type Snapshots = HashMap<PathBuf, (u64, Arc<Snapshot>)>;

impl Analysis {
    pub fn documents(&self) -> MutexGuard<'_, Documents> {
        lock(&self.documents)
    }

    /// The package of a file as its documents are now.
    pub async fn of_file(self: &Arc<Self>, path: &Path) -> Option<Arc<Snapshot>> {
        let package = self.documents().package_of(path);
        self.of_package(package).await
    }

    /// A package as its documents are now. `None` when it cannot be read, the compiler failed on it, or something changed
    /// meanwhile.
    pub async fn of_package(self: &Arc<Self>, package: PathBuf) -> Option<Arc<Snapshot>> {
        let generation = self.documents().generation;
        if let Some(found) = cached(&self.snapshots, &package, generation) {
            return Some(found);
        }
        let taking = self.taking.clone().lock_owned().await;
        // Meanwhile more may have changed, or another request may have taken it.
        let documents = self.documents().clone();
        if let Some(found) = cached(&self.snapshots, &package, documents.generation) {
            return Some(found);
        }
        let analysis = self.clone();
        let taken = tokio::task::spawn_blocking(move || {
            // Here, and not where it is waited for: a request that is cancelled still leaves what it began.
            let _taking = taking;
            let take = || on_big_stack(|| analysis.take(&package, &documents));
            // A mistake of the compiler must not end the server: the next edit may avoid it.
            std::panic::catch_unwind(AssertUnwindSafe(take)).ok().flatten()
        });
        taken.await.ok().flatten()
    }

    /// Takes a snapshot of the documents, and keeps it.
    fn take(&self, package: &Path, documents: &Documents) -> Option<Arc<Snapshot>> {
        let generation = documents.generation;
        // What is found out about a text that is no longer there is of no use: the next check begins the sooner.
        let patient = self.gave_up.swap(false, Ordering::Relaxed);
        let stale = || !patient && self.documents().generation != generation;
        let parsed = Parsed::read(package, documents)?;
        let snapshot = Arc::new(parsed.check(&stale));
        if stale() {
            self.gave_up.store(true, Ordering::Relaxed);
            return None;
        }
        let before = lock(&self.snapshots).insert(package.to_path_buf(), (generation, snapshot.clone()));
        // Not in the way of those who wait: a tree of thousands of nodes is taken apart.
        rayon::spawn(|| drop(before));
        Some(snapshot)
    }

    /// The latest that is known about a file's package, which may be of an earlier text.
    pub fn latest(&self, path: &Path) -> Option<Arc<Snapshot>> {
        let package = self.documents().package_of(path);
        lock(&self.snapshots).get(&package).map(|(_, snapshot)| snapshot.clone())
    }

    /// Forgets packages of which no document is open.
    pub fn forget_closed(&self) {
        let open = self.documents().packages();
        lock(&self.snapshots).retain(|package, _| open.contains(package));
    }
}

fn cached(snapshots: &Mutex<Snapshots>, package: &Path, generation: u64) -> Option<Arc<Snapshot>> {
    lock(snapshots).get(package).filter(|(seen, _)| *seen == generation).map(|(_, snapshot)| snapshot.clone())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
