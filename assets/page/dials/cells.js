// Which measured cell of the study stands for the dials of a run; as `explorer/study/cells.py` says it, and both are
// held to tests/unit/study/cells.json.
//
//   const cells = new Cells(catalog);
//   const { cell, dial } = cells.near(values);    // null where nothing was measured near these dials
//   cell.seeds, cell.pairs, cell.values[dial]     // dial is null at the same coordinates
//   isAtRest("saliency_bias", values)             // whether a dial has no effect on the captions

import { contract } from "../contract.js";
import { isEqual, valuesOf } from "../recipe.js";
import { evaluateExpression } from "./rules.js";

const DIGITS = 1e6; // values and distances that agree so far are equal
const roundValue = (value) => (typeof value === "number" ? Math.round(value * DIGITS) / DIGITS : value);
const settle = (value) => (Array.isArray(value) ? [...value].sort() : roundValue(value));
const pairsOf = ({ steps, batch_size: size }) => steps * size;

const restOf = (dial, values) =>
  contract.cells.rest.find((rule) => rule.dial === dial && evaluateExpression(rule.test, values)) ?? null;

export const isAtRest = (dial, values) => restOf(dial, values) !== null;

/** How far apart two values are, as a share of what a rule allows. */
function shareOfLimit({ by, most }, one, other) {
  if (by === "difference") return Math.abs(one - other) / most;
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  return low > 0 ? Math.log(high / low) / Math.log(most) : Infinity;
}

/** The order of two lists of numbers, the first that differ decide. */
const compareLists = (one, other) => {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : one[at] - other[at];
};

/**
 * @typedef {{values: Record<string, any>, edition: number, engine: number | null, pairs: number,
 *   seeds: {own: number | null, canonical: number | null, end: number}[]}} Cell of which each seed has the pairs until
 *   it was bound in own and in canonical captions, null for not, and its binding at the end
 */
export class Cells {
  constructor({ cells, dials, presets }) {
    const usual = valuesOf(presets[0].spec);
    this.dials = dials;
    this.names = Object.keys(usual).filter((name) => !contract.cells.no_coordinate.includes(name));
    this.given = { cells, usual };
    this.found = null;
  }

  /** Give all cells their coordinates, which takes a while: at the latest when the first one is looked for. */
  prepare() {
    const { cells, usual } = this.given;
    this.found ??= cells.map(({ differs, edition, engine, seeds }) => {
      const values = { ...usual, ...differs };
      return {
        values,
        edition,
        engine,
        pairs: pairsOf(values),
        seeds: seeds.map(([own, canonical, end]) => ({ own, canonical, end })),
        coordinates: this.coordinates(values),
      };
    });
  }

  /** @returns {(Cell & {coordinates: any})[]} */
  get all() {
    this.prepare();
    return this.found;
  }

  /** The fields that decide the result; a dial without effect on these captions has the value of its rest. */
  coordinates(values) {
    return Object.fromEntries(this.names.map((name) => [name, settle(restOf(name, values)?.value ?? values[name])]));
  }

  /** @returns {{cell: Cell, dial: string | null} | null} the cell, and the one dial in which it differs */
  near(values) {
    const here = this.coordinates(values),
      found = this.all
        .flatMap((cell, number) => {
          const away = this.distance(here, cell.coordinates);
          return away ? [{ cell, number, ...away }] : [];
        })
        .map((each) => ({ ...each, order: this.order(each, values) }))
        .sort((one, other) => compareLists(one.order, other.order));
    return found.length ? { cell: found[0].cell, dial: found[0].dial } : null;
  }

  order({ cell, number, far }, values) {
    return [far, cell.engine === null ? 1 : 0, Math.abs(cell.pairs - pairsOf(values)), -cell.seeds.length, number];
  }

  /** How far coordinates are, as a share of what is near, and the dial that differs; null where they are not near. */
  distance(here, there) {
    const apart = this.names.filter((name) => !isEqual(here[name], there[name])),
      [dial] = apart;
    if (!apart.length) return { far: 0, dial: null };
    const rule = contract.cells.near[dial];
    if (apart.length > 1 || !rule) return null;
    if (rule.alike && evaluateExpression(rule.alike, here) !== evaluateExpression(rule.alike, there)) return null;
    const far = roundValue(shareOfLimit(rule, here[dial], there[dial]));
    return far <= 1 ? { far, dial } : null;
  }
}
