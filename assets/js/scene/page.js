/**
 * The page scene.html: reads its address, mounts the scene, and writes what changes back into the address.
 *
 *     scene.html?scene=submarine,yellow@16,16,1000;bus,blue@48,48,1000&run=web-like-3f2a&lang=zh&dark
 */

import { Engine, serverSource } from "../../engine/client.js";
import { MODELS, mountScene } from "./scene.js";

const WRITE_AFTER_MS = 250;

const asked = new URLSearchParams(location.search), root = /** @type {HTMLElement} */ (document.getElementById("own-scene"));
const language = asked.get("lang") === "zh" ? "zh" : "en", run = asked.get("run");
const isDark = asked.has("dark") || (!asked.has("light") && matchMedia("(prefers-color-scheme: dark)").matches);
document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
document.body.classList.toggle("dark", isDark);

let writing = 0;
root.addEventListener("scenechange", (event) => {
  clearTimeout(writing);
  writing = window.setTimeout(() => {
    const address = new URL(location.href);
    address.searchParams.set("scene", /** @type {CustomEvent} */ (event).detail.text);
    history.replaceState(null, "", address);
  }, WRITE_AFTER_MS);
});

const engine = new Engine(serverSource(new URL("./", document.baseURI)));
try {
  const models = run ? [...MODELS, run] : MODELS;
  // For a console, and for tests.
  Object.assign(window, { ownScene: await mountScene(root, asked.get("scene"), engine, { models, language }) });
} catch (error) {
  root.textContent = /** @type {Error} */ (error).message;
}
