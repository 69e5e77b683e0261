"use strict";
// The desk without it works too: this adds keys, sources in place, and work that is kept while it is written.

let csrf = document.body.dataset.csrf;
// Old and new stand beside each other while one takes the other's place: tabs of one name would close each other.
document.addEventListener("htmx:beforeSwap", (event) => {
  for (const each of event.detail.target.querySelectorAll("details[name]")) each.removeAttribute("name");
});
document.addEventListener("htmx:configRequest", (event) => { event.detail.headers["X-CSRF-Token"] = csrf; });

// A session that ends is told in place; signed in again, in whichever tab, the page goes on with the new one's token.
// Its token begins with the id of whoever opened the page: in another's name nothing is sent.
const ended = document.getElementById("ended");
async function renew() {
  const answer = await fetch("/desk/session", { redirect: "manual", cache: "no-store", headers: { "HX-Request": "true" } });
  const now = answer.ok ? await answer.json() : null;
  const same = Boolean(now) && now.person === csrf.split(".")[0];
  if (same) {
    csrf = document.body.dataset.csrf = now.csrf;
    for (const each of document.querySelectorAll("input[name=csrf]")) each.value = csrf;
  } else {
    const [nobody, other] = [ended.querySelector("[data-nobody]"), ended.querySelector("[data-other]")];
    nobody.hidden = Boolean(now);
    other.hidden = !now;
    if (now) other.textContent = other.dataset.other.replace("{name}", now.name);
  }
  ended.hidden = same;
  return same;
}
const refused = (status) => Boolean(ended) && (status === 401 || status === 403);
document.addEventListener("htmx:responseError", (event) => { if (refused(event.detail.xhr.status)) renew().catch(() => {}); });
addEventListener("focus", () => { if (ended && !ended.hidden) renew().catch(() => {}); });
async function send(address, made) {
  const post = () => fetch(address, {
    method: "POST", body: made(), redirect: "manual", headers: { "X-CSRF-Token": csrf, "HX-Request": "true" },
  });
  const before = csrf;
  const answer = await post();
  return refused(answer.status) && await renew() && csrf !== before ? post() : answer;
}

// Keys: one letter, one control. Off in the account, silent while something is typed. A field of a dialog that was just
// closed has the focus until the page is drawn again: nobody types there.
function typing(target) {
  return target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")?.checkVisibility();
}
function open_row(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(at + step, 0), rows.length - 1)];
  next.querySelector("[data-open]").focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}
