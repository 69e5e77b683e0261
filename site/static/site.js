// Small comforts, not needed to read. Runs before a page is painted, so that no colours flash.
(() => {
  "use strict";
  const SCHEMES = ["", "light", "dark"];
  let kept = {};
  try { kept = localStorage; } catch { /* a browser that keeps nothing */ }
  let at = kept.kbuilderScheme % 3 || 0;
  const dress = () => { document.documentElement.style.colorScheme = SCHEMES[at]; };
  dress();

  const element = (name, properties) => Object.assign(document.createElement(name), properties);

  document.addEventListener("DOMContentLoaded", () => {
    const { copy, copied, schemes } = document.body.dataset;

    const scheme = element("button");
    const tell = () => {
      scheme.className = `scheme ${SCHEMES[at]}`;
      scheme.ariaLabel = scheme.title = schemes.split("|")[at];
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
      const link = element("a", { href: `#${heading.id}`, className: "here" });
      link.append(...[...heading.childNodes].filter((each) => each.nodeName !== "SUP"));
      heading.prepend(link);
    }

    for (const block of document.querySelectorAll(navigator.clipboard ? ".text .code" : "none")) {
      const button = element("button", { className: "copy", textContent: copy });
      button.onclick = async () => {
        await navigator.clipboard.writeText(block.querySelector("pre").textContent);
        button.textContent = copied;
        setTimeout(() => { button.textContent = copy; }, 2000);
      };
      block.append(button);
    }
  });
})();
