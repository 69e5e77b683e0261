// Search in the browser. Pagefind's index is loaded when the field is first used; results are a plain list of links.
(() => {
  "use strict";
  const form = document.querySelector(".search");
  if (!form) return;
  const input = form.querySelector("input");
  const { root, failed, all } = form.dataset;
  const language = document.documentElement.lang;
  const LIMIT = 8;
  const SHORTEST = 2;
  const PAUSE = 120;
  let engine = null;
  let turn = 0;
  let told = null;

  // The index lies in shards: the first brings what runs, the others are merged with it.
  const load = () => {
    engine ??= (async () => {
      const at = (path) => new URL(`${root}pagefind/${language}${path}`, document.baseURI).href;
      const options = { baseUrl: new URL(root, document.baseURI).pathname, excerptLength: 22 };
      const [found, answer] = await Promise.all([import(at("/0/pagefind.js")), fetch(at(".json"))]);
      told = await answer.json();
      await found.options(options);
      await found.init();
      const others = Array.from({ length: told.shards - 1 }, (_, number) => at(`/${number + 1}/`));
      await Promise.all(others.map((other) => found.mergeIndex(other, { ...options, language })));
      return found;
    })();
    return engine;
  };

  const element = (name, text, attributes = {}) => {
    const made = Object.assign(document.createElement(name), attributes);
    if (text) made.textContent = text;
    return made;
  };

  // Only of use with this script.
  const status = element("p", "", { className: "hidden", id: "q-status", role: "status" });
  const box = element("div", "", { className: "results", hidden: true });
  form.append(element("kbd", "/", { ariaHidden: "true" }), status, box);
  input.setAttribute("aria-describedby", status.id);

  const show = (...content) => {
    box.replaceChildren(...content);
    box.hidden = !content.length;
    document.body.classList.toggle("searching", content.length > 0);
  };

  // Of an excerpt's HTML, only words and marks are taken.
  const excerpt = (html) => {
    const line = element("p");
    for (const node of new DOMParser().parseFromString(html, "text/html").body.childNodes) {
      line.append(node.nodeName === "MARK" ? element("mark", node.textContent) : node.textContent);
    }
    return line;
  };

  // What was indexed is a file for each article, which stands at the address of its folder.
  const result = (page) => {
    const item = element("li");
    const link = element("a", "", { href: page.url.replace(/\.html$/, "/") });
    link.append(element("span", page.meta.title), excerpt(page.excerpt));
    item.append(link);
    return item;
  };

  // What was typed is the beginning of the question.
  const asking = (words) => {
    if (told.ask.includes("{query}")) return told.ask.replace("{query}", () => encodeURIComponent(words));
    const there = new URL(told.ask);
    there.searchParams.set("title", words);
    return there.href;
  };

  const wayOut = () => {
    const line = element("p", "", { className: "way-out" });
    if (told?.ask) line.append(element("a", told.texts.ask, { href: asking(input.value.trim()), className: "button" }));
    line.append(element("a", all, { href: form.action }));
    return line;
  };

  const say = (count, query) => {
    const text = count === 0 ? told.texts.none.replace("{query}", () => query)
      : count === 1 ? told.texts.one : told.texts.many.replace("{n}", count);
    status.textContent = text;
    return text;
  };

  const search = async () => {
    const mine = ++turn;
    const query = input.value.trim();
    if (query.length < SHORTEST) { status.textContent = ""; show(); return; }
    try {
      const [pagefind] = await Promise.all([load(), new Promise((done) => { setTimeout(done, PAUSE); })]);
      if (mine !== turn) return;
      const found = await pagefind.search(query);
      if (mine !== turn) return;
      const pages = await Promise.all(found.results.slice(0, LIMIT).map((each) => each.data()));
      if (mine !== turn) return;
      const text = say(found.results.length, query);
      if (!pages.length) {
        show(element("p", text, { className: "nothing" }), element("p", told.texts.hint), wayOut());
        return;
      }
      const list = element("ul");
      list.append(...pages.map(result));
      show(element("p", text, { className: "count" }), list);
    } catch {
      engine = null;
      status.textContent = failed;
      show(element("p", failed), wayOut());
    }
  };

  const move = (step) => {
    const stops = [input, ...box.querySelectorAll("li a")];
    const now = stops.indexOf(document.activeElement);
    const next = stops[Math.min(Math.max(now + step, 0), stops.length - 1)];
    if (next) next.focus();
  };

  input.addEventListener("focus", () => { load().catch(() => { engine = null; }); }, { once: true });
  input.addEventListener("input", search);
  input.addEventListener("focus", () => { if (box.children.length) { box.hidden = false; } });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = box.querySelector("li a");
    if (first) first.click();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      input.focus();
      box.hidden = true;
    }
  });
  document.addEventListener("keydown", (event) => {
    const writing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
    }
  });
  document.addEventListener("click", (event) => { if (!form.contains(event.target)) box.hidden = true; });

  // A missing page offers what its address may have meant.
  const suggested = document.querySelector("[data-suggest]");
  const meant = decodeURIComponent(location.pathname).replace(/index\.html$/, "").split("/").filter(Boolean).pop();
  if (suggested && meant && meant !== "404.html") {
    load()
      .then((pagefind) => pagefind.search(meant.replace(/[-_.]+/g, " ")))
      .then(async (found) => {
        const pages = await Promise.all(found.results.slice(0, 5).map((each) => each.data()));
        suggested.querySelector("ul").append(...pages.map(result));
        suggested.hidden = !pages.length;
      })
      .catch(() => { engine = null; });
  }

  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    input.value = asked;
    search();
  }
})();
