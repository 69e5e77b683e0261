// Runs Pagefind beside the page, which is sent only the results that it shows.
const language = new URL(location).searchParams.get("language");
const index = new URL(`../pagefind/${language}/`, location).href;

// Pagefind asks the page that it runs in for the language.
globalThis.document = { querySelector: () => ({ getAttribute: () => language }) };

// The index lies in shards. What Pagefind asks of each before it can look for anything comes in one file.
const load = globalThis.fetch;
const heads = load(`${index}heads.json`, { cache: "no-cache" }).then((answer) => answer.json());
globalThis.fetch = async (address, ...more) => {
  const head = (await heads)[new URL(address).href.slice(index.length).replace(/\?.*/, "")];
  return head ? new Response(Uint8Array.from(atob(head), (letter) => letter.charCodeAt(0))) : load(address, ...more);
};

const engine = (async () => {
  const { createInstance } = await import(`${index}0/pagefind.js`);
  const options = { baseUrl: new URL("..", location).pathname, excerptLength: 22 };
  const first = createInstance(options);
  const shards = new Set(Object.keys(await heads).map((name) => name.replace(/\/.*/, "")));
  shards.delete("0");
  await Promise.all(Array.from(shards, (each) => first.mergeIndex(`${index}${each}/`, { ...options, language })));
  return first;
})();

addEventListener("message", async ({ data: { query, most }, ports: [port] }) => {
  try {
    const { results } = await (await engine).search(query);
    const pages = await Promise.all(results.slice(0, most).map((each) => each.data()));
    port.postMessage({ count: results.length, pages });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
});