function press(key) {
  if (key === "?") { document.getElementById("help")?.togglePopover(); return true; }
  if (key === "/") { document.querySelector("[data-search]")?.focus(); return Boolean(document.querySelector("[data-search]")); }
  const control = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (control) {
    if (control.hasAttribute("popovertarget")) document.getElementById(control.getAttribute("popovertarget")).showPopover();
    else control.click();
    return true;
  }
  if (key === "j") return open_row(1);
  if (key === "k") return open_row(-1);
  return false;
}
// A page that answers a form cannot be come back to: Back and reload ask for the one that shows what was written again.
const again = document.querySelector("[data-again]");
if (again) history.replaceState(null, "", again.dataset.again);
let sent = false;
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (sent) event.preventDefault();
  else setTimeout(free, 10_000); // not every browser tells that the sending was stopped
  sent = true;
});
const free = () => { sent = false; };
addEventListener("pageshow", free);
globalThis.navigation?.addEventListener("navigateerror", free);
document.addEventListener("keydown", (event) => {
  if (!("keys" in document.body.dataset) || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (typing(event.target) || document.querySelector("[popover]:popover-open")) return;
  if (press(event.key)) event.preventDefault();
});

// The menu of the head closes by the key that closes what pops up.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".menu[open]");
  if (event.key !== "Escape" || !menu || document.querySelector("[popover]:popover-open")) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Enter on a choice in a dialog is Enter in its other fields: it sends; with Ctrl, in a field of several lines too.
document.addEventListener("keydown", (event) => {
  const lines = (event.ctrlKey || event.metaKey) && event.target.matches(".panel textarea");
  if (event.key !== "Enter" || !(lines || event.target.matches(".panel select"))) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// What is chosen, or written in another field: one of the two must be.
for (const choice of document.querySelectorAll("[data-or]")) {
  const written = document.getElementById(choice.dataset.or);
  const ask = () => { written.required = !choice.value; };
  choice.addEventListener("change", ask);
  addEventListener("pageshow", ask);
}

// A sentence and its source, each shown by touching the other.
const text = document.querySelector("[data-text]");
function mark(numbers) {
  const wanted = new Set(numbers);
  for (const each of document.querySelectorAll(".sentence[data-n]"))
    each.classList.toggle("lit", each.dataset.n.split(" ").some((n) => wanted.has(n)));
  for (const each of document.querySelectorAll("[data-source]")) each.classList.toggle("lit", wanted.has(each.dataset.source));
  for (const each of document.querySelectorAll(".passage")) each.classList.remove("lit");
}
// The passages of one sentence, where the page knows them; else those of its sources.
function passages(sentence) {
  if (!sentence.dataset.n) return [];
  const keys = (sentence.dataset.k || "").split(" ").filter(Boolean);
  const own = [...document.querySelectorAll(".passage")].filter((each) => each.dataset.k.split(" ").some((k) => keys.includes(k)));
  if (own.length) return own;
  return sentence.dataset.n.split(" ").flatMap((n) => [...document.querySelectorAll(`[data-source="${CSS.escape(n)}"] .passage`)]);
}
function mark_one(sentence) {
  mark([]);
  sentence.classList.add("lit");
  for (const each of passages(sentence)) each.classList.add("lit");
}
function in_place(sentence, link) {
  const block = sentence.closest("p, li, td, th") || sentence;
  const shown = block.querySelector(":scope > .in-place");
  const found = passages(sentence);
  for (const each of document.querySelectorAll(".in-place")) each.remove();
  for (const each of document.querySelectorAll(".ref a[aria-expanded=true]")) each.setAttribute("aria-expanded", "false");
  if (shown?.of === sentence) { mark([]); return; }
  const aside = document.createElement("span");
  aside.className = "in-place";
  aside.of = sentence;
  for (const flag of sentence.querySelectorAll(".flag")) {
    for (const [kind, told] of [["strong", flag.title], ["span", flag.dataset.more]]) {
      if (!told) continue;
      const remark = document.createElement(kind);
      remark.lang = document.documentElement.lang;
      remark.textContent = told;
      aside.append(remark);
    }
  }
  for (const each of found) {
    const quote = document.createElement("span");
    quote.textContent = each.innerText.trim();
    const by = document.createElement("small");
    by.textContent = each.closest("[data-source]").querySelector(".byline").innerText.replace("↑", "").trim();
    aside.append(quote, by);
    each.scrollIntoView({ block: "nearest" });
  }
  block.append(aside);
  if (link) link.setAttribute("aria-expanded", "true");
  mark_one(sentence);
}
if (text) {
  for (const link of text.querySelectorAll(".ref a")) link.setAttribute("aria-expanded", "false");
  text.addEventListener("click", (event) => {
    const link = event.target.closest(".ref a");
    if (event.target.closest("a") && !link) return;
    let sentence = event.target.closest(".sentence");
    if (link) {
      sentence = link.parentElement.previousElementSibling;
      while (sentence && !sentence.matches(".sentence")) sentence = sentence.previousElementSibling;
    }
    if (!sentence || event.target.closest(".in-place")) return;
    event.preventDefault();
    in_place(sentence, link || sentence.nextElementSibling?.querySelector(".ref a"));
  });
  text.addEventListener("mouseover", (event) => {
    const sentence = event.target.closest(".sentence[data-n]");
    if (sentence && !text.querySelector(".in-place")) mark_one(sentence);
  });
  for (const card of document.querySelectorAll("[data-source]")) {
    card.addEventListener("mouseenter", () => mark([card.dataset.source]));
    for (const passage of card.querySelectorAll(".passage")) passage.addEventListener("mouseenter", () => {
      const keys = passage.dataset.k.split(" ");
      mark([]);
      passage.classList.add("lit");
      for (const each of document.querySelectorAll(".sentence[data-k]"))
        each.classList.toggle("lit", each.dataset.k.split(" ").some((k) => keys.includes(k)));
    });
    card.addEventListener("focusin", () => mark([card.dataset.source]));
    card.addEventListener("click", (event) => {
      if (event.target.closest("a")) return;
      mark([card.dataset.source]);
      document.querySelector(".sentence.lit")?.scrollIntoView({ block: "nearest" });
    });
  }
}

// What is written is kept on the server, and tried again where the connection is gone.
const form = document.querySelector("form[data-work]");
if (form) {
  const told = document.getElementById("kept");
  let waiting = null;
  let dirty = false;
  async function keep() {
    waiting = null;
    try {
      const answer = await send(form.dataset.work, () => new URLSearchParams(new FormData(form)));
      if (!answer.ok) throw new Error(String(answer.status));
      told.textContent = (await answer.text()).trim();
      told.classList.remove("wrong");
      dirty = false;
    } catch {
      say_lost();
    }
  }
  function say_lost() {
    told.textContent = form.dataset.lost;
    told.classList.add("wrong");
    clearTimeout(waiting);
    waiting = setTimeout(keep, 5000);
  }
  form.addEventListener("input", () => {
    dirty = true;
    if (!waiting) waiting = setTimeout(keep, 1000);
  });
  let sure = false;
  form.addEventListener("submit", async (event) => {
    if (!ended || sure) { dirty = false; clearTimeout(waiting); return; }
    event.preventDefault();
    sure = await renew().catch(() => false);
    if (sure) form.requestSubmit(event.submitter);
    else say_lost();
  });
  addEventListener("pageshow", () => { sure = false; });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector("[data-key-submit]"));
  });
}

