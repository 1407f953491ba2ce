// Panels with the channel graph of a file's program.

'use strict';

const crypto = require('node:crypto');
const path = require('node:path');
const vscode = require('vscode');

const tasks = require('./tasks');
const { Graph, html } = require('./graph');

/** @type {Map<string, { panel: import('vscode').WebviewPanel, graph: Graph }>} */
const shown = new Map();

/**
 * Shows the graph of the program that a file belongs to.
 * @param {import('vscode').ExtensionContext} context
 * @param {string} file
 * @param {() => import('vscode-languageclient/node').LanguageClient | undefined} client
 */
function show(context, file, client) {
  const known = shown.get(file);
  if (known) {
    known.panel.reveal();
    return known.graph.refresh();
  }
  const media = vscode.Uri.joinPath(context.extensionUri, 'media');
  const panel = vscode.window.createWebviewPanel('goo.graph', `Channels: ${path.basename(file)}`, vscode.ViewColumn.Beside, {
    enableScripts: true,
    localResourceRoots: [media],
    retainContextWhenHidden: true,
  });
  const address = (name) => panel.webview.asWebviewUri(vscode.Uri.joinPath(media, name)).toString();
  const graph = new Graph({
    draw: () => draw(file, client()),
    post: (message) => panel.webview.postMessage(message),
    reveal: (target, line) => reveal(file, target, line),
  });
  panel.webview.onDidReceiveMessage((message) => graph.receive(message));
  const saved = vscode.workspace.onDidSaveTextDocument((document) => {
    const wanted = vscode.workspace.getConfiguration('goo').get('graph.refreshOnSave', true);
    if (wanted && document.languageId === 'goo' && panel.visible) graph.refresh();
  });
  panel.onDidDispose(() => {
    saved.dispose();
    shown.delete(file);
  });
  shown.set(file, { panel, graph });
  panel.webview.html = html({
    title: panel.title,
    nonce: crypto.randomBytes(16).toString('hex'),
    source: panel.webview.cspSource,
    script: address('graph.js'),
    style: address('graph.css'),
  });
  return undefined;
}

/** The picture: from the server, which knows what is not saved yet; without one from `goo graph`. Rejected with what is wrong. */
async function draw(file, client) {
  if (client?.isRunning()) {
    const uri = vscode.Uri.file(file).toString();
    const answer = await client.sendRequest('goo/graph', { uri, format: 'svg' });
    if (answer?.rendered) return answer.rendered;
  }
  const result = await tasks.run(['graph', '--format', 'svg', file], { cwd: path.dirname(file) });
  if (result.status !== 0) throw new Error(result.stderr.trim() || `goo graph ended with status ${result.status}`);
  return result.stdout;
}

/** The command names files as it was given them, or relative to its folder. */
function reveal(file, target, line) {
  const place = new vscode.Position(Math.max(0, line - 1), 0);
  return vscode.window.showTextDocument(vscode.Uri.file(path.resolve(path.dirname(file), target)), {
    selection: new vscode.Range(place, place),
    viewColumn: vscode.ViewColumn.One,
  });
}

module.exports = { show };
