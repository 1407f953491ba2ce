// `test` blocks in VS Code's Testing view.

'use strict';

const path = require('node:path');
const vscode = require('vscode');

const goo = require('./goo');
const tasks = require('./tasks');

/** @returns {import('vscode').TestController} */
function controller() {
  const made = vscode.tests.createTestController('goo', 'Goo');
  made.createRunProfile('Run', vscode.TestRunProfileKind.Run, (request, token) => run(made, request, token), true);

  const look = (document) => {
    if (document.languageId === 'goo' && document.uri.scheme === 'file') fill(made, document.uri, document.getText());
  };
  vscode.workspace.textDocuments.forEach(look);
  const watcher = vscode.workspace.createFileSystemWatcher('**/*.goo');
  const read = async (uri) => fill(made, uri, Buffer.from(await vscode.workspace.fs.readFile(uri)).toString());
  const listeners = [
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidChangeTextDocument((event) => look(event.document)),
    watcher,
    watcher.onDidCreate(read),
    watcher.onDidChange(read),
    watcher.onDidDelete((uri) => made.items.delete(uri.toString())),
  ];
  made.resolveHandler = async (item) => {
    if (item) return;
    for (const uri of await vscode.workspace.findFiles('**/*.goo', '**/{node_modules,target}/**')) await read(uri);
  };
  const { dispose } = made;
  made.dispose = () => {
    listeners.forEach((listener) => listener.dispose());
    dispose.call(made);
  };
  return made;
}

/** Puts a file's tests into the view, or takes it out where it has none. */
function fill(made, uri, text) {
  const found = goo.testsIn(text);
  if (found.length === 0) {
    made.items.delete(uri.toString());
    return;
  }
  const file = made.items.get(uri.toString()) ?? made.createTestItem(uri.toString(), path.basename(uri.fsPath), uri);
  made.items.add(file);
  file.children.replace(
    found.map(({ name, line }) => {
      const item = made.createTestItem(`${uri}#${name}`, name, uri);
      const place = new vscode.Position(line, 0);
      item.range = new vscode.Range(place, place);
      return item;
    }),
  );
}

/** Runs tests: each chosen one by its name, a file's together. */
async function run(made, request, token) {
  const session = made.createTestRun(request);
  const stopped = new AbortController();
  token.onCancellationRequested(() => stopped.abort());
  const chosen = request.include ?? [...made.items].map(([, item]) => item);
  try {
    for (const item of chosen) {
      if (token.isCancellationRequested) break;
      const items = item.children.size > 0 ? [...item.children].map(([, child]) => child) : [item];
      await runItems(session, items.filter((one) => !request.exclude?.includes(one)), item.children.size > 0, stopped.signal);
    }
  } finally {
    session.end();
  }
}

async function runItems(session, items, whole, signal) {
  if (items.length === 0) return;
  items.forEach((item) => session.started(item));
  const file = items[0].uri.fsPath;
  let result;
  try {
    const filter = whole ? [] : [items[0].label];
    result = await tasks.run(['test', file, ...filter], { cwd: path.dirname(file), signal });
  } catch (error) {
    items.forEach((item) => session.errored(item, new vscode.TestMessage(String(error.message ?? error))));
    return;
  }
  session.appendOutput(`${result.stdout}${result.stderr}`.replace(/\r?\n/g, '\r\n'));
  const outcomes = goo.testResults(result.stdout);
  const crashes = goo.crashes(result.stderr);
  for (const item of items) {
    const outcome = outcomes.get(item.label);
    if (outcome === 'passed') session.passed(item);
    else if (outcome === 'failed') session.failed(item, failure(item, crashes, result.stderr));
    else session.errored(item, new vscode.TestMessage(result.stderr.trim() || 'goo test said nothing of this test'));
  }
}

/** The crash in a test's lines, which go on to the next test. */
function failure(item, crashes, report) {
  const siblings = item.parent ? [...item.parent.children].map(([, child]) => child.range.start.line) : [];
  const begin = item.range.start.line;
  const end = Math.min(...siblings.filter((line) => line > begin), Infinity);
  const own = crashes.filter((crash) => crash.line - 1 >= begin && crash.line - 1 < end);
  const crash = own[0] ?? crashes[0];
  const message = new vscode.TestMessage(crash ? crash.message : report.trim());
  if (crash?.left !== undefined) [message.actualOutput, message.expectedOutput] = [crash.left, crash.right];
  if (crash) {
    const place = new vscode.Position(crash.line - 1, Math.max(0, crash.column - 1));
    message.location = new vscode.Location(item.uri, place);
  }
  return message;
}

module.exports = { controller };
