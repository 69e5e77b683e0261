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
      hint: "Arrow down leads there.",
      none: "No existing answer found.",
      show: "Show",
      hide: "Hide",
      team: "Reviewed by the team",
      forum: "Solved in the forum",
      accepted: "Accepted answer",
      verified: "Verified answer",
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
      why: "What is wrong? You may leave it empty.",
      send: "Tell the editors",
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
      accepted: "Akzeptierte Antwort",
      verified: "Bestätigte Antwort",
      helped: "half {yes} von {told}",
      back: "Zur Liste",
      close: "Schließen",
      more: "Ganze Seite öffnen",
      thread: "Im Forum lesen",
      sources: "Quellen",
      solved: "Hat das geholfen?",
      yes: "Ja",
      no: "Nein",
      wrong: "Das ist falsch oder veraltet",
      why: "Was stimmt nicht? Es darf leer bleiben.",
      send: "Der Redaktion sagen",
      thanks: "Das freut uns. Ihr Text bleibt stehen, falls Sie doch fragen möchten.",
      noted: "Danke, es ist notiert.",
      ask: "Beim Tippen nach vorhandenen Antworten suchen? Was Sie tippen, geht dann an {host}.",
      agree: "Ja, suchen",
      loading: "Einen Augenblick …",
      failed: "Die Antwort lässt sich gerade nicht zeigen.",
    },
  };

  const STYLE = `
    :host, * { box-sizing: border-box; }
    .line, .item, .over { font: var(--kb-font, 1rem/1.45 system-ui, sans-serif); color: var(--kb-color, CanvasText); text-align: start; }
    [hidden] { display: none !important; }
    .line { display: flex; align-items: center; gap: .75em; min-height: 2.9em; font-size: .9em; color: var(--kb-muted, var(--kb-color, CanvasText)); }
    .line > span { flex: 1; min-width: 0; }
    .foot span, .foot p, .by, button, .more { unicode-bidi: plaintext; }
    .notice:not([open]) summary { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .hint { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    .over { position: fixed; inset: auto; margin: 0; padding: 0; overflow: auto; overscroll-behavior: contain; scrollbar-width: thin;
      background: linear-gradient(transparent, var(--kb-background, Canvas) 70%) bottom/100% 2.4em no-repeat local,
        linear-gradient(transparent, rgb(0 0 0 / .3)) bottom/100% .8em no-repeat, var(--kb-background, Canvas); border: 1px solid var(--kb-border, #767676); border-radius: var(--kb-radius, 6px);
      box-shadow: 0 4px 16px rgb(0 0 0 / .2); z-index: 2147483000; }
    .shut { position: sticky; inset-block-start: 0; height: 0; z-index: 1; display: flex; justify-content: end; align-items: start; }
    .shut button { border: 0; padding: 0; min-width: 2em; min-height: 2em; margin: .1em .2em; border-radius: 50%; background: var(--kb-background, Canvas); }
    :host(:first-of-type) .item, .notice summary { padding-inline-end: 2.5em; }
    .notice { margin: 0; padding-inline: .8em; border-block-end: 1px solid var(--kb-border, #767676); }
    .notice summary { font-weight: 600; line-height: 2.6; }
    .notice[open] summary { line-height: inherit; padding-block: .6em; }
    .notice p { margin: 0 0 .6em; white-space: pre-line; }
    input { font: inherit; display: block; width: 100%; min-height: 2.75em; }
    label { flex: 1 1 16em; }
    button, .more { font: inherit; color: inherit; background: none; border: 1px solid var(--kb-border, #767676); cursor: pointer;
      border-radius: var(--kb-radius, 6px); padding: .35em .8em; min-height: 2.75em; min-width: 2.75em; display: inline-flex;
      align-items: center; justify-content: center; text-decoration: none; }
    .line button { min-height: 2.4em; }
    button.plain { border-color: transparent; text-decoration: underline; padding-inline: .4em; }
    .main { background: var(--kb-accent, #0b57d0); border-color: var(--kb-accent, #0b57d0); color: var(--kb-on-accent, #fff); }
    :focus-visible { outline: 3px solid var(--kb-accent, #0b57d0); outline-offset: 2px; }
    .item { display: block; padding: .6em .8em; cursor: pointer; border-inline-start: 4px solid transparent; }
    :host(:not(:first-of-type)) .item { border-block-start: 1px solid var(--kb-border, #767676); }
    :host([aria-selected=true]) .item, .item:hover, :host(:focus-visible) .item { background: var(--kb-hover, #e8f0fe); color: var(--kb-on-hover, #111); border-inline-start-color: var(--kb-accent, #0b57d0); }
    :host(:focus-visible) .item { outline: 3px solid var(--kb-accent, #0b57d0); outline-offset: -3px; }
    .item b { font-weight: 600; overflow-wrap: anywhere; }
    .item b, .item span { display: -webkit-box; -webkit-box-orient: vertical; overflow: hidden; -webkit-line-clamp: var(--kb-lines, 9); }
    .item b { -webkit-line-clamp: calc(var(--kb-lines, 9) + 1); }
    .item span { font-size: .9em; margin: .15em 0; overflow-wrap: anywhere; }
    .item small { font-size: .8em; display: block; }
    .item em { font-style: normal; font-weight: 600; }
    .item em::before { content: "✓" / ""; display: inline-block; width: 1.4em; margin-inline-end: .4em; border-radius: 50%; text-align: center;
      font: 700 .85em/1.4 system-ui, sans-serif; background: var(--kb-accent, #0b57d0); color: var(--kb-on-accent, #fff); }
    @media (max-height: 420px) { .item { padding-block: .35em; } }
    .answer { padding: .6em .8em 0; }
    .answer h2 { font-size: 1.1em; margin: .4em 0; overflow-wrap: anywhere; }
    .top, .foot { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; justify-content: space-between; }
    .foot { justify-content: start; border-block-start: 1px solid var(--kb-border, #767676); padding: .6em .8em; margin: .6em -.8em 0;
      position: sticky; inset-block-end: 0; background: var(--kb-background, Canvas); }
    .foot::before { content: ""; position: absolute; inset: auto 0 100%; height: 1.5em; pointer-events: none; background: linear-gradient(transparent, var(--kb-background, Canvas)); }
    .head { position: sticky; inset-block-start: 0; margin-block-start: -.6em; padding-block: .6em .3em; background: var(--kb-background, Canvas); }
    .calm { outline: none; }
    .foot button { padding-inline: .6em; }
    @media (max-height: 420px) { .foot { position: static; } .foot::before { content: none; } }
    .text { overflow-wrap: anywhere; }
    .text h3, .text h4 { font-size: 1em; margin: .8em 0 .2em; }
    .by { font-size: .85em; margin: .8em 0 .4em; }
    .text pre, .text code { direction: ltr; unicode-bidi: isolate; }
    .text pre { overflow: auto; border: 1px solid var(--kb-border, #767676); padding: .5em; }
    .text table { border-collapse: collapse; display: block; overflow: auto; }
    .text td, .text th { border: 1px solid var(--kb-border, #767676); padding: .2em .5em; }
    .text blockquote { margin-inline: 0; padding-inline-start: .8em; border-inline-start: 3px solid var(--kb-border, #767676); }
    a { color: var(--kb-link, LinkText); }
    details { font-size: .85em; margin-block: .6em; }
    summary { cursor: pointer; min-height: 2em; }
    @media (forced-colors: active) {
      .item { border-inline-start-color: Canvas; }
      :host([aria-selected=true]) .item, :host(:focus-visible) .item { forced-color-adjust: none; background: Highlight; color: HighlightText; }
      .main { forced-color-adjust: none; background: ButtonText; color: ButtonFace; border-color: ButtonText; }
    }`;

  const KEPT = new Set("A P UL OL LI PRE CODE EM STRONG B I DEL KBD BLOCKQUOTE BR HR TABLE THEAD TBODY TR TH TD DL DT DD".split(" "));
  const LEVELS = { H1: "h3", H2: "h3", H3: "h4", H4: "h4", H5: "h4", H6: "h4" };
  const OTHER = { helped: "not_helped", not_helped: "helped" };
  const TYPING = 350, WRITING = 1000, SETTLED = 700, SUDDEN = 300, PATIENCE = 5000, LONGEST = { title: 300, body: 4000 };

  /** Two words with eight characters in all, a long one, or what is written without spaces. */
  const ENOUGH = /^(?=.{8}).*\S\s+\S|\S{12}|[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}]{4}/su;

  const COMBO = "role aria-autocomplete aria-expanded aria-controls aria-activedescendant".split(" ");

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
  /** A language as the server and the browser know it; "" for what is none, such as "i-default". */
  const spoken = (tag) => {
    const [whole, primary] = /^([a-z]{2,3})(-[a-z0-9]{2,8})*$/.exec((tag || "").toLowerCase().replaceAll("_", "-")) || ["", ""];
    try { return Intl.getCanonicalLocales(whole) && whole; } catch { return primary; } // "en-USA" is English
  };
  const web = (address) => (/^https?:\/\//i.test(address || "") ? address : "");
  const linked = (words, address, kind) => (web(address) ? el("a", { href: address, target: "_blank", rel: "noopener", class: kind }, words) : words);
  /** Words, and the addresses in them as links. */
  const withLinks = (text) => text.split(/(https?:\/\/[^\s()<>"]*[^\s()<>".,;:!?])/i).map((part) => linked(part, part));

  /** HTML as a document: nothing of it runs, and none of it is used. A page whose policy forbids to read HTML gets its text. */
  const parsed = (() => {
    let policy = { createHTML: (html) => html };
    try { policy = window.trustedTypes?.createPolicy("kbuilder", policy) || policy; } catch { /* not on the page's list */ }
    return (html) => {
      try { return new DOMParser().parseFromString(policy.createHTML(html), "text/html").body.childNodes; } catch {
        const signs = { lt: "<", gt: ">", quot: '"', "#39": "'", amp: "&" };
        return html.replace(/<[^>]*>/g, "").split(/\n\s*/).map((line) => el("p", {}, line.replace(/&(lt|gt|quot|#39|amp);/g, (_, name) => signs[name])));
      }
    };
  })();

  /** The server's HTML as elements of our own: what is not known here stays text, and nothing but links keeps an address. */
  const safe = (html) => {
    const copied = (node) => {
      if (node.nodeType === 3) return document.createTextNode(node.data);
      if (node.nodeType !== 1 || /^(SCRIPT|STYLE|SUP|TEMPLATE)$/.test(node.tagName)) return null;
      const inside = [...node.childNodes].map(copied).filter(Boolean);
      const tag = LEVELS[node.tagName] || (KEPT.has(node.tagName) ? node.tagName.toLowerCase() : "");
      const address = node.tagName === "A" && web(node.getAttribute("href"));
      if (tag && (tag !== "a" || address)) return el(tag, /^(pre|table)$/.test(tag) ? { tabindex: "0" } : address ? { href: address, target: "_blank", rel: "noopener" } : {}, ...inside);
      const part = document.createDocumentFragment();
      part.append(...inside);
      return part;
    };
    const part = document.createDocumentFragment();
    part.append(...[...parsed(html)].map(copied).filter(Boolean));
    return part;
  };

  /** Ctrl+Enter or ⌘+Enter, by which many forms post. */
  const sends = (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;

  const written = (field) => {
    if (!field) return "";
    if (field.tagName === "IFRAME") {
      return field.contentDocument?.body?.innerText || "";
    }
    return "value" in field ? field.value : field.innerText;
  };

  /** One field with its answers. */
  class Attached {
    constructor(field, options) {
      Object.assign(this, { field, options, form: field.form || field.closest("form") });
      const of = spoken(field.closest("[lang]")?.lang), language = spoken(options.language) || of || "en";
      this.language = spoken(options.language ?? of); // the asker's, as far as the page tells; the server hears it where it does not
      const known = TEXTS[language.split("-")[0]], given = options.texts || {};
      this.texts = { ...(known || TEXTS.en), ...given };
      this.tongue = known || Object.keys(given).length ? language : "en"; // of these texts
      if (field.getAttribute("aria-controls")?.startsWith("kbuilder-")) this.bared(); // a copy of a field that had this
      this.combo = field.tagName === "INPUT" && !field.hasAttribute("role");
      this.life = new AbortController();
      this.found = [];
      this.begin();
      this.active = -1;
      this.answered = new Map();
      this.agreed = agreed ?? options.consent !== "ask";
      const unwatched = navigator.doNotTrack === "1" || navigator.globalPrivacyControl === true;
      this.quiet = String(options.consent) === "false" || unwatched;
      this.draw();
      this.listen();
    }

    /** One question begins: what is told from now on belongs together. */
    begin() {
      this.view = crypto.randomUUID ? crypto.randomUUID() : Math.random().toString(36).slice(2) + Date.now().toString(36);
      this.told = new Set();
      this.sent = this.closed = this.sending = false;
      this.asked = "";
    }

    // -- what is drawn ----------------------------------------------------------------------------------------

    draw() {
      const { texts, combo } = this;
      this.list = bare(el("div", { id: `kbuilder-${++counter}`, role: combo ? "listbox" : "group", "aria-label": texts.label, slot: "list" }));
      this.status = el("span", { id: "status", role: "status" });
      this.toggle = el("button", { type: "button", hidden: true, click: () => this.toggled() });
      this.notices = el("div");
      const hide = { type: "button", tabindex: "-1", "aria-label": texts.hide, mousedown: (event) => event.preventDefault(), click: () => this.toggled() };
      this.shut = el("div", { class: "shut" }, el("button", hide, "×")); // by key there is Escape
      this.answer = el("div", { class: "answer", role: "region", hidden: true });
      this.over = el("div", { class: "over", hidden: true }, this.shut, this.notices, el("slot", { name: "list" }), this.answer);
      if (this.over.showPopover) this.over.popover = "manual";
      this.host = bare(el("div", { "data-kbuilder": "", lang: this.tongue }, this.list));
      shadowed(this.host, el("div", { class: "line" }, this.status, this.toggle), this.over);
      (this.near(this.options.place)[0] || this.field.closest("label") || this.field).after(this.host); // within a label each click goes to the field
      this.expanded(false);
      if (combo) {
        const aria = { role: "combobox", "aria-autocomplete": "none", "aria-controls": this.list.id };
        for (const [name, value] of Object.entries(aria)) this.field.setAttribute(name, value);
      }
      if (!this.agreed && agreed === undefined) this.askFirst();
    }

    askFirst() {
      const question = filled(this.texts.ask, { host: new URL(this.options.api).host });
      this.say(question);
      this.settling = setTimeout(() => this.status.replaceChildren(el("bdi", {}, question)), SETTLED); // what is there from the start is not read aloud
      this.field.setAttribute("aria-description", question);
      const agree = el("button", { type: "button", "aria-describedby": "status", click: () => { kbuilder.consent(); this.field.focus(); } }, this.texts.agree);
      this.toggle.before((this.agree = agree));
    }

    askNoMore() {
      if (!this.agree) return;
      const line = this.toggle.parentNode;
      line.style.minHeight = getComputedStyle(line).height; // a long question, whose room stays
      this.agree.remove();
      this.agree = null;
      clearTimeout(this.settling);
      this.field.removeAttribute("aria-description");
    }

    item(each, number) {
      const { texts, combo } = this;
      const by = each.reviewed ? texts.team : texts.forum, facts = [this.foreign(spoken(each.language)), this.age(each.updated), each.helped && filled(texts.helped, each.helped)].filter(Boolean);
      const name = `${each.title}. ${each.sentence} ${[by, ...facts].join(", ")}`;
      const made = bare(el("div", {
        id: `${this.list.id}-${number}`, role: combo ? "option" : "button", "aria-selected": combo ? "false" : undefined,
        tabindex: combo ? undefined : "0", "aria-label": name, lang: each.language,
        // a click that was meant for what lay there a moment ago opens nothing
        click: ({ detail }) => { if (!detail || performance.now() - this.since > SUDDEN) this.open(number, detail > 0); },
        mousedown: (event) => combo && event.preventDefault(), // the field keeps the focus
        keydown: (event) => { if (!combo && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); this.open(number); } },
      }));
      const dir = "auto"; // of each by itself: the cross lies where a line ends on the page
      shadowed(made, el("div", { class: "item" }, el("b", { dir }, each.title), el("span", { dir }, each.sentence), el("small", { dir, lang: this.tongue }, el(each.reviewed ? "em" : "bdi", {}, by), ...facts.map((fact) => ` · ${fact}`))));
      return made;
    }

    /** Current problems: one line above the answers, all of it where there is none. */
    notice(told) {
      if (!told.length) return [];
      const each = ({ title, text, url }) => [told.length > 1 && el("b", {}, title), el("p", {}, ...withLinks(text), " ", web(url) && linked(this.texts.more, url))];
      const line = el("summary", { mousedown: (event) => event.preventDefault() }, told.map(({ title }) => title).join(" · ")); // the field keeps the focus
      return [el("details", { class: "notice", open: !this.found.length }, line, ...told.flatMap(each))];
    }

    foreign(language) {
      return language.split("-")[0] !== (this.language || this.tongue).split("-")[0] && language && new Intl.DisplayNames(this.tongue, { type: "language" }).of(language);
    }

    age(updated) {
      const days = (Date.parse(updated) - Date.now()) / 864e5;
      if (!Number.isFinite(days)) return "";
      if (days > 1) return this.day(updated); // a clock here that is wrong
      const [unit, size] = days > -31 ? ["day", 1] : days > -365 ? ["month", 30.44] : ["year", 365.25];
      return new Intl.RelativeTimeFormat(this.tongue, { numeric: "auto" }).format(Math.min(0, Math.trunc(days / size)), unit);
    }

    day(time) {
      return new Date(time).toLocaleDateString(this.tongue, { dateStyle: "medium" });
    }

    show(answer) {
      if (this.holds() || this.active >= 0 || this.reading) return void (this.later = answer);
      this.later = null;
      this.found = answer.suggestions.filter((each) => each?.target && each.title && typeof each.sentence === "string").slice(0, 3);
      const notices = answer.notices || [];
      const shown = [...this.found.map((each) => each.target), ...notices.map((each) => each.title)].join("\n");
      if (shown !== this.shown) {
        this.shown = shown;
        this.since = performance.now();
        this.notices.replaceChildren(...this.notice(notices));
        this.list.replaceChildren(...this.found.map((each, number) => this.item(each, number)));
      }
      this.something = this.found.length > 0 || this.notices.childNodes.length > 0;
      this.toggle.hidden = !this.something;
      if (this.typing() && this.something && !this.dismissed) this.unfold();
      if (!this.something) this.fold();
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.announce(answer), SETTLED);
    }

    /** What is found is seen and read aloud; what the list shows besides, and how to get there, is only read aloud. */
    announce({ reason, notices }) {
      const count = this.found.length, { texts } = this;
      const found = texts.found[new Intl.PluralRules(this.tongue).select(count)] || texts.found.other || texts.found;
      const answers = count ? filled(found, { n: count }) : reason === "nothing-sure" ? texts.none : "";
      const news = notices?.[0]?.title || "";
      this.say(answers, news + (news && answers && " · "), count && this.combo ? `. ${texts.hint}` : "");
    }

    say(seen, before = "", after = "") {
      if (this.status.textContent === before + seen + after) return;
      const heard = (words) => el("span", { class: "hint" }, words);
      this.status.replaceChildren(heard(before), el("bdi", {}, seen), heard(after));
    }

    // -- the list over the page: it moves nothing ------------------------------------------------------------------

    unfold() {
      if (this.over.hidden) {
        this.over.hidden = false;
        this.since = performance.now();
        this.over.showPopover?.();
        this.expanded(true);
      }
      this.put();
      if (!this.reading) this.tell("shown", ...this.found.map((each) => each.target));
    }

    fold() {
      if (this.over.hidden) return;
      this.over.hidePopover?.();
      this.over.hidden = true;
      this.expanded(false);
      this.select(-1);
    }

    expanded(open) {
      const words = this.texts[open ? "hide" : "show"];
      this.toggle.textContent = words;
      this.toggle.setAttribute("aria-label", `${words}: ${this.texts.label}`);
      if (this.combo) this.field.setAttribute("aria-expanded", open && this.found.length > 0 && !this.reading);
    }

    toggled() {
      this.dismissed = !this.over.hidden;
      if (this.dismissed) { this.leave(); this.fold(); } else this.unfold();
    }

    /** Below the line, above where there is more room. It ends before the last lines of the text's field and the button that
     * sends where that leaves enough, and begins below a button that follows at once. An answer that is read where there is room for neither has all of what is seen. */
    put() {
      if (this.over.hidden) return;
      const px = (length) => `${length / (this.host.currentCSSZoom || 1)}px`; // what is measured is zoomed, what is set will be
      const line = this.host.getBoundingClientRect(), field = this.field.getBoundingClientRect(), seen = window.visualViewport;
      const top = seen ? seen.offsetTop : 0, bottom = top + (seen ? seen.height : innerHeight), style = this.over.style;
      const [send, body] = [this.submit(), this.body()].map((each) => each?.getBoundingClientRect());
      let from = line.bottom, end = bottom - 8;
      if (!this.reading && send?.height && send.top >= from) {
        if (send.top > from + 140) end = Math.min(end, send.top - 4);
        else if (end - send.bottom > 140) from = send.bottom + 4;
      }
      if (!this.reading && body?.bottom - 60 > from + 104) end = Math.min(end, body.bottom - 60);
      const below = end - from, above = field.top - top - 8;
      if (this.reading && below < 280) return void Object.assign(style, { left: px(line.left), width: px(line.width), top: px(top + 4), bottom: "auto", maxHeight: px(bottom - top - 8) });
      style.left = px(line.left);
      style.width = px(line.width);
      const over = below < 140 && above > below, room = over ? above : Math.max(96, Math.min(below, 480));
      if (over) Object.assign(style, { top: "auto", bottom: px(innerHeight - field.top + 4), maxHeight: px(room) });
      else Object.assign(style, { top: px(from), bottom: "auto", maxHeight: px(room) });
      for (const lines of [9, 3, 2, 1]) { // of an answer's sentence; all is read aloud
        style.setProperty("--kb-lines", lines);
        if (this.over.scrollHeight <= this.over.clientHeight) break;
      }
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

    async open(number, pointed) {
      const each = this.found[number], { texts } = this;
      this.reading = each;
      this.select(-1);
      this.tell("opened", each.target);
      const own = { lang: each.language, dir: "auto" };
      const heading = el("h2", { tabindex: "-1", class: pointed && "calm", ...own }, each.title);
      const text = el("div", { class: "text" }, el("p", own, each.sentence));
      const link = web(each.url) && linked(each.reviewed ? texts.more : texts.thread, each.url, "more");
      const button = (words, done, kind) => el("button", { type: "button", class: kind, click: done }, words);
      const foot = el("div", { class: "foot" }, el("span", {}, texts.solved),
        button(texts.yes, () => this.solved(foot), "main"), button(texts.no, () => { this.tell("not_helped", each.target); this.back(); }));
      const more = el("div", { class: "top" }, link, each.reviewed && !this.quiet && button(texts.wrong, (event) => {
        const words = el("input", { maxlength: "300" });
        const form = el("form", { class: "top", submit: (sent) => {
          sent.preventDefault();
          this.tell("flagged", { target: each.target, words: words.value });
          const noted = el("span", { tabindex: "-1" }, texts.noted);
          form.replaceWith(noted);
          noted.focus(); // and so it is read aloud
        } }, el("label", {}, texts.why, words), el("button", { class: "main" }, texts.send));
        event.target.replaceWith(form);
        words.focus();
      }, "plain"));
      this.answer.replaceChildren(el("div", { class: "top head" }, button(texts.back, () => this.back()), button(texts.close, () => this.close())), heading, text, more, foot);
      this.answer.setAttribute("aria-label", each.title);
      this.answer.hidden = false;
      this.list.style.display = "none";
      this.notices.hidden = this.shut.hidden = true;
      this.unfold();
      this.expanded(true);
      heading.focus({ preventScroll: true });
      this.over.scrollTop = 0;
      if (self !== top) this.host.scrollIntoView(); // the page around a frame may show another part of it
      text.append(el("p", {}, texts.loading));
      const quoted = (html) => el("div", own, safe(html));
      try {
        const whole = this.answered.get(each.target) || (await this.call(`${each.reviewed ? "articles" : "threads"}/${encodeURIComponent(each.target)}`));
        const shown = each.reviewed
          ? [quoted(whole.html), this.sources(whole.sources)]
          : whole.answers.flatMap((one) => [el("p", { class: "by" }, texts[one.mark], " · ", ...this.source(one.source)), quoted(one.html)]);
        this.answered.set(each.target, whole);
        text.replaceChildren(...shown);
      } catch {
        text.lastChild.textContent = texts.failed;
      }
      this.put();
    }

    /** Whose words they are, when and where they were written, and under which licence. */
    source(each) {
      const day = each.date && this.day(each.date);
      const facts = [linked(each.author || "–", each.author_url), day && linked(day, each.url), each.site && linked(each.site, each.site_url || each.url), each.licence && linked(each.licence, each.licence_url)];
      return facts.filter(Boolean).flatMap((fact, number) => (number ? [" · ", fact] : [fact]));
    }

    sources(every) {
      return el("details", {}, el("summary", {}, this.texts.sources), el("ol", {}, ...every.map((each) => el("li", {}, ...this.source(each)))));
    }

    back() {
      this.leave();
      if (this.found.length) this.unfold();
      this.expanded(true);
      this.field.focus();
    }

    close() {
      this.dismissed = true;
      this.leave();
      this.fold();
      this.field.focus();
    }

    leave() {
      this.reading = null;
      this.answer.hidden = true;
      this.notices.hidden = this.shut.hidden = false;
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
      on(field, "beforeinput", () => this.goesOn());
      on(field, "input", (event) => { this.goesOn(); this.select(-1); if (this.reading) this.leave(); if (!event.isComposing) this.soon(TYPING); });
      on(field, "compositionend", () => this.soon(TYPING));
      on(field, "keydown", (event) => this.key(event));
      on(field, "focus", () => { this.catchUp(); if (this.something && !this.reading && !this.dismissed) this.unfold(); });
      on(field, "blur", () => setTimeout(() => { if (!this.typing() && !this.holds() && !this.reading) this.fold(); }, 150));
      on(this.host, "focusout", ({ relatedTarget: next }) => {
        if (next && next !== field && !this.host.contains(next)) { this.leave(); this.fold(); } // it would cover what has the focus
        setTimeout(() => this.catchUp(), 0);
      });
      on(this.host, "keydown", (event) => { if (event.key === "Escape" && !this.over.hidden) { event.preventDefault(); event.stopPropagation(); this.reading ? this.back() : this.close(); } });
      on(document, "pointerdown", (event) => { if (!event.composedPath().includes(this.host) && event.target !== field) { this.leave(); this.fold(); } });
      for (const name of ["scroll", "resize"]) {
        on(window, name, (event) => event.target !== this.host && this.put(), { capture: true, passive: true });
        on(window.visualViewport, name, () => this.put(), { passive: true });
      }
      const wrote = (event) => { if (event.type === "input") this.goesOn(); this.soon(WRITING); };
      const keyed = (event) => { if (sends(event)) this.sending = true; };
      const inBody = (done) => (event) => { if (this.body()?.contains(event.target)) done(event); };
      for (const name of ["input", "keyup"]) on(document, name, inBody(wrote)); // some editors write by themselves: no input
      on(document, "keydown", inBody(keyed), { capture: true }); // before the page takes it away
      const watch = () => { // a frame may come later, and be written anew: what listens already is not added twice
        const inside = this.body()?.contentDocument;
        for (const name of ["input", "keyup"]) on(inside, name, wrote);
        on(inside, "keydown", keyed, { capture: true });
      };
      on(window, "blur", watch); // the focus goes into a frame
      on(document, "load", watch, { capture: true });
      on(window, "submit", (event) => {
        if (event.target !== this.form) return;
        this.sending = event;
        setTimeout(() => { if (this.sending === event && !event.defaultPrevented) this.posted(); }, 0);
      }, { capture: true });
      on(document, "click", (event) => { if (this.near(this.options.submit).some((each) => each.contains(event.target))) this.sending = true; }, { capture: true });
      on(window, "pageshow", (event) => { // by Back: what was sent was another question, and is not asked again
        if (!event.persisted) this.again();
        else if (this.sent || this.closed) this.begin();
      });
      on(window, "pagehide", () => {
        if (this.sending) this.posted();
        if (!this.sent && !this.closed && this.told.size) this.tell("abandoned", "");
      });
      watch();
      this.again();
    }

    /** What the field holds already is looked for: a draft, or what the browser put back. */
    again() {
      if (written(this.field).trim()) this.soon(TYPING);
    }

    key(event) {
      const count = this.found.length, open = !this.over.hidden && !this.reading;
      if (event.isComposing) return;
      if (sends(event)) return void (this.sending = true);
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
      if (this.later && !this.holds()) this.show(this.later);
    }

    /** Whether the focus is in here; within a popover `:focus-within` does not tell (Chromium 156). */
    holds() {
      return this.host.contains(this.field.getRootNode().activeElement);
    }

    typing() {
      return this.field.getRootNode().activeElement === this.field;
    }

    /** What a selector means for this field: what the nearest element around has of it, and nothing of another question's form. */
    near(selector) {
      if (!selector) return [];
      const around = this.field.closest(selector);
      if (around) return [around];
      const own = (each) => {
        const form = each.closest("form");
        return !form || form === this.form || !form.querySelector(this.options.title);
      };
      for (let place = this.field.parentElement; place; place = place.parentElement) {
        const found = [...place.querySelectorAll(selector)].filter(own);
        if (found.length) return found;
      }
      return [];
    }

    body() {
      return this.near(this.options.body)[0];
    }

    submit() {
      return this.options.submit ? this.near(this.options.submit)[0] : this.form?.querySelector("[type=submit],button:not([type])");
    }

    /** What was sent by script, or not at all: who goes on writing was refused; where the form goes or is empty, it is posted. */
    goesOn() {
      const anew = written(this.field).trim().length < 2;
      if (this.sending && anew) this.posted();
      this.sending = false;
      if (this.sent && anew) { this.begin(); this.dismissed = false; } // a page that empties its form for the next question
    }

    posted() {
      this.sending = false;
      if (this.sent) return;
      this.sent = true;
      this.tell("posted", "");
    }

    consent(given) {
      if (given && this.agreed) return;
      this.agreed = given;
      this.askNoMore();
      this.soon(0); // what is on its way is let go
      this.status.textContent = this.asked = "";
      if (given) return;
      if (this.holds()) this.field.focus();
      this.leave();
      this.select(-1);
      this.later = null;
      this.nothing();
    }

    // -- the server ------------------------------------------------------------------------------------------------

    soon(pause) {
      clearTimeout(this.waiting);
      this.asking?.abort();
      if (this.agreed) this.waiting = setTimeout(() => this.ask(), pause);
    }

    async ask() {
      const cut = (field, longest) => written(field).trim().slice(0, longest).replace(/\p{Cs}/gu, ""); // half an emoji is no text
      const title = cut(this.field, LONGEST.title), body = cut(this.body(), LONGEST.body);
      if (!title || !ENOUGH.test(`${title} ${body}`.trim()) || performance.now() < (this.rest || 0)) return this.nothing();
      const asked = JSON.stringify([title, body]);
      if (asked === this.asked) return;
      this.asking = new AbortController();
      const { signal } = this.asking;
      const question = { title, body, language: this.language, product: this.options.product || "", ...this.who() };
      try {
        const answer = await this.call("suggest", this.quiet ? { ...question, count: false } : question, signal);
        this.asked = asked;
        this.failures = 0;
        if (!signal.aborted) this.show(answer);
      } catch (error) {
        if (signal.aborted) return;
        this.failures = (this.failures || 0) + 1;
        this.rest = performance.now() + Math.min(60, 2 ** this.failures) * 1000;
        this.nothing();
      }
    }

    nothing() {
      this.asked = ""; // the same text may come back
      this.show({ suggestions: [] });
    }

    who() {
      return this.quiet ? {} : { page_view: this.view, member: this.options.member || "" };
    }

    tell(kind, ...targets) {
      const events = targets.map((each) => ({ kind, ...(each.target ? each : { target: each }) })).filter((each) => !this.told.has(kind + each.target));
      if (this.quiet || !this.agreed || !events.length) return;
      for (const each of events) {
        this.told.add(kind + each.target);
        this.told.delete(OTHER[kind] + each.target); // the last word counts
        untold.push({ at: performance.now(), event: each, by: this, asker: { language: this.language, product: this.options.product || "", ...this.who() } });
      }
      tellAll();
    }

    async call(path, content, signal, keepalive) {
      const { api, key, token } = this.options;
      const headers = { ...(content && { "content-type": "application/json" }), ...(key && { authorization: `Bearer ${key}` }), ...(token && { "x-audience-token": token }) };
      const late = AbortSignal.timeout(keepalive ? 6 * PATIENCE : PATIENCE);
      const answer = await fetch(new URL(`api/v1/${path}`, api), {
        method: content ? "POST" : "GET", headers, body: content && JSON.stringify(content), keepalive, credentials: "omit", referrerPolicy: "no-referrer",
        signal: signal && AbortSignal.any ? AbortSignal.any([signal, late]) : signal || late,
      });
      if (!answer.ok) throw new Error(answer.status);
      return answer.json();
    }

    end() {
      if (this.sending) this.posted();
      this.life.abort();
      clearTimeout(this.waiting);
      clearTimeout(this.settling);
      this.asking?.abort();
      this.host.remove();
      this.askNoMore();
      if (this.combo) this.bared();
    }

    bared() {
      for (const name of COMBO) this.field.removeAttribute(name);
    }
  }

  // What was done and is not told yet. What the server could not keep is told again with what comes next, or later, for an
  // hour and as long as the page lasts.
  const untold = [];
  let failures = 0, later;

  const tellAll = async () => {
    clearTimeout(later);
    const now = performance.now(), views = new Map();
    for (const each of untold.splice(0)) if (now - each.at < 36e5) views.set(each.asker.page_view, [...(views.get(each.asker.page_view) || []), each]);
    await Promise.all([...views.values()].map(async (all) => {
      untold.push(...all.splice(50)); // as many as are taken at once
      const events = all.map(({ event, at }) => ({ ...event, ago: Math.trunc((now - at) / 1000) }));
      try { await all[0].by.call("events", { ...all[0].asker, events }, undefined, true); } catch ({ message }) {
        if ((!(message < 500) || message === "429") && agreed !== false) untold.push(...all); // what is refused would be so again
      }
    }));
    untold.sort((one, other) => one.at - other.at);
    failures = untold.length ? failures + 1 : 0;
    if (failures) later = setTimeout(tellAll, Math.min(60, 2 ** failures) * 1000);
  };
  addEventListener("pagehide", () => { if (untold.length) tellAll(); });

  const rules = new Set();
  const attached = new Map();
  let agreed; // once somebody said so, for as long as the page lasts

  /** Attach to what is there now, and let go of what is gone: pages that are one script replace their forms. */
  const look = () => {
    for (const [field, one] of attached) {
      if (field.isConnected && one.host.isConnected && rules.has(one.options)) continue;
      attached.delete(field);
      one.end();
    }
    for (const copy of document.querySelectorAll("[data-kbuilder]")) if (!copy.shadowRoot) copy.remove();
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
      const own = { ...options, api: new URL((options.api || "..").replace(/\/?$/, "/"), script?.src || document.baseURI).href };
      document.querySelector(own.title); // no selector: told to whoever calls, and not kept
      for (const each of [own.body, own.place, own.submit]) if (each) document.querySelector(each);
      rules.add(own);
      kbuilder.change ||= started();
      look();
      return () => { rules.delete(own); look(); };
    },
    /** Let what is typed be sent, where `consent` is `ask`. */
    consent(given = true) {
      agreed = given;
      if (!given) untold.length = 0;
      for (const one of attached.values()) one.consent(given);
    },
    /** For pages that post by script: what stands in this field, or in this form, is posted. */
    posted(place = document) {
      for (const one of attached.values()) if (place.contains(one.field) || place.contains(one.body())) one.posted();
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
