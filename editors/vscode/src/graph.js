// The page that shows a program's channel graph. The picture is `goo graph --format svg`, whose nodes have their places in
// `data-file` and `data-line`; this file puts it into a page that VS Code can show, with its colours.

'use strict';

const escape = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);

/**
 * @param {{ title: string, nonce: string, source: string, script: string, style: string }} page
 *   `source` is where the page may take scripts and styles from; `script` and `style` are addresses
 * @returns {string}
 */
function html({ title, nonce, source, script, style }) {
  const policy = `default-src 'none'; style-src ${source} 'unsafe-inline'; script-src 'nonce-${nonce}'; img-src ${source} data:`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escape(title)}</title>
<link rel="stylesheet" href="${escape(style)}">
</head>
<body>
<header>
<input id="filter" type="search" placeholder="Filter by name" aria-label="Filter nodes by name">
<button id="smaller" title="Smaller" aria-label="Smaller">−</button>
<button id="whole" title="Fit to the window">Fit</button>
<button id="larger" title="Larger" aria-label="Larger">+</button>
<button id="refresh" title="Draw it anew">Refresh</button>
<span id="state" role="status"></span>
</header>
<main id="graph" tabindex="0"></main>
<script nonce="${nonce}" src="${escape(script)}"></script>
</body>
</html>
`;
}

/**
 * A graph that is shown: asks for the picture, hands it to the page, and goes where the reader clicks.
 */
class Graph {
  /**
   * @param {{
   *   draw: () => Promise<string>,
   *   post: (message: object) => void,
   *   reveal: (file: string, line: number) => void,
   * }} host `draw` gives an SVG, and is rejected with what to tell the reader
   */
  constructor(host) {
    this.host = host;
    this.round = 0;
  }

  /** Draws the graph anew. Of several that overlap, the last one counts. */
  async refresh() {
    const round = ++this.round;
    this.host.post({ kind: 'busy' });
    let message;
    try {
      message = { kind: 'graph', svg: await this.host.draw() };
    } catch (error) {
      message = { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
    if (round === this.round) this.host.post(message);
  }

  /**
   * What the page says.
   * @param {{ kind: string, file?: string, line?: number }} message
   */
  receive(message) {
    if (message.kind === 'ready' || message.kind === 'refresh') return this.refresh();
    if (message.kind === 'reveal' && typeof message.file === 'string' && Number.isInteger(message.line)) {
      this.host.reveal(message.file, message.line);
    }
    return Promise.resolve();
  }
}

module.exports = { Graph, html };
