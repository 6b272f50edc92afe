/**
 * "Your own scene" as a dialog over another page: the run that is open there is one more model.
 *
 *     const dialog = await openScene({ run: "web-like-3f2a", title: "Your run" });
 *     openScene({ run: "", scene: "submarine,yellow@16,16,1000;bus,blue@48,48,1000", language: "zh" })
 *
 * The engine and its models stay loaded between two openings. Escape and the button close it; focus goes back.
 */

import { Engine, serverSource } from "../../engine/client.js";
import { styled } from "../styles.js";
import { element } from "./html.js";
import { MODELS, mountScene } from "./scene.js";
import { sayIn } from "./texts.js";

/**
 * @typedef {{run?: string, title?: string, scene?: string | null, language?: string, base?: URL, engine?: Engine,
 *   address?: (text: string) => string, onProbe?: (question: {image: string, texts: string[]}) => void}} Asked `base` is
 *   the folder of the server's assets, `engine` another than the page's own, `address` makes the link that is copied
 */

/** @type {Engine | null} */ let kept = null;

/** @param {Asked} asked @returns {Promise<HTMLDialogElement>} once the scene is drawn; models follow */
export async function openScene({ run = "", title, scene = null, language = pageLanguage(), base = defaultBase(), engine, address = tabAddress, onProbe }) {
  const say = sayIn(language), place = element("div");
  const close = element("button", { type: "button", class: "scene-button scene-close", onclick: () => dialog.close() }, [say("back")]);
  /** @type {HTMLDialogElement} */
  const dialog = element("dialog", { class: "scene-dialog", id: "scene-dialog", "aria-label": say("title"), translate: "no",
    onclose: () => dialog.remove(), onclick: (/** @type {Event} */ event) => { if (event.target === dialog) dialog.close(); } }, [close, place]);
  await styled("scene");
  document.body.append(dialog);
  dialog.showModal();
  const used = engine ?? (kept ??= new Engine(serverSource(base)));
  const models = run && !MODELS.includes(run) ? [...MODELS, run] : MODELS;
  try {
    // For a console, and for tests.
    Object.assign(window, { ownScene: await mountScene(place, scene, used, { models, language, address, onProbe: onProbe && ((question) => {
      dialog.close();
      onProbe(question);
    }), titles: run && title ? { [run]: title } : {} }) });
  } catch (error) {
    place.textContent = /** @type {Error} */ (error).message;
  }
  return dialog;
}

/** @returns {string} */
function pageLanguage() {
  return /** @type {any} */ (window).explorerLanguage || "en";
}

/** @returns {URL} */
function defaultBase() {
  return new URL("../../", import.meta.url);
}

/** @param {string} text @returns {string} the tab with this scene */
function tabAddress(text) {
  const address = new URL(location.href);
  address.searchParams.set("tab", "scene");
  address.searchParams.set("scene", text);
  return address.href;
}
