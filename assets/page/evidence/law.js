// The line of the study as numbers, and the dials of the data on its axis.

import { contract } from "../contract.js";
import { clamp, thousands } from "../numbers.js";

/** What a frozen number was rounded by. */
export const NEAR = 1e-4;
/** The ends of the dials of the evidence. */
export const MIN_DIALED_DENSITY = 0.1,
  OBJECTS = [2, 3, 4],
  KINDS = ["color", "pattern", "tilt"];

/** A predicted count, with two digits. */
export const roundToTwo = (value) => thousands(Number(value.toPrecision(2)));

export const kappaOf = ({ objects, kinds, density }) => density / (objects * kinds ** 2);

/** The line at a value of the number, with the interval of 19 in 20 of the trainings that it was drawn through. */
export function expectTime(law, kappa) {
  const x = Math.log(kappa),
    [[constant, mixed], [, square]] = law.covariance;
  const spread = Math.sqrt(law.sigma ** 2 + constant + 2 * mixed * x + square * x * x),
    pairs = Math.exp(law.intercept + law.slope.value * x);
  return { pairs, low: pairs * Math.exp(-contract.z * spread), high: pairs * Math.exp(contract.z * spread) };
}

/** The dials nearest to these at a value of the number: attributes move first, then objects and kinds. */
export function dialsAt(kappa, dials) {
  const all = OBJECTS.flatMap((objects) =>
    KINDS.map((_, index) => ({ objects, kinds: index + 1, density: kappa * objects * (index + 1) ** 2 })),
  );
  const far = (each) => Math.abs(each.objects - dials.objects) + 1.5 * Math.abs(each.kinds - dials.kinds);
  const [best] = all
    .filter((each) => each.density >= MIN_DIALED_DENSITY - 1e-9 && each.density <= each.kinds + 1e-9)
    .sort((one, other) => far(one) - far(other));
  return best ? fit({ ...dials, ...best }) : dials;
}

/** Dials within their bounds: no more attributes than kinds, and at least one object named. */
export const fit = (dials) => ({
  ...dials,
  density: clamp(dials.density, MIN_DIALED_DENSITY, dials.kinds),
  completeness: clamp(dials.completeness, 1 / dials.objects, 1),
});
