//! `goo explain`

use goo_compiler::diagnostics::Code;

use crate::output;
use crate::status;

pub fn explain(code: Option<&str>, list: bool) -> u8 {
    if list {
        let mut out = String::new();
        for code in Code::ALL {
            let page = code.explanation();
            let gist =
                page.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
            out += &format!("{:<20} {gist}\n", code.name());
        }
        output::print(&out);
        return 0;
    }
    let name = code.unwrap_or_default();
    // People paste what they see: `error[overlap]`.
    let bare = name.trim_start_matches("error[").trim_start_matches("warning[").trim_end_matches(']');
    match Code::from_name(bare) {
        Some(code) => {
            output::print(code.explanation());
            0
        }
        None => output::failure(
            status::USAGE,
            format!("there is no diagnostic {bare:?}; `goo explain --list` shows all"),
        ),
    }
}
