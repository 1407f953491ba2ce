-- What `vim.lsp.enable("goo")` starts, from Neovim 0.11 on.
return {
  cmd = { "goo", "lsp" },
  filetypes = { "goo" },
  init_options = { lenses = { "run", "test" } },
  root_markers = { "goo.toml", ".git" },
}
