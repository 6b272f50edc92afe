// The title of a run, by its spec: recipe, whether it was changed, own things, start, seed, and who saw it train.
//
//   runTitle(catalog, spec, "tab").text            // "Web-like, changed, from Tidy, seed 3, trained in a tab"
//   startTitle(catalog, "web-like-0c4f9a12e6b7")   // "Web-like"
//
// explorer/runs/titles.py says the same of a run of the server; tests/unit/runs/titles.json holds the two together.

import { isOwnWorld } from "../../engine/world.js";
import { changedDials, valuesOf } from "../recipe.js";

/**
 * The name of a run, of a server or a tab, which holds that of its recipe; no shipped model and no recording has one of
 * this form.
 */
export const RUN_NAME = /^(?:tab-)?(.+)-[0-9a-f]{12}$/;
/** Words of the title by who saw it train: this tab, another one, or nobody here. */
export const ORIGINS = { here: "in this tab", tab: "trained in a tab", file: "from a file" };

/**
 * A title as an answer of the server carries it: {parts, sign, text}.
 * @param {"here" | "tab" | "file"} origin
 */
export function runTitle(catalog, spec, origin) {
  const recipe = catalog.presets.find(({ name }) => name === spec.preset),
    { init, seed } = spec.train;
  const isChanged = recipe && changedDials(catalog, valuesOf(recipe.spec), valuesOf(spec)).length > 0;
  return joinTitle(
    recipe?.title ?? "Your own mix",
    isChanged && "changed",
    isOwnWorld(spec.data.world) && "with own things",
    init !== "scratch" && keyWord("run.from", "from", { start: startTitle(catalog, init) }),
    keyWord("run.seed", "seed", { seed }),
    ORIGINS[origin],
  );
}

/** A title of parts, of which some may be left out. */
export function joinTitle(...all) {
  const parts = all.filter(Boolean),
    sign = ", ";
  return { parts, sign, text: parts.map((each) => each.text ?? each).join(sign) };
}

/** A word and a value, as a keyed sentence. */
const keyWord = (id, word, values) => ({ id, values, text: `${word} ${Object.values(values)[0]}` });

/** The start of a training: of a run its recipe, which its name tells; else the name. */
export function startTitle({ presets }, name) {
  const [, preset] = RUN_NAME.exec(name) ?? [];
  return presets.find((each) => each.name === preset)?.title ?? name;
}
