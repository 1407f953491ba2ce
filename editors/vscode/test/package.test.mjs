// What package.json promises: patterns that match what `goo` prints, files that are there, snippets that compile.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { goo } from './goo-command.mjs';

const extension = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(extension, 'package.json'), 'utf8'));
const { contributes } = manifest;

/** What the patterns of a problem matcher find, as VS Code reads them: line after line. */
function problems(name, output) {
  const { pattern } = contributes.problemMatchers.find((matcher) => matcher.name === name);
  const lines = output.split('\n');
  const found = [];
  for (let at = 0; at + pattern.length <= lines.length; at++) {
    const problem = {};
    const all = pattern.every((one, index) => {
      const match = new RegExp(one.regexp).exec(lines[at + index]);
      for (const part of ['severity', 'code', 'message', 'file', 'line', 'column']) {
        if (match && one[part] !== undefined) problem[part] = match[one[part]];
      }
      return match !== null;
    });
    if (all) found.push(problem);
  }
  return found;
}

function run(args, text) {
  const folder = mkdtempSync(join(tmpdir(), 'goo-'));
  writeFileSync(join(folder, 'main.goo'), text);
  return spawnSync(goo, [...args, 'main.goo'], { cwd: folder, encoding: 'utf8' });
}

test('diagnostics are found', () => {
  const { stderr } = run(['check'], 'package main\n\nfunc main() {\n\tx := 1\n\tvar y int = "a"\n}\n');
  const found = problems('goo', stderr);
  assert.ok(found.length >= 2, stderr);
  for (const problem of found) {
    assert.equal(problem.severity, 'error');
    assert.equal(problem.file, 'main.goo');
    assert.match(problem.line, /^[45]$/);
  }
});

test('crashes are found', () => {
  const { stderr } = run(['run'], 'package main\n\nfunc main() {\n\tpanic("x")\n}\n');
  assert.deepEqual(problems('goo-crash', stderr), [{ message: 'x', file: 'main.goo', line: '4', column: '2' }]);
});

test('failed assertions are found, with and without a message', () => {
  const text = 'package main\n\nfunc two() int { return 2 }\n\nfunc main() {\n\tassert true\n\tassert two() == 3\n}\n';
  const first = problems('goo-assert', run(['run'], text).stderr);
  assert.deepEqual(first, [{ message: 'assertion failed: two() == 3', file: 'main.goo', line: '7', column: '2' }]);
  const second = problems('goo-assert-message', run(['run'], text.replace('\tassert two() == 3\n', '\tassert two() == 3, "so"\n')).stderr);
  assert.deepEqual(second, [{ message: 'assertion failed: two() == 3', file: 'main.goo', line: '7', column: '2' }]);
});

test('the files that the manifest names are there', () => {
  const paths = [
    manifest.main,
    ...contributes.languages.map((language) => language.configuration),
    ...contributes.grammars.map((grammar) => grammar.path),
    ...contributes.snippets.map((snippet) => snippet.path),
    ...contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps.map((step) => step.media.markdown)),
  ];
  for (const path of paths) assert.ok(existsSync(join(extension, path)), path);
});

test('menus and walkthroughs name commands that there are', () => {
  const known = new Set(contributes.commands.map((command) => command.command));
  const used = Object.values(contributes.menus).flat().map((item) => item.command);
  const links = JSON.stringify(contributes.walkthroughs).match(/command:goo\.\w+/g).map((link) => link.slice(8));
  for (const command of [...used, ...links]) assert.ok(known.has(command), command);
});

test('patterns of the language configuration are regular expressions', () => {
  const language = JSON.parse(readFileSync(join(extension, 'language-configuration.json'), 'utf8'));
  const increase = new RegExp(language.indentationRules.increaseIndentPattern);
  const decrease = new RegExp(language.indentationRules.decreaseIndentPattern);
  for (const line of ['func f() {', '\tcase x > 1:', 'default:', '\tfoo(', 'select { // why']) assert.match(line, increase);
  for (const line of ['x := 1', '// a {', 'f() { g() }', 's := "a"']) assert.doesNotMatch(line, increase);
  for (const line of ['}', '\t) + 1', 'case <-ch:', 'default:']) assert.match(line, decrease);
  assert.match('größe_2', new RegExp(`^(?:${language.wordPattern})$`, 'u'));
});

test('snippets are programs that the formatter reads', () => {
  const snippets = JSON.parse(readFileSync(join(extension, 'snippets/goo.json'), 'utf8'));
  const plain = (body) =>
    body
      .join('\n')
      .replace(/\$\{\d+\|([^,|]*)[^}]*\}/g, '$1')
      .replace(/\$\{(\d+):([^}]*)\}/g, '$2')
      .replace(/\$\{\d+\}|\$0/g, '')
      .replace(/\$\d/g, 'x');
  for (const [name, { body }] of Object.entries(snippets)) {
    const text = plain(body);
    const readings = [text, `package p\n${text}`, `package p\nfunc f() {\n${text}\n}\n`];
    const read = readings.some((input) => spawnSync(goo, ['fmt', '-'], { input }).status === 0);
    assert.ok(read, `${name}:\n${text}`);
  }
});
