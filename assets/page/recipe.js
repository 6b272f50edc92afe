// What makes a recipe: its dials, which of them other recipes may share, and the spec of a training.
//
//   specOf(catalog, { preset: "web-like", values: { steps: 90 } })      // a RunSpec, with a new seed
//   valuesOf(spec).steps                                                // 90
//   changedDials(catalog, valuesOf(recipe.spec), values)                // ["steps"], what makes another recipe

import { isOwnWorld } from "../engine/world.js";

/** The built-in world: that of most recipes, and of the models that come with the page. */
export const WORLD = "things";
/**
 * The recipe of captions like the web's, and the shipped model of it: it asks before anything is trained, and does not
 * bind.
 */
export const WEB = "web-like",
  ASKER = "things-web";
/** The shipped model that binds, and that of hard negatives. */
export const BINDER = "things-bound",
  HARD_NEGATIVES = "things-hard-negatives";

/** Seconds of a training from which on it is called long: a recorded one is offered beside it, a class shows one. */
export const LONG_TRAINING_S = 180;

/**
 * The version of the protocol by which a spec was trained. Documents call it `recipe`; a recipe of the page is a
 * preset.
 */
export const protocolOf = ({ recipe }) => recipe;

/** All dials of a spec by name. */
export const valuesOf = ({ data, train }) => ({ ...data, ...train });

/** Whether two values of a dial are equal. */
export const isEqual = (one, other) => one === other || JSON.stringify(one) === JSON.stringify(other);

/** Those values that say something: an empty box means the recipe's. */
export const withoutEmpty = (values) =>
  Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => value !== null && value !== undefined));

/** The given values that are others than the recipe's, `usual`. */
export const overridesOf = (usual, values) =>
  Object.fromEntries(
    Object.entries(withoutEmpty(values)).filter(([name, value]) => name in usual && !isEqual(value, usual[name])),
  );

const SEEDS = 10_000; // so that a person can say one
export const newSeed = () => Math.floor(SEEDS * Math.random());

/** Things of one's own are no part of a recipe either: they take the place of the built-in ones in any. */
const isOfRecipe = ({ is_of_recipe: isOf }, name, value) => isOf && !(name === "world" && isOwnWorld(value));

/** The dials that make another recipe, in their order; `usual` are the values of the recipe. */
export const changedDials = ({ dials }, usual, values) =>
  Object.keys(dials).filter(
    (name) => isOfRecipe(dials[name], name, values[name]) && !isEqual(values[name], usual[name]),
  );

/** The spec of the tidy recipe, whose data are those of the canonical form. */
export const tidySpec = ({ presets, opens_with: tidy }) => presets.find(({ name }) => name === tidy).spec;

/** The spec of a recipe with dials moved, and a new seed unless one was typed. */
export function specOf({ presets }, { preset, values, seed = values.seed }) {
  const { spec } = presets.find((each) => each.name === preset),
    chosen = (part) => ({ ...part, ...pick(values, Object.keys(part)) });
  return {
    ...spec,
    data: chosen(spec.data),
    train: { ...chosen(spec.train), seed: seed ?? newSeed() },
  };
}

const pick = (values, names) =>
  Object.fromEntries(
    names.filter((name) => values[name] !== undefined && values[name] !== null).map((name) => [name, values[name]]),
  );
