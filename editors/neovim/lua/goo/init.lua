--- Goo in Neovim, from 0.7 on: the language server, commands, and the tree-sitter grammar if it is installed.
local M = {}

--- What can be set in `vim.g.goo`, or by `require("goo").setup`.
M.config = {
  --- The `goo` command.
  command = "goo",
  --- Starts the language server.
  lsp = true,
  --- Formats when a file is written.
  format_on_save = true,
  --- Shows inlay hints (Neovim 0.10 and later).
  inlay_hints = true,
  --- Shows lenses: who uses a channel, Run, Test.
  lenses = true,
  --- Called with the client and the buffer, to set keys.
  on_attach = nil,
  --- Capabilities of a completion plugin.
  capabilities = nil,
}

local group

--- The folder of the module or repository that a file is in.
local function root(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  for _, marker in ipairs({ "goo.toml", ".git" }) do
    local find = marker == ".git" and vim.fn.finddir or vim.fn.findfile
    local found = find(marker, vim.fn.escape(folder, ", ") .. ";")
    if found ~= "" then
      return vim.fn.fnamemodify(found, marker == ".git" and ":p:h:h" or ":p:h")
    end
  end
  return folder
end

local function clients(buffer)
  local get = vim.lsp.get_clients or vim.lsp.get_active_clients
  local found = {}
  for _, client in pairs(get()) do
    if client.name == "goo" and (not buffer or vim.lsp.buf_is_attached(buffer, client.id)) then
      table.insert(found, client)
    end
  end
  return found
end

--- What is done in a buffer once the server serves it.
local function attached(client, buffer)
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  if vim.lsp.tagfunc then
    vim.bo[buffer].tagfunc = "v:lua.vim.lsp.tagfunc"
  end
  if M.config.format_on_save then
    vim.api.nvim_create_autocmd("BufWritePre", {
      group = group,
      buffer = buffer,
      callback = function()
        M.format(buffer)
      end,
    })
  end
  if M.config.inlay_hints and vim.lsp.inlay_hint and vim.lsp.inlay_hint.enable then
    pcall(vim.lsp.inlay_hint.enable, true, { bufnr = buffer })
  end
  if M.config.lenses and vim.lsp.codelens then
    local function refresh()
      if vim.lsp.buf_is_attached(buffer, client.id) then
        pcall(vim.lsp.codelens.refresh, { bufnr = buffer })
      end
    end
    vim.api.nvim_create_autocmd({ "BufEnter", "InsertLeave", "BufWritePost" }, { group = group, buffer = buffer, callback = refresh })
    vim.defer_fn(refresh, 200)
  end
  if M.config.on_attach then
    M.config.on_attach(client, buffer)
  end
end

--- Starts the server for a buffer, or attaches it to one that runs for its folder.
function M.attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  M.highlight(buffer)
  -- `vim.g.goo = false`: somebody else starts the server.
  if not group or not M.config.lsp or file == "" or vim.bo[buffer].buftype ~= "" then
    return
  end
  if vim.fn.executable(M.config.command) == 0 then
    if not M.warned then
      M.warned = true
      local text = "`%s` is not found: run `cargo install --path cli` in a copy of Goo, or set vim.g.goo = { command = … }"
      vim.notify(text:format(M.config.command), vim.log.levels.WARN)
    end
    return
  end
  local folder = root(file)
  local config = {
    name = "goo",
    cmd = { M.config.command, "lsp" },
    root_dir = folder,
    workspace_folders = { { uri = vim.uri_from_fname(folder), name = vim.fn.fnamemodify(folder, ":t") } },
    on_attach = attached,
    -- The lenses that there are commands for.
    init_options = { lenses = { "run", "test" } },
    capabilities = M.config.capabilities or vim.lsp.protocol.make_client_capabilities(),
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
    return
  end
  -- Neovim 0.7.
  for _, client in ipairs(clients()) do
    if client.config.root_dir == folder then
      vim.lsp.buf_attach_client(buffer, client.id)
      return
    end
  end
  local id = vim.lsp.start_client(config)
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

--- Colours by the grammar, if it is installed; else syntax/goo.vim does.
function M.highlight(buffer)
  if #vim.api.nvim_get_runtime_file("parser/goo.*", false) == 0 then
    return
  end
  if vim.treesitter.start then
    pcall(vim.treesitter.start, buffer, "goo")
  end
end

--- Formats a buffer with the server; a text with mistakes stays as it is.
function M.format(buffer)
  if #clients(buffer) == 0 then
    return
  end
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ bufnr = buffer, name = "goo", timeout_ms = 2000 })
  else
    vim.lsp.buf.formatting_sync({}, 2000)
  end
end

