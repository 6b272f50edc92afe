// A run of the tab at its saved steps, as the view `inspect_steps` answers for a server's run
// (explorer/views/inside.py).
//
//   const inside = new TabInside(engine);
//   await inside.steps(tabRun, { form: "canonical", have: 0 });

import { loadOnce } from "../../engine/once.js";
import { formDials } from "../../engine/train/evaluation.js";
import { fromStart, savedSteps } from "../../engine/train/steps.js";
import { worldFrom } from "../../engine/world.js";
import { cosinesAndMap, FEATURE_PARTS, insideAnswer } from "../inside/answers.js";
import { CaptionMarker } from "../samples.js";
import { contract } from "../contract.js";
import { valuesOf } from "../recipe.js";
import { recordOf } from "./record.js";

export class TabInside {
  constructor(engine) {
    this.engine = engine;
    this.drawn = new Map(); // scenes by form and dials
  }

  async steps(tabRun, { form = "canonical", have = 0 }) {
    const { spec, snapshots } = tabRun,
      { title, status, step, steps, place, left_s, reason, preset, has_model } = recordOf(tabRun);
    const forms = Object.keys(snapshots[0]?.forms ?? { canonical: null }),
      chosen = forms.includes(form) ? form : forms[0];
    const all = Object.fromEntries(
      await Promise.all(forms.map(async (each) => [each, await this.scenes(each, spec.data)])),
    );
    const isSame = (one, other) => JSON.stringify(all[one].drawnKey) === JSON.stringify(all[other].drawnKey),
      { exists, scenes } = all[chosen];
    const model = {
      name: tabRun.name,
      title,
      kind: "run",
      status,
      step,
      trained: steps,
      place,
      left_s,
      reason,
      preset,
      values: valuesOf(spec),
      has_model,
      planned: fromStart(savedSteps(steps)),
    };
    return insideAnswer(model, {
      form: chosen,
      inspected: forms,
      sameAs: (name) => (name === "own" && forms.includes(name) && isSame("own", "canonical") ? "canonical" : null),
      width: snapshots.length > 0 ? snapshots[0].forms[chosen].images.length / contract.num_inspected : null,
      first: Math.min(have, snapshots.length),
      steps: snapshots
        .slice(have)
        .map((each) =>
          stepOf(each, chosen, exists, each.step === 0 ? tabRun.start : tabRun.lines[each.step - 1].evaluation),
        ),
      scenes: have ? null : scenes,
    });
  }

  /** The inspected scenes of a form: {exists, drawnKey, scenes}. */
  scenes(form, data) {
    return loadOnce(this.drawn, JSON.stringify([form, data]), () => this.draw(form, data));
  }

  async draw(form, data) {
    const { description, box } = await this.engine.loadWorld(data.world),
      world = await worldFrom(description),
      marker = new CaptionMarker(world, box);
    const { evaluation } = await this.engine.loadTraining();
    const drawn = await this.engine.draw({
      world: data.world,
      data: formDials(form, data, evaluation),
      seed: evaluation.seed,
      stream: "evaluation",
      first: 0,
      count: contract.num_inspected,
      pixels: true,
    });
    return {
      exists: drawn.map(({ swapped }) => swapped !== null),
      drawnKey: drawn.map(({ caption, scene }) => [caption, scene]),
      scenes: drawn.map((scene) => marker.inspectedScene(scene)),
    };
  }
}

const rowsOf = (numbers) =>
  Array.from({ length: contract.num_inspected }, (_, row) =>
    numbers.subarray(
      (row * numbers.length) / contract.num_inspected,
      ((row + 1) * numbers.length) / contract.num_inspected,
    ),
  );

/** A saved step of a form from the features that were kept; a scene without a swap has no swapped caption. */
function stepOf({ step, logit_scale: scale, forms }, form, exists, scores) {
  const [images, captions, other] = FEATURE_PARTS.map((part) => rowsOf(forms[form][part])),
    swapped = other.map((row, at) => (exists[at] ? row : null));
  return { step, logit_scale: scale, ...cosinesAndMap({ images, captions, swapped }), scores: scores ?? {} };
}
