// Draws a list or a form, each time anew, as pages do that are one script.
const app = document.querySelector("#app");

const button = (words, done, name = "") => {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: words, className: name });
  made.addEventListener("click", done);
  return made;
};

const labelled = (words, field) => {
  const label = document.createElement("label");
  label.append(words, field);
  return label;
};

const heading = (words) => Object.assign(document.createElement("h1"), { textContent: words });

const list = () => app.replaceChildren(heading("Questions"), button("New question", form, "new"));

const form = () => {
  const title = Object.assign(document.createElement("input"), { className: "ask-title", autocomplete: "off" });
  const body = Object.assign(document.createElement("textarea"), { className: "ask-body", rows: 6 });
  app.replaceChildren(heading("New question"), labelled("Title", title), labelled("Text", body), button("Send", list, "ask-send"), button("Cancel", list, "cancel"));
  title.focus();
};

list();
