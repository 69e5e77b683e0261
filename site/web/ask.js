// What another page carried over stands behind the "#", the part of an address that reaches no server and no log.
(() => {
  "use strict";
  const form = document.querySelector("form.question");
  const take = () => {
    const words = new URLSearchParams(location.hash.slice(1).replace(/\+/g, "%2B")).get("q");
    if (!words) return;
    form.elements.q.value = words.slice(0, form.elements.q.maxLength);
    history.replaceState(null, "", location.pathname + location.search);
    form.requestSubmit();
  };
  // What becomes of the answers, told as the widget tells it; the server's word is that they were given.
  const tell = (kind, target = "") => {
    const view = form.elements.page_view;
    const body = view && new URLSearchParams({ page_view: view.value, kind, target });
    if (body) fetch("/ask/told", { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => {});
  };
  for (const each of document.querySelectorAll("details.whole"))
    each.addEventListener("toggle", () => tell("opened", each.closest("article").dataset.target), { once: true });
  for (const each of document.querySelectorAll("form.solved"))
    each.addEventListener("submit", (event) => {
      event.preventDefault();
      tell(event.submitter.value, each.elements.target.value);
      const said = each.nextElementSibling;
      said.textContent = each.dataset.noted;
      said.tabIndex = -1;
      said.focus(); // which the button had
      each.remove();
    });
  for (const each of document.querySelectorAll("a[data-posted]")) each.addEventListener("click", () => tell("posted"));
  addEventListener("hashchange", take);
  take();
})();
