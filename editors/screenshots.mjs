// Makes the pictures of docs/editors.md: real editors in a terminal (tmux), and VS Code's graph page, photographed by Chromium.
//
//     node editors/screenshots.mjs [neovim] [emacs] [graph]
//
// It needs tmux, Chromium, what `editors/test` needs, and a built goo. NVIM is the Neovim that is shown.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const require = createRequire(join(here, 'vscode/package.json'));
const { chromium } = require('playwright-core');
const { html } = require('./src/graph.js');

const goo = realpathSync(process.env.GOO ?? join(root, 'target/release/goo'));
const out = join(root, 'docs/editors');
mkdirSync(out, { recursive: true });
const engine = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path && existsSync(path));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['neovim', 'emacs', 'graph'];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const browser = await chromium.launch({ executablePath: engine, args: ['--no-sandbox', '--disable-gpu'] });

const program = `package main

import "fmt"

type Job enum {
	Add(a, b int)
	Stop
}

// Does jobs until it is told to stop.
func worker(jobs <-chan Job, done chan<- int) {
	for job := range jobs {
		match job {
			Add(a, b) => done <- a + b
			Stop => return
		}
	}
}

func main() {
	jobs := make(chan Job, 16, redeliver: 1)
	done := make(chan int)
	go supervise one_for_one (max: 5 per 10s) {
		go worker(jobs, done)  workers 2
	}
	jobs <- Add(20, 22)
	fmt.Println(<-done)
	total := "none" + 1
}
`;

/** A folder with the program, and a home in which editors find their configuration. */
function workspace() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'shot-')));
  mkdirSync(join(folder, 'bin'));
  mkdirSync(join(folder, 'service'));
  writeFileSync(join(folder, 'service/main.goo'), program);
  writeFileSync(join(folder, 'service/goo.toml'), 'module = "service"\n');
  execFileSync('ln', ['-s', goo, join(folder, 'bin/goo')]);
  return folder;
}

