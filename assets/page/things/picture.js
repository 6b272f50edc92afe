// A thing as a picture for people, and the signs of the ways to one.

import { middleOf, pictureOf } from "../drawing.js";
import { objectOf } from "./thing.js";

export const SIGNS = {
  pen: "M3 15l1-4 8.2-8.2a1.6 1.6 0 0 1 2.3 0l.7.7a1.6 1.6 0 0 1 0 2.3L7 14zM10.6 4.4l3 3",
  camera: "M2 6h3l1.3-2h5.4L13 6h3v9H2zM9 7.4a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
  icon: "M9 2a7 7 0 1 0 0 14A7 7 0 0 0 9 2zM6.4 7v.6M11.6 7v.6M5.8 10.6a3.6 3.6 0 0 0 6.4 0",
  bin: "M3 5h12M7 5V3h4v2M5 5l.7 10h6.6L13 5M7.6 8v4.6M10.4 8v4.6",
  lock: "M4 8h10v7H4zM6 8V6a3 3 0 0 1 6 0v2",
};
/** The ways to a picture of a thing: what their buttons say, their sign, and the head of the box. */
export const WAYS = [
  { way: "draw", label: "Draw", sign: SIGNS.pen, title: "Draw a thing" },
  { way: "photo", label: "Photo", sign: SIGNS.camera, title: "From paper" },
  { way: "icon", label: "Icon", sign: SIGNS.icon, title: "An icon" },
];
/** The object in pixels of a picture of 64. */
const LARGE = 58,
  MIDDLE = [32, 32];

/** A thing in a color, as large as its tile. */
export const pictureOfThing = (world, noun, color, size = 128) =>
  pictureOf(world, [objectOf(world, noun, color, MIDDLE)], LARGE, size);

/** Outlines of what takes the color, as points of polygons over a picture of `pictureOfThing`. @returns {string[]} */
export function outlinesOfThing(world, noun) {
  const { parts, factor } = world.nouns[noun],
    middle = middleOf(parts, 0);
  return parts
    .filter(({ role }) => role === "body")
    .map(({ points }) =>
      points
        .map((point) => point.map((each, axis) => MIDDLE[axis] + LARGE * factor * (each - middle[axis])).join())
        .join(" "),
    );
}
