/**
 * What a page in one file carries: JSON, sprites and weights, and the engine's worker as a Blob.
 *
 *     const engine = embeddedEngine({ worlds: { things: description }, models: { "things-bound": card } });
 */

import { Engine } from "../../engine/client.js";

/** @param {string} id @returns {any} the JSON of a script element */
export function embeddedJson(id) {
  return JSON.parse(/** @type {HTMLElement} */ (document.getElementById(id)).textContent ?? "null");
}

/** @param {string} name @returns {Promise<ArrayBuffer>} what a script element holds as base64 of gzip */
export async function unpacked(name) {
  const node = document.querySelector(`script[data-packed="${CSS.escape(name)}"]`);
  if (!node) throw new Error(`This file has no ${name}.`);
  const bytes = Uint8Array.from(atob(node.textContent ?? ""), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** @param {{worlds: Record<string, any>, models: Record<string, any>}} held @returns {Engine} */
export function embeddedEngine({ worlds, models }) {
  const source = {
    world: async (/** @type {string} */ name) => ({ description: worlds[name], atlas: await unpacked(`${name}.atlas`) }),
    async model(/** @type {string} */ name) {
      if (!Object.hasOwn(models, name)) throw new Error(`model=${name}: it is not in this file`);
      return { ...models[name], weights: { fp16: await unpacked(`${name}.weights`) } };
    },
  };
  const code = document.getElementById("engine-worker")?.textContent ?? "";
  return new Engine(source, () => new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" }))));
}
