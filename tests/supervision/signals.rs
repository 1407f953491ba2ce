//! SIGINT and SIGTERM stop the tree in order.

use std::path::Path;

use libtest_mimic::Trial;

pub fn trials(_root: &Path, _modes: &str) -> Vec<Trial> {
    Vec::new()
}
