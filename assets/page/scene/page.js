// "Your own scene" as a view: the run of the address is one more model, the scene stands in the address.

import { isOwnWorld } from "../../engine/world.js";
import { MODELS, mountScene, scenesModels } from "./scene.js";
import { HARD_NEGATIVES } from "../recipe.js";
import { keepTyped, takeTyped } from "../kept.js";
import { loadStyles } from "../styles.js";
import { Refused } from "../refused.js";
import { Sentences, Whole } from "../ui.js";
import { html, render } from "../vendor/preact.js";
import { say } from "../words.js";

const WRITE_AFTER_MS = 250;
/** Left out where a frame shows a run as well: three bars fill it. */
const LEFT_OUT = HARD_NEGATIVES;

/**
 * @param element of the view
 * @param page see app.js
 * @returns {Promise<{arrive: Function, leave: Function}>} once the scene is drawn
 */
export async function open(element, page) {
  const { address, engine } = page,
    root = Object.assign(document.createElement("div"), { id: "own-scene", className: "scene-place" });
  const [note, foot] = ["div", "div"].map((each) => document.createElement(each));
  let shown = null,
    request = new AbortController(), // what the address asks for, until it asks for something else
    own = null,
    writing = 0,
    written = null;
  element.append(note, root, foot);
  render(html`<${Whole} />`, foot);
  await loadStyles("scene");
  root.addEventListener("scenechange", ({ detail }) => {
    clearTimeout(writing);
    writing = setTimeout(() => {
      written = detail.text;
      address.write({ scene: written });
    }, WRITE_AFTER_MS);
  });

  /**
   * The scene of the address with its run's model; nothing is drawn anew where both are there already. What could not
   * be drawn is drawn when the address is shown again.
   */
  async function show() {
    const run = address.get("run") || address.heldRun,
      scene = address.get("scene");
    if (shown === run && (!scene || scene === written)) return;
    request.abort();
    clearTimeout(writing); // a move in the scene before
    const { signal } = (request = new AbortController());
    shown = run;
    written = scene || null;
    try {
      await mount(run, scene, signal);
    } catch (error) {
      if (!signal.aborted) shown = null;
      throw error;
    }
  }

  async function mount(run, scene, signal) {
    const all = page.models ?? MODELS,
      isMore = run && !all.includes(run),
      isFramed = address.get("only") === "scene",
      held = isMore && isFramed ? all.filter((name) => name !== LEFT_OUT) : all;
    const record =
      isMore || (run && page.models) // a page in one file holds its run, whose world may be its own
        ? await recordOf(page, run)
        : null;
    const { world } = record?.spec.data ?? {};
    if (signal.aborted) return;
    if (isOwnWorld(world)) await (await import("../own-worlds.js")).OwnWorlds.of(page).ofRun(record.spec, run);
    const onAsk = !page.lacks("ask") && ((question) => page.toAsk({ ...question, models: run ? [run] : [] }));
    const mounted = await mountScene(root, scene || own?.text || null, engine, {
      ...scenesModels(held, run, isOwnWorld(world) ? world : undefined),
      titles: { ...(isMore && record ? { [run]: record.title } : {}), ...page.catalog.shipped },
      onAsk,
      address: (text) => linkTo(address, text),
      signal,
    });
    if (mounted) window.ownScene = own = mounted; // for a console, and for tests
  }

  await show();
  if (own) typeAgain(own, takeTyped("scene"));
  return {
    arrive: () => arriveAt(show, note, () => shown !== null),
    leave: () => clearTimeout(writing),
    keepTyped: () => keepTyped("scene", { typed: own?.state.typed ?? null }),
  };
}

const recordOf = (page, name) =>
  page.backend.view("run", { name, answers: false }).then(
    ({ run }) => run,
    () => null,
  );

/** Two captions that were typed in the page before, which was in another language. */
function typeAgain(scene, { typed }) {
  if (Array.isArray(typed) && typed.length === 2) scene.set({ ...scene.state, typed: typed.map(String) });
}

/**
 * Draw the scene of an address where another stands, and say in `note` if it cannot be drawn, with a way to try again.
 * @param {() => Promise<void>} show @param {Element} note
 * @param {() => boolean} isOver whether another address has taken its place meanwhile
 */
export async function arriveAt(show, note, isOver) {
  const again = () => arriveAt(show, note, isOver);
  try {
    await show();
    render(null, note);
  } catch (error) {
    if (isOver()) return;
    console.error(error);
    const refused = error instanceof Refused ? error.message : say("This scene could not be drawn.");
    render(
      html`<p class="view-failed" role="alert"><${Sentences}><span>${refused}</span>
      <button type="button" class="wb-btn" onClick=${again}>${say("Try again")}</button><//></p>`,
      note,
    );
  }
}

const linkTo = (address, scene) =>
  new URL(address.link("scene", { run: address.get("run"), scene }), document.baseURI).href;
