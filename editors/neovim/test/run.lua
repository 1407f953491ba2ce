-- Drives a Neovim with the plugin as a person does: keys go to a second Neovim, whose state is looked at.
--
--     GOO=target/release/goo nvim --headless -u NONE -i NONE -S editors/neovim/test/run.lua -c cquit

local plugin = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h:h")
vim.env.GOO_PLUGIN = plugin
vim.env.GOO = vim.env.GOO or vim.fn.fnamemodify(plugin .. "/../../target/release/goo", ":p")

local text = [[
package main

import "fmt"

// Doubles a number.
func double(n int) int { return n * 2 }

func worker(jobs <-chan int, done chan<- int) {
	for j := range jobs {
		done <- double(j)
	}
}

func main() {
	jobs, done := make(chan int, 4), make(chan int)
	go worker(jobs, done)
	jobs <- 21
	fmt.Println(<-done)
}

test "doubling" {
	assert double(21) == 42
}
]]

local editor
local folder = vim.fn.tempname()
local file = folder .. "/main.goo"

local function lua(code, ...)
  return vim.fn.rpcrequest(editor, "nvim_exec_lua", code, { ... })
end

local function keys(typed)
  vim.fn.rpcrequest(editor, "nvim_input", typed)
end

--- Waits until a piece of Lua in the editor gives something true.
local function until_(what, code, ...)
  local value
  local arguments = { ... }
  vim.wait(tonumber(vim.env.GOO_PATIENCE) or 30000, function()
    value = lua(code, unpack(arguments))
    return value and value ~= vim.NIL
  end, 30)
  if not value or value == vim.NIL then
    error("in vain: " .. what .. "\n" .. lua("return vim.api.nvim_exec([[messages]], true)") .. "\n" .. table.concat(lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)"), "\n"), 0)
  end
  return value
end

local function equal(found, expected)
  if not vim.deep_equal(found, expected) then
    error(("found %s, expected %s"):format(vim.inspect(found), vim.inspect(expected)), 0)
  end
end

--- Puts the cursor on the last character of a text's first occurrence.
local function go(wanted)
  lua([[
    vim.cmd("normal! gg0")
    assert(vim.fn.search("\\V" .. vim.fn.escape(..., "\\"), "ceW") > 0, "not there: " .. ...)
  ]], wanted)
end

local function buffer()
  return table.concat(lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)"), "\n") .. "\n"
end

--- Undoes everything and waits until the server has seen it.
local function restore()
  keys("<Esc>")
  lua([[
    local lines = vim.split((...):gsub("\n$", ""), "\n")
    vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
  ]], text)
  until_("no diagnostics", "return #vim.diagnostic.get(0) == 0")
end

local tests = {}
local function test(name, run)
  table.insert(tests, { name = name, run = run })
end

test("the file is Goo's, with its settings and colours", function()
  equal(lua("return { vim.bo.filetype, vim.bo.expandtab, vim.bo.tabstop, vim.bo.commentstring }"), { "goo", false, 4, "// %s" })
  local group = lua([[
    vim.cmd("normal! gg0")
    vim.fn.search("func worker")
    return vim.fn.synIDattr(vim.fn.synID(vim.fn.line("."), vim.fn.col("."), 1), "name")
  ]])
  equal(group, "gooDeclaration")
end)

test("nothing is said at the beginning", function()
  equal(lua("return vim.api.nvim_exec('messages', true):gsub('\"[^\\n]*lines?, [^\\n]*', ''):gsub('%s', '')"), "")
end)

test("the server starts by itself", function()
  until_("a client", "return #vim.lsp.buf_get_clients(0) > 0 or next(vim.lsp.buf_get_clients(0)) ~= nil")
end)

test("diagnostics come and go while one types", function()
  go("double(j)")
  keys('a + "x"<Esc>')
  local found = until_("a diagnostic", "return vim.diagnostic.get(0)[1]")
  equal({ found.lnum, found.severity }, { 9, 1 })
  restore()
end)

test("completion offers the members of a package, and inserts the chosen one", function()
  go("fmt.Println(<-done)")
  keys("ofmt.Prin<C-x><C-o>")
  local words = until_("a menu", [[
    local info = vim.fn.complete_info({ "pum_visible", "items" })
    if info.pum_visible == 0 then return nil end
    return vim.tbl_map(function(item) return item.word end, info.items)
  ]])
  -- Newer ones show the name alone.
  equal({ (words[1]:gsub("%(%)$", "")), (words[3]:gsub("%(%)$", "")) }, { "Print", "Println" })
  keys("<C-n><C-n><C-y>")
  until_("the chosen name", "return vim.fn.getline('.'):find('^\\tfmt%.Println') ~= nil")
  restore()
end)

test("hover shows the signature and the documentation", function()
  go("double(j")
  keys("b<Cmd>lua vim.lsp.buf.hover()<CR>")
  local shown = until_("a window", [[
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
      end
    end
  ]])
  equal({ shown:find("func double(n int) int", 1, true) ~= nil, shown:find("Doubles a number", 1, true) ~= nil }, { true, true })
  keys("<Esc>")
end)

test("definition goes there, and back", function()
  go("double(j")
  keys("b<Cmd>lua vim.lsp.buf.definition()<CR>")
  until_("the definition", "return vim.fn.line('.') == 6")
  keys("<C-o>")
  until_("the way back", "return vim.fn.line('.') == 10")
end)

test("the definition may be in the standard library", function()
  go("fmt.Println")
  keys("<Cmd>lua vim.lsp.buf.definition()<CR>")
  local name = until_("another file", "local name = vim.api.nvim_buf_get_name(0); return not name:find('main.goo', 1, true) and name or nil")
  equal(name:match("%.goo$"), ".goo")
  keys("<C-o>")
  until_("the way back", "return vim.api.nvim_buf_get_name(0):find('main.goo', 1, true)")
end)

test("references fill the quickfix list", function()
  go("double(j")
  keys("b<Cmd>lua vim.lsp.buf.references({ includeDeclaration = true })<CR>")
  equal(until_("a list", "local list = vim.fn.getqflist(); return #list > 0 and #list"), 3)
  lua("vim.cmd('cclose')")
end)

test("rename changes all uses", function()
  go("double(j")
  keys("b<Cmd>lua vim.lsp.buf.rename('twice')<CR>")
  until_("new names", "return vim.fn.getline(10) == '\\t\\tdone <- twice(j)'")
  equal(select(2, buffer():gsub("twice", "")), 3)
  restore()
end)

test("rename refuses a name that is taken", function()
  go("double(j")
  keys("b<Cmd>lua vim.lsp.buf.rename('worker')<CR>")
  until_("a message", "return vim.api.nvim_exec('messages', true):find('worker', 1, true)")
  equal(buffer(), text)
end)

test("code actions are offered and done", function()
  go("fmt.Println(<-done)")
  keys("ofmt.Println(~3)<Esc>")
  until_("a diagnostic", "return vim.diagnostic.get(0)[1]")
  lua("vim.ui.select = function(items, _, done) _G.offered = #items; done(items[1], 1) end")
  go("~")
  keys("<Cmd>lua vim.lsp.buf.code_action()<CR>")
  until_("the fix", "return vim.fn.search('Println(^3)', 'nw') > 0")
  restore()
end)

test("signature help names the parameters", function()
  go("double(j")
  keys("a<C-\\><C-o>:lua vim.lsp.buf.signature_help()<CR>")
  local shown = until_("a window", [[
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= "" then
        return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
      end
    end
  ]])
  equal(shown:find("double(n int)", 1, true) ~= nil, true)
  restore()
end)

test("writing formats", function()
  go("return n * 2")
  keys("0s func<Esc>")
  lua("vim.fn.setline(6, 'func double( n int )int{return n*2}')")
  keys("<Cmd>write<CR>")
  until_("a formatted line", "return vim.fn.getline(6) == 'func double(n int) int { return n * 2 }'")
  equal(table.concat(vim.fn.readfile(file), "\n") .. "\n", text)
end)

test("a text with mistakes is written as it is", function()
  lua("vim.fn.setline(6, 'func double( n int {')")
  until_("a diagnostic", "return vim.diagnostic.get(0)[1]")
  keys("<Cmd>write<CR>")
  until_("it is written", "return not vim.bo.modified")
  equal(lua("return vim.fn.getline(6)"), "func double( n int {")
  restore()
  keys("<Cmd>write<CR>")
  until_("it is written", "return not vim.bo.modified")
end)

test("channels: receivers, and lenses", function()
  go("jobs <- 21")
  keys("0w<Cmd>GooReceivers<CR>")
  until_("the receiver", "return vim.fn.line('.') == 9")
  local lenses = until_("lenses", [[
    vim.lsp.codelens.refresh()
    local found = vim.lsp.codelens.get(0)
    return #found > 0 and vim.tbl_map(function(lens) return lens.command and lens.command.title or "" end, found) or nil
  ]])
  local all = table.concat(lenses, "|")
  equal({ all:find("1 sender · 1 receiver", 1, true) ~= nil, all:find("Run", 1, true) ~= nil, all:find("Test", 1, true) ~= nil }, { true, true, true })
end)

test("the commands run the file and its tests", function()
  keys("<Cmd>GooRun<CR>")
  until_("the output", [[
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.bo[buffer].buftype == "terminal" and table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n"):find("42", 1, true) then return true end
    end
  ]])
  keys("<Cmd>GooTest doubling<CR>")
  until_("the result", [[
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.bo[buffer].buftype == "terminal" and table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n"):find("1 passed", 1, true) then return true end
    end
  ]])
  lua("vim.cmd('only')")
end)

test("the graph is shown", function()
  lua("vim.cmd('buffer main.goo')")
  keys("<Cmd>GooGraph<CR>")
  until_("the graph", "return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n'):find('received by   worker', 1, true)")
  lua("vim.cmd('close')")
end)

test(":make fills the quickfix list", function()
  lua("vim.fn.setline(6, 'func double(n int) string { return n * 2 }'); vim.bo.makeprg = vim.g.goo.command .. ' check %:p'")
  lua("vim.cmd('noautocmd write'); vim.cmd('silent make!')")
  local found = lua("return vim.tbl_map(function(item) return { item.lnum, item.type, vim.fn.bufname(item.bufnr):match('[^/]*$') } end, vim.fn.getqflist())")
  equal(found[1], { 6, "E", "main.goo" })
  restore()
  lua("vim.cmd('noautocmd write')")
end)

test("lines are indented as the formatter lays out", function()
  lua("vim.cmd('enew'); vim.bo.filetype = 'goo'; _G.indented = {}")
  local laid_out = vim.fn.readfile(plugin .. "/test/indent.goo")
  lua([[
    local lines = {}
    for _, line in ipairs(...) do table.insert(lines, (line:gsub("^%s+", ""))) end
    vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
    vim.cmd("normal! gg=G")
  ]], laid_out)
  equal(lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)"), laid_out)
  lua("vim.cmd('bwipeout!')")
end)

test("the grammar is compiled and colours the file", function()
  if vim.fn.executable(vim.env.CC or "cc") == 0 then
    return "no C compiler"
  end
  equal(lua("return require('goo').install_grammar()"), true)
  local found = lua([[
    local parser = vim.treesitter.get_parser(0, "goo")
    local tree = parser:parse()[1]:root()
    local query = (vim.treesitter.query.get or vim.treesitter.query.get_query or vim.treesitter.get_query)("goo", "highlights")
    local captures = {}
    for id in query:iter_captures(tree, 0, 0, -1) do captures[query.captures[id] ] = true end
    return { tree:has_error(), captures["keyword.coroutine"], captures["function"] }
  ]])
  equal(found, { false, true, true })
  vim.fn.delete(plugin .. "/parser", "rf")
end)

test("vim.lsp.enable alone starts the server", function()
  if not vim.lsp.enable then
    return "Neovim is older than 0.11"
  end
  local code = ([[
    vim.opt.runtimepath:prepend(%q)
    vim.g.goo = false
    vim.cmd("runtime! plugin/goo.lua | filetype plugin on")
    vim.lsp.config("goo", { cmd = { %q, "lsp" } })
    vim.lsp.enable("goo")
    vim.cmd("edit " .. %q)
    vim.wait(30000, function() return #vim.lsp.get_clients({ name = "goo" }) == 1 end, 30)
    io.stdout:write(#vim.lsp.get_clients({ name = "goo", bufnr = 0 }), vim.fn.exists(":GooRun"))
    vim.cmd("qall!")
  ]]):format(plugin, vim.env.GOO, file)
  local script = folder .. "/enable.lua"
  vim.fn.writefile(vim.split(code, "\n"), script)
  local found = vim.fn.system({ vim.v.progpath, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-S", script, "-c", "cquit" })
  equal((found:gsub("%s", "")), "10")
end)

test("the server ends with the editor", function()
  local id = lua("for _, client in pairs(vim.lsp.get_active_clients()) do return client.rpc.pid or (client.rpc.handle and client.rpc.handle:get_pid()) end")
  -- The answer may be lost with the editor.
  pcall(keys, "<Cmd>qall!<CR>")
  vim.wait(10000, function()
    return vim.fn.jobwait({ editor }, 0)[1] ~= -1
  end, 30)
  if id and id ~= vim.NIL then
    local gone = vim.wait(10000, function()
      return vim.loop.kill(id, 0) ~= 0
    end, 30)
    equal(gone, true)
  end
end)

local function main()
  vim.fn.mkdir(folder, "p")
  folder = vim.loop.fs_realpath(folder)
  file = folder .. "/main.goo"
  vim.fn.writefile(vim.split(text:gsub("\n$", ""), "\n"), file)
  editor = vim.fn.jobstart({ vim.v.progpath, "--embed", "--headless", "-i", "NONE", "-u", plugin .. "/test/init.lua", file }, { rpc = true, cwd = folder })
  local failed = 0
  for _, case in ipairs(tests) do
    local ok, result = pcall(case.run)
    if not ok then
      -- The next one begins as if this one had not been.
      pcall(keys, "<C-e><Esc><Esc>")
      pcall(lua, "vim.cmd('silent! only | silent! edit! ' .. ...)", file)
      pcall(restore)
    end
    if ok then
      io.stdout:write(("ok      %s%s\n"):format(case.name, result and (" (left out: " .. result .. ")") or ""))
    else
      failed = failed + 1
      io.stdout:write(("FAILED  %s\n        %s\n"):format(case.name, tostring(result)))
    end
  end
  pcall(vim.fn.jobstop, editor)
  vim.fn.delete(folder, "rf")
  io.stdout:write(("%d passed, %d failed, with Neovim %s\n"):format(#tests - failed, failed, tostring(vim.version().major) .. "." .. vim.version().minor .. "." .. vim.version().patch))
  vim.cmd(failed == 0 and "qall!" or "cquit!")
end

main()
