-- Sets Goo up as `vim.g.goo` says. `vim.g.goo = false` leaves it to your own configuration.
if vim.g.loaded_goo or vim.g.goo == false then
  return
end
vim.g.loaded_goo = true
require("goo").setup(vim.g.goo or {})
