// Small comforts, not needed to read. Runs before a page is painted, so that no colours flash.
const TEXTS = {
  copy: {{ _("Copy")|tojson }},
  copied: {{ _("Copied")|tojson }},
  schemes: [{{ _("System colours")|tojson }}, {{ _("Light colours")|tojson }}, {{ _("Dark colours")|tojson }}],
  one: {{ _("1 answer")|tojson }},
  many: {{ _("{n} answers")|tojson }},
  none: {{ _("Nothing found for “{query}”.")|tojson }},
  hint: {{ _("Try other words, or fewer.")|tojson }},
  failed: {{ _("The search cannot be loaded here.")|tojson }},
  all: {{ _("All topics")|tojson }},
  ask: {{ _("Ask the community")|tojson }},
  address: {{ site.ask_url|asking|tojson }},
};
const element = (name, content, properties) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...[content].flat());
  return made;
};

(() => {
  "use strict";
  const SCHEMES = ["", "light", "dark"];
  let kept = {};
  try { kept = localStorage; } catch { /* a browser that keeps nothing */ }
  let at = kept.kbuilderScheme % 3 || 0;
  const dress = () => { document.documentElement.style.colorScheme = SCHEMES[at]; };
  dress();

  document.addEventListener("DOMContentLoaded", () => {
    const scheme = element("button", "");
    const tell = () => {
      scheme.className = `scheme ${SCHEMES[at]}`;
      scheme.ariaLabel = scheme.title = TEXTS.schemes[at];
    };
    scheme.onclick = () => { kept.kbuilderScheme = at = (at + 1) % 3; dress(); tell(); };
    tell();
    document.querySelector(".top .bar").append(scheme);

    // On disk, the address of a folder finds no index.html.
    for (const link of location.protocol === "file:" ? document.links : []) {
      if (link.protocol === "file:") link.pathname = link.pathname.replace(/\/$/, "/index.html");
    }

    // What is over by the reader's clock is told no longer.
    for (const notice of document.querySelectorAll("[data-until]")) {
      notice.hidden = Date.parse(notice.dataset.until) <= Date.now();
    }

    for (const heading of document.querySelectorAll("article :is(h2, h3, h4, h5, h6)[id]")) {
      if (heading.closest("summary") || heading.querySelector(":not(sup) > a")) continue;
      const words = [...heading.childNodes].filter((each) => each.nodeName !== "SUP");
      heading.prepend(element("a", words, { href: `#${heading.id}`, className: "here" }));
    }

    for (const block of document.querySelectorAll(navigator.clipboard ? ".text .code" : "none")) {
      const button = element("button", TEXTS.copy, { className: "copy" });
      button.onclick = async () => {
        await navigator.clipboard.writeText(block.querySelector("pre").textContent);
        button.textContent = TEXTS.copied;
        setTimeout(() => { button.textContent = TEXTS.copy; }, 2000);
      };
      block.append(button);
    }
  });
})();
