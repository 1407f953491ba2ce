//! Puts generated tables into documents that people wrote.

use std::path::Path;

/// Replaces what stands between `<!-- NAME -->` and `<!-- end of NAME -->` in a file.
///
/// # Errors
/// A message, when the file cannot be read or written or has no such place.
pub fn write(path: &Path, name: &str, table: &str) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(fault)?;
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let place = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let Some((before, after)) = place else {
        return Err(format!("{}: has no lines `{}` and `{end}`", path.display(), begin.trim()));
    };
    std::fs::write(path, format!("{before}{begin}\n{table}\n{end}{after}")).map_err(fault)
}
