// Writes the queries of Helix and Zed from those of the grammar, whose captures have the names of nvim-treesitter.
//
//     node editors/queries.mjs           writes them
//     node editors/queries.mjs --check   tells whether they are written

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** The captures that have another name there; the longest prefix counts. */
const helix = {
  boolean: 'constant.builtin.boolean',
  character: 'constant.character',
  'function.call': 'function',
  'function.method.call': 'function.method',
  'keyword.conditional': 'keyword.control.conditional',
  'keyword.coroutine': 'keyword.control',
  'keyword.exception': 'keyword.control.exception',
  'keyword.import': 'keyword.control.import',
  'keyword.modifier': 'keyword.storage.modifier',
  'keyword.repeat': 'keyword.control.repeat',
  'keyword.return': 'keyword.control.return',
  'keyword.type': 'keyword.storage.type',
  module: 'namespace',
  number: 'constant.numeric.integer',
  'number.float': 'constant.numeric.float',
  property: 'variable.other.member',
  'string.escape': 'constant.character.escape',
  'type.definition': 'type',
  'variable.member': 'variable.other.member',
  'local.definition.function': 'local.definition.function',
  'local.definition.method': 'local.definition.function',
  'local.definition.parameter': 'local.definition.variable.parameter',
  'local.definition.var': 'local.definition.variable',
};

const zed = {
  character: 'string',
  'function.call': 'function',
  'function.method.call': 'function.method',
  'function.builtin': 'function.special',
  'keyword.conditional': 'keyword.control',
  'keyword.coroutine': 'keyword.control',
  'keyword.exception': 'keyword.control',
  'keyword.repeat': 'keyword.control',
  'keyword.return': 'keyword.control',
  module: 'namespace',
  'number.float': 'number',
  'type.definition': 'type',
  'variable.builtin': 'variable.special',
  'variable.member': 'property',
  'variable.parameter': 'variable.parameter',
};

const renamed = (text, names) =>
  text.replace(/@([a-z][a-z.]*)/g, (whole, name) => (Object.hasOwn(names, name) ? `@${names[name]}` : whole));

const read = (name) => readFileSync(join(here, 'tree-sitter-goo/queries', name), 'utf8');

const note = (source) => `; Written by editors/queries.mjs from tree-sitter-goo/queries/${source}.\n\n`;

const helixIndents = `; How lines are indented.

[
  (argument_list)
  (block)
  (child_list)
  (const_declaration)
  (enum_case_list)
  (field_declaration_list)
  (import_spec_list)
  (interface_type)
  (literal_value)
  (match_arms)
  (option_list)
  (parameter_list)
  (var_spec_list)
  (expression_case)
  (type_case)
  (communication_case)
  (after_case)
  (default_case)
] @indent

["}" ")" "]" "case" "default"] @outdent
`;

const textobjects = `; What is selected by itself: functions, tests, types, parameters, comments.

(function_declaration body: (block)? @function.inside) @function.around
(method_declaration body: (block)? @function.inside) @function.around
(func_literal body: (block) @function.inside) @function.around
(test_declaration body: (block) @test.inside) @test.around
(type_declaration (type_spec type: (_) @class.inside)) @class.around
(parameter_declaration) @parameter.inside
(comment) @comment.inside
(comment)+ @comment.around
(match_arm body: (_) @entry.inside) @entry.around
(child) @entry.around
`;

const outline = `; The outline.

(function_declaration "func" @context name: (identifier) @name) @item
(method_declaration "func" @context receiver: (parameter_list) @context name: (field_identifier) @name) @item
(type_declaration "type" @context (type_spec name: (type_identifier) @name) @item)
(type_declaration "type" @context (type_alias name: (type_identifier) @name) @item)
(enum_case name: (identifier) @name) @item
(source_file (const_declaration "const" @context (const_spec name: (identifier) @name) @item))
(source_file (var_declaration "var" @context (var_spec name: (identifier) @name) @item))
(test_declaration "test" @context name: (_) @name) @item
`;

const runnables = `; The arrows beside main and tests.

(function_declaration name: (identifier) @run (#eq? @run "main")) @_ (#set! tag goo-main)
(test_declaration name: (_ (interpreted_string_content) @run)) @_ (#set! tag goo-test)
`;

const files = {
  'helix/queries/goo/highlights.scm': note('highlights.scm') + renamed(read('highlights.scm'), helix),
  'helix/queries/goo/injections.scm': note('injections.scm') + read('injections.scm'),
  'helix/queries/goo/locals.scm': note('locals.scm') + renamed(read('locals.scm'), helix),
  'helix/queries/goo/tags.scm': note('tags.scm') + read('tags.scm'),
  'helix/queries/goo/indents.scm': helixIndents,
  'helix/queries/goo/textobjects.scm': textobjects,
  'zed/languages/goo/highlights.scm': note('highlights.scm') + renamed(read('highlights.scm'), zed),
  'zed/languages/goo/injections.scm': note('injections.scm') + read('injections.scm'),
  'zed/languages/goo/brackets.scm': '("{" @open "}" @close)\n("(" @open ")" @close)\n("[" @open "]" @close)\n',
  'zed/languages/goo/indents.scm': '(_ "{" "}" @end) @indent\n(_ "(" ")" @end) @indent\n(_ "[" "]" @end) @indent\n',
  'zed/languages/goo/outline.scm': outline,
  'zed/languages/goo/runnables.scm': runnables,
  'zed/languages/goo/textobjects.scm': textobjects.replaceAll('test.', 'function.').replace(/\(match_arm[^]*$/, ''),
  // Neovim finds queries in the folder of a plugin.
  ...Object.fromEntries(
    ['highlights', 'injections', 'folds', 'indents', 'locals'].map((name) => [
      `neovim/queries/goo/${name}.scm`,
      note(`${name}.scm`) + read(`${name}.scm`),
    ]),
  ),
};

let stale = 0;
for (const [path, text] of Object.entries(files)) {
  const target = join(here, path);
  let now = '';
  try {
    now = readFileSync(target, 'utf8');
  } catch {
    // It is written for the first time.
  }
  if (now === text) continue;
  if (process.argv.includes('--check')) {
    console.error(`${path} is old: node editors/queries.mjs`);
    stale++;
  } else {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}
process.exitCode = stale ? 1 : 0;
