#!/usr/bin/env node
// Stands between an editor and `goo lsp`, and writes down what they say to each other.
//
// `make` beside it starts the editors' tests with this as their server. A recording is lines of JSON: the first says who
// the client is and which files there were, the others are `{"client": message}` or `{"server": message}`, in the order in
// which they came by. The workspace's folder is `{{root}}` in it, that of the
// standard library `{{library}}`.
//
//     GOO         the real command
//     GOO_RECORD  the file that is written

import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the server puts the standard library. */
const LIBRARY = /file:\/\/[^"]*\/goo-library-[^/"]*/g;

const goo = process.env.GOO;
const target = process.env.GOO_RECORD;
const arguments_ = process.argv.slice(2);
if (arguments_[0] !== 'lsp') {
  // Everything but the server is passed on.
  spawn(goo, arguments_, { stdio: 'inherit' }).on('exit', (status) => process.exit(status ?? 1));
} else {
  record();
}

function record() {
  const server = spawn(goo, arguments_, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = [];
  let root;
  let head = {};

  /** Calls `each` with the messages of a stream. */
  const messages = (each) => {
    let pending = Buffer.alloc(0);
    return (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (;;) {
        const end = pending.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/content-length: *(\d+)/i.exec(pending.subarray(0, end).toString())[1]);
        if (pending.length < end + 4 + length) return;
        each(JSON.parse(pending.subarray(end + 4, end + 4 + length).toString()));
        pending = pending.subarray(end + 4 + length);
      }
    };
  };

  const fromClient = messages((message) => {
    if (message.method === 'initialize') {
      const { params } = message;
      root = fileURLToPath(params.rootUri ?? params.workspaceFolders[0].uri).replace(/\/$/, '');
      const files = readdirSync(root).filter((name) => name.endsWith('.goo'));
      head = { editor: params.clientInfo ?? {}, files: Object.fromEntries(files.map((name) => [name, readFileSync(`${root}/${name}`, 'utf8')])) };
      message = { ...message, params: { ...params, processId: null } };
    }
    lines.push({ client: message });
  });
  const fromServer = messages((message) => lines.push({ server: message }));

  process.stdin.on('data', (chunk) => {
    fromClient(chunk);
    server.stdin.write(chunk);
  });
  process.stdin.on('end', () => server.stdin.end());
  server.stdout.on('data', (chunk) => {
    fromServer(chunk);
    process.stdout.write(chunk);
  });
  let written = false;
  const write = () => {
    // A server of its own may run for the standard library, where a definition led.
    if (written || !head.files?.['main.goo']) return;
    written = true;
    const text = [head, ...lines].map((line) => JSON.stringify(line).replaceAll(root, '{{root}}').replace(LIBRARY, 'file://{{library}}'));
    writeFileSync(target, `${text.join('\n')}\n`);
  };
  server.on('exit', (status) => {
    write();
    process.exit(status ?? 0);
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => {
      write();
      server.kill();
      process.exit(0);
    });
  }
}
