//! Documentation from comments: what `goo doc` shows.
//!
//! ```text
//! source ─ parse ─ model (what a package declares, with its comments) ─┬─ text     for a terminal
//!                                                                      ├─ site     pages with search, for a browser
//!                                                                      └─ example  programs in comments, to be run
//! ```
//!
//! Only the syntax is read: a package whose code does not compile is documented all the same. Comments are Markdown
//! (CommonMark). A block of code marked `goo` is an example, which is tested; `[Name]` and `[package.Name]` lead to what
//! they name.

pub mod comment;
pub mod example;
pub mod model;
pub mod site;
pub mod text;

pub use model::{Item, Kind, Package};

/// Where a package's documentation comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its import path; where it has none, the path as the user wrote it.
    pub path: String,
    /// Whether other packages can import it.
    pub importable: bool,
    /// Names and texts of its files, in order.
    pub files: Vec<(String, String)>,
    /// Whether it is part of the standard library.
    pub std: bool,
}

/// The documentation of what every package has without an import. It is never compiled: the compiler itself knows
/// these.
const BUILTIN: &str = include_str!("builtin.goo");

/// A package of the standard library, `builtin` included; `None` when there is none of that path.
pub fn standard(path: &str) -> Option<Source> {
    let files = match path {
        "builtin" => vec![("builtin.goo".to_owned(), BUILTIN.to_owned())],
        _ => goo_stdlib::package(path)?
            .into_iter()
            .map(|(name, text)| (format!("{path}/{name}"), text.to_owned()))
            .collect(),
    };
    let importable = !["builtin", "prelude"].contains(&path);
    Some(Source { path: path.to_owned(), importable, files, std: true })
}

/// All packages of the standard library, `builtin` first; those that only stand for another (`utf8` is
/// `unicode/utf8`) come with the rest.
pub fn standard_library() -> Vec<Source> {
    std::iter::once("builtin").chain(goo_stdlib::paths()).filter_map(standard).collect()
}