/** Runs a command in a terminal, does what `steps` say, and gives the screen with its colours. */
async function terminal(folder, command, steps, size) {
  const socket = `goo-${process.pid}`;
  const tmux = (...args) => execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const env = { ...process.env, HOME: folder, TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8', PATH: `${folder}/bin:${process.env.PATH}` };
  execFileSync('tmux', ['-L', socket, '-f', '/dev/null', 'new-session', '-d', '-x', String(size.columns), '-y', String(size.rows), '-c', join(folder, 'service'), command], { env });
  try {
    tmux('set', '-g', 'default-terminal', 'tmux-256color');
    for (const step of steps) {
      if (typeof step === 'number') await wait(step);
      else tmux('send-keys', ...step);
    }
    return tmux('capture-pane', '-e', '-p');
  } finally {
    tmux('kill-server');
  }
}

const BASE = ['#1d1f21', '#cc6666', '#b5bd68', '#f0c674', '#81a2be', '#b294bb', '#8abeb7', '#c5c8c6', '#666666', '#d54e53', '#b9ca4a', '#e7c547', '#7aa6da', '#c397d8', '#70c0b1', '#eaeaea'];

function palette(n) {
  if (n < 16) return BASE[n];
  if (n > 231) return `rgb(${Array(3).fill(8 + (n - 232) * 10)})`;
  const level = (v) => (v === 0 ? 0 : 55 + v * 40);
  return `rgb(${[Math.floor((n - 16) / 36), Math.floor((n - 16) / 6) % 6, (n - 16) % 6].map(level)})`;
}

/** Text with SGR sequences as HTML. */
function coloured(text) {
  let style = {};
  let made = '';
  const escape = (s) => s.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const colour = (codes, at) => (codes[at + 1] === 5 ? [palette(codes[at + 2]), 2] : [`rgb(${codes.slice(at + 2, at + 5)})`, 4]);
  for (const part of text.split(/(\x1b\[[\d;:]*m|\x0e|\x0f)/)) {
    const sgr = /^\x1b\[([\d;:]*)m$/.exec(part);
    if (!sgr) {
      if (part === '' || part === '\x0e' || part === '\x0f') continue;
      const [front, back] = style.reverse ? [style.back ?? '#1d1f21', style.front ?? '#c5c8c6'] : [style.front, style.back];
      const css = [front && `color:${front}`, back && `background:${back}`, style.bold && 'font-weight:bold', style.italic && 'font-style:italic', style.under && 'text-decoration:underline'].filter(Boolean);
      made += `<span style="${css.join(';')}">${escape(part)}</span>`;
      continue;
    }
    const codes = sgr[1].split(/[;:]/).map(Number);
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at];
      if (code === 0) style = {};
      else if (code === 1) style.bold = true;
      else if (code === 3) style.italic = true;
      else if (code === 4) style.under = true;
      else if (code === 7) style.reverse = true;
      else if (code === 22) style.bold = false;
      else if (code === 23) style.italic = false;
      else if (code === 24) style.under = false;
      else if (code === 27) style.reverse = false;
      else if (code >= 30 && code <= 37) style.front = BASE[code - 30];
      else if (code === 39) delete style.front;
      else if (code >= 40 && code <= 47) style.back = BASE[code - 40];
      else if (code === 49) delete style.back;
      else if (code >= 90 && code <= 97) style.front = BASE[code - 82];
      else if (code >= 100 && code <= 107) style.back = BASE[code - 92];
      else if (code === 38 || code === 48 || code === 58) {
        const [found, used] = colour(codes, at);
        if (code === 38) style.front = found;
        if (code === 48) style.back = found;
        at += used;
      }
    }
  }
  return made;
}

async function photograph(name, screen, back) {
  const page = await browser.newPage({ deviceScaleFactor: 1 });
  await page.setContent(`<body style="margin:0;background:${back}"><pre id="shot" style="margin:0;padding:10px 12px;display:inline-block;color:#c5c8c6;background:${back};font:13px/17px 'DejaVu Sans Mono','Liberation Mono',monospace">${coloured(screen.trimEnd())}</pre></body>`);
  await page.locator('#shot').screenshot({ path: join(out, name) });
  await page.close();
}

const size = { columns: 100, rows: 32 };

async function neovim() {
  const folder = workspace();
  writeFileSync(
    join(folder, 'init.lua'),
    `vim.opt.runtimepath:prepend(${JSON.stringify(join(here, 'neovim'))})
vim.opt.termguicolors = true
vim.opt.swapfile = false
vim.opt.number = true
vim.opt.signcolumn = "yes"
pcall(vim.diagnostic.config, { virtual_text = true })
vim.cmd("filetype plugin indent on | syntax on")
`,
  );
  const nvim = process.env.NVIM ?? 'nvim';
  spawnSync(nvim, ['--headless', '-u', join(folder, 'init.lua'), '-c', 'GooInstallGrammar', '-c', 'qall!'], { cwd: folder });
  const steps = [5000, [':call search("jobs, done)")', 'Enter'], [':nohlsearch', 'Enter'], [':lua vim.lsp.buf.hover()', 'Enter'], 3000];
  const screen = await terminal(folder, `${nvim} -i NONE -u ${folder}/init.lua main.goo`, steps, size);
  await photograph('neovim.png', screen, '#14161b');
  rmSync(join(here, 'neovim/parser'), { recursive: true, force: true });
  rmSync(folder, { recursive: true });
}

async function emacs() {
  const folder = workspace();
  writeFileSync(
    join(folder, 'init.el'),
    `(package-initialize)
(add-to-list 'load-path ${JSON.stringify(join(here, 'emacs'))})
(require 'goo-mode)
(setq native-comp-async-report-warnings-errors 'silent warning-minimum-level :error)
(setq inhibit-startup-screen t eldoc-echo-area-use-multiline-p 4)
(menu-bar-mode -1)
(load-theme 'tango-dark t)
(global-display-line-numbers-mode)
(add-hook 'goo-mode-hook #'eglot-ensure)
`,
  );
  const steps = [6000, ['C-s'], ['-l', 'jobs, done)'], ['Enter'], ['C-r'], ['-l', 'jobs'], ['Enter'], 4000];
  const screen = await terminal(folder, `emacs -nw -q -l ${folder}/init.el main.goo`, steps, size);
  await photograph('emacs.png', screen, '#2e3436');
  rmSync(folder, { recursive: true });
}

/** The page in VS Code's dark colours. */
async function graph() {
  const drawn = spawnSync(goo, ['graph', '--format', 'svg', 'examples/service.goo'], { cwd: root, encoding: 'utf8' });
  if (drawn.status !== 0) throw new Error(`goo graph: ${drawn.stderr}`);
  const svg = drawn.stdout;
  const page = await browser.newPage({ viewport: { width: 900, height: 330 } });
  const media = (name) => readFileSync(join(here, 'vscode/media', name), 'utf8');
  await page.route('http://page/**', (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === '/graph.js') return route.fulfill({ contentType: 'text/javascript', body: media('graph.js') });
    if (path === '/graph.css') return route.fulfill({ contentType: 'text/css', body: media('graph.css') });
    return route.fulfill({ contentType: 'text/html', body: html({ title: 'Channels', nonce: 'n', source: 'http://page', script: 'http://page/graph.js', style: 'http://page/graph.css' }) });
  });
  await page.addInitScript(() => {
    window.acquireVsCodeApi = () => ({ postMessage() {}, getState() {}, setState() {} });
  });
  await page.goto('http://page/');
  const dark = { foreground: '#cccccc', 'editor-background': '#1e1e1e', 'editorWidget-background': '#252526', 'input-background': '#3c3c3c', 'input-foreground': '#cccccc', 'button-secondaryBackground': '#3a3d41', 'button-secondaryForeground': '#ffffff', 'charts-blue': '#3794ff', 'charts-orange': '#d18616', 'charts-green': '#89d185' };
  await page.evaluate((colours) => {
    for (const [name, colour] of Object.entries(colours)) document.documentElement.style.setProperty(`--vscode-${name}`, colour);
  }, dark);
  await page.evaluate((text) => window.postMessage({ kind: 'graph', svg: text }), svg);
  await page.waitForSelector('svg .node');
  await page.screenshot({ path: join(out, 'graph.png') });
  await page.close();
}

try {
  for (const name of wanted) {
    await { neovim, emacs, graph }[name]();
    console.log(`docs/editors/${name}.png`);
  }
} finally {
  await browser.close();
}
