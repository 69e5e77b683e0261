// Search in the browser. What searches is loaded when the field is first used; results are a plain list of links.
(() => {
  "use strict";
  const script = document.currentScript.src;
  const form = document.querySelector(".search");
  if (!form) return;
  const input = form.querySelector("input");
  const { failed, all } = form.dataset;
  const language = document.documentElement.lang;
  const [LIMIT, SUGGESTED, SHORTEST, PAUSE] = [8, 5, 2, 120];
  let [worker, texts, turn] = [null, null, 0];

  const load = () => {
    worker ??= new Worker(new URL(`search-worker.js?language=${language}`, script), { type: "module" });
    texts ??= fetch(new URL(`../pagefind/${language}.json`, script)).then((answer) => answer.json());
    return texts;
  };

  // How many articles there are, and the first of them.
  const find = (query, most) => new Promise((done, fail) => {
    load();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => { data.pages ? done(data) : fail(data); };
    worker.addEventListener("error", fail, { once: true });
    worker.postMessage({ query, most }, [port2]);
  });

  const element = (name, text, attributes) => {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...[text].flat());
    return made;
  };

  const status = element("p", "", { className: "hidden", id: "q-status", role: "status" });
  const box = element("div", "", { className: "results", hidden: true });
  form.append(element("kbd", "/", { ariaHidden: "true" }), status, box);
  input.setAttribute("aria-describedby", status.id);
  Object.assign(input, { autocomplete: "off", spellcheck: false });

  const show = (...content) => {
    box.replaceChildren(...content);
    box.hidden = !content.length;
  };

  // Of an excerpt's HTML, only words and marks are taken; where it cuts a sentence, it says so.
  const excerpt = (html) => {
    const { childNodes, textContent: text } = new DOMParser().parseFromString(html, "text/html").body;
    const taken = ({ nodeName, textContent }) => nodeName === "MARK" ? element("mark", textContent) : textContent;
    const [before, after] = [/^\p{Ll}/u.test(text) ? "… " : "", /[.!?…]\s*$/.test(text) ? "" : " …"];
    return element("p", [before, ...Array.from(childNodes, taken), after]);
  };

  // What was indexed is a file for each article, which has the name of its folder.
  const result = ({ url, meta, excerpt: html }) => {
    const parts = [element("span", meta.title), excerpt(html)];
    return element("li", element("a", parts, { href: url.replace(/\.html$/, "/") }));
  };

  const wayOut = (told) => {
    const line = element("p", element("a", all, { href: form.action }), { className: "way-out" });
    // What was typed is the beginning of the question.
    const href = told?.ask.replace("{query}", () => encodeURIComponent(input.value.trim()));
    if (href) line.prepend(element("a", told.texts.ask, { href, className: "button" }));
    return line;
  };

  const search = async () => {
    const mine = ++turn;
    const query = input.value.trim();
    if (query.length < SHORTEST) { status.textContent = ""; show(); return; }
    try {
      load();
      await new Promise((done) => { setTimeout(done, PAUSE); });
      if (mine !== turn) return;
      const [{ count, pages }, told] = await Promise.all([find(query, LIMIT), load()]);
      if (mine !== turn) return;
      const { none, one, many, hint } = told.texts;
      const text = count > 1 ? many.replace("{n}", count) : count ? one : none.replace("{query}", () => query);
      status.textContent = text;
      if (count) show(element("p", text, { className: "count" }), element("ul", pages.map(result)));
      else show(element("p", text, { className: "nothing" }), element("p", hint), wayOut(told));
    } catch {
      worker?.terminate();
      worker = texts = null;
      status.textContent = failed;
      show(element("p", failed), wayOut());
    }
  };

  form.addEventListener("pointerenter", load);
  input.addEventListener("focus", () => { load(); box.hidden = !box.children.length; });
  input.addEventListener("input", search);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    box.querySelector("li a")?.click();
  });
  form.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Escape: -Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [input, ...box.querySelectorAll("li a")];
    stops[Math.max(stops.indexOf(document.activeElement) + step, 0)]?.focus();
    if (event.key === "Escape") box.hidden = true;
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
    find(meant.replace(/[-_.]+/g, " "), SUGGESTED).then(({ count, pages }) => {
      suggested.querySelector("ul").append(...pages.map(result));
      suggested.hidden = !count;
    }, () => {});
  }

  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    input.value = asked;
    search();
  }
})();
