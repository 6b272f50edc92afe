// A run of the tab at its saved steps, as the view `inspect_steps` answers for a server's run (explorer/views/inside.py).
//
//   const inside = new Inside(engine);
//   await inside.steps(kept, { form: "canonical", have: 0 });

import { formDials } from "../engine/train/evaluation.js";
import { savedSteps } from "../engine/train/steps.js";
import { World } from "../engine/world.js";
import { recordOf } from "./tab-run-record.js";
import { Marks } from "./samples.js";

const EVERY_FORM = ["canonical", "own", "complete", "bundle"], INSPECTED = 48, SEED = 0, TURNS = 120, LEAST = 1e-12;
const PARTS = ["images", "captions", "swapped"];

export class Inside {
  constructor(engine) {
    this.engine = engine;
    this.drawn = new Map(); // scenes by form and dials
  }

  async steps(kept, { form = "canonical", have = 0 }) {
    const { spec, snapshots } = kept, { label, status, step, steps, place, eta_s, reason, preset, has_model } = recordOf(kept);
    const forms = Object.keys(snapshots[0]?.forms ?? { canonical: null }), chosen = forms.includes(form) ? form : forms[0];
    const all = Object.fromEntries(await Promise.all(forms.map(async (each) => [each, await this.scenes(each, spec.data)])));
    const isSame = (one, other) => JSON.stringify(all[one].said) === JSON.stringify(all[other].said), { exists, scenes } = all[chosen];
    return {
      name: kept.name, title: label, kind: "run", status, step, trained: steps, place, eta_s, reason, preset, has_model, has_report: false,
      planned: [0, ...[...savedSteps(steps)].sort((one, other) => one - other)], form: chosen,
      forms: EVERY_FORM.map((name) => ({ name, is_inspected: forms.includes(name), same_as: name === "own" && forms.includes(name) && isSame("own", "canonical") ? "canonical" : null })),
      width: snapshots.length > 0 ? snapshots[0].forms[chosen].images.length / INSPECTED : null, first: Math.min(have, snapshots.length),
      steps: snapshots.slice(have).map((each) => stepOf(each, chosen, exists, each.step === 0 ? kept.start : kept.lines[each.step - 1].evaluation)),
      scenes: have ? null : scenes,
    };
  }

  /** The inspected scenes of a form: {exists, said, scenes}. */
  scenes(form, data) {
    const key = JSON.stringify([form, data]);
    if (!this.drawn.has(key)) this.drawn.set(key, this.draw(form, data));
    return this.drawn.get(key);
  }

  async draw(form, data) {
    const { description, box } = await this.engine.loadWorld(data.world), world = new World(description), marks = new Marks(world, box);
    const found = await this.engine.draw({ world: data.world, data: formDials(form, data, world), seed: SEED, stream: "evaluation", first: 0, count: INSPECTED, pixels: true });
    return {
      exists: found.map(({ swapped }) => swapped !== null), said: found.map(({ caption, scene }) => [caption, scene]),
      scenes: found.map(({ caption, swapped, no_swap, objects, pixels }) => ({
        picture: marks.picture(objects), seen: uriOf(pixels), words: marks.words(caption, swapped), swapped: swapped && marks.words(swapped, caption), no_swap,
      })),
    };
  }
}

/** Pixels of all channels as a PNG, which loses nothing. */
function uriOf(pixels) {
  const area = pixels.length / 3, side = Math.sqrt(area), canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const pen = canvas.getContext("2d"), image = pen.createImageData(side, side);
  for (let at = 0; at < area; at++) image.data.set([pixels[at], pixels[area + at], pixels[2 * area + at], 255], 4 * at);
  pen.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

const dot = (one, other) => one.reduce((sum, value, place) => sum + value * other[place], 0);
const rowsOf = (numbers) => Array.from({ length: INSPECTED }, (_, row) => Array.from(numbers.subarray((row * numbers.length) / INSPECTED, ((row + 1) * numbers.length) / INSPECTED)));

function stepOf({ step, logit_scale: scale, forms }, form, exists, scores) {
  const rows = Object.fromEntries(PARTS.map((part) => [part, rowsOf(forms[form][part])]));
  return {
    step, logit_scale: scale, ...projected(rows, exists), scores: scores ?? {},
    own: rows.images.map((row, at) => dot(row, rows.captions[at])), swapped: rows.images.map((row, at) => (exists[at] ? dot(row, rows.swapped[at]) : null)),
  };
}

/** Points on the first two principal directions, captions to the right of images and above, as `project_features` of the server. */
function projected(rows, exists) {
  const parts = { ...rows, swapped: rows.swapped.filter((_, at) => exists[at]) }, stacked = PARTS.flatMap((part) => parts[part]), width = stacked[0].length;
  const meanOf = (list) => Array.from({ length: width }, (_, at) => list.reduce((sum, row) => sum + row[at], 0) / list.length);
  const center = meanOf(stacked), centered = stacked.map((row) => row.map((value, at) => value - center[at])), whole = centered.reduce((sum, row) => sum + dot(row, row), 0);
  const [captions, images] = [meanOf(rows.captions), meanOf(rows.images)], gap = captions.map((value, at) => value - images[at]), axes = [];
  for (let axis = 0; axis < 2; axis++) axes.push(directionOf(centered, axes));
  const lengths = axes.map((axis) => centered.reduce((sum, row) => sum + dot(row, axis) ** 2, 0));
  const turned = axes.map((axis) => (dot(axis, gap) < 0 ? axis.map((value) => -value) : axis));
  const pointOf = (row) => turned.map((axis) => dot(row.map((value, at) => value - center[at]), axis));
  return {
    explained: lengths.map((each) => each / Math.max(whole, LEAST)),
    points: { images: rows.images.map(pointOf), captions: rows.captions.map(pointOf), swapped: rows.swapped.map((row, at) => (exists[at] ? pointOf(row) : [null, null])) },
  };
}

/** The direction of the largest spread that is square to those before, by repeated products. */
function directionOf(rows, before) {
  let axis = rows.reduce((longest, row) => (dot(row, row) > dot(longest, longest) ? row : longest));
  for (let turn = 0; turn < TURNS; turn++) {
    const along = rows.map((row) => dot(row, axis)), next = axis.map((_, at) => rows.reduce((sum, row, place) => sum + row[at] * along[place], 0));
    for (const other of before) {
      const shared = dot(next, other);
      next.forEach((_, at) => { next[at] -= shared * other[at]; });
    }
    const length = Math.sqrt(dot(next, next)) || 1;
    axis = next.map((value) => value / length);
  }
  return axis;
}
