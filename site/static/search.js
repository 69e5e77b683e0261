// What searches is loaded when the field is first used.
(() => {
  "use strict";
  const script = document.currentScript.src;
  const form = document.querySelector(".search");
  if (!form) return;
  const input = form.querySelector("input");
  const language = document.documentElement.lang;
  const [LIMIT, MOST, SUGGESTED, SHORTEST, PAUSE] = [8, 50, 5, 2, 120];
  let [worker, turn, running] = [null, 0];

  const load = () => {
    worker ??= new Worker(new URL(`search-worker.js?${language}`, script), { type: "module" });
  };

  // How many articles there are, and the first of them.
  const find = (query, most) => new Promise((done, fail) => {
    load();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => (data.pages ? done : fail)(data);
    worker.addEventListener("error", fail, { once: true });
    worker.postMessage({ query, most }, [port2]);
  });

  const status = element("p", "", { className: "hidden", id: "q-status", role: "status" });
  const box = element("div", "", { className: "results", hidden: true });
  form.append(element("kbd", "/", { ariaHidden: "true" }), status, box);
  input.setAttribute("aria-describedby", status.id);
  Object.assign(input, { autocomplete: "off", spellcheck: false });

  const show = (...content) => {
    box.replaceChildren(...content);
    box.hidden = !content.length;
    box.scrollTop = 0;
  };

  // Of an excerpt's HTML, only words and marks are taken. The link leads to the first sentence with a mark. What is
  // indexed is named as the page's folder.
  const result = ({ url, meta, excerpt }) => {
    const { childNodes, textContent: text } = new DOMParser().parseFromString(excerpt, "text/html").body;
    const words = Array.from(childNodes, (each) => each.localName ? element("mark", each.textContent) : each.data);
    const mark = words.find((each) => each.localName);
    const sentence = mark && text.split(/(?<=[.!?:;])\s/).find((each) => each.includes(mark.textContent));
    const at = sentence ? `#:~:text=${encodeURIComponent(sentence.replace(/[^\p{L}\d]+$/u, ""))}` : "";
    if (/^\p{Ll}/u.test(text)) words.unshift("… ");
    if (!/[.!?…]\s*$/.test(text)) words.push(" …");
    const parts = [element("span", meta.title), element("p", words)];
    return element("li", element("a", parts, { href: url.replace(/\.html$/, "/") + at }));
  };

  const wayOut = () => {
    const line = element("p", element("a", TEXTS.all, { href: form.action }), { className: "way-out" });
    // What was typed begins the question.
    const href = TEXTS.address.replace("{query}", encodeURIComponent(input.value.trim()));
    if (href) line.prepend(element("a", TEXTS.ask, { href, className: "button" }));
    return line;
  };

  const search = async () => {
    const mine = ++turn;
    const query = input.value.trim();
    if (query.length < SHORTEST) { status.textContent = ""; show(); return; }
    try {
      await new Promise((done) => setTimeout(done, PAUSE));
      if (mine !== turn) return;
      const { count, pages } = await find(query, LIMIT);
      if (mine !== turn) return;
      const { none, one, many, hint } = TEXTS;
      const text = count > 1 ? many.replace("{n}", count) : count ? one : none.replace("{query}", () => query);
      status.textContent = text;
      const list = element("ul", pages.map(result));
      box.onscroll = async () => {
        box.onscroll = null;
        list.append(...(await find(query, MOST)).pages.slice(LIMIT).map(result));
      };
      const said = element("p", text, { className: count ? "count" : "nothing" });
      show(said, ...count ? [list] : [element("p", hint), wayOut()]);
    } catch {
      worker?.terminate();
      worker = null;
      status.textContent = TEXTS.failed;
      show(element("p", TEXTS.failed), wayOut());
    }
  };

  form.onpointerenter = load;
  input.onfocus = () => { load(); box.hidden = !box.children.length; };
  input.oninput = () => { running = search(); };
  form.onsubmit = async (event) => {
    event.preventDefault();
    await running;
    box.querySelector("li a")?.click();
  };
  form.onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Escape: -Infinity }[event.key];
    if (!step) return;
    event.preventDefault();
    box.hidden = !box.children.length;
    const stops = [input, ...box.querySelectorAll("a")];
    stops[Math.max(stops.indexOf(document.activeElement) + step, 0)]?.focus();
    if (event.key === "Escape") box.hidden = true;
  };
  document.addEventListener("keydown", (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (key !== "/" || ctrlKey || metaKey || altKey) return;
    if (target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    input.focus();
  });
  for (const left of ["click", "focusin", "popstate"]) {
    addEventListener(left, ({ target }) => { if (!target.closest?.(".search")) box.hidden = true; });
  }

  // A missing page offers what was meant, one that is gone what is like it: what has most of the longest words.
  const suggested = document.querySelector("[data-suggest]");
  const [, meant] = new URLSearchParams(`p=${location.pathname}`).get("p").match(/([^/]+)(\/|\/index\.html)?$/) ?? [];
  const offer = async (words) => {
    const { count, pages } = await find(words.join(" "), SUGGESTED);
    suggested.querySelector("ul").append(...pages.map(result));
    suggested.hidden = !count;
    if (!count && words[1]) await offer(words.slice(0, -1));
  };
  if (suggested && meant && meant !== "404.html") {
    offer(meant.split(/[-_.]+/).sort((a, b) => b.length - a.length)).catch(() => {});
  }

  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    input.value = asked;
    running = search();
  }
})();
