// Runs the `goo` command: in a terminal as a task, whose output is looked through for diagnostics and crashes, or by itself.

'use strict';

const path = require('node:path');
const vscode = require('vscode');

const goo = require('./goo');

const settings = () => vscode.workspace.getConfiguration('goo');

/** The folder that a file is in, as the workspace sees it. */
function folderOf(file) {
  return (file && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))) || vscode.workspace.workspaceFolders?.[0];
}

/** The command, as the settings say. */
function command() {
  return goo.commandPath(settings().get('path'), folderOf()?.uri.fsPath);
}

function environment() {
  return goo.environment(settings().get('server.environment', {}), settings().get('run.workers', null));
}

/**
 * @param {goo.Definition} definition
 * @returns {import('vscode').Task}
 */
function task(definition) {
  const target = definition.path ?? '.';
  const folder = folderOf(path.isAbsolute(target) ? target : undefined);
  const cwd = folder?.uri.fsPath ?? path.dirname(target);
  const shown = path.isAbsolute(target) ? path.relative(cwd, target) || '.' : target;
  const execution = new vscode.ProcessExecution(command(), goo.taskArguments({ ...definition, path: shown }), {
    cwd,
    env: environment(),
  });
  const made = new vscode.Task(
    { type: 'goo', ...definition },
    folder ?? vscode.TaskScope.Workspace,
    `${definition.command} ${shown}`,
    'goo',
    execution,
    ['$goo', '$goo-crash', '$goo-assert', '$goo-assert-message'],
  );
  if (definition.command === 'build' || definition.command === 'check') made.group = vscode.TaskGroup.Build;
  if (definition.command === 'test') made.group = vscode.TaskGroup.Test;
  made.presentationOptions = { clear: true, focus: false, panel: vscode.TaskPanelKind.Dedicated };
  return made;
}

/** Runs it in a terminal. */
const start = (definition) => vscode.tasks.executeTask(task(definition));

/** Runs the command by itself. */
async function run(args, options = {}) {
  const used = command();
  try {
    return await goo.run(used, args, { cwd: folderOf()?.uri.fsPath, ...options, env: environment() });
  } catch (error) {
    throw new Error(goo.notStarted(used, error));
  }
}

/** Offers a task of each kind for the workspace's folder. */
const provider = {
  provideTasks: () => ['run', 'build', 'check', 'test'].map((command) => task({ command })),
  resolveTask: (given) => task({ ...given.definition }),
};

module.exports = { command, folderOf, provider, run, start, task };
