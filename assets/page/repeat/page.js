// The page of a link that repeats a training: its data, the training once more in this tab, and whether the digests are
// equal. Nothing trains before a press.

import { Dials } from "../dials/dials.js";
import { changedDials, valuesOf } from "../recipe.js";
import { contract } from "../contract.js";
import { copyText } from "../save-file.js";
import { loadStyles } from "../styles.js";
import { html, render } from "../vendor/preact.js";
import { say } from "../words.js";
import { emptyBox, stageOf, Repetition, Seen, resultTitleOf } from "./box.js";
import { chainOfOne } from "./chain.js";
import { readLink } from "../repeat-link.js";
import { textOf } from "./receipt.js";
import { deviceTime, repeatChain } from "./repetition.js";

export async function open(element, page) {
  const { engine, address } = page;
  await loadStyles("repeat");
  const dials = Dials.of(page);
  let state = emptyBox();
  const change = (parts) => {
    state = { ...state, ...parts };
    render(html`<${RepeatPage} state=${state} acts=${acts} />`, element);
  };
  const acts = {
    train,
    pause: () => state.again.togglePause(),
    stop: () => state.again.stop(),
    copy: async (kind, box) =>
      change({ copied: (await copyText(textOf(kind, state.dot, state.end), box)) ? kind : "" }),
  };
  let chain = null;
  async function train(workers) {
    if (page.tab.trainings.isBusy) return;
    change({ end: null, copied: "" });
    const end = await repeatChain(page, chain, state.dot.training.digest, {
      workers,
      onBegin: (again) => change({ again }),
      tell: () => change({}),
    });
    change({ again: null, end });
  }
  async function show() {
    chain = null;
    try {
      const { spec, digest } = readLink(address.query(), dials),
        { values } = dials.fit(spec.preset, valuesOf(spec));
      chain = await chainOfOne(engine, spec, digest, "canonical");
      const recipe = dials.recipe(spec.preset),
        told = dials.describe(recipe, values, changedDials(dials.catalog, recipe.values, values));
      change({ ...emptyBox(), dot: dotOf(spec, digest, recipe.title), told, open: address.link("open") });
      change({ sample: await dials.firstCard(spec.preset, values) });
      change(await deviceTime(page, chain.phases));
      tellBusy();
    } catch (error) {
      change({ ...emptyBox(), problem: error.message, study: address.link("evidence") });
    }
  }
  globalThis.addEventListener("beforeunload", (event) => {
    if (state.again) event.preventDefault();
  });
  /** Another training of this tab is told of. */
  function tellBusy() {
    const isBusy = page.tab.trainings.isBusy && !state.again;
    if (isBusy !== state.isBusy) change({ isBusy });
  }
  await show();
  void page.withTab().then(({ tab }) => tab.runs.watch(tellBusy));
  return { shown: () => state.again || void show() };
}

/** The training of a link in the shape of a dot: its curve is not known, and its name is that of its recipe. */
function dotOf(spec, digest, label) {
  const { seed, steps, batch_size: size } = spec.train;
  return {
    sweep: { name: "a link", judges: "time" },
    cell: { label, pairs: steps * size },
    training: { seed, steps, digest, key: digest.slice(0, 16), pairs: steps * size, curves: null },
  };
}

/** @param {{state: any, acts: any}} props */
export function RepeatPage({ state, acts }) {
  const { dot, problem, study, told } = state;
  if (!dot)
    return html`<section class="rp-page wb-col"><h1>${say("A training to repeat")}</h1>
      <p class="rp-bad" role="alert">${problem}</p>
      ${
        problem &&
        html`<p>${say("Each dot of the study is a training that you can repeat.")}</p>
      <p><a class="rp-btn" href=${study}>${say("Go to the study")}</a></p>`
      }</section>`;
  const kind = stageOf(state);
  return html`<section class="rp-page wb-col" data-state=${kind}>
    <h1>${resultTitleOf(kind) ?? say("A training to repeat")}</h1>
    <p class="rp-sub" role="status">${
      kind === "same"
        ? say("Your computer got the same weights as the one that made the link.")
        : kind === "differs"
          ? say("Your computer got other weights than the one that made the link. They should be the same.")
          : say`Somebody trained this in a tab with seed ${dot.training.seed}, and got a digest of the weights. Train it here, and see whether yours is the same.`
    }</p>
    <p>${told}</p>
    <${Seen} state=${state} />
    <${Repetition} state=${state} acts=${acts} />
    <p class="rp-sub">${say`Engine ${contract.engine_version}. Nothing leaves this device.`}</p></section>`;
}
