// Goo in VS Code: starts the language server, and offers what the `goo` command can do.

'use strict';

const vscode = require('vscode');
const { LanguageClient, RevealOutputChannelOn } = require('vscode-languageclient/node');

const debug = require('./debug');
const goo = require('./goo');
const graphs = require('./graphView');
const tasks = require('./tasks');
const tests = require('./tests');

/** @type {LanguageClient | undefined} */
let client;

/** @param {import('vscode').ExtensionContext} context */
async function activate(context) {
  const output = vscode.window.createOutputChannel('Goo', { log: true });
  context.subscriptions.push(output);

  const commands = {
    'goo.run': (uri) => withFile(uri, (file) => tasks.start(definition('run', file))),
    'goo.build': (uri) => withFile(uri, (file) => tasks.start(definition('build', file))),
    // The lens of a test gives its name.
    'goo.test': (uri, name) => withFile(uri, (file) => tasks.start(definition('test', file, name === undefined ? [] : [name]))),
    'goo.debug': (uri) => withFile(uri, (file) => debug.start(context, file)),
    'goo.trace': (uri) => showTrace(uri),
    'goo.showGraph': (uri) => withFile(uri, (file) => graphs.show(context, file, () => client)),
    'goo.showChannel': showChannel,
    'goo.goToSenders': () => goToPartners('goo/senders', 'Nobody sends to a channel here.'),
    'goo.goToReceivers': () => goToPartners('goo/receivers', 'Nobody receives from a channel here.'),
    'goo.explain': (code) => explain(code),
    'goo.new': () => newProgram(),
    'goo.restartServer': async () => {
      await stop();
      await start(output);
    },
    'goo.showOutput': () => output.show(),
  };
  for (const [name, handler] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, handler));
  }
  context.subscriptions.push(
    vscode.tasks.registerTaskProvider('goo', tasks.provider),
    tests.controller(),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (['goo.path', 'goo.server', 'goo.codeLens'].some((setting) => event.affectsConfiguration(setting))) {
        await vscode.commands.executeCommand('goo.restartServer');
      }
    }),
    { dispose: stop },
  );
  await start(output);
  return { client: () => client };
}

/** Starts the server, if it is wanted. */
async function start(output) {
  const config = vscode.workspace.getConfiguration('goo');
  if (!config.get('server.enable', true) || !vscode.workspace.isTrusted) return;
  const command = tasks.command();
  const run = { command, args: ['lsp'], options: { env: { ...process.env, ...config.get('server.environment', {}) } } };
  client = new LanguageClient('goo', 'Goo', { run, debug: run }, {
    documentSelector: [{ scheme: 'file', language: 'goo' }],
    // The lenses that there are commands for.
    initializationOptions: { lenses: ['run', 'test', 'debug', 'trace'] },
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher('**/{*.goo,goo.toml,.goo/trace.json}') },
    middleware: {
      provideCodeLenses: (document, token, next) =>
        vscode.workspace.getConfiguration('goo').get('codeLens.enable', true) ? next(document, token) : [],
    },
  });
  try {
    await client.start();
    await vscode.commands.executeCommand('setContext', 'goo.serverRunning', true);
  } catch (error) {
    client = undefined;
    const choice = await vscode.window.showErrorMessage(goo.notStarted(command, error), 'Open Settings');
    if (choice) await vscode.commands.executeCommand('workbench.action.openSettings', 'goo.path');
  }
}

async function stop() {
  const running = client;
  client = undefined;
  await vscode.commands.executeCommand('setContext', 'goo.serverRunning', false);
  // A server that does not answer in time is ended by the client.
  await running?.stop().catch(() => undefined);
}

async function deactivate() {
  await stop();
}

/**
 * @param {goo.Definition['command']} command
 * @param {string} file
 * @param {string[]} [args]
 * @returns {goo.Definition}
 */
function definition(command, file, args) {
  const given = args ?? (command === 'run' ? vscode.workspace.getConfiguration('goo').get('run.arguments', []) : []);
  return { command, path: file, arguments: given };
}

