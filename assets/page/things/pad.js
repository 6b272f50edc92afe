// The drawing pad. What is shown are the parts that the thing would be kept as; the stroke under way lies on top.

import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { getStroke } from "../vendor/freehand.js";
import { say } from "../words.js";
import { GRID } from "./grid.js";
import { WIDTHS } from "./making.js";

const STROKE = { thinning: 0.2, smoothing: 0.5, streamline: 0.4, last: true },
  /** After a pen was seen, a hand that lies on the screen draws nothing for so long. */
  PALM_MS = 3000,
  /** Previews that take longer than this wait for the end of the stroke. */
  SKETCH_MS = 60,
  STEP = 8;

export function Pad({ making, editor, colors }) {
  const { parts, tool, ink, width, thin, strokes } = editor,
    [points, setPoints] = useState(null),
    /** A hand draws: a point that arrows move would only be in its way. */
    [isByHand, setByHand] = useState(false),
    drawing = useRef(null),
    penAt = useRef(-PALM_MS),
    frame = useRef(0),
    cursor = useRef([GRID / 2, GRID / 2]);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  const size = WIDTHS[width] * (tool === "rub" ? 1.4 : 1);
  const ringOf = (path) =>
    getStroke(path.length > 1 ? path : [...path, [path[0][0] + 0.1, path[0][1]]], { size, ...STROKE });

  function placeOf(event) {
    const { left, top, width: wide } = event.currentTarget.getBoundingClientRect();
    return [((event.clientX - left) / wide) * GRID, ((event.clientY - top) / wide) * GRID, event.pressure || 0.5];
  }

  /** As it was pressed: a slow device may draw that only after the next press. */
  const isFilling = () => making.editor.tool === "fill";

  function begin(event) {
    if (event.pointerType === "pen") penAt.current = performance.now();
    const isPalm = event.pointerType === "touch" && performance.now() - penAt.current < PALM_MS;
    if (event.button || drawing.current || isPalm) return;
    event.preventDefault();
    event.currentTarget.focus({ preventScroll: true });
    setByHand(true);
    if (isFilling()) return making.fill(placeOf(event));
    event.currentTarget.setPointerCapture(event.pointerId);
    drawing.current = { id: event.pointerId, path: [placeOf(event)], restsUntil: 0 };
    setPoints(drawing.current.path);
  }

  function move(event) {
    if (drawing.current?.id !== event.pointerId) return;
    if (event.pointerType === "pen") penAt.current = performance.now();
    const all = event.getCoalescedEvents?.() ?? [],
      { left, top, width: wide } = event.currentTarget.getBoundingClientRect();
    for (const each of all.length ? all : [event])
      drawing.current.path.push([
        ((each.clientX - left) / wide) * GRID,
        ((each.clientY - top) / wide) * GRID,
        each.pressure || 0.5,
      ]);
    setPoints([...drawing.current.path]);
    if (performance.now() > drawing.current.restsUntil) frame.current ||= requestAnimationFrame(sketch);
  }

  /** Previews take at most half of the time, so that the pen does not lag behind the hand. */
  function sketch() {
    const { current } = drawing,
      start = performance.now();
    making.sketch(ringOf(current.path));
    const isSlow = performance.now() - start > SKETCH_MS;
    // The store has painted by the next frame.
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      current.restsUntil = isSlow ? Infinity : 2 * performance.now() - start;
    });
  }

  function end(event) {
    if (drawing.current?.id !== event.pointerId) return;
    const { path } = drawing.current;
    cancelAnimationFrame(frame.current);
    frame.current = 0;
    drawing.current = null;
    setPoints(null);
    if (event.type === "pointerup") making.stroke(ringOf(path));
    else making.change({ sketch: null });
  }

  /** Without a pointer: arrows move a point, Space draws a dot of the pen there or fills. */
  function key(event) {
    const step = { ArrowRight: [STEP, 0], ArrowLeft: [-STEP, 0], ArrowDown: [0, STEP], ArrowUp: [0, -STEP] }[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    setByHand(false);
    if (step) {
      const from = cursor.current;
      cursor.current = from.map((each, axis) => Math.max(0, Math.min(GRID - 1, each + step[axis])));
      if (event.shiftKey && !isFilling()) making.stroke(ringOf([from, cursor.current]));
      else making.change({});
    } else if (isFilling()) making.fill(cursor.current);
    else making.stroke(ringOf([cursor.current]));
  }

  const fills = { body: colors[0].fill };
  return html`<div class="th-pad"><svg id="thing-pad" viewBox=${`0 0 ${GRID} ${GRID}`} tabindex="0" role="img"
    aria-label=${say`Drawing pad, ${strokes} strokes`} data-tool=${tool} data-by=${isByHand ? "hand" : "keys"}
      onPointerDown=${begin} onPointerMove=${move} onPointerUp=${end} onPointerCancel=${end} onKeyDown=${key} onBlur=${() => setByHand(false)}>
    ${parts.map(
      ({ role, points: ring }, place) =>
        html`<polygon key=${place} class=${`th-${role}`} style=${fills[role] ? { fill: fills[role] } : null}
      points=${ring.map((point) => point.map((each) => each * GRID).join()).join(" ")} />`,
    )}
    ${
      points &&
      html`<path class=${tool === "rub" ? "th-cut" : `th-${ink}`}
      style=${tool !== "rub" && fills[ink] ? { fill: fills[ink] } : null} d=${pathOf(ringOf(points))} />`
    }
    ${
      thin &&
      html`<ellipse class="th-ring" cx=${thin.x + thin.width / 2} cy=${thin.y + thin.height / 2}
      rx=${thin.width / 2 + 9} ry=${thin.height / 2 + 9} />`
    }
    <circle class="th-cursor" cx=${cursor.current[0]} cy=${cursor.current[1]} r=${size / 2} /></svg></div>`;
}

const pathOf = (ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`;
