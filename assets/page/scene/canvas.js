// The canvas: objects are dragged, recolored by a click, resized at a handle, and moved with the keyboard. While
// something is dragged its place is smooth; models get the nearest pixel, and on release it snaps there.

import { ARROW_STEPS } from "../ui.js";
import { html, useRef } from "../vendor/preact.js";
import { say } from "../words.js";
import { drawObject, CANVAS_PIXELS } from "../drawing.js";
import { isSizeKind } from "./outside.js";
import { withMove, withoutObject, withNextValue, withObject } from "./state.js";
import { clamp, nearestIndex } from "../numbers.js";

/** Pixels of the picture that a pointer may move and still click; the radius of the handle; steps of an arrow key. */
const CLICK = 0.8,
  HANDLE = 1.6,
  STEP = 1,
  FAR = 4;
const KEYS =
  "Scene. Arrow keys move the chosen object, space chooses the next, C changes its color, plus and minus its size, R tilts it, Delete removes it.";

/** `change(step)` gives the newest state to a function and takes the next one from it. */
export function Canvas({ world, loadedWorld, state, change }) {
  const dragging = useDrag(world, loadedWorld, change),
    { background } = world.grays,
    { x, y, side, noun } = state.objects[state.chosen],
    half = (loadedWorld.box * side) / 2000;
  function onKeyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    change((now) => {
      const next = afterKey(world, loadedWorld, now, event);
      if (next) event.preventDefault();
      return next ?? now;
    });
  }
  return html`<svg viewBox=${`0 0 ${CANVAS_PIXELS} ${CANVAS_PIXELS}`} class="scene-canvas" id="scene-canvas"
    tabindex="0" role="application"
    aria-label=${say(KEYS)}
      ...${dragging} onKeyDown=${onKeyDown}>
      <rect width=${CANVAS_PIXELS} height=${CANVAS_PIXELS} fill=${`rgb(${background} ${background} ${background})`} />
      ${state.objects.map(
        (object, at) =>
          html`<g key=${at} data-object=${at} dangerouslySetInnerHTML=${{
            __html: drawObject(world, object, loadedWorld.box, `scene-${at}`),
          }} />`,
      )}
      <rect x=${x - half} y=${y - half} width=${2 * half} height=${2 * half} rx="2" class="scene-frame" />
        <circle cx=${x + half} cy=${y + half} r=${HANDLE} class="scene-handle" data-handle="" /></svg>
    <span class="scene-status" aria-live="polite" id="scene-status">
      ${say`${new String(world.nouns[noun].word)} chosen`}</span>`;
}

/** Where the event is in the picture, in its pixels. */
function pointOf({ clientX, clientY, currentTarget }) {
  const frame = currentTarget.getBoundingClientRect();
  return [
    ((clientX - frame.left) / frame.width) * CANVAS_PIXELS,
    ((clientY - frame.top) / frame.height) * CANVAS_PIXELS,
  ];
}

/** Handlers of the canvas for a pointer, which moves or resizes an object, or clicks it and so changes its color. */
function useDrag(world, loadedWorld, change) {
  const drag = useRef(null);
  function press(event) {
    const handle = event.target.closest("[data-handle]"),
      hit = event.target.closest("[data-object]"),
      [atX, atY] = pointOf(event);
    if (!handle && !hit) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    change((now) => {
      const chosen = handle ? now.chosen : Number(hit.dataset.object),
        object = now.objects[chosen];
      drag.current = { isResize: Boolean(handle), atX, atY, dx: atX - object.x, dy: atY - object.y, travelled: 0 };
      return { ...now, chosen };
    });
  }
  function move(event) {
    const { current: dragged } = drag;
    if (!dragged) return;
    const [atX, atY] = pointOf(event);
    dragged.travelled = Math.max(dragged.travelled, Math.hypot(atX - dragged.atX, atY - dragged.atY));
    if (dragged.travelled < CLICK) return;
    change((now) => {
      if (!dragged.isResize) return withMove(now, now.chosen, atX - dragged.dx, atY - dragged.dy);
      const object = now.objects[now.chosen],
        reach = Math.max(atX - object.x, atY - object.y);
      return withObject(now, now.chosen, {
        side: loadedWorld.sides[nearestIndex(loadedWorld.sides, (2000 * reach) / loadedWorld.box)],
      });
    });
  }
  function release() {
    const { current: dragged } = drag;
    drag.current = null;
    if (!dragged || (dragged.travelled < CLICK && dragged.isResize)) return;
    change((now) =>
      dragged.travelled < CLICK
        ? withNextValue(world, now, now.chosen, now.toldKind)
        : withObject(now, now.chosen, {
            x: Math.round(now.objects[now.chosen].x),
            y: Math.round(now.objects[now.chosen].y),
          }),
    );
  }
  return { onPointerDown: press, onPointerMove: move, onPointerUp: release, onPointerCancel: release };
}

/** The state after a key, null where the key does nothing. */
function afterKey(world, { sides }, state, { key, shiftKey }) {
  const { chosen } = state,
    object = state.objects[chosen];
  if (Object.hasOwn(ARROW_STEPS, key)) {
    const [dx, dy] = ARROW_STEPS[key].map((step) => step * (shiftKey ? FAR : STEP));
    return withMove(state, chosen, Math.round(object.x) + dx, Math.round(object.y) + dy);
  }
  if (key === " ") return { ...state, chosen: (chosen + 1) % state.objects.length };
  if (["+", "=", "-"].includes(key))
    return withObject(state, chosen, {
      side: sides[clamp(nearestIndex(sides, object.side) + (key === "-" ? -1 : 1), 0, sides.length - 1)],
    });
  if (key === "Delete" || key === "Backspace") return withoutObject(state, chosen);
  if (key.toLowerCase() === "c") return withNextValue(world, state, chosen, 0);
  const tilt = world.kinds.findIndex(
    (kind, k) => !isSizeKind(world, k) && kind.values.some((value) => value.paints.angle),
  );
  return key.toLowerCase() === "r" && tilt >= 0 ? withNextValue(world, state, chosen, tilt) : null;
}
