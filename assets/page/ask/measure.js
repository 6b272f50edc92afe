// A share that was measured: its name, a line with its interval and chance, and the numbers.
//
//   <${Measure} label=${say("larger object")} share=${{ value: 0.58, low: 0.53, high: 0.62, chance: 0.5 }} />

import { html } from "../vendor/preact.js";
import { Gauge } from "../ui.js";
import { percent } from "../words.js";

export const Measure = ({ label, share }) =>
  html`<div class="ask-measure"><span>${label}</span><${Gauge} ...${share} from=${0} /><span>
  ${percent(share.value)} <small>${share.low === null ? "" : `(${percent(share.low)} – ${percent(share.high)})`}</small>
    </span></div>`;
