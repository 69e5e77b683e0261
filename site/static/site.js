// Small comforts: nothing here is needed to read.
(() => {
  "use strict";
  const texts = document.body.dataset;

  // Opened from a folder on disk, an address of a folder does not find its index.html.
  if (location.protocol === "file:") {
    for (const link of document.querySelectorAll("a[href]")) {
      const [path, anchor] = link.getAttribute("href").split("#");
      if (path.endsWith("/") && link.protocol === "file:") {
        link.setAttribute("href", path + "index.html" + (anchor ? "#" + anchor : ""));
      }
    }
  }

  // What is over by the reader's clock is told no longer, though the site was not yet made anew.
  for (const notice of document.querySelectorAll("[data-until]")) {
    notice.hidden = Date.parse(notice.dataset.until) <= Date.now();
  }

  if (navigator.clipboard) {
    for (const block of document.querySelectorAll(".text .code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = texts.copy;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.querySelector("pre").textContent);
        button.textContent = texts.copied;
        setTimeout(() => { button.textContent = texts.copy; }, 2000);
      });
      block.append(button);
    }
  }
})();
