-- The configuration of a person who has installed the plugin, and nothing else.
vim.opt.runtimepath:prepend(vim.env.GOO_PLUGIN)
vim.g.goo = { command = vim.env.GOO_SERVER or vim.env.GOO, format_on_save = true }
vim.opt.swapfile = false
vim.opt.shortmess:append("c")
vim.cmd("filetype plugin indent on | syntax on")
-- No prompt may wait for a key that no test presses.
vim.opt.more = false
vim.opt.cmdheight = 6
