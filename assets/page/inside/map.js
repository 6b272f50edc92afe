// Pictures and captions of one step in two dimensions, on axes and a scale that stay between the steps.

import { useSize } from "../size.js";
import { html } from "../vendor/preact.js";
import { percent, say, space } from "../words.js";

const EDGE = 16;

export const Reading = ({ step, width }) =>
  html`<p class="in-how">${say("How to read this: near means alike. If the model binds, the picture's own caption")} <b class="in-right"
  aria-hidden="true">●</b> ${say("is nearer to it than the swapped one")} <b class="in-wrong"
  aria-hidden="true">◇
    </b>${say(".")}${space(say("."))}${say`The map shows two of ${width} directions, which hold ${percent(step.explained[0] + step.explained[1])} of the spread.`}</p>`;

export function Map2d({ step, scenes, chosen, choose, reach }) {
  const [element, { width, height }] = useSize({ width: 318, height: 270 }),
    { images, captions, swapped } = step.points;
  const scale = Math.min((width / 2 - EDGE) / reach[0], (height / 2 - EDGE) / reach[1]);
  const x = (point) => width / 2 + scale * point[0],
    y = (point) => height / 2 - scale * point[1],
    at = (point) => `${x(point).toFixed(1)} ${y(point).toFixed(1)}`;
  const moveStyle = (point) => ({ transform: `translate(${x(point).toFixed(1)}px, ${y(point).toFixed(1)}px)` });
  const image = images[chosen],
    own = captions[chosen],
    other = swapped[chosen],
    hasOther = other?.[0] !== null && other?.[0] !== undefined;
  return html`<div class="in-map" id="inside-map" ref=${element}><svg viewBox=${`0 0 ${width} ${height}`} role="img"
    aria-label=${say`Map of pictures and captions in two dimensions, picture ${chosen + 1} marked`}>
    ${images.map(
      (point, scene) =>
        html`<path key=${`line ${scene}`} class="in-line" d=${`M${at(point)}L${at(captions[scene])}`} />`,
    )}
    ${images.map(
      (point, scene) => html`<g key=${scene} class="in-point" onClick=${() => choose(scene)}>
      <rect class="in-image" x="-3" y="-3" width="6" height="6" style=${moveStyle(point)} />
      <circle class="in-caption" r="3" style=${moveStyle(captions[scene])} /></g>`,
    )}
    ${hasOther && html`<path class="in-to-swapped" d=${`M${at(image)}L${at(other)}`} />`}
      <path class="in-to-own" d=${`M${at(image)}L${at(own)}`} />
    <g class="in-marked" style=${moveStyle(image)}>
      <image href=${scenes[chosen].seen} x="-14" y="-14" width="28" height="28" />
      <rect x="-14.5" y="-14.5" width="29" height="29" rx="3" /></g>
    <circle class="in-own" r="6.5" style=${moveStyle(own)} />
      ${
        hasOther &&
        html`<path class="in-swapped" d="M0-7l7 7-7 7-7-7z"
      style=${moveStyle(other)} />`
      }</svg></div>`;
}
