import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import os from 'node:os';
import { describe, test } from 'node:test';

const goo = createRequire(import.meta.url)('../src/goo.js');

test('the command may stand in the home or in the workspace', () => {
  assert.equal(goo.commandPath('  ', undefined), 'goo');
  assert.equal(goo.commandPath('~/bin/goo', undefined), `${os.homedir()}/bin/goo`);
  assert.equal(goo.commandPath('${workspaceFolder}/goo', '/w'), '/w/goo');
});

test('arguments of a program stand behind --', () => {
  assert.deepEqual(goo.taskArguments({ command: 'run', path: 'a.goo', arguments: ['-x'] }), ['run', 'a.goo', '--', '-x']);
  assert.deepEqual(goo.taskArguments({ command: 'run', path: 'a.goo' }), ['run', 'a.goo']);
  assert.deepEqual(goo.taskArguments({ command: 'test', path: 'a.goo', arguments: ['name'] }), ['test', 'a.goo', 'name']);
  assert.deepEqual(goo.taskArguments({ command: 'check' }), ['check', '.']);
});

test('workers are set only if they are wanted', () => {
  assert.deepEqual(goo.environment({ A: '1' }, 4), { A: '1', GOO_WORKERS: '4' });
  assert.deepEqual(goo.environment({ A: '1' }, null), { A: '1' });
});

describe('tests are found', () => {
  test('with their names and lines', () => {
    const text = 'package main\n\ntest "a \\"b\\"" {\n}\ntest `raw` { assert true }\n';
    assert.deepEqual(goo.testsIn(text), [
      { name: 'a "b"', line: 2 },
      { name: 'raw', line: 4 },
    ]);
  });

  test('but not in strings, comments, or as names', () => {
    const text = 'var s = `\ntest "no" {\n`\n/*\ntest "no" {\n*/\nfunc f() {\n\ttest("no")\n\ttest := "`" // `\n}\ntest "yes" {}';
    assert.deepEqual(goo.testsIn(text), [{ name: 'yes', line: 10 }]);
  });
});

test('results of tests', () => {
  const output = 'FAILED  a (t.goo:5)\nok      b (c)\nok      d\n1 passed, 1 failed\n';
  assert.deepEqual([...goo.testResults(output)], [
    ['a', 'failed'],
    ['b (c)', 'passed'],
    ['d', 'passed'],
  ]);
});

test('crashes have their places, and what was compared', () => {
  const report = `crash: assertion failed: double(1) == 3
  why
  left: 2
  right: 3
  at t.goo:8:2
  | assert double(1) == 3, "why"
call stack:
  main.test "wrong"  t.goo:8
crash: x
  at u.goo:3:15
`;
  assert.deepEqual(goo.crashes(report), [
    { message: 'assertion failed: double(1) == 3\nwhy', file: 't.goo', line: 8, column: 2, left: '2', right: '3' },
    { message: 'x', file: 'u.goo', line: 3, column: 15 },
  ]);
});

test('a command that is not there is told as such', async () => {
  const missing = await goo.run('/nowhere/goo', ['version']).catch((error) => goo.notStarted('/nowhere/goo', error));
  assert.match(missing, /`\/nowhere\/goo` is not found\. Install it/);
});

test('a command that fails gives its status and output', async () => {
  const result = await goo.run(process.execPath, ['-e', 'console.log("out"); console.error("err"); process.exit(3)']);
  assert.deepEqual(result, { status: 3, stdout: 'out\n', stderr: 'err\n' });
});
