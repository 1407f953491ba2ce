// The search: all names are in `names.js`, so it needs no server, and works from a disk.
"use strict";
(() => {
  const MOST = 30;
  const input = document.getElementById("search");
  const list = document.getElementById("found");
  const root = document.body.dataset.root;
  let chosen = -1;

  // How well a name fits, lower is better; nothing if it does not.
  function rank(name, path, query) {
    const whole = (path ? path + "." + name : name).toLowerCase();
    const full = name.toLowerCase();
    const last = full.slice(full.lastIndexOf(".") + 1);
    if (last === query || full === query || whole === query) return 0;
    if (last.startsWith(query) || full.startsWith(query)) return 1;
    if (whole.startsWith(query)) return 2;
    if (full.includes(query)) return 3;
    if (whole.includes(query)) return 4;
    // The letters in order, as abbreviations have them.
    let at = -1;
    for (const letter of query) {
      at = whole.indexOf(letter, at + 1);
      if (at < 0) return undefined;
    }
    return query.length > 2 ? 5 : undefined;
  }

  function find(query) {
    const found = [];
    for (const entry of window.gooNames) {
      const rating = rank(entry[0], entry[2], query);
      if (rating !== undefined) found.push([rating, entry[0].length, entry]);
    }
    found.sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2][0] < b[2][0] ? -1 : 1));
    return found.slice(0, MOST).map((hit) => hit[2]);
  }

  function show() {
    const query = input.value.trim().toLowerCase();
    list.replaceChildren();
    chosen = -1;
    for (const [name, kind, path, address, gist] of query ? find(query) : []) {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      const link = document.createElement("a");
      link.href = root + address;
      link.tabIndex = -1;
      const word = document.createElement("span");
      word.className = "kind";
      word.textContent = kind + " ";
      const about = document.createElement("span");
      about.className = "gist";
      about.textContent = gist;
      link.append(word, path ? path + "." + name : name, about);
      link.addEventListener("click", close);
      item.append(link);
      list.append(item);
    }
    if (query && !list.children.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = "Nothing is called so.";
      list.append(none);
    }
    list.hidden = !query;
    input.setAttribute("aria-expanded", String(!list.hidden));
    choose(0);
  }

  function choose(index) {
    const options = list.querySelectorAll("[role=option]");
    if (!options.length) return;
    options[chosen]?.setAttribute("aria-selected", "false");
    chosen = (index + options.length) % options.length;
    options[chosen].setAttribute("aria-selected", "true");
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.blur();
  }

  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter") list.querySelectorAll("[role=option]")[chosen]?.querySelector("a").click();
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== input && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".search")) close();
  });
})();
