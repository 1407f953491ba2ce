// The page's own side: shows the picture, and tells VS Code what is clicked.

(() => {
  'use strict';

  const vscode = acquireVsCodeApi();
  const graph = document.getElementById('graph');
  const state = document.getElementById('state');
  const filter = document.getElementById('filter');
  const saved = vscode.getState() ?? {};
  let scale = saved.scale ?? 0;
  filter.value = saved.filter ?? '';

  const keep = () => vscode.setState({ scale, filter: filter.value });
  const picture = () => graph.querySelector('svg');

  /** Replaces the picture. It is parsed as a document, so that no script in it can run. */
  function show(text) {
    const svg = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    if (svg.nodeName !== 'svg') {
      fail('The picture cannot be read.');
      return;
    }
    for (const element of svg.querySelectorAll('script, foreignObject')) element.remove();
    graph.replaceChildren(document.importNode(svg, true));
    for (const node of nodes()) {
      node.setAttribute('tabindex', '0');
      node.setAttribute('role', 'link');
    }
    const count = (name) => graph.querySelectorAll(`.node.${name}`).length;
    const parts = [
      ['task', count('task')],
      ['supervisor', count('supervisor')],
      ['channel', count('channel')],
    ];
    state.textContent = parts
      .filter(([, n]) => n > 0)
      .map(([name, n]) => `${n} ${name}${n === 1 ? '' : 's'}`)
      .join(' · ');
    if (state.textContent === '') state.textContent = 'The program starts no tasks and makes no channels.';
    zoom(scale);
    search();
  }

  function fail(message) {
    const text = document.createElement('pre');
    text.className = 'failure';
    text.textContent = message;
    graph.replaceChildren(text);
    state.textContent = '';
  }

  const nodes = () => graph.querySelectorAll('.node');

  /** 0 fits the picture into the window. */
  function zoom(to) {
    const svg = picture();
    scale = to;
    keep();
    if (!svg) return;
    const [, , width, height] = (svg.getAttribute('viewBox') ?? '0 0 600 400').split(/\s+/).map(Number);
    const fit = Math.min(1, (graph.clientWidth - 16) / width, (graph.clientHeight - 16) / height);
    const by = scale === 0 ? Math.max(0.2, fit) : scale;
    svg.setAttribute('width', String(Math.round(width * by)));
    svg.setAttribute('height', String(Math.round(height * by)));
    svg.dataset.scale = String(by);
  }

  const scaled = (by) => zoom(Math.min(4, Math.max(0.1, Number(picture()?.dataset.scale ?? 1) * by)));

  function search() {
    const wanted = filter.value.trim().toLowerCase();
    for (const node of nodes()) {
      const text = (node.textContent ?? '').toLowerCase();
      node.classList.toggle('dim', wanted !== '' && !text.includes(wanted));
    }
    keep();
  }

  function reveal(target) {
    const node = target instanceof Element ? target.closest('.node') : null;
    if (!node?.hasAttribute('data-file')) return;
    vscode.postMessage({ kind: 'reveal', file: node.getAttribute('data-file'), line: Number(node.getAttribute('data-line')) });
  }

  graph.addEventListener('click', (event) => reveal(event.target));
  graph.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' || event.key === ' ') reveal(event.target);
    else if (event.key === '+') scaled(1.25);
    else if (event.key === '-') scaled(0.8);
    else if (event.key === '0') zoom(0);
    else return;
    event.preventDefault();
  });
  graph.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey) return;
      scaled(event.deltaY < 0 ? 1.1 : 0.9);
      event.preventDefault();
    },
    { passive: false },
  );
  filter.addEventListener('input', search);
  document.getElementById('smaller').addEventListener('click', () => scaled(0.8));
  document.getElementById('larger').addEventListener('click', () => scaled(1.25));
  document.getElementById('whole').addEventListener('click', () => zoom(0));
  document.getElementById('refresh').addEventListener('click', () => vscode.postMessage({ kind: 'refresh' }));
  window.addEventListener('resize', () => scale === 0 && zoom(0));

  window.addEventListener('message', ({ data }) => {
    if (data.kind === 'graph') show(data.svg);
    else if (data.kind === 'failed') fail(data.message);
    else if (data.kind === 'busy') state.textContent = 'Drawing…';
  });
  vscode.postMessage({ kind: 'ready' });
})();
