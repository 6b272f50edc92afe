// "Your own scene" as a dialog over the Workbench: the run that is open there is one more model. Escape and the button
// close it; focus goes back.

import { loadStyles } from "../styles.js";
import { say } from "../words.js";
import { mountScene, scenesModels } from "./scene.js";

/**
 * @param asked {run, title, shipped, held, engine, world, onAsk}, see mountScene and scenesModels; `shipped` are the
 *   titles of the shipped models
 * @returns {Promise<HTMLDialogElement>} once the scene is drawn; models follow
 */
export async function openScene({ run, title, shipped, held, engine, world, onAsk }) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "scene-dialog", id: "scene-dialog" }),
    element = document.createElement("div");
  const close = Object.assign(document.createElement("button"), {
    type: "button",
    className: "scene-button scene-close",
    textContent: say("Back to the run"),
    onclick: () => dialog.close(),
  });
  dialog.setAttribute("aria-label", say("Your own scene"));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", ({ target }) => {
    if (target === dialog) dialog.close();
  });
  const waits = Object.assign(document.createElement("p"), { role: "status", textContent: say("Loading the scene …") });
  dialog.append(close, waits, element);
  await loadStyles("scene");
  document.body.append(dialog);
  dialog.showModal();
  const closeAndAsk = (question) => {
    dialog.close();
    onAsk(question);
  };
  try {
    // for a console, and for tests
    window.ownScene = await mountScene(element, null, engine, {
      ...scenesModels(held, run, world),
      titles: { [run]: title, ...shipped },
      onAsk: onAsk && closeAndAsk,
      address: addressOf,
    });
  } catch (error) {
    element.textContent = error.message;
  }
  waits.remove();
  return dialog;
}

/** The view with this scene. */
function addressOf(text) {
  const address = new URL(location.href);
  address.searchParams.set("tab", "scene");
  address.searchParams.set("scene", text);
  return address.href;
}
