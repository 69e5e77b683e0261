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
  // What becomes of the answers, told as the widget tells it; the server's word is that they were given. What could not be
  // kept is told again some times, as long as the page lasts.
  const tell = async (kind, target = "", failures = 0) => {
    const view = form.elements.page_view;
    if (!view) return;
    const body = new URLSearchParams({ page_view: view.value, kind, target });
    const answer = await fetch("/ask/told", { method: "POST", body, keepalive: true, redirect: "manual" }).catch(() => null);
    if (answer && answer.status < 500) return;
    if (failures < 10) setTimeout(() => tell(kind, target, failures + 1), 2 ** failures * 1000);
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
