// The extension with its real language client and the real server, in a host that stands in for VS Code.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { goo } from './goo-command.mjs';

const require = createRequire(import.meta.url);
const { host, install } = require('./host.cjs');

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'goo-vscode-')));
const manifest = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../package.json'), 'utf8'));
const command = process.env.GOO_SERVER ?? goo;
const settings = { 'goo.path': command, 'goo.run.workers': 3, 'goo.run.arguments': ['-v'] };
const editor = host(folder, settings);
install(editor);
const extension = require('../src/extension.js');
const { vscode } = editor;

const text = `package main

import "fmt"

type Shape enum {
	Circle(radius int)
	Empty
}

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

test "wrong" {
	assert double(1) == 3
}
`;

const context = { storageUri: vscode.Uri.file(join(folder, '.storage')), subscriptions: [], extensionUri: vscode.Uri.file(join(dirname(fileURLToPath(import.meta.url)), '..')) };
const none = new vscode.CancellationTokenSource().token;
let document;
let client;

/** Waits until something holds. */
async function until(what, holds) {
  for (let round = 0; round < 600; round++) {
    const value = await holds();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`in vain: ${what}`);
}

const provider = (name) => until(name, () => editor.providers.get(name));
const after_ = (word, from) => {
  const start = document.find(word, from);
  return new vscode.Position(start.line, start.character + word.length);
};

before(async () => {
  writeFileSync(join(folder, 'main.goo'), text);
  document = editor.open('main.goo', text);
  const api = await extension.activate(context);
  client = api.client();
});

after(async () => {
  await extension.deactivate();
});

describe('the client', () => {
  test('starts the server and says so', () => {
    assert.equal(editor.context.get('goo.serverRunning'), true);
    assert.ok(client.isRunning());
    assert.deepEqual(editor.messages, []);
  });

  test('registers what the manifest promises, and no more', () => {
    const promised = manifest.contributes.commands.map((one) => one.command).sort();
    const made = [...editor.commands.keys()].filter((name) => name.startsWith('goo.')).sort();
    assert.deepEqual(made, promised);
  });

  test('shows diagnostics while one types, and takes them back', async () => {
    const place = after_('double(j)');
    document.edit(new vscode.Range(place, place), ' + "x"');
    const list = await until('a diagnostic', () => (editor.diagnostics.get(document.uri.toString()) ?? [])[0] && editor.diagnostics.get(document.uri.toString()));
    assert.equal(list[0].severity, vscode.DiagnosticSeverity.Error);
    assert.equal(list[0].range.start.line, place.line);
    document.edit(new vscode.Range(place, after_('double(j) + "x"')), '');
    await until('no diagnostic', () => editor.diagnostics.get(document.uri.toString())?.length === 0);
  });

  test('completes', async () => {
    const place = after_('\tfmt.Pr', text.indexOf('func main'));
    const found = await (await provider('CompletionItem')).provideCompletionItems(document, place, none, { triggerKind: 0, triggerCharacter: undefined });
    const items = found.items ?? found;
    assert.ok(items.some((item) => (item.label.label ?? item.label) === 'Println'), JSON.stringify(items.map((item) => item.label)));
  });

  test('hovers', async () => {
    const found = await (await provider('Hover')).provideHover(document, document.find('double(j)'), none);
    const shown = found.contents.map((content) => content.value ?? content).join('\n');
    assert.match(shown, /func double\(n int\) int/);
    assert.match(shown, /Doubles a number/);
  });

  test('goes to definitions and finds references', async () => {
    const place = document.find('double(j)');
    const definition = [await (await provider('Definition')).provideDefinition(document, place, none)].flat()[0];
    assert.equal((definition.range ?? definition.targetRange).start.line, document.find('func double').line);
    const references = await (await provider('Reference')).provideReferences(document, place, { includeDeclaration: false }, none);
    assert.equal(references.length, 3);
  });

  test('renames', async () => {
    const edit = await (await provider('Rename')).provideRenameEdits(document, document.find('double(j)'), 'twice', none);
    assert.equal(edit.edits.get(document.uri.toString()).length, 4);
    await assert.rejects(async () => (await provider('Rename')).provideRenameEdits(document, document.find('double(j)'), 'worker', none));
  });

  test('formats', async () => {
    const place = document.find('return n * 2');
    document.edit(new vscode.Range(place, after_('return n * 2')), 'return n*2');
    const edits = await (await provider('DocumentFormattingEdit')).provideDocumentFormattingEdits(document, { tabSize: 4, insertSpaces: false }, none);
    document.apply(edits);
    assert.equal(document.getText(), text);
  });

  test('colours by meaning, with channels of their own', async () => {
    const tokens = await (await provider('DocumentSemanticTokens')).provideDocumentSemanticTokens(document, none);
    const [legend] = editor.providers.get('DocumentSemanticTokens:rest');
    const kinds = new Set();
    for (let at = 3; at < tokens.data.length; at += 5) kinds.add(legend.tokenTypes[tokens.data[at]]);
    for (const kind of ['channel', 'function', 'parameter', 'enumMember']) assert.ok(kinds.has(kind), [...kinds].join());
    const custom = manifest.contributes.semanticTokenTypes.map((one) => one.id);
    const standard = ['namespace', 'class', 'enum', 'interface', 'struct', 'typeParameter', 'type', 'parameter', 'variable', 'property', 'enumMember', 'decorator', 'event', 'function', 'method', 'macro', 'label', 'comment', 'string', 'keyword', 'number', 'regexp', 'operator'];
    for (const kind of legend.tokenTypes) assert.ok(standard.includes(kind) || custom.includes(kind), `${kind} is not in package.json`);
  });

  test('offers lenses, whose commands there are', async () => {
    const lenses = await (await provider('CodeLens')).provideCodeLenses(document, none);
    const titles = lenses.map((lens) => lens.command.title);
    for (const title of ['Run', 'Test', 'Debug', 'Trace']) assert.ok(titles.includes(title), titles.join());
    assert.ok(titles.some((title) => /1 sender · 1 receiver/.test(title)), titles.join());
    for (const lens of lenses) assert.ok(editor.commands.has(lens.command.command), lens.command.command);
    const channel = lenses.find((lens) => lens.command.command === 'goo.showChannel');
    await vscode.commands.executeCommand(channel.command.command, ...channel.command.arguments);
    const [name, uri, , places] = editor.executed.at(-1);
    assert.equal(name, 'editor.action.showReferences');
    assert.equal(uri.toString(), document.uri.toString());
    assert.equal(places.length, 2);
  });
});

