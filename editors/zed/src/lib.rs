//! Tells Zed how the language server is started: `goo lsp`, with the `goo` that is on the path of the project.

use zed_extension_api::{self as zed, Command, LanguageServerId, Result, Worktree};

struct Goo;

impl zed::Extension for Goo {
    fn new() -> Self {
        Goo
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &Worktree) -> Result<Command> {
        let command = worktree
            .which("goo")
            .ok_or("`goo` is not on the path: run `cargo install --path cli` in a copy of Goo")?;
        Ok(Command { command, args: vec!["lsp".into()], env: worktree.shell_env() })
    }
}

zed::register_extension!(Goo);
