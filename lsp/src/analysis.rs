//! Snapshots of packages, taken when they are asked for and kept until something changes.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goo_compiler::driver::on_big_stack;

use crate::snapshot::Snapshot;
use crate::workspace::Documents;

/// What the server knows.
#[derive(Default)]
pub struct Analysis {
    pub documents: Arc<Mutex<Documents>>,
    /// The latest snapshot of each package, with the generation of the documents that it saw.
    snapshots: Mutex<HashMap<PathBuf, (u64, Arc<Snapshot>)>>,
    /// Held while a snapshot is taken: a second request for the same waits for the first one's.
    taking: Arc<tokio::sync::Mutex<()>>,
}

impl Analysis {
    pub fn documents(&self) -> MutexGuard<'_, Documents> {
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cached(&self, package: &Path, generation: u64) -> Option<Arc<Snapshot>> {
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.get(package).filter(|(seen, _)| *seen == generation).map(|(_, snapshot)| snapshot.clone())
    }

    /// The package of a file as its documents are now.
    pub async fn of_file(self: &Arc<Self>, path: &Path) -> Option<Arc<Snapshot>> {
        let package = self.documents().package_of(path);
        self.of_package(package).await
    }

    /// A package as its documents are now. `None` when it cannot be read, or the compiler failed on it.
    pub async fn of_package(self: &Arc<Self>, package: PathBuf) -> Option<Arc<Snapshot>> {
        let generation = self.documents().generation;
        if let Some(found) = self.cached(&package, generation) {
            return Some(found);
        }
        let taking = self.taking.clone().lock_owned().await;
        // Meanwhile more may have changed, or another request may have taken it.
        let documents = self.documents().clone();
        let generation = documents.generation;
        if let Some(found) = self.cached(&package, generation) {
            return Some(found);
        }
        let analysis = self.clone();
        let taken = tokio::task::spawn_blocking(move || {
            // Here, and not where it is waited for: a request that is cancelled still leaves what it began.
            let _taking = taking;
            let take = || on_big_stack(|| Snapshot::take(&package, &documents));
            // A mistake of the compiler must not end the server: the next edit may avoid it.
            let taken = std::panic::catch_unwind(AssertUnwindSafe(take)).ok().flatten()?;
            let snapshot = Arc::new(taken);
            let mut snapshots = analysis.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
            snapshots.insert(package, (generation, snapshot.clone()));
            Some(snapshot)
        });
        taken.await.ok().flatten()
    }

    /// The latest that is known about a file's package, which may be of an earlier text.
    pub fn latest(&self, path: &Path) -> Option<Arc<Snapshot>> {
        let package = self.documents().package_of(path);
        let snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.get(&package).map(|(_, snapshot)| snapshot.clone())
    }

    /// Forgets packages of which no document is open.
    pub fn forget_closed(&self) {
        let open = self.documents().packages();
        let mut snapshots = self.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
        snapshots.retain(|package, _| open.contains(package));
    }
}
