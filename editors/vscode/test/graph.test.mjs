// The channel graph: its logic, then its page in a real browser, with the security policy that VS Code gives it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { Graph, html } = require('../src/graph.js');
const here = dirname(fileURLToPath(import.meta.url));
const svg = readFileSync(join(here, 'graph.svg'), 'utf8');

describe('the graph', () => {
  const shown = (draw) => {
    const posted = [];
    const revealed = [];
    const graph = new Graph({ draw, post: (message) => posted.push(message), reveal: (...place) => revealed.push(place) });
    return { graph, posted, revealed };
  };

  test('is drawn when the page is ready', async () => {
    const { graph, posted } = shown(async () => svg);
    await graph.receive({ kind: 'ready' });
    assert.deepEqual(posted, [{ kind: 'busy' }, { kind: 'graph', svg }]);
  });

  test('says why it cannot be drawn', async () => {
    const { graph, posted } = shown(async () => {
      throw new Error('main.goo has errors');
    });
    await graph.refresh();
    assert.deepEqual(posted.at(-1), { kind: 'failed', message: 'main.goo has errors' });
  });

  test('shows the last of several drawings, whichever comes first', async () => {
    const waiting = [];
    const { graph, posted } = shown(() => new Promise((resolve) => waiting.push(resolve)));
    const rounds = [graph.refresh(), graph.refresh()];
    waiting[1]('new');
    waiting[0]('old');
    await Promise.all(rounds);
    assert.deepEqual(posted.filter((message) => message.kind === 'graph'), [{ kind: 'graph', svg: 'new' }]);
  });

  test('reveals places, and nothing else', async () => {
    const { graph, revealed } = shown(async () => svg);
    await graph.receive({ kind: 'reveal', file: 'a.goo', line: 3 });
    await graph.receive({ kind: 'reveal', file: 'a.goo', line: '3' });
    await graph.receive({ kind: 'reveal' });
    assert.deepEqual(revealed, [['a.goo', 3]]);
  });
});

const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);

describe('the page', { skip: chromium ? false : 'no Chromium: apt-get install chromium, or set CHROMIUM' }, () => {
  let browser;
  let server;
  let address;

  before(async () => {
    const { chromium: engine } = require('playwright-core');
    browser = await engine.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
    server = createServer((request, response) => {
      const types = { js: 'text/javascript', css: 'text/css' };
      const file = join(here, '../media', request.url.slice(1));
      if (request.url === '/') {
        response.setHeader('content-type', 'text/html');
        response.end(html({ title: 'Channels', nonce: 'abc', source: address, script: '/graph.js', style: '/graph.css' }));
      } else if (existsSync(file)) {
        response.setHeader('content-type', types[file.split('.').at(-1)]);
        response.end(readFileSync(file));
      } else {
        response.statusCode = request.url === '/favicon.ico' ? 204 : 404;
        response.end();
      }
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${server.address().port}`;
  });

  after(async () => {
    await browser?.close();
    server?.close();
  });

  /** The page with a graph, and what it tells VS Code. */
  async function open(draw = async () => svg) {
    const page = await browser.newPage({ viewport: { width: 700, height: 400 } });
    const told = [];
    const mistakes = [];
    page.on('pageerror', (error) => mistakes.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && mistakes.push(message.text()));
    const graph = new Graph({
      draw,
      post: (message) => page.evaluate((data) => window.postMessage(data), message),
      reveal: (file, line) => told.push(`${file}:${line}`),
    });
    await page.exposeFunction('toExtension', (message) => graph.receive(message));
    await page.addInitScript(() => {
      let state;
      window.acquireVsCodeApi = () => ({
        postMessage: (message) => window.toExtension(message),
        getState: () => state,
        setState: (next) => (state = next),
      });
    });
    await page.goto(address);
    return { page, told, mistakes };
  }

  test('shows the picture and counts what is in it', async () => {
    const { page, mistakes } = await open();
    await page.waitForSelector('svg .node');
    assert.equal(await page.textContent('#state'), '2 tasks · 1 channel');
    assert.equal(await page.locator('svg .node').count(), 3);
    assert.deepEqual(mistakes, []);
    await page.close();
  });

  test('goes to a place by mouse and by keyboard', async () => {
    const { page, told } = await open();
    await page.click('#c0 .shape');
    await page.focus('#t1');
    await page.keyboard.press('Enter');
    await page.waitForTimeout(50);
    assert.deepEqual(told, ['main.goo:15', 'worker.goo:3']);
    await page.close();
  });

  test('filters and zooms', async () => {
    const { page } = await open();
    await page.waitForSelector('svg .node');
    await page.fill('#filter', 'JOBS');
    assert.equal(await page.locator('svg .node.dim').count(), 2);
    const width = async () => Number(await page.getAttribute('#graph > svg', 'width'));
    const before = await width();
    await page.click('#larger');
    assert.ok((await width()) > before);
    await page.click('#whole');
    assert.equal(await width(), before);
    await page.close();
  });

  test('runs no script of a picture', async () => {
    const bad = svg.replace('</svg>', '<script>window.bad = 1</script><a href="javascript:window.bad=1"><text>x</text></a></svg>');
    const { page } = await open(async () => bad);
    await page.waitForSelector('svg .node');
    assert.equal(await page.evaluate(() => window.bad), undefined);
    await page.close();
  });

  test('says what is wrong, and draws anew when asked', async () => {
    let round = 0;
    const { page } = await open(async () => {
      if (round++ === 0) throw new Error('error[syntax]: <no>');
      return svg;
    });
    await page.waitForSelector('.failure');
    assert.equal(await page.textContent('.failure'), 'error[syntax]: <no>');
    await page.click('#refresh');
    await page.waitForSelector('svg .node');
    await page.close();
  });

  test('shows what goo graph draws', async () => {
    const { goo, repository } = await import('./goo-command.mjs');
    const drawn = spawnSync(goo, ['graph', '--format', 'svg', 'examples/pipeline.goo'], { cwd: repository, encoding: 'utf8' });
    assert.equal(drawn.status, 0, drawn.stderr);
    const { page, told, mistakes } = await open(async () => drawn.stdout);
    await page.locator('svg .node.channel').first().locator('.shape').first().click();
    await page.waitForTimeout(50);
    assert.match(told[0], /^examples\/pipeline\.goo:\d+$/);
    assert.deepEqual(mistakes, []);
    await page.close();
  });
});
