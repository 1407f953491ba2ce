// The `goo` command: where it is, how it is called, what it prints. Knows nothing of VS Code.

'use strict';

const os = require('node:os');
const path = require('node:path');
const { execFile } = require('node:child_process');

/**
 * The command of the setting `goo.path`, with `~` and `${workspaceFolder}` replaced.
 * @param {string | undefined} setting
 * @param {string | undefined} folder the workspace's folder
 * @returns {string}
 */
function commandPath(setting, folder) {
  const text = (setting ?? '').trim() || 'goo';
  const home = text === '~' || /^~[\\/]/.test(text) ? path.join(os.homedir(), text.slice(1)) : text;
  return home.replaceAll('${workspaceFolder}', folder ?? '.');
}

/**
 * What a task runs.
 * @typedef {{ command: 'run' | 'build' | 'check' | 'test', path?: string, arguments?: string[] }} Definition
 */

/**
 * The arguments of a task.
 * @param {Definition} definition
 * @returns {string[]}
 */
function taskArguments(definition) {
  const given = definition.arguments ?? [];
  const target = definition.path ?? '.';
  if (definition.command === 'run' && given.length > 0) return ['run', target, '--', ...given];
  return [definition.command, target, ...given];
}

/**
 * What a debugger is to be told, in the words of its extension.
 * @param {string} type
 * @param {string} name
 * @param {{ program: string, cwd: string, args: string[], environment: Record<string, string> }} given
 * @returns {Record<string, unknown>}
 */
function debugConfiguration(type, name, { program, cwd, args, environment: set }) {
  const common = { type, request: 'launch', name: `Debug ${name}`, program, cwd, args };
  if (type === 'cppdbg') {
    const variables = Object.entries(set).map(([name, value]) => ({ name, value }));
    return { ...common, environment: variables, MIMode: process.platform === 'darwin' ? 'lldb' : 'gdb' };
  }
  return { ...common, env: set };
}

/**
 * The environment of programs and of the server: what is set, over what is there.
 * @param {Record<string, string>} set
 * @param {number | null | undefined} workers
 * @returns {Record<string, string>}
 */
function environment(set, workers) {
  return workers ? { ...set, GOO_WORKERS: String(workers) } : { ...set };
}

/**
 * The `test` blocks of a text: names and lines, from 0.
 * @param {string} text
 * @returns {{ name: string, line: number }[]}
 */
function testsIn(text) {
  const tests = [];
  let raw = false;
  let comment = false;
  for (const [line, content] of text.split('\n').entries()) {
    if (!raw && !comment) {
      // Declarations begin at the margin: gofmt's habit, and Goo's.
      const found = /^test\s+("(?:[^"\\]|\\.)*"|`[^`]*`)\s*\{/.exec(content);
      if (found) tests.push({ name: unquoted(found[1]), line });
    }
    ({ raw, comment } = after(content, raw, comment));
  }
  return tests;
}

/** Whether a line ends within a raw string or a comment. */
function after(line, raw, comment) {
  for (let at = 0; at < line.length; at++) {
    if (raw) {
      raw = line[at] !== '`';
    } else if (comment) {
      if (line.startsWith('*/', at)) {
        comment = false;
        at++;
      }
    } else if (line[at] === '`') {
      raw = true;
    } else if (line.startsWith('/*', at)) {
      comment = true;
      at++;
    } else if (line.startsWith('//', at)) {
      break;
    } else if (line[at] === '"' || line[at] === "'") {
      const quote = line[at];
      for (at++; at < line.length && line[at] !== quote; at++) if (line[at] === '\\') at++;
    }
  }
  return { raw, comment };
}

const ESCAPES = { n: '\n', t: '\t', r: '\r', '\\': '\\', '"': '"', "'": "'" };

/** The text of a quoted string, as far as names of tests need it. */
function unquoted(quoted) {
  if (quoted.startsWith('`')) return quoted.slice(1, -1);
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, c) => ESCAPES[c] ?? c);
}

/**
 * What `goo test` said of each test.
 * @param {string} output
 * @returns {Map<string, 'passed' | 'failed'>}
 */
function testResults(output) {
  const results = new Map();
  for (const line of output.split('\n')) {
    const found = /^(ok|FAILED) {2,}(.*?)(?: \([^()]*:\d+\))?\r?$/.exec(line);
    if (found) results.set(found[2], found[1] === 'ok' ? 'passed' : 'failed');
  }
  return results;
}

/**
 * The crashes in a report: message, file, line and column, from 1; what an `assert` compared.
 * @param {string} output
 * @returns {{ message: string, file: string, line: number, column: number, left?: string, right?: string }[]}
 */
function crashes(output) {
  const found = [];
  let crash;
  for (const line of output.split(/\r?\n/)) {
    const begins = /^crash: (.*)$/.exec(line);
    const place = /^ {2}at (.+?):(\d+):(\d+)$/.exec(line);
    const side = /^ {2}(left|right): (.*)$/.exec(line);
    if (begins) {
      crash = { message: begins[1] };
    } else if (place && crash) {
      found.push({ ...crash, file: place[1], line: Number(place[2]), column: Number(place[3]) });
      crash = undefined;
    } else if (side && crash) {
      crash[side[1]] = side[2];
    } else if (crash && line.startsWith('  ')) {
      crash.message += `\n${line.slice(2)}`;
    }
  }
  return found;
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, signal?: AbortSignal }} [options]
 * @returns {Promise<{ status: number, stdout: string, stderr: string }>} rejected if it cannot be started
 */
function run(command, args, options = {}) {
  const env = { ...process.env, ...options.env };
  return new Promise((resolve, reject) => {
    execFile(command, args, { ...options, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number' && !error.killed) reject(error);
      else resolve({ status: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/**
 * What to say if the command cannot be started.
 * @param {string} command
 * @param {unknown} error
 * @returns {string}
 */
function notStarted(command, error) {
  // The language client gives a text only.
  const reason = /\bENOENT\b/.test(String(error)) ? 'is not found' : `cannot be started (${error})`;
  return `\`${command}\` ${reason}. Install it with \`cargo install --path cli\` in a copy of Goo, or set \`goo.path\`.`;
}

module.exports = { commandPath, crashes, debugConfiguration, environment, notStarted, run, taskArguments, testResults, testsIn };
