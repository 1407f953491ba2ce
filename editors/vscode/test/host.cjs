// As much of VS Code as the extension and its language client use, so that both run under node: values are as VS Code has
// them, what is registered is kept for the test, and documents change by edits as in an editor.

'use strict';

const { EventEmitter: NodeEmitter } = require('node:events');
const Module = require('node:module');
const path = require('node:path');
const { pathToFileURL, fileURLToPath } = require('node:url');

class Disposable {
  constructor(dispose) {
    this.dispose = dispose ?? (() => {});
  }
  static from(...all) {
    return new Disposable(() => all.forEach((one) => one.dispose()));
  }
}

class EventEmitter {
  #emitter = new NodeEmitter().setMaxListeners(0);
  event = (listener, self, disposables) => {
    const bound = self ? listener.bind(self) : listener;
    this.#emitter.on('event', bound);
    const made = new Disposable(() => this.#emitter.off('event', bound));
    disposables?.push(made);
    return made;
  };
  fire(value) {
    this.#emitter.emit('event', value);
  }
  dispose() {
    this.#emitter.removeAllListeners();
  }
}

class CancellationTokenSource {
  #emitter = new EventEmitter();
  token = { isCancellationRequested: false, onCancellationRequested: this.#emitter.event };
  cancel() {
    this.token.isCancellationRequested = true;
    this.#emitter.fire();
  }
  dispose() {}
}

class Uri {
  constructor(text) {
    this.text = text;
    const url = new URL(text);
    this.scheme = url.protocol.slice(0, -1);
    this.authority = url.host;
    this.path = decodeURIComponent(url.pathname);
    this.query = url.search.slice(1);
    this.fragment = url.hash.slice(1);
  }
  get fsPath() {
    return this.scheme === 'file' ? fileURLToPath(this.text) : this.path;
  }
  toString() {
    return this.text;
  }
  with({ path: changed }) {
    return Uri.file(changed);
  }
  static parse(text) {
    return new Uri(text);
  }
  static file(name) {
    return new Uri(pathToFileURL(name).href);
  }
  static joinPath(base, ...parts) {
    return Uri.file(path.join(base.fsPath, ...parts));
  }
}

class Position {
  constructor(line, character) {
    this.line = line;
    this.character = character;
  }
  isBefore(other) {
    return this.line < other.line || (this.line === other.line && this.character < other.character);
  }
  isEqual(other) {
    return this.line === other.line && this.character === other.character;
  }
}

class Range {
  constructor(start, end, endLine, endCharacter) {
    this.start = start instanceof Position ? start : new Position(start, end);
    this.end = start instanceof Position ? end : new Position(endLine, endCharacter);
  }
  get isEmpty() {
    return this.start.isEqual(this.end);
  }
  contains(position) {
    return !position.isBefore(this.start) && !this.end.isBefore(position);
  }
}

class Selection extends Range {
  get active() {
    return this.end;
  }
}

/** A class whose values have the arguments by name. */
const record = (...fields) =>
  class {
    constructor(...values) {
      fields.forEach((field, index) => {
        if (values[index] !== undefined) this[field] = values[index];
      });
    }
  };

class MarkdownString {
  constructor(value = '') {
    this.value = value;
  }
  appendMarkdown(text) {
    this.value += text;
    return this;
  }
  appendCodeblock(text, language = '') {
    this.value += `\n\`\`\`${language}\n${text}\n\`\`\`\n`;
    return this;
  }
}

class CodeActionKind {
  constructor(value) {
    this.value = value;
  }
  append(part) {
    return new CodeActionKind(this.value ? `${this.value}.${part}` : part);
  }
}
Object.assign(CodeActionKind, {
  Empty: new CodeActionKind(''),
  QuickFix: new CodeActionKind('quickfix'),
  Refactor: new CodeActionKind('refactor'),
  RefactorExtract: new CodeActionKind('refactor.extract'),
  RefactorInline: new CodeActionKind('refactor.inline'),
  RefactorRewrite: new CodeActionKind('refactor.rewrite'),
  Source: new CodeActionKind('source'),
  SourceOrganizeImports: new CodeActionKind('source.organizeImports'),
  SourceFixAll: new CodeActionKind('source.fixAll'),
});

class WorkspaceEdit {
  edits = new Map();
  replace(uri, range, newText) {
    this.set(uri, [...(this.edits.get(uri.toString()) ?? []), { range, newText }]);
  }
  insert(uri, position, newText) {
    this.replace(uri, new Range(position, position), newText);
  }
  delete(uri, range) {
    this.replace(uri, range, '');
  }
  set(uri, edits) {
    this.edits.set(uri.toString(), edits);
  }
}

/** Names for the numbers from `first` on. */
const numbers = (first, ...names) => {
  const made = {};
  names.forEach((name, index) => {
    made[name] = first + index;
    made[first + index] = name;
  });
  return made;
};

class Document {
  constructor(host, uri, text) {
    this.host = host;
    this.uri = uri;
    this.fileName = uri.fsPath;
    this.languageId = 'goo';
    this.version = 1;
    this.isDirty = false;
    this.isClosed = false;
    this.eol = 1;
    this.text = text;
  }
  getText(range) {
    return range ? this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : this.text;
  }
  get lineCount() {
    return this.text.split('\n').length;
  }
  offsetAt({ line, character }) {
    const lines = this.text.split('\n');
    const before = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
    return before + Math.min(character, (lines[line] ?? '').length);
  }
  positionAt(offset) {
    const lines = this.text.slice(0, offset).split('\n');
    return new Position(lines.length - 1, lines.at(-1).length);
  }
  /** Where a text begins. */
  find(text, from = 0) {
    const at = this.text.indexOf(text, from);
    if (at < 0) throw new Error(`${JSON.stringify(text)} is not there`);
    return this.positionAt(at);
  }
  /** Replaces a part, as typing does. */
  edit(range, text) {
    const [start, end] = [this.offsetAt(range.start), this.offsetAt(range.end)];
    this.text = this.text.slice(0, start) + text + this.text.slice(end);
    this.version++;
    this.isDirty = true;
    const contentChanges = [{ range, rangeOffset: start, rangeLength: end - start, text }];
    this.host.changed.fire({ document: this, contentChanges, reason: undefined });
  }
  apply(edits) {
    for (const { range, newText } of [...edits].sort((a, b) => (a.range.start.isBefore(b.range.start) ? 1 : -1))) {
      this.edit(range, newText);
    }
  }
  async save() {
    this.isDirty = false;
    this.host.saved.fire(this);
    return true;
  }
}

/** A VS Code with one folder. */
function host(folder, settings = {}) {
  const found = {
    commands: new Map(),
    context: new Map(),
    providers: new Map(),
    diagnostics: new Map(),
    messages: [],
    tasks: [],
    controllers: [],
    panels: [],
    shown: [],
    executed: [],
    extensions: new Set(),
    debugged: [],
    opened: new EventEmitter(),
    closed: new EventEmitter(),
    changed: new EventEmitter(),
    saved: new EventEmitter(),
    configured: new EventEmitter(),
    diagnosed: new EventEmitter(),
  };
  const never = new EventEmitter().event;
  const documents = [];
  const setting = (name) => settings[name];
  const languages = {
    createDiagnosticCollection: () => ({
      set: (uri, list) => {
        found.diagnostics.set(uri.toString(), list ?? []);
        found.diagnosed.fire(uri);
      },
      delete: (uri) => found.diagnostics.delete(uri.toString()),
      clear: () => found.diagnostics.clear(),
      has: (uri) => found.diagnostics.has(uri.toString()),
      get: (uri) => found.diagnostics.get(uri.toString()),
      dispose: () => {},
    }),
    getDiagnostics: (uri) => found.diagnostics.get(uri.toString()) ?? [],
    match: (selector, document) =>
      [selector].flat().some((one) => (one.language ?? one) === document.languageId && (one.scheme ?? document.uri.scheme) === document.uri.scheme) ? 10 : 0,
  };
  const register = (name) => (_selector, provider, ...rest) => {
    found.providers.set(name, provider);
    found.providers.set(`${name}:rest`, rest);
    return new Disposable(() => found.providers.delete(name));
  };
  for (const name of [
    'CompletionItem', 'Hover', 'SignatureHelp', 'Definition', 'TypeDefinition', 'Implementation', 'Declaration', 'Reference', 'DocumentHighlight',
    'DocumentSymbol', 'CodeActions', 'CodeLens', 'DocumentFormattingEdit', 'DocumentRangeFormattingEdit', 'OnTypeFormattingEdit', 'Rename',
    'FoldingRange', 'SelectionRange', 'CallHierarchy', 'TypeHierarchy', 'InlayHints', 'InlineValues', 'Color', 'DocumentLink',
    'DocumentSemanticTokens', 'DocumentRangeSemanticTokens', 'LinkedEditingRange', 'InlineCompletionItem',
  ]) {
    languages[`register${name}Provider`] = register(name);
  }
  languages.registerWorkspaceSymbolProvider = (provider) => register('WorkspaceSymbol')(undefined, provider);

  const say = (kind) => async (text, ...choices) => {
    found.messages.push({ kind, text });
    return choices.length > 10 ? choices[0] : undefined;
  };
  const log = { append() {}, appendLine() {}, replace() {}, clear() {}, show() {}, hide() {}, dispose() {}, info() {}, warn() {}, error() {}, debug() {}, trace() {}, logLevel: 2, onDidChangeLogLevel: never };
  const vscode = {
    version: '1.95.0',
    env: { language: 'en', appName: 'Visual Studio Code', openExternal: async () => true },
    Disposable, EventEmitter, CancellationTokenSource, Uri, Position, Range, Selection, MarkdownString, CodeActionKind, WorkspaceEdit,
    CancellationError: class extends Error {},
    Location: class {
      constructor(uri, place) {
        Object.assign(this, { uri, range: place instanceof Position ? new Range(place, place) : place });
      }
    },
    TextEdit: class {
      constructor(range, newText) {
        Object.assign(this, { range, newText });
      }
      static replace(range, text) {
        return new this(range, text);
      }
      static insert(position, text) {
        return new this(new Range(position, position), text);
      }
      static delete(range) {
        return new this(range, '');
      }
    },
    Diagnostic: record('range', 'message', 'severity'),
    DiagnosticRelatedInformation: record('location', 'message'),
    Hover: class {
      constructor(contents, range) {
        Object.assign(this, { contents: [contents].flat(), range });
      }
    },
    CompletionItem: record('label', 'kind'),
    CompletionList: class {
      constructor(items = [], isIncomplete = false) {
        Object.assign(this, { items, isIncomplete });
      }
    },
    SnippetString: record('value'),
    SignatureHelp: record(), SignatureInformation: record('label', 'documentation'), ParameterInformation: record('label', 'documentation'),
    DocumentHighlight: record('range', 'kind'), SymbolInformation: record('name', 'kind', 'containerName', 'location'),
    DocumentSymbol: class {
      constructor(name, detail, kind, range, selectionRange) {
        Object.assign(this, { name, detail, kind, range, selectionRange, children: [] });
      }
    },
    CodeAction: record('title', 'kind'), CodeLens: record('range', 'command'), DocumentLink: record('range', 'target'),
    FoldingRange: record('start', 'end', 'kind'), SelectionRange: record('range', 'parent'), InlayHint: record('position', 'label', 'kind'),
    InlayHintLabelPart: record('value'), CallHierarchyItem: record('kind', 'name', 'detail', 'uri', 'range', 'selectionRange'),
    TypeHierarchyItem: record('kind', 'name', 'detail', 'uri', 'range', 'selectionRange'),
    CallHierarchyIncomingCall: record('from', 'fromRanges'), CallHierarchyOutgoingCall: record('to', 'fromRanges'),
    SemanticTokens: record('data', 'resultId'), SemanticTokensEdit: record('start', 'deleteCount', 'data'), SemanticTokensEdits: record('edits', 'resultId'),
    SemanticTokensLegend: record('tokenTypes', 'tokenModifiers'), LinkedEditingRanges: record('ranges', 'wordPattern'), RelativePattern: record('base', 'pattern'),
    Color: record(), ColorInformation: record(), ColorPresentation: record(), InlineValueText: record(), InlineValueVariableLookup: record(), InlineValueEvaluatableExpression: record(),
    InlineCompletionItem: record(), InlineCompletionList: record(), TabInputText: record('uri'), TabInputTextDiff: record(), TabInputCustom: record(), TabInputNotebook: record(),
    Task: record('definition', 'scope', 'name', 'source', 'execution', 'problemMatchers'), ProcessExecution: record('process', 'args', 'options'),
    TestMessage: record('message'),
    DiagnosticSeverity: numbers(0, 'Error', 'Warning', 'Information', 'Hint'), DiagnosticTag: numbers(1, 'Unnecessary', 'Deprecated'),
    CompletionItemKind: numbers(0, 'Text', 'Method', 'Function', 'Constructor', 'Field', 'Variable', 'Class', 'Interface', 'Module', 'Property', 'Unit', 'Value', 'Enum', 'Keyword', 'Snippet', 'Color', 'File', 'Reference', 'Folder', 'EnumMember', 'Constant', 'Struct', 'Event', 'Operator', 'TypeParameter'),
    CompletionItemTag: numbers(1, 'Deprecated'), CompletionTriggerKind: numbers(0, 'Invoke', 'TriggerCharacter', 'TriggerForIncompleteCompletions'),
    SymbolKind: numbers(0, 'File', 'Module', 'Namespace', 'Package', 'Class', 'Method', 'Property', 'Field', 'Constructor', 'Enum', 'Interface', 'Function', 'Variable', 'Constant', 'String', 'Number', 'Boolean', 'Array', 'Object', 'Key', 'Null', 'EnumMember', 'Struct', 'Event', 'Operator', 'TypeParameter'),
    SymbolTag: numbers(1, 'Deprecated'), DocumentHighlightKind: numbers(0, 'Text', 'Read', 'Write'), FoldingRangeKind: { Comment: 1, Imports: 2, Region: 3 },
    SignatureHelpTriggerKind: numbers(1, 'Invoke', 'TriggerCharacter', 'ContentChange'), CodeActionTriggerKind: numbers(1, 'Invoke', 'Automatic'),
    TextDocumentSaveReason: numbers(1, 'Manual', 'AfterDelay', 'FocusOut'), ProgressLocation: { SourceControl: 1, Window: 10, Notification: 15 },
    ViewColumn: { Beside: -2, Active: -1, One: 1 }, TaskScope: { Global: 1, Workspace: 2 }, TaskGroup: { Build: 'build', Test: 'test' }, TaskPanelKind: { Shared: 1, Dedicated: 2, New: 3 },
    TestRunProfileKind: { Run: 1, Debug: 2, Coverage: 3 }, InlayHintKind: { Type: 1, Parameter: 2 }, EndOfLine: { LF: 1, CRLF: 2 }, NotebookCellKind: { Markup: 1, Code: 2 },
    languages,
    commands: {
      registerCommand: (name, handler) => {
        found.commands.set(name, handler);
        return new Disposable(() => found.commands.delete(name));
      },
      executeCommand: async (name, ...args) => {
        if (name === 'setContext') return void found.context.set(args[0], args[1]);
        if (found.commands.has(name)) return found.commands.get(name)(...args);
        return void found.executed.push([name, ...args]);
      },
    },
    workspace: {
      isTrusted: true,
      textDocuments: documents,
      notebookDocuments: [],
      workspaceFolders: [{ uri: Uri.file(folder), name: path.basename(folder), index: 0 }],
      getWorkspaceFolder: (uri) => (uri.fsPath.startsWith(folder) ? vscode.workspace.workspaceFolders[0] : undefined),
      getConfiguration: (section) => ({ get: (name, otherwise) => setting(section ? `${section}.${name}` : name) ?? otherwise, inspect: () => undefined, has: () => false }),
      onDidChangeConfiguration: found.configured.event, onDidOpenTextDocument: found.opened.event, onDidCloseTextDocument: found.closed.event,
      onDidChangeTextDocument: found.changed.event, onDidSaveTextDocument: found.saved.event, onWillSaveTextDocument: never, onDidChangeWorkspaceFolders: never,
      onDidCreateFiles: never, onDidRenameFiles: never, onDidDeleteFiles: never, onWillCreateFiles: never, onWillRenameFiles: never, onWillDeleteFiles: never,
      onDidOpenNotebookDocument: never, onDidCloseNotebookDocument: never, onDidChangeNotebookDocument: never, onDidSaveNotebookDocument: never,
      createFileSystemWatcher: () => ({ onDidCreate: never, onDidChange: never, onDidDelete: never, dispose() {} }),
      findFiles: async () => [],
      asRelativePath: (name) => path.relative(folder, name.fsPath ?? name),
      applyEdit: async (edit) => {
        for (const [uri, edits] of edit.edits) documents.find((document) => document.uri.toString() === uri)?.apply(edits);
        return true;
      },
      openTextDocument: async (given) => given,
    },
    window: {
      visibleTextEditors: [], activeTextEditor: undefined, activeNotebookEditor: undefined,
      tabGroups: { all: [], onDidChangeTabs: never, close: async () => true },
      onDidChangeActiveTextEditor: never, onDidChangeVisibleTextEditors: never, onDidChangeWindowState: never, state: { focused: true },
      createOutputChannel: () => log,
      showInformationMessage: say('information'), showWarningMessage: say('warning'), showErrorMessage: say('error'),
      showQuickPick: async (items) => (found.picked = items)[0], showInputBox: async () => undefined, showSaveDialog: async () => undefined,
      showTextDocument: async (document, options) => void found.shown.push({ document, options }),
      withProgress: (_, task) => task({ report() {} }, new CancellationTokenSource().token),
      createWebviewPanel: (type, title, column, options) => {
        const received = new EventEmitter();
        const disposed = new EventEmitter();
        const panel = {
          type, title, column, options, visible: true, posted: [], reveal() {}, dispose: () => disposed.fire(), onDidDispose: disposed.event, received,
          webview: { html: '', cspSource: 'vscode-resource:', asWebviewUri: (uri) => uri, postMessage: async (message) => void panel.posted.push(message), onDidReceiveMessage: received.event },
        };
        found.panels.push(panel);
        return panel;
      },
    },
    extensions: { getExtension: (id) => (found.extensions.has(id) ? { id } : undefined) },
    debug: { startDebugging: async (folder, configuration) => found.debugged.push({ folder, configuration }) > 0 },
    tasks: {
      registerTaskProvider: (type, provider) => {
        found.taskProvider = provider;
        return new Disposable();
      },
      executeTask: async (task) => void found.tasks.push(task),
    },
    tests: {
      createTestController: (id, label) => {
        const collection = () => {
          const items = new Map();
          return {
            get size() {
              return items.size;
            },
            add: (item) => items.set(item.id, item),
            get: (name) => items.get(name),
            delete: (name) => items.delete(name),
            replace: (all) => {
              items.clear();
              all.forEach((item) => items.set(item.id, item));
            },
            [Symbol.iterator]: () => items.entries(),
          };
        };
        const controller = {
          id, label, items: collection(), runs: [], dispose() {},
          createTestItem(name, shown, uri) {
            const item = { id: name, label: shown, uri, children: undefined, parent: undefined };
            const children = collection();
            const { replace } = children;
            children.replace = (all) => {
              all.forEach((child) => (child.parent = item));
              replace(all);
            };
            item.children = children;
            return item;
          },
          createRunProfile: (name, kind, handler) => (controller.run = handler),
          createTestRun: () => {
            const run = { events: [], output: '', ended: false, end: () => (run.ended = true), appendOutput: (text) => (run.output += text) };
            for (const event of ['started', 'passed', 'failed', 'errored']) run[event] = (item, message) => run.events.push({ event, name: item.label, message });
            controller.runs.push(run);
            return run;
          },
        };
        found.controllers.push(controller);
        return controller;
      },
    },
  };

  /** Opens a document in an editor. */
  found.open = (name, text) => {
    const document = new Document(found, Uri.file(path.join(folder, name)), text);
    documents.push(document);
    vscode.window.activeTextEditor = { document, selection: new Selection(0, 0, 0, 0) };
    vscode.window.visibleTextEditors.push(vscode.window.activeTextEditor);
    found.opened.fire(document);
    return document;
  };
  found.vscode = vscode;
  return found;
}

/** Makes `require('vscode')` give this host. */
function install(made) {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    return request === 'vscode' ? 'vscode' : resolve.call(this, request, ...rest);
  };
  require.cache.vscode = { id: 'vscode', filename: 'vscode', loaded: true, exports: made.vscode, children: [], paths: [] };
}

module.exports = { host, install };