--- Runs the command in a terminal below.
function M.run(...)
  local arguments = { M.config.command, ... }
  vim.cmd("botright 12split | enew")
  vim.fn.termopen(arguments, { cwd = root(vim.fn.expand("#:p")) })
  vim.cmd("wincmd p")
end

--- Who sends to the channel under the cursor, or receives from it (`goo/senders`, `goo/receivers`).
function M.partners(method)
  local client = clients(0)[1] or clients(vim.api.nvim_get_current_buf())[1]
  if not client then
    return
  end
  local encoding = client.offset_encoding or "utf-16"
  local parameters = vim.lsp.util.make_position_params(0, encoding)
  local function answer(failure, places)
    if failure or not places or #places == 0 then
      vim.notify("nobody does, as far as can be seen", vim.log.levels.INFO)
      return
    end
    local items = vim.lsp.util.locations_to_items(places, encoding)
    vim.fn.setqflist({}, " ", { title = method, items = items })
    if #items == 1 then
      vim.cmd("cc 1")
    else
      vim.cmd("botright copen")
    end
  end
  vim.lsp.buf_request(0, method, parameters, answer)
end

--- Shows the channel graph of the program, as text.
function M.graph()
  local file = vim.fn.expand("%:p")
  local lines = vim.fn.systemlist({ M.config.command, "graph", file })
  if vim.v.shell_error ~= 0 then
    vim.notify(table.concat(lines, "\n"), vim.log.levels.ERROR)
    return
  end
  vim.cmd("botright new")
  vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile = "nofile", "wipe", false
  vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
  vim.bo.modifiable = false
end

--- Compiles the grammar, which stands beside this plugin, with `$CC` or cc.
function M.install_grammar()
  local here = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h:h:h")
  local source = here .. "/../tree-sitter-goo/src"
  vim.fn.mkdir(here .. "/parser", "p")
  local target = here .. "/parser/goo.so"
  local compiler = vim.env.CC or "cc"
  local output = vim.fn.system({ compiler, "-O2", "-shared", "-fPIC", "-I" .. source, source .. "/parser.c", source .. "/scanner.c", "-o", target })
  if vim.v.shell_error ~= 0 then
    vim.notify(output, vim.log.levels.ERROR)
    return false
  end
  vim.notify("Goo's grammar is installed; open the file again to see it")
  return true
end

local function commands()
  local function command(name, run, options)
    vim.api.nvim_create_user_command(name, run, options or {})
  end
  local function file()
    vim.cmd("silent! update")
    return vim.fn.expand("%:p")
  end
  command("GooRun", function(given)
    if given.args == "" then
      M.run("run", file())
    else
      M.run("run", file(), "--", unpack(given.fargs))
    end
  end, { nargs = "*", desc = "Run this file" })
  command("GooTest", function(given)
    M.run("test", file(), unpack(given.fargs))
  end, { nargs = "?", desc = "Run the tests of this file" })
  command("GooBuild", function()
    M.run("build", file())
  end, { desc = "Make a binary of this file" })
  command("GooGraph", M.graph, { desc = "Show the channel graph" })
  command("GooSenders", function()
    M.partners("goo/senders")
  end, { desc = "Go to who sends to the channel under the cursor" })
  command("GooReceivers", function()
    M.partners("goo/receivers")
  end, { desc = "Go to who receives from the channel under the cursor" })
  command("GooInstallGrammar", M.install_grammar, { desc = "Compile the tree-sitter grammar" })

  -- What the lenses do.
  if vim.lsp.commands then
    vim.lsp.commands["goo.run"] = function(lens)
      M.run("run", vim.uri_to_fname(lens.arguments[1]))
    end
    vim.lsp.commands["goo.test"] = function(lens)
      M.run("test", vim.uri_to_fname(lens.arguments[1]), lens.arguments[2])
    end
    vim.lsp.commands["goo.showChannel"] = function(lens, context)
      local client = vim.lsp.get_client_by_id(context.client_id)
      local items = vim.lsp.util.locations_to_items(lens.arguments[3], client and client.offset_encoding or "utf-16")
      vim.fn.setqflist({}, " ", { title = lens.title, items = items })
      vim.cmd("botright copen")
    end
  end
end

--- Sets Goo up. Called by the plugin with `vim.g.goo`; call it yourself to set something later.
function M.setup(options)
  M.config = vim.tbl_extend("force", M.config, options or {})
  group = vim.api.nvim_create_augroup("goo", { clear = true })
  if vim.fn.has("nvim-0.9") == 1 then
    vim.api.nvim_set_hl(0, "@lsp.type.channel.goo", { link = "Special", default = true })
  end
  commands()
end

return M
