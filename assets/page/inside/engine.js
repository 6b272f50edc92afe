// Look inside by the engine in this tab, where no server has saved steps: the first scenes of the evaluation, drawn and
// scored here, as the answer of the view `inspect_steps`. Canonical captions only, and one step: the model as it is.

import { estimate } from "../../engine/train/evaluation.js";
import { isOwnWorld } from "../../engine/world.js";
import { contract } from "../contract.js";
import { answersOfStep, CANONICAL_DRAW, cosinesAndMap, insideAnswer } from "./answers.js";
import { Samples } from "../samples.js";
import { WORLD, tidySpec } from "../recipe.js";

/** The models that the engine of this page can load, a promise: the shipped ones, or the run of a page in one file. */
export const listInspectable = (page) =>
  Promise.all(
    (page.models ?? Object.keys(page.catalog.shipped)).map(async (name) => {
      const run = await runOf(page, name);
      return { name, title: titleOf(page.catalog, name, run), kind: run ? "run" : "shipped" };
    }),
  );

/** A run that a page in one file holds, null for any other model. */
const runOf = async ({ catalog, backend }, name) => {
  if (Object.hasOwn(catalog.shipped, name)) return null;
  return backend.view("run", { name }).then(
    ({ run }) => run,
    () => null,
  );
};

/** The title of a run, or of a shipped model. */
const titleOf = ({ shipped }, name, run) => run?.title ?? shipped[name];

/**
 * The answer of `inspect_steps` for the model as it is, which no later question finds changed.
 * @param page {catalog, engine, backend} @param {string} name of a model
 */
export async function lookInside(page, name) {
  const { catalog, engine } = page,
    { data } = tidySpec(catalog),
    run = await runOf(page, name),
    world = isOwnWorld(run?.spec?.data.world) ? run.spec.data.world : WORLD,
    marker = await new Samples(engine, null).world(world);
  const { logitScale } = await engine.loadModel(name);
  const drawn = await engine.draw({
    world,
    data,
    ...CANONICAL_DRAW,
    first: 0,
    count: contract.num_inspected,
    pixels: true,
  });
  const features = await featuresOf(engine, name, drawn),
    step = { step: run?.step ?? 0, ...stepOf(features, logitScale) };
  const model = {
    name,
    title: titleOf(catalog, name, run),
    kind: run ? "run" : "shipped",
    status: "finished",
    step: step.step,
    planned: [],
    trained: run?.steps ?? 0,
    values: { world },
    has_model: true,
  };
  return insideAnswer(model, {
    form: "canonical",
    inspected: ["canonical"],
    sameAs: () => null,
    width: features.images[0].length,
    first: 0,
    steps: [step],
    scenes: drawn.map((scene) => marker.inspectedScene(scene)),
  });
}

async function featuresOf(engine, model, drawn) {
  const texts = drawn.flatMap(({ caption, swapped }) => [caption, swapped ?? caption]);
  const { images, captions } = await engine.features({ model, pictures: drawn.map(({ pixels }) => pixels), texts });
  return {
    images,
    captions: captions.filter((_, index) => index % 2 === 0),
    swapped: drawn.map(({ swapped }, index) => (swapped ? captions[2 * index + 1] : null)),
  };
}

/** A saved step from the features of its pictures and captions. */
function stepOf(features, scale) {
  const answered = { logit_scale: scale, ...cosinesAndMap(features) },
    { right, numAsked } = answersOfStep(answered);
  return {
    ...answered,
    scores: {
      canonical: {
        binding_accuracy: estimate(right, numAsked, contract.z),
        recognition_accuracy: estimate(0, 0, contract.z),
      },
    },
  };
}
