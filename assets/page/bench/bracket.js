// The study's measured end point at the dials, or the nearest one with the dials in which it differs; as `explorer.study.nearest`.
//
//   const bracket = new Bracket(catalog);
//   // {value, low, high, seeds, budget_pairs, exact, fields, differs, ...}, null without a point
//   bracket.of(values)
//
// A place is all dials but the budget, the learning rate and the seed. Nothing is interpolated: of two points on either
// side of a dial the nearer one counts, the lower one of equals. Of several budgets the one nearest to the dials'
// counts.

const APART = ["steps", "learning_rate", "precision", "seed"]; // no part of a place
const SHOWN = ["value", "low", "high", "seeds", "sweep", "device", "not_tested"];

const rounded = (value) => (typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const leastBy = (list, size) =>
  list.reduce((best, each) => (best === null || size(each) < size(best) ? each : best), null);
const pairsOf = ({ steps, batch_size: size }) => steps * size;

/** Every object is named, so that saliency has nothing to choose. */
export const isComplete = (values) => values.objects_in_image === 1 || values.caption_completeness > 1 - 1e-6;

export class Bracket {
  constructor({ dials, grid, presets, types }) {
    const { data, train } = presets[0].spec,
      usual = { ...data, ...train };
    this.dials = dials;
    this.usual = usual;
    this.types = types;
    this.names = Object.keys(usual).filter((name) => !APART.includes(name));
    this.ordered = this.names.filter((name) => dials[name].high !== null);
    this.points = grid.map(({ differs, ...score }) => {
      const values = { ...usual, ...differs };
      return { ...score, values, place: this.place(values) };
    });
  }

  of(values) {
    const { points, dial = null, differs = [], isExact = false } = this.lookUp(values);
    if (!points.length) return null;
    const point = dial ? leastBy(points, (each) => Math.abs(each.values[dial] - values[dial])) : points[0],
      fields = dial ? [dial] : differs;
    const names = fields.map((name) => (this.dials[name].plain || this.dials[name].label).toLowerCase());
    return {
      ...Object.fromEntries(SHOWN.map((name) => [name, point[name]])),
      budget_pairs: pairsOf(point.values),
      learning_rate: point.values.learning_rate,
      exact: isExact,
      fields,
      differs: names.join(", ") || null,
    };
  }

  /** The fields that decide the result; dials without effect on these captions are at rest. */
  place(values) {
    const deciding = {
      ...values,
      attribute_kinds: [...values.attribute_kinds].sort(),
      untold_kinds: [...values.untold_kinds].sort(),
      tidy_kinds: values.tidy_share ? [...values.tidy_kinds].sort() : this.usual.tidy_kinds, // without such pairs at rest
    };
    if (values.objects_in_image === 1) deciding.caption_completeness = 1;
    if (isComplete(values)) deciding.saliency_bias = 0;
    // with two objects both are the same captions
    if (isComplete(values) || values.objects_in_image === 2) deciding.caption_lengths = "fixed";
    return this.names.map((name) => rounded(deciding[name]));
  }

  lookUp(values) {
    const here = this.place(values),
      exact = this.points.filter((point) => same(point.place, here));
    if (exact.length) return { points: [this.ofBudget(values, exact)], isExact: true };
    const beside = this.ordered.flatMap((dial) => this.beside(values, dial) ?? []),
      closest = leastBy(beside, (each) => each.gap);
    if (closest) return { points: closest.pair, dial: closest.dial };
    if (!this.points.length) return { points: [] };
    const nearest = this.points
      .map((point) => ({ place: point.place, far: this.distance(here, point.place) }))
      .reduce((best, each) =>
        each.far[0] < best.far[0] || (each.far[0] === best.far[0] && each.far[1] < best.far[1]) ? each : best,
      );
    const point = this.ofBudget(
      values,
      this.points.filter((each) => same(each.place, nearest.place)),
    );
    return { points: [point], differs: this.names.filter((_, index) => !same(here[index], nearest.place[index])) };
  }

  /** The points that would be reached if only this dial moved, one per value, in order. */
  along(values, dial) {
    const measured = [...new Set(this.points.map((point) => point.values[dial]))].sort((one, other) => one - other);
    return measured.flatMap((value) => {
      const there = this.place({ ...values, [dial]: value }),
        points = this.points.filter((point) => point.values[dial] === value && same(point.place, there));
      return points.length ? [this.ofBudget(values, points)] : [];
    });
  }

  beside(values, dial) {
    const line = this.along(values, dial),
      low = line.filter((point) => point.values[dial] < values[dial]).at(-1),
      high = line.find((point) => point.values[dial] > values[dial]);
    return low && high
      ? [{ dial, pair: [low, high], gap: (high.values[dial] - low.values[dial]) / this.span(dial) }]
      : null;
  }

  ofBudget(values, points) {
    const gap = (point) => Math.abs(pairsOf(point.values) - pairsOf(values));
    return points.reduce((best, each) =>
      gap(each) < gap(best) || (gap(each) === gap(best) && each.seeds > best.seeds) ? each : best,
    );
  }

  /** How many fields differ, and the sum of the differences as shares of their ranges. */
  distance(here, there) {
    const apart = this.names
      .map((name, index) => [name, here[index], there[index]])
      .filter(([, one, other]) => !same(one, other));
    return [
      apart.length,
      apart.reduce(
        (sum, [name, one, other]) => sum + (this.ordered.includes(name) ? Math.abs(one - other) / this.span(name) : 1),
        0,
      ),
    ];
  }

  span(dial) {
    return this.dials[dial].high - (this.dials[dial].low ?? 0);
  }
}
