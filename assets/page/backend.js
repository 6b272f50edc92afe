// Where answers come from: a server here, tab/answers.js and frozen.js in a page without one. All have this shape:
//
//   kind                                          "server" | "static"
//   has(name)                                     whether anybody answers this view, act or job
//   view(name, values, {signal})                  a promise of an answer; an object that is not fulfilled is a Refused
//   act(name, values, {signal})
//   job(name, values, onProgress, {signal})       onProgress({text, done, left_s, stage}); abort cancels
//   json(path)                                    a file below assets/
//
// Addresses are relative to the page, so a proxy may put a prefix in front of them.

import { Refused } from "./refused.js";
import { learn, say } from "./words.js";

/** Whose frame shows a Space, and writes the address that a person copies: `HUB_ORIGIN` of `explorer/web/guard.py`. */
export const HUB_ORIGIN = "https://huggingface.co";
/**
 * Whether a page stands in a frame of the Hub, by its address: no page can read who frames it, and a message to the Hub
 * in another frame is an error in the browser's console.
 * @param {any} browserWindow
 */
export const isFramedByHub = (browserWindow) =>
  browserWindow.parent !== browserWindow && browserWindow.location.hostname.endsWith(".hf.space");

const ASKED_FOR_SUPPORT = "supports-zerogpu-headers",
  ASKED_FOR_HEADERS = "zerogpu-headers",
  PATIENCE_MS = 2000;

/**
 * The quota of a visitor on a ZeroGPU Space. The Hub shows a Space in a frame and knows who looks at it, so the page
 * asks the frame around it for headers, as Gradio's own client does; elsewhere there are none.
 *
 *     const quota = new VisitorQuota(window);
 *     await quota.headers()          // {"x-ip-token": "..."} on a ZeroGPU Space, else {}
 */
export class VisitorQuota {
  constructor(browserWindow) {
    this.window = browserWindow;
    this.isSupported = false;
    if (!browserWindow?.location || !isFramedByHub(browserWindow)) return;
    browserWindow.addEventListener("message", ({ data, origin }) => {
      if (origin === HUB_ORIGIN && data === ASKED_FOR_SUPPORT) this.isSupported = true;
    });
    browserWindow.parent.postMessage(ASKED_FOR_SUPPORT, HUB_ORIGIN);
  }

  /** @returns {Promise<Record<string, string>>} none where the frame does not answer in time */
  headers() {
    if (!this.isSupported) return Promise.resolve({});
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      const answer = (headers) => {
        clearTimeout(late);
        port1.close();
        resolve(headers);
      };
      const late = setTimeout(() => answer({}), PATIENCE_MS);
      port1.onmessage = ({ data }) => answer(quotaHeaders(data));
      this.window.parent.postMessage(ASKED_FOR_HEADERS, HUB_ORIGIN, [port2]);
    });
  }
}

/** What the Hub may send along: its own headers, never one that the page sets itself. */
const quotaHeaders = (data) =>
  Object.fromEntries(
    Object.entries(data ?? {}).filter(
      ([name, value]) => /^x-(ip|zerogpu|hf)-[a-z-]+$/i.test(name) && typeof value === "string",
    ),
  );

export const GONE = "The server does not answer. What is on the page stays.";

export class ServerBackend {
  /** @param ownerKey () => the key of this browser, which travels in a header only */
  constructor(ownerKey, quota = new VisitorQuota(globalThis.window)) {
    this.kind = "server";
    this.ownerKey = ownerKey;
    this.quota = quota;
  }

  has() {
    return true;
  }

  view(name, { key, ...values } = {}, { signal, isPublic = false } = {}) {
    return this.fetch(`v/${name}.json${queryOf(values)}`, { signal, headers: isPublic ? {} : this.headers(key) });
  }

  async act(name, { key, ...values } = {}, { signal } = {}) {
    return this.fetch(`a/${name}`, {
      method: "POST",
      signal,
      headers: { ...(await this.quota.headers()), ...this.headers(key), "Content-Type": "application/json" },
      body: JSON.stringify(values),
    });
  }

