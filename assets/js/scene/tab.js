/**
 * The tab "Your own scene" of the app: the run of the address is one more model, the scene stands in the address.
 *
 *     showTab(element, (question) => {})     // each time that it comes into sight; question: {image, texts} for Probe
 */

import { Engine, serverSource } from "../../engine/client.js";
import { styled } from "./dialog.js";
import { MODELS, mountScene } from "./scene.js";

const ASSETS = new URL("../../", import.meta.url);
const WRITE_AFTER_MS = 250;

/** @type {Engine | null} */ let engine = null;
/** @type {string | null} the run whose bar is shown */ let shown = null;
let writing = 0;

/** @param {HTMLElement} place @param {(question: {image: string, texts: string[]}) => void} onProbe */
export async function showTab(place, onProbe) {
  const asked = new URLSearchParams(location.search), run = asked.get("run") ?? "";
  if (shown === run) return;
  const scene = asked.get("scene") ?? /** @type {any} */ (window).ownScene?.text ?? null;
  if (shown === null) place.addEventListener("scenechange", (event) => write(/** @type {CustomEvent} */ (event).detail.text));
  shown = run;
  engine ??= new Engine(serverSource(ASSETS));
  await styled(ASSETS);
  try {
    const models = run && !MODELS.includes(run) ? [...MODELS, run] : MODELS;
    const language = /** @type {any} */ (window).explorerLanguage || "en";
    // For a console, and for tests.
    Object.assign(window, { ownScene: await mountScene(place, scene, engine, { models, language, onProbe }) });
  } catch (error) {
    shown = null;
    place.textContent = /** @type {Error} */ (error).message;
  }
}

/** @param {string} text */
function write(text) {
  clearTimeout(writing);
  writing = window.setTimeout(() => {
    const query = new URLSearchParams(location.search);
    if (query.get("tab") !== "scene") return;
    query.set("scene", text);
    /** @type {any} */ (window).explorerGo(query);
  }, WRITE_AFTER_MS);
}
