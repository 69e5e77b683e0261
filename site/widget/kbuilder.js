/* kbuilder's widget: existing answers while a question is typed. No dependencies, no cookies, no inline styles.
 *
 *   <script src="https://help.example.org/widget/kbuilder.js" defer data-title="#subject" data-body="#message"></script>
 *
 * Everything it draws lies in shadow trees. What a combobox points at must lie in the field's own tree, so the list and its
 * options are elements there, each with a shadow tree of its own. Where the server is away, nothing is as if it were there.
 */
(() => {
  "use strict";

  const TEXTS = {
    en: {
      label: "Existing answers",
      found: { one: "{n} existing answer", other: "{n} existing answers" },
      hint: "Arrow down leads to them.",
      none: "No existing answer found.",
      show: "Show",
      hide: "Hide",
      team: "Reviewed by the team",
      forum: "Solved in the forum",
      helped: "helped {yes} of {told}",
      back: "Back to the list",
      close: "Close",
      more: "Open the whole page",
      thread: "Read it in the forum",
      sources: "Sources",
      solved: "Did this solve it?",
      yes: "Yes",
      no: "No",
      wrong: "This is wrong or out of date",
      thanks: "Good to hear. What you typed stays, in case you want to ask after all.",
      noted: "Thank you, it is noted.",
      ask: "Look for existing answers while you type? What you type is then sent to {host}.",
      agree: "Yes, look",
      loading: "One moment …",
      failed: "The answer cannot be shown at the moment.",
    },
    de: {
      label: "Vorhandene Antworten",
      found: { one: "{n} vorhandene Antwort", other: "{n} vorhandene Antworten" },
      hint: "Pfeil nach unten führt hin.",
      none: "Keine vorhandene Antwort gefunden.",
      show: "Zeigen",
      hide: "Verbergen",
      team: "Vom Team geprüft",
      forum: "Im Forum gelöst",
      helped: "half {yes} von {told}",
      back: "Zurück zur Liste",
      close: "Schließen",
      more: "Ganze Seite öffnen",
      thread: "Im Forum lesen",
      sources: "Quellen",
      solved: "Hat das geholfen?",
      yes: "Ja",
      no: "Nein",
      wrong: "Das ist falsch oder veraltet",
      thanks: "Das freut uns. Ihr Text bleibt stehen, falls Sie doch fragen möchten.",
      noted: "Danke, es ist notiert.",
      ask: "Beim Tippen nach vorhandenen Antworten suchen? Was Sie tippen, geht dann an {host}.",
      agree: "Ja, suchen",
      loading: "Einen Augenblick …",
      failed: "Die Antwort lässt sich gerade nicht zeigen.",
    },
  };

  const STYLE = `
    :host { box-sizing: border-box; }
    .line, .item, .over { font: var(--kb-font, 1rem/1.45 system-ui, sans-serif); color: var(--kb-color, CanvasText); text-align: start; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .line { display: flex; align-items: center; gap: .75em; min-height: 2.9em; font-size: .9em; color: var(--kb-muted, var(--kb-color, CanvasText)); }
    .line > span { flex: 1; }
    .said { max-height: 2.9em; overflow: hidden; }
    .hint { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .over { position: fixed; inset: auto; margin: 0; padding: 0; overflow: auto; overscroll-behavior: contain;
      background: var(--kb-background, Canvas); border: 1px solid var(--kb-border, #767676); border-radius: var(--kb-radius, 6px);
      box-shadow: 0 4px 16px rgb(0 0 0 / .2); z-index: 2147483000; }
    .notice { padding: .6em .8em; border-block-end: 1px solid var(--kb-border, #767676); }
    .notice p { margin: .2em 0 0; }
    button, .more { font: inherit; color: inherit; background: none; border: 1px solid var(--kb-border, #767676); cursor: pointer;
      border-radius: var(--kb-radius, 6px); padding: .35em .8em; min-height: 2.75em; min-width: 2.75em; display: inline-flex;
      align-items: center; justify-content: center; text-decoration: none; }
    .line button { min-height: 2.4em; }
    button.plain { border-color: transparent; text-decoration: underline; padding-inline: .4em; }
    .main { background: var(--kb-accent, #0b57d0); border-color: var(--kb-accent, #0b57d0); color: var(--kb-on-accent, #fff); }
    :focus-visible { outline: 3px solid var(--kb-accent, #0b57d0); outline-offset: 1px; }
    .item { display: block; padding: .6em .8em; cursor: pointer; border-inline-start: 4px solid transparent; }
    :host(:not(:first-of-type)) .item { border-block-start: 1px solid var(--kb-border, #767676); }
    :host([aria-selected=true]) .item, .item:hover, :host(:focus-visible) .item { background: var(--kb-hover, #e8f0fe); color: var(--kb-on-hover, #111); border-inline-start-color: var(--kb-accent, #0b57d0); }
    :host(:focus-visible) .item { outline: 3px solid var(--kb-accent, #0b57d0); outline-offset: -3px; }
    .item b { display: block; font-weight: 600; }
    .item span { display: block; font-size: .9em; margin: .15em 0; overflow-wrap: anywhere; }
    .item small { font-size: .8em; }
    @media (max-height: 420px) {
      .item { padding-block: .35em; }
      .item b, .item span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
      .item span { -webkit-line-clamp: 1; }
    }
    .answer { padding: .6em .8em .8em; }
    .answer h2 { font-size: 1.1em; margin: .4em 0; overflow-wrap: anywhere; }
    .top, .foot { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; justify-content: space-between; }
    .foot { justify-content: start; border-block-start: 1px solid var(--kb-border, #767676); padding-block-start: .6em; margin-block-start: .6em;
      position: sticky; inset-block-end: 0; background: var(--kb-background, Canvas); }
    @media (max-height: 420px) { .foot { position: static; } }
    .text { overflow-wrap: anywhere; }
    .text h3, .text h4 { font-size: 1em; margin: .8em 0 .2em; }
    .text pre { overflow: auto; border: 1px solid var(--kb-border, #767676); padding: .5em; }
    .text table { border-collapse: collapse; display: block; overflow: auto; }
    .text td, .text th { border: 1px solid var(--kb-border, #767676); padding: .2em .5em; }
    .text blockquote { margin-inline: 0; padding-inline-start: .8em; border-inline-start: 3px solid var(--kb-border, #767676); }
    a { color: var(--kb-link, LinkText); }
    details { font-size: .85em; margin-block: .6em; }
    summary { cursor: pointer; min-height: 2em; }
    @media (forced-colors: active) {
      :host([aria-selected=true]) .item, :host(:focus-visible) .item { forced-color-adjust: none; background: Highlight; color: HighlightText; }
      .main { forced-color-adjust: none; background: ButtonText; color: ButtonFace; border-color: ButtonText; }
    }`;

  const KEPT = new Set("A P UL OL LI PRE CODE EM STRONG B I DEL KBD BLOCKQUOTE BR HR TABLE THEAD TBODY TR TH TD DL DT DD".split(" "));
  const LEVELS = { H1: "h3", H2: "h3", H3: "h4", H4: "h4", H5: "h4", H6: "h4" };
  const TYPING = 350, WRITING = 1000, SETTLED = 700, PATIENCE = 5000, LONGEST = { title: 300, body: 4000 };

  const script = document.currentScript;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  let counter = 0;

  /** An element with attributes or listeners, and children. */
  const el = (tag, given = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given)) {
      if (typeof value === "function") made.addEventListener(name, value);
      else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return made;
  };
  const shadowed = (host, ...children) => {
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(...children);
    return root;
  };
  const bare = (made) => ((made.style.cssText = "all:initial;display:block;color-scheme:inherit"), made);
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const web = (address) => (/^https?:\/\//i.test(address || "") ? address : "");

  const policy = window.trustedTypes?.createPolicy("kbuilder", { createHTML: (html) => html });
  const parsed = (html) => (policy ? policy.createHTML(html) : html);

  /** The server's HTML as elements of our own: what is not known here stays text, and nothing but links keeps an address. */
  const safe = (html) => {
    const copied = (node) => {
      if (node.nodeType === 3) return document.createTextNode(node.data);
      if (node.nodeType !== 1 || /^(SCRIPT|STYLE|SUP|TEMPLATE)$/.test(node.tagName)) return null;
      const inside = [...node.childNodes].map(copied).filter(Boolean);
      const tag = LEVELS[node.tagName] || (KEPT.has(node.tagName) ? node.tagName.toLowerCase() : "");
      const address = node.tagName === "A" && web(node.getAttribute("href"));
      if (tag && (tag !== "a" || address)) return el(tag, address ? { href: address, target: "_blank", rel: "noopener" } : {}, ...inside);
      const part = document.createDocumentFragment();
      part.append(...inside);
      return part;
    };
    const part = document.createDocumentFragment();
    const body = new DOMParser().parseFromString(parsed(html), "text/html").body; // nothing of it runs, and none of it is used
    part.append(...[...body.childNodes].map(copied).filter(Boolean));
    return part;
  };

  const written = (field) => {
    if (!field) return "";
    if (field.tagName === "IFRAME") {
      try { return field.contentDocument.body.innerText; } catch { return ""; }
    }
    return "value" in field ? field.value : field.innerText;
  };

  /** One field with its answers. */
  class Attached {
    constructor(field, options) {
      Object.assign(this, { field, options });
      const language = (options.language || field.closest("[lang]")?.lang || "en").toLowerCase();
      this.language = language;
      this.texts = { ...(TEXTS[language.split("-")[0]] || TEXTS.en), ...options.texts };
      this.combo = field.tagName === "INPUT" && !field.hasAttribute("role");
      this.view = crypto.randomUUID ? crypto.randomUUID() : Math.random().toString(36).slice(2) + Date.now().toString(36);
      this.life = new AbortController();
      this.found = [];
      this.told = new Set();
      this.active = -1;
      this.answered = new Map();
      this.agreed = options.consent !== "ask";
      const unwatched = navigator.doNotTrack === "1" || navigator.globalPrivacyControl === true;
      this.quiet = options.consent === "false" || unwatched;
      this.draw();
      this.listen();
    }

    // -- what is drawn ----------------------------------------------------------------------------------------

    draw() {
      const { texts, combo } = this;
      this.list = bare(el("div", { id: `kbuilder-${++counter}`, role: combo ? "listbox" : "group", "aria-label": texts.label, slot: "list" }));
      this.status = el("span", { role: "status" });
      this.toggle = el("button", { type: "button", "aria-expanded": "false", hidden: true, click: () => this.toggled() }, texts.show);
      this.notices = el("div");
      this.answer = el("div", { class: "answer", role: "region", hidden: true });
      this.over = el("div", { class: "over", hidden: true }, this.notices, el("slot", { name: "list" }), this.answer);
      if (this.over.showPopover) this.over.popover = "manual";
      this.host = bare(el("div", { "data-kbuilder": "" }, this.list));
      shadowed(this.host, el("div", { class: "line" }, this.status, this.toggle), this.over);
      const place = this.options.place ? document.querySelector(this.options.place) : this.field;
      (place || this.field).after(this.host);
      if (combo) {
        this.aria = { role: "combobox", "aria-autocomplete": "none", "aria-expanded": "false", "aria-controls": this.list.id };
        for (const [name, value] of Object.entries(this.aria)) this.field.setAttribute(name, value);
      }
      if (!this.agreed) this.askFirst();
    }

    askFirst() {
      this.status.textContent = filled(this.texts.ask, { host: new URL(this.options.api).host });
      const agree = el("button", { type: "button", click: () => { agree.remove(); this.consent(); this.field.focus(); } }, this.texts.agree);
      this.toggle.before((this.agree = agree));
    }

    item(each, number) {
      const { texts, combo } = this;
      const facts = [each.reviewed ? texts.team : texts.forum, this.age(each.updated), each.helped && filled(texts.helped, each.helped)];
      const name = `${each.title}. ${each.sentence} ${facts.filter(Boolean).join(", ")}`;
      const made = bare(el("div", {
        id: `${this.list.id}-${number}`, role: combo ? "option" : "button", "aria-selected": combo ? "false" : undefined,
        tabindex: combo ? undefined : "0", "aria-label": name, click: () => this.open(number),
        mousedown: (event) => combo && event.preventDefault(), // the field keeps the focus
        keydown: (event) => { if (!combo && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); this.open(number); } },
      }));
      shadowed(made, el("div", { class: "item" }, el("b", {}, each.title), el("span", {}, each.sentence), el("small", {}, facts.filter(Boolean).join(" · "))));
      return made;
    }

    age(updated) {
      const days = (Date.parse(updated) - Date.now()) / 864e5;
      if (!Number.isFinite(days)) return "";
      const [unit, size] = days > -31 ? ["day", 1] : days > -365 ? ["month", 30.44] : ["year", 365.25];
      return new Intl.RelativeTimeFormat(this.language, { numeric: "auto" }).format(Math.min(0, Math.trunc(days / size)), unit);
    }

    show(answer) {
      if (this.host.matches(":focus-within") || this.active >= 0 || this.reading) return void (this.later = answer);
      this.later = null;
      const was = this.found.map((each) => each.target).join();
      this.found = answer.suggestions.slice(0, 3);
      this.notices.replaceChildren(...(answer.notices || []).map((each) =>
        el("div", { class: "notice" }, web(each.url) ? el("a", { href: each.url, target: "_blank", rel: "noopener" }, each.title) : el("b", {}, each.title), el("p", {}, each.text))));
      if (was !== this.found.map((each) => each.target).join() || !this.list.firstChild) this.list.replaceChildren(...this.found.map((each, number) => this.item(each, number)));
      this.something = this.found.length > 0 || this.notices.childNodes.length > 0;
      this.toggle.hidden = !this.something;
      if (this.field.getRootNode().activeElement === this.field && this.something && !this.dismissed) this.unfold();
      if (!this.something) this.fold();
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.say(answer), SETTLED);
    }

    say({ reason, notices }) {
      const count = this.found.length, { texts } = this;
      const found = texts.found[new Intl.PluralRules(this.language).select(count)] || texts.found.other || texts.found;
      const answers = count ? filled(found, { n: count }) : reason === "nothing-sure" ? texts.none : "";
      const words = [notices?.[0]?.title, answers].filter(Boolean).join(" · ");
      const hint = count && this.combo ? ` ${texts.hint}` : "";
      this.status.className = "said"; // two lines of it are seen, all is read aloud: the page below never moves
      if (this.status.textContent !== words + hint) this.status.replaceChildren(words, el("span", { class: "hint" }, hint));
    }

    // -- the list over the page: it moves nothing ------------------------------------------------------------------

    unfold() {
      if (this.over.hidden) {
        this.over.hidden = false;
        this.over.showPopover?.();
        this.toggle.textContent = this.texts.hide;
        this.expanded(true);
      }
      this.put();
      if (!this.reading) this.tell("shown", ...this.found.map((each) => each.target));
    }

    fold() {
      if (this.over.hidden) return;
      this.over.hidePopover?.();
      this.over.hidden = true;
      this.toggle.textContent = this.texts.show;
      this.expanded(false);
      this.select(-1);
    }

    expanded(open) {
      this.toggle.setAttribute("aria-expanded", open);
      if (this.combo) this.field.setAttribute("aria-expanded", open && this.found.length > 0 && !this.reading);
    }

    toggled() {
      this.dismissed = !this.over.hidden;
      if (this.dismissed) { this.leave(); this.fold(); } else this.unfold();
    }

    /** Below the line, above where there is more room; it ends before the button that sends, where that leaves enough.
     * An answer that is read where there is room for neither has all of what is seen. */
    put() {
      if (this.over.hidden) return;
      const line = this.host.getBoundingClientRect(), field = this.field.getBoundingClientRect(), seen = window.visualViewport;
      const top = seen ? seen.offsetTop : 0, bottom = top + (seen ? seen.height : innerHeight), style = this.over.style;
      const send = this.submit()?.getBoundingClientRect();
      let end = bottom - 8;
      if (!this.reading && send && send.height && send.top > line.bottom + 140 && send.top < end) end = send.top - 4;
      const below = end - line.bottom, above = field.top - top - 8;
      if (this.reading && below < 280) return void Object.assign(style, { left: `${line.left}px`, width: `${line.width}px`, top: `${top + 4}px`, bottom: "auto", maxHeight: `${bottom - top - 8}px` });
      style.left = `${line.left}px`;
      style.width = `${line.width}px`;
      if (below < 140 && above > below) Object.assign(style, { top: "auto", bottom: `${innerHeight - field.top + 4}px`, maxHeight: `${above}px` });
      else Object.assign(style, { top: `${line.bottom}px`, bottom: "auto", maxHeight: `${Math.max(96, Math.min(below, 480))}px` });
    }

    select(number) {
      this.active = number;
      [...this.list.children].forEach((each, n) => {
        if (this.combo) each.setAttribute("aria-selected", n === number);
        if (n === number) each.scrollIntoView({ block: "nearest" });
      });
      if (!this.combo) return;
      if (number >= 0) this.field.setAttribute("aria-activedescendant", `${this.list.id}-${number}`);
      else this.field.removeAttribute("aria-activedescendant");
    }

    // -- one answer --------------------------------------------------------------------------------------------

    async open(number) {
      const each = this.found[number], { texts } = this;
      this.reading = each;
      this.select(-1);
      this.tell("opened", each.target);
      const heading = el("h2", { tabindex: "-1" }, each.title);
      const text = el("div", { class: "text" }, el("p", {}, each.sentence));
      const link = web(each.url) && el("a", { class: "more", href: each.url, target: "_blank", rel: "noopener" }, each.reviewed ? texts.more : texts.thread);
      const button = (words, done, kind) => el("button", { type: "button", class: kind, click: done }, words);
      const foot = el("div", { class: "foot" }, el("span", {}, texts.solved),
        button(texts.yes, () => this.solved(foot), "main"), button(texts.no, () => { this.tell("not_helped", each.target); this.back(); }));
      const more = el("div", { class: "top" }, link, button(texts.wrong, (event) => {
        this.tell("flagged", each.target);
        event.target.replaceWith(el("span", { role: "status" }, texts.noted));
        heading.focus();
      }, "plain"));
      this.answer.replaceChildren(el("div", { class: "top" }, button(texts.back, () => this.back()), button(texts.close, () => this.close())), heading, text, more, foot);
      this.answer.setAttribute("aria-label", each.title);
      this.answer.hidden = false;
      this.list.style.display = "none";
      this.notices.hidden = true;
      this.unfold();
      this.expanded(true);
      heading.focus({ preventScroll: true });
      this.over.scrollTop = 0;
      if (!each.slug) return;
      text.append(el("p", {}, texts.loading));
      let article = this.answered.get(each.target);
      try {
        article ||= await this.call(`articles/${encodeURIComponent(each.target)}`);
        this.answered.set(each.target, article);
        text.replaceChildren(safe(article.html), this.sources(article.sources));
      } catch {
        text.lastChild.textContent = texts.failed;
      }
      this.put();
    }

    sources(every) {
      const linked = (words, address) => (web(address) ? el("a", { href: address, target: "_blank", rel: "noopener" }, words) : words);
      const rows = every.map((each) => el("li", {}, linked(each.author || each.site || "–", each.author_url), " · ",
        linked(each.site || (each.date || "").slice(0, 10), each.url || each.site_url), each.licence ? " · " : "", each.licence ? linked(each.licence, each.licence_url) : ""));
      return el("details", {}, el("summary", {}, this.texts.sources), el("ol", {}, ...rows));
    }

    back() {
      this.leave();
      if (this.found.length) this.unfold();
      this.expanded(true);
      this.field.focus();
    }

    close() {
      this.leave();
      this.fold();
      this.field.focus();
    }

    leave() {
      this.reading = null;
      this.answer.hidden = true;
      this.notices.hidden = false;
      this.list.style.display = "block";
    }

    solved(foot) {
      const target = this.reading.target;
      this.tell("helped", target);
      this.closed = true;
      const thanks = el("p", { tabindex: "-1" }, this.texts.thanks);
      foot.replaceChildren(thanks);
      thanks.focus();
      this.field.dispatchEvent(new CustomEvent("kbuilder:solved", { bubbles: true, detail: { target } }));
    }

    // -- what the asker does -----------------------------------------------------------------------------------

    listen() {
      const on = (target, name, done, more) => target && target.addEventListener(name, done, { signal: this.life.signal, ...more });
      const { field } = this;
      on(field, "input", (event) => { this.select(-1); if (!event.isComposing) this.soon(TYPING); });
      on(field, "compositionend", () => this.soon(TYPING));
      on(field, "keydown", (event) => this.key(event));
      on(field, "focus", () => { this.catchUp(); if (this.something && !this.reading && !this.dismissed) this.unfold(); });
      on(field, "blur", () => setTimeout(() => { if (!this.host.matches(":focus-within") && !this.reading) this.fold(); }, 150));
      on(this.host, "focusout", () => setTimeout(() => this.catchUp(), 0));
      on(this.host, "keydown", (event) => { if (event.key === "Escape" && !this.over.hidden) { event.stopPropagation(); this.reading ? this.back() : this.close(); } });
      on(document, "pointerdown", (event) => { if (!event.composedPath().includes(this.host) && event.target !== field) { this.leave(); this.fold(); } });
      for (const name of ["scroll", "resize"]) {
        on(window, name, () => this.put(), { capture: true, passive: true });
        on(window.visualViewport, name, () => this.put(), { passive: true });
      }
      const body = this.body();
      const inside = body?.tagName === "IFRAME" ? body.contentDocument : body;
      on(inside, "input", () => this.soon(WRITING));
      if (body?.tagName === "IFRAME") on(body, "load", () => on(body.contentDocument, "input", () => this.soon(WRITING)));
      on(field.form, "submit", () => this.posted());
      on(document, "click", (event) => { if (this.options.submit && event.target.closest?.(this.options.submit)) this.posted(); }, { capture: true });
      on(window, "pagehide", () => { if (!this.sent && !this.closed && this.told.size) this.tell("abandoned", ""); });
      if (written(field).trim()) this.soon(TYPING);
    }

    key(event) {
      const count = this.found.length, open = !this.over.hidden && !this.reading;
      if (event.isComposing) return;
      if (event.key === "Escape" && !this.over.hidden) { this.leave(); this.fold(); this.dismissed = true; }
      else if (!this.combo || !count) return;
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        this.dismissed = false;
        if (!open) { this.leave(); this.unfold(); this.expanded(true); }
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.select(this.active < 0 ? (step > 0 ? 0 : count - 1) : (this.active + step + count) % count);
      } else if (event.key === "Enter" && open && this.active >= 0) this.open(this.active);
      else return;
      event.preventDefault();
      event.stopPropagation();
    }

    catchUp() {
      if (this.later && !this.host.matches(":focus-within")) this.show(this.later);
    }

    body() {
      return this.options.body ? document.querySelector(this.options.body) : null;
    }

    submit() {
      return this.options.submit ? document.querySelector(this.options.submit) : this.field.form?.querySelector("[type=submit],button:not([type])");
    }

    posted() {
      if (this.sent) return;
      this.sent = true;
      this.tell("posted", "");
    }

    consent(given = true) {
      this.agreed = given;
      this.agree?.remove();
      this.status.textContent = "";
      if (given) this.soon(0);
    }

    // -- the server ------------------------------------------------------------------------------------------------

    soon(pause) {
      clearTimeout(this.waiting);
      this.asking?.abort();
      if (this.agreed) this.waiting = setTimeout(() => this.ask(), pause);
    }

    async ask() {
      const title = written(this.field).trim().slice(0, LONGEST.title), body = written(this.body()).trim().slice(0, LONGEST.body);
      if (title.length < 8 || !/\S\s+\S/.test(title) || Date.now() < (this.again || 0)) return this.show({ suggestions: [] });
      const asked = JSON.stringify([title, body]);
      if (asked === this.asked) return;
      this.asking = new AbortController();
      const { signal } = this.asking;
      const question = { title, body, language: this.options.language || "", product: this.options.product || "", ...this.who() };
      try {
        const answer = await this.call("suggest", this.quiet ? { ...question, count: false } : question, signal);
        this.asked = asked;
        this.failures = 0;
        if (!signal.aborted) this.show(answer);
      } catch (error) {
        if (signal.aborted) return;
        this.failures = (this.failures || 0) + 1;
        this.again = Date.now() + Math.min(60, 2 ** this.failures) * 1000;
        this.show({ suggestions: [] });
      }
    }

    who() {
      return this.quiet ? {} : { page_view: this.view, member: this.options.member || "" };
    }

    tell(kind, ...targets) {
      const events = targets.filter((target) => !this.told.has(kind + target)).map((target) => ({ kind, target }));
      if (this.quiet || !this.agreed || !events.length) return;
      for (const each of events) this.told.add(each.kind + each.target);
      const told = { events, language: this.language.slice(0, 35), product: this.options.product || "", ...this.who() };
      this.call("events", told, undefined, true).catch(() => {});
    }

    async call(path, content, signal, keepalive) {
      const { api, key, token } = this.options;
      const headers = { ...(content && { "content-type": "application/json" }), ...(key && { authorization: `Bearer ${key}` }), ...(token && { "x-audience-token": token }) };
      const late = AbortSignal.timeout(PATIENCE);
      const answer = await fetch(new URL(`api/v1/${path}`, api), {
        method: content ? "POST" : "GET", headers, body: content && JSON.stringify(content), keepalive, credentials: "omit", referrerPolicy: "no-referrer",
        signal: signal && AbortSignal.any ? AbortSignal.any([signal, late]) : signal || late,
      });
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }

    end() {
      this.life.abort();
      clearTimeout(this.waiting);
      clearTimeout(this.settling);
      this.asking?.abort();
      this.host.remove();
      for (const name of Object.keys(this.aria || {})) this.field.removeAttribute(name);
    }
  }

  const rules = new Set();
  const attached = new Map();

  /** Attach to what is there now, and let go of what is gone: pages that are one script replace their forms. */
  const look = () => {
    for (const [field, one] of attached) {
      if (field.isConnected && one.host.isConnected && rules.has(one.options)) continue;
      attached.delete(field);
      one.end();
    }
    for (const options of rules) {
      for (const field of document.querySelectorAll(options.title)) {
        if (attached.has(field)) continue;
        try { attached.set(field, new Attached(field, options)); } catch (error) { console.warn("kbuilder:", error); }
      }
    }
  };

  const started = () => {
    let due = false;
    const change = new MutationObserver(() => {
      if (due) return;
      due = true;
      setTimeout(() => { due = false; look(); }, 50);
    });
    change.observe(document.documentElement, { childList: true, subtree: true });
    return change;
  };

  const kbuilder = (window.kbuilder = window.kbuilder || {
    /** Attach by options as the script's `data-…`, besides `texts`; returns what ends it. */
    attach(options) {
      const own = { ...options, api: new URL(options.api || "..", script?.src || document.baseURI).href };
      rules.add(own);
      kbuilder.change ||= started();
      look();
      return () => { rules.delete(own); look(); };
    },
    /** Let what is typed be sent, where `consent` is `ask`. */
    consent(given = true) {
      for (const one of attached.values()) one.consent(given);
    },
  });

  if (script?.dataset.title) {
    const { ...given } = script.dataset;
    const texts = Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith("text")).map(([name, value]) => [name.slice(4).toLowerCase(), value]));
    const begin = () => kbuilder.attach({ ...given, texts });
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
    else begin();
  }
})();
