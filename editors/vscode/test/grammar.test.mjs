// The colours of the TextMate grammar, as snapshots: each line of a file, then its tokens with their scopes.
//
//     UPDATE_SNAPSHOTS=1 node --test test/grammar.test.mjs     writes them: read them before keeping them

import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const oniguruma = require('vscode-oniguruma');
const textmate = require('vscode-textmate');

const here = dirname(fileURLToPath(import.meta.url));
const extension = join(here, '..');

const wasm = readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));

const registry = new textmate.Registry({
  onigLib: Promise.resolve({
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  }),
  loadGrammar: async (scope) => {
    if (scope !== 'source.goo') return null;
    const path = join(extension, 'syntaxes/goo.tmLanguage.json');
    return textmate.parseRawGrammar(readFileSync(path, 'utf8'), path);
  },
});
const grammar = await registry.loadGrammar('source.goo');

/** Each token that is no blank, with its scopes but the first. */
function snapshot(text) {
  const lines = [];
  let state = textmate.INITIAL;
  for (const line of text.trimEnd().split('\n')) {
    lines.push(`> ${line}`.trimEnd());
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    for (const token of tokens) {
      const part = line.slice(token.startIndex, token.endIndex);
      const scopes = token.scopes.slice(1).map((scope) => scope.replace(/\.goo$/, ''));
      if (part.trim() !== '') lines.push(`  ${part.trim()}  ${scopes.join(' ')}`.trimEnd());
    }
  }
  return `${lines.join('\n')}\n`;
}

for (const name of readdirSync(join(here, 'grammar')).filter((name) => name.endsWith('.goo'))) {
  test(`colours of ${name}`, () => {
    const found = snapshot(readFileSync(join(here, 'grammar', name), 'utf8'));
    const path = join(here, 'grammar', `${name}.snap`);
    if (process.env.UPDATE_SNAPSHOTS) writeFileSync(path, found);
    assert.equal(found, readFileSync(path, 'utf8'));
  });
}

test('every example is coloured to its end', () => {
  // A rule that does not end would colour all that follows as a string or comment.
  const examples = join(extension, '../../examples');
  for (const name of readdirSync(examples).filter((name) => name.endsWith('.goo'))) {
    const text = `${readFileSync(join(examples, name), 'utf8')}\nfunc last() {}\n`;
    assert.match(snapshot(text), /> func last\(\) \{\}\n {2}func {2}keyword\.function\n {2}last {2}entity\.name\.function\n/, name);
  }
});