  async job(name, values = {}, onProgress = () => undefined, { signal } = {}) {
    const headers = { ...(await this.quota.headers()), ...this.headers(), "Content-Type": "application/json" };
    const { event_id: event } = await this.fetch(`gradio_api/call/v2/${name}`, {
      method: "POST",
      headers,
      body: JSON.stringify(values),
      signal,
    });
    const response = await fetchResponse(`gradio_api/call/${name}/${event}`, { headers: this.headers(), signal });
    let last;
    for await (const { kind, data } of events(response.body)) {
      if (kind === "error") {
        await learn(keyedOf(data));
        throw new Refused("", sentenceOf(data));
      }
      if (kind === "heartbeat") continue;
      const [step] = Array.isArray(data) ? data : [data];
      await learn(step?.sentences);
      last = step;
      if (kind === "complete") return step;
      if (isProgress(step)) onProgress(step);
    }
    if (last === undefined || isProgress(last)) throw new Refused("", GONE, 0);
    return last;
  }

  json(path) {
    return this.fetch(new URL(`../${path}`, import.meta.url), {});
  }

  /**
   * Give the server a run, as the zip that it exports itself.
   * @param {Blob | Uint8Array} zip
   * @returns {Promise<{run: string}>}
   */
  bring(zip) {
    return this.fetch("bring", {
      method: "POST",
      headers: { ...this.headers(), "Content-Type": "application/zip" },
      body: zip,
    });
  }

  /**
   * Give the server the model of a pupil's device, as safetensors in half precision.
   * @returns {Promise<{share: number}>}
   */
  handIn(code, key, weights) {
    return this.fetch(`class/model${queryOf({ code })}`, {
      method: "POST",
      headers: { ...this.headers(key), "Content-Type": "application/octet-stream" },
      body: weights,
    });
  }

  /** @param key another than that of this browser: a seat in a class */
  headers(key = this.ownerKey()) {
    return { "X-Owner-Key": key };
  }

  async fetch(address, options) {
    const response = await fetchResponse(address, options),
      answer = await heard(response.json());
    await learn(answer?.sentences);
    return answer;
  }
}

const isProgress = (step) => Boolean(step) && typeof step.text === "string" && "done" in step && "left_s" in step;

/** @returns {Promise<Response>} of a server that was fulfilled; throws Refused else, and what an abort throws */
async function fetchResponse(address, options) {
  const response = await heard(fetch(address, options));
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  await learn(body?.error?.sentences);
  if (body?.error) throw new Refused(body.error.field, body.error.sentence, response.status);
  throw new Refused("", say`The server answered ${response.status}.`, 0); // a proxy did, and nobody behind it
}

/** What a server says; a network may break before it, and in the middle of it. */
const heard = (said) =>
  said.catch((error) => {
    throw error.name === "AbortError" ? error : new Refused("", GONE, 0);
  });

/** Values as a query: a list is repeated, an object is JSON; what is null is left out. */
function queryOf(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (Array.isArray(value)) value.forEach((each) => query.append(name, each));
    else if (value !== null && value !== undefined)
      query.set(name, typeof value === "object" ? JSON.stringify(value) : value);
  }
  const text = query.toString();
  return text && `?${text}`;
}

/** The events of a stream, each {kind, data}. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await heard(reader.read());
      if (done) return;
      const blocks = (rest + value).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const lines = block.split(/\r?\n/),
          kind =
            lines
              .find((line) => line.startsWith("event:"))
              ?.slice(6)
              .trim() ?? "message";
        const data = lines
          .filter((line) => line.startsWith("data:"))
          .map((line) => line.slice(5))
          .join("\n")
          .trim();
        yield { kind, data: data ? JSON.parse(data) : null };
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** What Gradio says of a job that failed: the sentence, or an object around it. */
function sentenceOf(data) {
  const said = typeof data === "string" ? data : (data?.error ?? data?.message);
  return typeof said === "string" && said ? said : "The server could not answer.";
}

/** Its keyed sentence, which travels in the title of Gradio's error. */
function keyedOf(data) {
  try {
    return [JSON.parse(data.title)];
  } catch {
    return [];
  }
}
