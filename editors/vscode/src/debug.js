// Debugging: builds the program, and starts the debugger of another extension on it. Binaries of Goo have line tables, so that any
// debugger of native code steps through their lines.

'use strict';

const fs = require('node:fs/promises');
const os = require('node:os');
const path = require('node:path');
const vscode = require('vscode');

const goo = require('./goo');
const tasks = require('./tasks');

/** The extensions that debug native code, in the order in which they are looked for, with the type of their configurations. */
const ADAPTERS = [
  { type: 'lldb', extension: 'vadimcn.vscode-lldb', name: 'CodeLLDB' },
  { type: 'lldb-dap', extension: 'llvm-vs-code-extensions.lldb-dap', name: 'LLDB DAP' },
  { type: 'cppdbg', extension: 'ms-vscode.cpptools', name: 'C/C++' },
];

/** The adapter that the settings name, or the first one that is installed. */
function adapter() {
  const wanted = vscode.workspace.getConfiguration('goo').get('debug.adapter', 'auto');
  if (wanted !== 'auto') return wanted;
  return ADAPTERS.find(({ extension }) => vscode.extensions.getExtension(extension))?.type;
}

/**
 * Builds a file's program and debugs it.
 * @param {import('vscode').ExtensionContext} context
 * @param {string} file
 */
async function start(context, file) {
  const type = adapter();
  if (!type) {
    const names = ADAPTERS.map(({ name }) => name).join(', ');
    const choice = await vscode.window.showErrorMessage(`There is no debugger of native code: install one of ${names}.`, 'Show Them');
    if (choice) await vscode.commands.executeCommand('workbench.extensions.search', ADAPTERS.map(({ extension }) => `@id:${extension}`).join(' '));
    return;
  }
  const folder = tasks.folderOf(file);
  const cwd = folder?.uri.fsPath ?? path.dirname(file);
  const program = await binary(context, file);
  const result = await tasks.run(['build', '-o', program, file], { cwd });
  if (result.status !== 0) {
    // What is wrong with the program stands in the Problems view already.
    await vscode.window.showErrorMessage(`The program cannot be built: ${result.stderr.trim().split('\n')[0]}`);
    return;
  }
  const settings = vscode.workspace.getConfiguration('goo');
  const given = {
    program,
    cwd,
    args: settings.get('run.arguments', []),
    environment: goo.environment(settings.get('server.environment', {}), settings.get('run.workers', null)),
  };
  await vscode.debug.startDebugging(folder, { ...goo.debugConfiguration(type, path.basename(file), given), ...settings.get('debug.configuration', {}) });
}

/** Where the binary goes: not among the user's files. */
async function binary(context, file) {
  const folder = path.join((context.storageUri ?? context.globalStorageUri)?.fsPath ?? os.tmpdir(), 'debug');
  await fs.mkdir(folder, { recursive: true });
  const ending = process.platform === 'win32' ? '.exe' : '';
  return path.join(folder, `${path.basename(file, '.goo')}${ending}`);
}

module.exports = { start };