describe('the commands', () => {
  test('run a file in a task', async () => {
    await vscode.commands.executeCommand('goo.run', document.uri.toString());
    const task = editor.tasks.at(-1);
    assert.equal(task.execution.process, command);
    assert.deepEqual(task.execution.args, ['run', 'main.goo', '--', '-v']);
    assert.deepEqual(task.execution.options, { cwd: folder, env: { GOO_WORKERS: '3' } });
    assert.deepEqual(task.problemMatchers, ['$goo', '$goo-crash', '$goo-assert', '$goo-assert-message']);
  });

  test('save what is run', async () => {
    document.isDirty = true;
    await vscode.commands.executeCommand('goo.build');
    assert.equal(document.isDirty, false);
    assert.deepEqual(editor.tasks.at(-1).execution.args, ['build', 'main.goo']);
  });

  test('test what a lens names', async () => {
    await vscode.commands.executeCommand('goo.test', document.uri.toString(), 'doubling');
    assert.deepEqual(editor.tasks.at(-1).execution.args, ['test', 'main.goo', 'doubling']);
  });

  test('debug what was built, with the debugger that is there', async () => {
    await vscode.commands.executeCommand('goo.debug', document.uri.toString());
    assert.match(editor.messages.pop().text, /no debugger of native code/);
    assert.equal(editor.debugged.length, 0);
    for (const [extension, type] of [['ms-vscode.cpptools', 'cppdbg'], ['vadimcn.vscode-lldb', 'lldb']]) {
      editor.extensions.add(extension);
      await vscode.commands.executeCommand('goo.debug', document.uri.toString());
      const { configuration } = editor.debugged.at(-1);
      assert.equal(configuration.type, type);
      assert.equal(configuration.request, 'launch');
      assert.deepEqual(configuration.args, ['-v']);
      assert.equal(configuration.cwd, folder);
      const set = type === 'cppdbg' ? configuration.environment : configuration.env;
      assert.deepEqual(set, type === 'cppdbg' ? [{ name: 'GOO_WORKERS', value: '3' }] : { GOO_WORKERS: '3' });
      assert.equal(execFileSync(configuration.program, { encoding: 'utf8' }), '42\n');
    }
    settings['goo.debug.configuration'] = { stopOnEntry: true };
    settings['goo.debug.adapter'] = 'lldb-dap';
    await vscode.commands.executeCommand('goo.debug', document.uri.toString());
    assert.equal(editor.debugged.at(-1).configuration.stopOnEntry, true);
    assert.equal(editor.debugged.at(-1).configuration.type, 'lldb-dap');
  });

  test('go to senders and receivers', async () => {
    vscode.window.activeTextEditor.selection = new vscode.Selection(...[document.find('jobs <- 21'), document.find('jobs <- 21')]);
    await vscode.commands.executeCommand('goo.goToReceivers');
    const [name, , , places] = editor.executed.at(-1);
    assert.equal(name, 'editor.action.goToLocations');
    assert.deepEqual(places.map((place) => place.range.start.line), [document.find('range jobs').line]);
  });

  test('show the graph in a panel, once for a file', async () => {
    await vscode.commands.executeCommand('goo.showGraph');
    await vscode.commands.executeCommand('goo.showGraph');
    assert.equal(editor.panels.length, 1);
    const [panel] = editor.panels;
    assert.match(panel.webview.html, /script-src 'nonce-/);
    panel.received.fire({ kind: 'ready' });
    const drawn = await until('a picture', () => panel.posted.find((message) => message.kind !== 'busy'));
    assert.equal(drawn.kind, 'graph', drawn.message);
    assert.match(drawn.svg, /<svg [^]*class="node channel"/);
    panel.received.fire({ kind: 'reveal', file: 'main.goo', line: 5 });
    assert.equal(editor.shown.at(-1).document.fsPath, join(folder, 'main.goo'));
    assert.equal(editor.shown.at(-1).options.selection.start.line, 4);
    panel.dispose();
    await vscode.commands.executeCommand('goo.showGraph');
    assert.equal(editor.panels.length, 2);
  });

  test('say that there is no recording', async () => {
    await vscode.commands.executeCommand('goo.trace');
    assert.match(editor.messages.at(-1).text, /no recording/);
  });

  test('show a recording, and go where it was', async () => {
    const line = document.find('jobs <- 21').line + 1;
    mkdirSync(join(folder, '.goo'));
    const operation = { file: 'main.goo', line, operation: 'send', count: 7, waited_ns: 2_500_000, longest_queue: 3 };
    writeFileSync(join(folder, '.goo/trace.json'), JSON.stringify({ operations: [operation] }));
    await vscode.commands.executeCommand('goo.trace', document.uri.toString());
    assert.deepEqual(editor.picked.map((item) => [item.label, item.description, item.detail]), [
      [`send in line ${line}`, '7 times', 'waited 2.500 ms · longest queue 3'],
    ]);
    assert.equal(editor.shown.at(-1).options.selection.start.line, line - 1);
  });

  test('explain a diagnostic', async () => {
    await vscode.commands.executeCommand('goo.explain', 'syntax');
    assert.match(editor.shown.at(-1).document.content, /syntax/);
  });

  test('offer tasks for the folder', () => {
    const tasks = editor.taskProvider.provideTasks();
    assert.deepEqual(tasks.map((task) => task.execution.args), [['run', '.'], ['build', '.'], ['check', '.'], ['test', '.']]);
    const resolved = editor.taskProvider.resolveTask({ definition: { type: 'goo', command: 'test', path: 'a.goo' } });
    assert.deepEqual(resolved.execution.args, ['test', 'a.goo']);
  });
});

test('the Testing view shows tests, runs them, and places their failures', async () => {
  const [controller] = editor.controllers;
  const file = controller.items.get(document.uri.toString());
  assert.deepEqual([...file.children].map(([, item]) => [item.label, item.range.start.line]), [
    ['doubling', document.find('test "doubling"').line],
    ['wrong', document.find('test "wrong"').line],
  ]);
  await controller.run({ include: [file], exclude: [] }, none);
  const run = controller.runs.at(-1);
  assert.deepEqual(run.events.map(({ event, name }) => `${event} ${name}`), ['started doubling', 'started wrong', 'passed doubling', 'failed wrong']);
  const { message } = run.events.at(-1);
  assert.deepEqual([message.actualOutput, message.expectedOutput], ['2', '3']);
  assert.equal(message.location.range.start.line, document.find('assert double(1) == 3').line);
  assert.ok(run.ended);
});

test('a server that cannot be started is told, with the way out', async () => {
  settings['goo.path'] = '/nowhere/goo';
  await vscode.commands.executeCommand('goo.restartServer');
  assert.match(editor.messages.at(-1).text, /`\/nowhere\/goo` is not found\. Install it/);
  assert.equal(editor.context.get('goo.serverRunning'), false);
  settings['goo.path'] = command;
  await vscode.commands.executeCommand('goo.restartServer');
  assert.equal(editor.context.get('goo.serverRunning'), true);
});