// A line of the text that something is said about.
for (const link of document.querySelectorAll("[data-line]"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const area = document.getElementById("body");
    const lines = area.value.split("\n");
    const start = lines.slice(0, link.dataset.line - 1).join("\n").length + (link.dataset.line > 1 ? 1 : 0);
    area.focus();
    area.setSelectionRange(start, start + lines[link.dataset.line - 1].length);
  });

// A picture that is chosen, pasted or dropped is kept on the server, and stands in the text where the cursor is.
const adding = document.querySelector("[data-pictures]");
if (adding) {
  const area = form.querySelector("textarea[name=body]");
  const [file, words] = [adding.querySelector("[type=file]"), adding.querySelector("[name=words]")];
  const told = document.getElementById("picture-told");
  const say = (text, wrong) => { told.textContent = text; told.classList.toggle("wrong", wrong); };
  const put = (line) => {
    const before = area.value.slice(0, area.selectionStart);
    const gap = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    area.setRangeText(`${gap}${line}\n`, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    if (line.startsWith("![]")) area.setSelectionRange(before.length + gap.length + 2, before.length + gap.length + 2);
    area.dispatchEvent(new Event("input", { bubbles: true }));
    say(line.startsWith("![]") ? adding.dataset.words : adding.dataset.added, false);
    file.value = words.value = "";
  };
  async function add(picture) {
    if (!picture) return say(adding.dataset.missing, true);
    if (picture.size > Number(adding.dataset.most)) return say(adding.dataset.large, true);
    const sent = new FormData();
    sent.append("picture", picture);
    sent.append("words", words.value);
    try {
      const answer = await send(adding.dataset.pictures, () => sent);
      const plain = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
      if (!plain) throw new Error(String(answer.status));
      const text = await answer.text();
      if (answer.ok) put(text);
      else say(text, true);
    } catch {
      say(form.dataset.lost, true);
    }
  }
  adding.querySelector("[data-add-picture]").addEventListener("click", (event) => { event.preventDefault(); add(file.files[0]); });
  for (const kind of ["paste", "drop"]) area.addEventListener(kind, (event) => {
    const brought = [...(event.clipboardData || event.dataTransfer).files].find((each) => each.type.startsWith("image/"));
    if (!brought) return;
    event.preventDefault();
    add(brought);
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy);
  getSelection().selectAllChildren(text);
  // Without https a browser has no clipboard for scripts, but copies what is selected; else it stays so for Ctrl+C.
  if (navigator.clipboard) await navigator.clipboard.writeText(text.innerText.trim());
  else if (!document.execCommand("copy")) return;
  button.textContent = button.dataset.copied;
});
