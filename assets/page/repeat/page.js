// The page of a link that repeats a training: its data, the training once more in this tab, and whether the digests are
// equal. Nothing trains before a press.

import { DialPolicy } from "../dials/dials.js";
import { changedDials, valuesOf } from "../recipe.js";
import { contract } from "../contract.js";
import { copyText } from "../save-file.js";
import { Latest, Store } from "../store.js";
import { loadStyles } from "../styles.js";
import { html, render } from "../vendor/preact.js";
import { say } from "../words.js";
import { emptyBox, stageOf, Repetition, SampleOfDot, resultTitleOf } from "./box.js";
import { chainOfOne } from "./chain.js";
import { readLink } from "../repeat-link.js";
import { textOf } from "./receipt.js";
import { deviceTime, repeatChain } from "./repetition.js";

export async function open(element, page) {
  await loadStyles("repeat");
  const visit = new RepeatVisit(page, (state, acts) =>
    render(html`<${RepeatPage} state=${state} acts=${acts} />`, element),
  );
  globalThis.addEventListener("beforeunload", (event) => {
    if (visit.state.running) event.preventDefault();
  });
  await visit.show();
  void page.loadTab().then(({ tab }) => tab.runs.watch(() => visit.tellBusy()));
  return { arrive: () => void visit.show() };
}

/** The training of the link in the address, and what came of it here. */
export class RepeatVisit extends Store {
  constructor(page, paint) {
    super();
    this.page = page;
    this.paint = paint;
    this.policy = DialPolicy.of(page);
    this.state = emptyBox();
    this.links = new Latest();
    this.link = ""; // what is shown, "" where the address could not be
    this.at = ""; // its address
    this.chain = null;
    this.acts = {
      train: (workers) => this.train(workers),
      pause: () => this.state.running.togglePause(),
      stop: () => this.state.running.stop(),
      copy: async (kind, box) =>
        this.change({ copied: (await copyText(textOf(kind, this.state.dot, this.state.outcome), box)) ? kind : "" }),
    };
  }

  draw() {
    this.paint({ ...this.state }, this.acts);
  }

  /** Show the training of the address, unless it is shown already, with its result, or one is under way. */
  async show() {
    const { page, policy } = this,
      { address, engine } = page;
    if (this.state.running) return address.put(this.at, false); // the address is that of what is shown
    let isWanted = this.links.current();
    try {
      const { spec, digest } = readLink(address.query(), policy),
        link = JSON.stringify([spec, digest]);
      if (link === this.link) return;
      isWanted = this.links.begin();
      this.link = link;
      this.at = address.link("repeat", Object.fromEntries(address.query()));
      const { values } = policy.fit(spec.preset, valuesOf(spec)),
        recipe = policy.recipe(spec.preset),
        description = policy.describe(recipe, values, changedDials(policy.catalog, recipe.values, values)),
        chain = await chainOfOne(engine, spec, digest, "canonical");
      if (!isWanted()) return;
      this.chain = chain;
      this.change({ ...emptyBox(), dot: dotOf(spec, digest, recipe.title), description, open: address.link("open") });
      const sample = await policy.firstCard(spec.preset, values);
      if (!isWanted()) return;
      this.change({ sample });
      const time = await deviceTime(page, chain.phases);
      if (!isWanted()) return;
      this.change(time);
      this.tellBusy();
    } catch (error) {
      if (!isWanted()) return;
      this.links.begin();
      this.link = "";
      this.change({ ...emptyBox(), problem: error.message, study: address.link("evidence") });
    }
  }

  async train(workers) {
    const { page, chain, state } = this;
    if (page.tab.trainings.isBusy) return;
    this.change({ outcome: null, copied: "" });
    const outcome = await repeatChain(page, chain, state.dot.training.digest, {
      workers,
      onBegin: (running) => this.change({ running }),
      tell: () => this.draw(),
    });
    this.change({ running: null, outcome });
  }

  /** Another training of this tab is told of. */
  tellBusy() {
    const { tab } = this.page,
      isBusy = tab.trainings.isBusy && !this.state.running;
    if (isBusy !== this.state.isBusy) this.change({ isBusy });
  }
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
  const { dot, problem, study, description } = state;
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
          : state.why
            ? say`This link is of a training with seed ${dot.training.seed}, which this tab cannot repeat.`
            : say`Somebody trained this in a tab with seed ${dot.training.seed}, and got a digest of the weights. Train it here, and see whether yours is the same.`
    }</p>
    <p>${description}</p>
    <${SampleOfDot} state=${state} />
    <${Repetition} state=${state} acts=${acts} />
    <p class="rp-sub">${say`Engine ${contract.engine_version}. Nothing leaves this device.`}</p></section>`;
}
