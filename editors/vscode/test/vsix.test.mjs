// The package that is installed: it is made, and has what it needs, and nothing of the tests.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const extension = join(dirname(fileURLToPath(import.meta.url)), '..');

test('vsce packages the extension', () => {
  const vsix = join(mkdtempSync(join(tmpdir(), 'goo-vsix-')), 'goo.vsix');
  execFileSync('npm', ['run', '--silent', 'package', '--', '--out', vsix], { cwd: extension, stdio: 'pipe' });
  // A vsix is a zip: the names stand in its directory.
  const script = 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))';
  const names = execFileSync('python3', ['-c', script, vsix], { encoding: 'utf8' }).split('\n');
  for (const name of ['package.json', 'src/extension.js', 'src/graphView.js', 'media/graph.js', 'syntaxes/goo.tmLanguage.json', 'node_modules/vscode-languageclient/node.js']) {
    assert.ok(names.includes(`extension/${name}`), name);
  }
  const strays = names.filter((name) => /extension\/(test|node_modules\/(playwright|vscode-textmate|@vscode))/.test(name));
  assert.deepEqual(strays, []);
});
