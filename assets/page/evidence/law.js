// What the study's line expects of data, and the dials of the data that it knows.

import { contract } from "../contract.js";
import { thousands } from "../numbers.js";

/** What a frozen number was rounded by. */
export const NEAR = 1e-4;
/** The ends of the dials of the evidence. */
export const LEAST = 0.1,
  OBJECTS = [2, 3, 4],
  KINDS = ["color", "pattern", "tilt"];

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** A count as people read it: 16,000; two digits of a predicted one. */
export const count = (value) => thousands(Math.round(value));
export const rounded = (value) => count(Number(value.toPrecision(2)));

export const kappaOf = ({ objects, kinds, density }) => density / (objects * kinds ** 2);
/** The share of the values that is told. */
export const told = ({ kinds, density }) => density / kinds;

/** The pairs until a training binds at a value of the number, with the interval of 19 in 20. */
export function expected(law, kappa) {
  const x = Math.log(kappa),
    [[constant, mixed], [, square]] = law.covariance;
  const spread = Math.sqrt(law.sigma ** 2 + constant + 2 * mixed * x + square * x * x),
    pairs = Math.exp(law.intercept + law.slope.value * x);
  return { pairs, low: pairs * Math.exp(-contract.z * spread), high: pairs * Math.exp(contract.z * spread) };
}

/** Whether trainings with no less told of no more named objects came far later than the line. */
export const isWrong = ({ wrong }, dials) => {
  const named = dials.objects * (dials.completeness ?? 1);
  return wrong.some(([most, least]) => told(dials) <= most * (1 + NEAR) && named >= least * (1 - NEAR));
};

/** Whether the line is known at these dials: below the wall the page promises nothing. */
export const isKnown = (law, dials) =>
  told(dials) >= law.told_share * (1 - NEAR) && !isWrong(law, dials) && kappaOf(dials) >= law.kappa[0] * (1 - NEAR);

/** The dials nearest to these at a value of the number: attributes move first, then objects and kinds. */
export function dialsAt(kappa, dials) {
  const all = OBJECTS.flatMap((objects) =>
    KINDS.map((_, index) => ({ objects, kinds: index + 1, density: kappa * objects * (index + 1) ** 2 })),
  );
  const far = (each) => Math.abs(each.objects - dials.objects) + 1.5 * Math.abs(each.kinds - dials.kinds);
  const [best] = all
    .filter((each) => each.density >= LEAST - 1e-9 && each.density <= each.kinds + 1e-9)
    .sort((one, other) => far(one) - far(other));
  return best ? fit({ ...dials, ...best }) : dials;
}

/** Dials within their bounds: no more attributes than kinds, and at least one object named. */
export const fit = (dials) => ({
  ...dials,
  density: clamp(dials.density, LEAST, dials.kinds),
  completeness: clamp(dials.completeness, 1 / dials.objects, 1),
});
