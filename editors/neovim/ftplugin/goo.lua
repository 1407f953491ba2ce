if vim.b.did_ftplugin then
  return
end
vim.b.did_ftplugin = 1

vim.bo.commentstring = "// %s"
vim.bo.comments = "s1:/*,mb:*,ex:*/,://"
-- The one style there is: tabs.
vim.bo.expandtab = false
vim.bo.tabstop = 4
vim.bo.shiftwidth = 0
vim.bo.suffixesadd = ".goo"
vim.bo.formatoptions = vim.bo.formatoptions:gsub("t", "") .. "croql"
vim.cmd("compiler goo")
vim.b.undo_ftplugin = "setl cms< com< et< ts< sw< sua< fo< mp< efm<"

require("goo").attach(vim.api.nvim_get_current_buf())