/**
 * Saves a document and hands its file on. Lenses give an address, menus an object, the palette nothing.
 * @param {unknown} given
 * @param {(file: string) => unknown} use
 */
async function withFile(given, use) {
  const uri = typeof given === 'string' ? vscode.Uri.parse(given) : given instanceof vscode.Uri ? given : vscode.window.activeTextEditor?.document.uri;
  if (!uri || uri.scheme !== 'file') {
    await vscode.window.showInformationMessage('Open a .goo file first.');
    return undefined;
  }
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  if (document?.isDirty) await document.save();
  return use(uri.fsPath);
}

/** The uses of a channel, as its lens gives them: place of the channel, then the places of its operations. */
async function showChannel(uri, position, places) {
  const convert = client?.protocol2CodeConverter;
  if (!convert) return;
  await vscode.commands.executeCommand(
    'editor.action.showReferences',
    vscode.Uri.parse(uri),
    convert.asPosition(position),
    places.map((place) => convert.asLocation(place)),
  );
}

/** Senders or receivers of the channel under the cursor. */
async function goToPartners(method, none) {
  const editor = vscode.window.activeTextEditor;
  if (!editor || !client) return;
  const position = editor.selection.active;
  const parameters = client.code2ProtocolConverter.asTextDocumentPositionParams(editor.document, position);
  const places = await client.sendRequest(method, parameters);
  const locations = places.map((place) => client.protocol2CodeConverter.asLocation(place));
  await vscode.commands.executeCommand('editor.action.goToLocations', editor.document.uri, position, locations, 'gotoAndPeek', none);
}

/** What a recording knows about the operations of a file, to pick from. */
async function showTrace(given) {
  await withFile(given, async (file) => {
    const uri = vscode.Uri.file(file);
    const answer = await client?.sendRequest('goo/channelTrace', { uri: uri.toString() });
    const operations = answer?.operations ?? [];
    if (operations.length === 0) {
      await vscode.window.showInformationMessage(`There is no recording for this file: .goo/trace.json beside it.`);
      return;
    }
    const items = operations.map((operation) => ({
      label: `${operation.operation} in line ${operation.line}`,
      description: `${operation.count} times`,
      detail: `waited ${(operation.waited_ns / 1e6).toFixed(3)} ms · longest queue ${operation.longest_queue}`,
      line: operation.line,
    }));
    const chosen = await vscode.window.showQuickPick(items, { title: 'Channel operations', matchOnDescription: true });
    if (chosen) await reveal(file, chosen.line);
  });
}

/** Shows a line, from 1. */
async function reveal(file, line) {
  const place = new vscode.Position(Math.max(0, line - 1), 0);
  await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(place, place) });
}

/** `goo explain`, as a page. Without a code it is that of the diagnostic under the cursor, or asked for. */
async function explain(given) {
  const editor = vscode.window.activeTextEditor;
  const here = editor && vscode.languages.getDiagnostics(editor.document.uri).find((found) => found.range.contains(editor.selection.active));
  const code = given ?? (typeof here?.code === 'object' ? here.code.value : here?.code) ?? (await vscode.window.showInputBox({ prompt: 'The code of a diagnostic, as in error[code]' }));
  if (!code) return;
  const result = await tasks.run(['explain', String(code)]);
  const content = result.status === 0 ? result.stdout : result.stderr;
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preview: true });
}

/** `goo new` in a folder that is asked for. */
async function newProgram() {
  const target = await vscode.window.showSaveDialog({ saveLabel: 'Start a program', title: 'The folder of the new program' });
  if (!target) return;
  const result = await tasks.run(['new', target.fsPath]);
  if (result.status !== 0) {
    await vscode.window.showErrorMessage(result.stderr.trim() || 'goo new failed');
    return;
  }
  await vscode.commands.executeCommand('vscode.openFolder', target, { forceNewWindow: (vscode.workspace.workspaceFolders ?? []).length > 0 });
}

module.exports = { activate, deactivate };
