//! Writes `src/parser.c` and what stands beside it from `grammar.js`, as `tree-sitter generate --abi 14` does: needs
//! node, but no tree-sitter command.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = env!("CARGO_MANIFEST_DIR");
    let out = std::env::args().nth(1).unwrap_or_else(|| format!("{folder}/src"));
    // 14 is the newest that Neovim 0.9 and 0.10, Emacs 29 and Helix 25.01 read.
    tree_sitter_generate::generate_parser_in_directory(
        folder,
        Some(&*out),
        Some(&*format!("{folder}/grammar.js")),
        14,
        None,
        Some("node"),
        true,
        tree_sitter_generate::OptLevel::default(),
        &mut Vec::new(),
    )?;
    Ok(())
}
