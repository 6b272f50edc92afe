// The drawing pad. What is shown are the parts that the thing would be kept as; the stroke under way lies on top.

import { ARROW_STEPS } from "../ui.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { getStroke } from "../vendor/freehand.js";
import { say } from "../words.js";
import { GRID } from "./grid.js";
import { WIDTHS } from "./making.js";
import { clamp } from "../numbers.js";

const STROKE = { thinning: 0.2, smoothing: 0.5, streamline: 0.4, last: true },
  /** After a pen was seen, a hand that lies on the screen draws nothing for so long. */
  PALM_MS = 3000,
  /** Previews that take longer than this wait for the end of the stroke. */
  SKETCH_MS = 60,
  STEP = 8;

export function Pad({ making, editor, colors }) {
  const { parts, tool, ink, width, thin, strokes } = editor,
    /** A hand draws: a point that arrows move would only be in its way. */
    [isByHand, setByHand] = useState(false),
    size = WIDTHS[width] * (tool === "rub" ? 1.4 : 1),
    ringOf = (path) =>
      getStroke(path.length > 1 ? path : [...path, [path[0][0] + 0.1, path[0][1]]], { size, ...STROKE }),
    { points, ...pointer } = usePointer(making, ringOf, () => setByHand(true)),
    { cursor, onKeyDown } = useArrows(making, ringOf, () => setByHand(false)),
    styleOf = (role) => (role === "body" ? { fill: colors[0].fill } : null);
  return html`<div class="th-pad"><svg id="thing-pad" viewBox=${`0 0 ${GRID} ${GRID}`} tabindex="0" role="img"
    aria-label=${say`Drawing pad, ${strokes} strokes`} aria-describedby="thing-keys" data-tool=${tool} data-by=${isByHand ? "hand" : "keys"}
      ...${pointer} onKeyDown=${onKeyDown} onBlur=${() => setByHand(false)}>
    ${parts.map(
      ({ role, points: ring }, index) =>
        html`<polygon key=${index} class=${`th-${role}`} style=${styleOf(role)}
      points=${ring.map((point) => point.map((each) => each * GRID).join()).join(" ")} />`,
    )}
    ${
      points &&
      html`<path class=${tool === "rub" ? "th-cut" : `th-${ink}`}
      style=${tool === "rub" ? null : styleOf(ink)} d=${pathOf(ringOf(points))} />`
    }
    ${
      thin &&
      html`<ellipse class="th-ring" cx=${thin.x + thin.width / 2} cy=${thin.y + thin.height / 2}
      rx=${thin.width / 2 + 9} ry=${thin.height / 2 + 9} />`
    }
    <circle class="th-cursor" cx=${cursor[0]} cy=${cursor[1]} r=${size / 2} /></svg><p id="thing-keys">
    ${say("Arrows move the point. Space or Enter draws there, and Shift with an arrow draws a line.")}</p></div>`;
}

const pathOf = (ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`;

/** As it was pressed: a slow device may draw that only after the next press. */
const isFilling = (making) => making.editor.tool === "fill";

/** What makes a point of a stroke of an event: where it is on the pad, in units of the grid, and the pressure. */
function pointOn(pad) {
  const { left, top, width } = pad.getBoundingClientRect();
  return ({ clientX, clientY, pressure }) => [
    ((clientX - left) / width) * GRID,
    ((clientY - top) / width) * GRID,
    pressure || 0.5,
  ];
}

/**
 * A pointer draws a stroke or fills: the points of the stroke under way, null before it, and the pad's handlers.
 *
 * The box may be closed in a stroke, and the pad then stands until the next frame: without an editor nothing is drawn.
 */
function usePointer(making, ringOf, onBegin) {
  const [points, setPoints] = useState(null),
    drawing = useRef(null),
    penAt = useRef(-PALM_MS),
    preview = usePreview((path) => making.editor && making.sketch(ringOf(path)));

  function begin(event) {
    if (event.pointerType === "pen") penAt.current = performance.now();
    const isPalm = event.pointerType === "touch" && performance.now() - penAt.current < PALM_MS;
    if (!making.editor || event.button || drawing.current || isPalm) return;
    event.preventDefault();
    event.currentTarget.focus({ preventScroll: true });
    onBegin();
    const point = pointOn(event.currentTarget)(event);
    if (isFilling(making)) return making.fill(point);
    event.currentTarget.setPointerCapture(event.pointerId);
    drawing.current = { id: event.pointerId, path: [point], restsUntil: 0 };
    setPoints(drawing.current.path);
  }

  function move(event) {
    if (drawing.current?.id !== event.pointerId) return;
    if (event.pointerType === "pen") penAt.current = performance.now();
    const all = event.getCoalescedEvents?.() ?? [];
    drawing.current.path.push(...(all.length ? all : [event]).map(pointOn(event.currentTarget)));
    setPoints([...drawing.current.path]);
    preview.draw(drawing.current);
  }

  function end(event) {
    if (drawing.current?.id !== event.pointerId) return;
    const { path } = drawing.current;
    preview.cancel();
    drawing.current = null;
    setPoints(null);
    if (!making.editor) return;
    if (event.type === "pointerup") making.stroke(ringOf(path));
    else making.change({ sketch: null });
  }

  return { points, onPointerDown: begin, onPointerMove: move, onPointerUp: end, onPointerCancel: end };
}

/** Previews of a stroke take at most half of the time, so that the pen does not lag behind the hand. */
function usePreview(sketch) {
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  function draw(drawing) {
    if (performance.now() > drawing.restsUntil) frame.current ||= requestAnimationFrame(() => drawNow(drawing));
  }

  function drawNow(drawing) {
    const start = performance.now();
    sketch(drawing.path);
    const isSlow = performance.now() - start > SKETCH_MS;
    // The store has painted by the next frame.
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      drawing.restsUntil = isSlow ? Infinity : 2 * performance.now() - start;
    });
  }

  function cancel() {
    cancelAnimationFrame(frame.current);
    frame.current = 0;
  }

  return { draw, cancel };
}

/** Without a pointer: arrows move a point, with Shift they draw; Space or Enter draws a dot there or fills. */
function useArrows(making, ringOf, onKey) {
  const cursor = useRef([GRID / 2, GRID / 2]);

  function onKeyDown(event) {
    const step = ARROW_STEPS[event.key];
    if (!making.editor || (!step && event.key !== " " && event.key !== "Enter")) return;
    event.preventDefault();
    onKey();
    if (step) {
      const from = cursor.current;
      cursor.current = from.map((each, axis) => clamp(each + STEP * step[axis], 0, GRID - 1));
      if (event.shiftKey && !isFilling(making)) making.stroke(ringOf([from, cursor.current]));
      else making.change({});
    } else if (isFilling(making)) making.fill(cursor.current);
    else making.stroke(ringOf([cursor.current]));
  }

  return { cursor: cursor.current, onKeyDown };
}
