-- What `vim.lsp.enable("goo")` starts, from Neovim 0.11 on.
return {
  cmd = { "goo", "lsp" },
  filetypes = { "goo" },
  root_markers = { "goo.toml", ".git" },
}
