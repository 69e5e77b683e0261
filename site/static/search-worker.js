// Runs Pagefind beside the page, which is sent only the results that it shows.
const language = location.search.slice(1);
const index = new URL(`../pagefind/${language}/`, location).href;

// Pagefind asks the page that it runs in for the language.
self.document = { querySelector: () => ({ getAttribute: () => language }) };

// What Pagefind asks of each shard of the index before it can look for anything comes in one file.
const load = fetch;
const heads = load(`${index}heads.json`, { cache: "no-cache" }).then((answer) => answer.json());
self.fetch = async (address, ...more) => {
  const head = (await heads)[new URL(address).href.slice(index.length).replace(/\?.*/, "")];
  return head ? new Response(Uint8Array.from(atob(head), (each) => each.charCodeAt(0))) : load(address, ...more);
};

const engine = (async () => {
  const { createInstance } = await import(`${index}0/pagefind.js`);
  const options = { baseUrl: new URL("..", location).pathname, excerptLength: 22 };
  const first = createInstance(options);
  const others = new Set(Object.keys(await heads).flatMap((name) => name.match(/^[1-9]\d*\//) ?? []));
  await Promise.all(Array.from(others, (each) => first.mergeIndex(index + each, { ...options, language })));
  return first;
})();

// Signs count only behind a word, as in C# and C++: others would find nothing.
const signs = /(?<!\w[#+]*)[#+]|[#+](?=\w)|(?!\+)[\p{Sc}\p{Sk}\p{Sm}]/gu;

self.onmessage = async ({ data: { query, most }, ports: [port] }) => {
  try {
    const { results } = await (await engine).search(query.replace(signs, " "));
    const pages = await Promise.all(results.slice(0, most).map((each) => each.data()));
    port.postMessage({ count: results.length, pages });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
};
