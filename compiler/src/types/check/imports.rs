//! Which packages does the program reach, and in which order do they depend on each other?

use crate::syntax::NodeId;
use rustc_hash::FxHashMap;

/// A package whose files have been parsed.
#[derive(Debug)]
pub struct LoadedPackage {
    /// `math/rand`; the program's own package is `main`.
    pub path: String,
    pub std: bool,
    /// Indexes of its files.
    pub files: Vec<usize>,
    /// The path of each import that was found, by the import's id.
    pub imports: FxHashMap<NodeId, String>,
}
