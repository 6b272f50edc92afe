// Where all devices train the same: how many ended with the same bits, on the projector and on a phone.
//
// Who has other bits is told by name on the teacher's page alone, in a box that is closed on the projector: the class
// sees what stands there.

import { contract } from "../contract.js";
import { html } from "../vendor/preact.js";
import { inFours } from "../words.js";
import { TeacherBox } from "./teacher-box.js";

const DigestDigits = ({ digest }) =>
  html`<code class="class-digits" translate=${false} title=${digest}>${inFours(digest)}</code>`;

/** What is said of all devices, in a sentence: what is waited for, before two have finished. */
function saidOfBits({ num_finished: finished, num_same: same, step }, tell) {
  if (finished < contract.compared_devices) return tell(finished ? "same.wait_one" : "same.wait_none");
  return same ? tell("same.count", { same, n: finished }) : tell("same.no_majority", { n: finished, step });
}

/** Beside the wall. @param {{bits: any, tell: any}} props bits: as the view of the room has them */
export function BitsOfAll({ bits, tell }) {
  const { digest, num_unfinished: unfinished, parted } = bits;
  return html`<div class="class-box class-bits" id="class-bits" data-finished=${bits.num_finished} data-same=${bits.num_same}
      role="status"><p><b>${saidOfBits(bits, tell)}</b></p>
      ${unfinished > 0 && html`<p>${tell("same.unfinished", { n: unfinished })}</p>`}
      ${digest && html`<p>${tell("same.digits")} <${DigestDigits} digest=${digest} /></p>`}</div>
    ${
      parted.length > 0 &&
      html`<${TeacherBox} id="class-parted" title=${tell("same.parted", { n: parted.length })} tell=${tell}>
        <ul class="class-parted">${parted.map(
          (each) => html`<li key=${each.pupil} data-pupil=${each.pupil}><b translate=${false}>${each.nickname}</b>${" "}
          <span>${
            each.equal_until === null
              ? tell("same.parted_at_start")
              : tell("same.parted_at", { step: each.step, before: each.equal_until })
          }</span></li>`,
        )}</ul><p class="class-quiet">${tell("same.fault")}</p><//>`
    }`;
}

/** On a phone, below its own training. */
export function BitsOfMine({ bits, tell }) {
  const { own_digest: mine, digest } = bits;
  if (!mine) return null;
  const standing =
    bits.num_finished < contract.compared_devices
      ? "first"
      : digest === null
        ? "none"
        : mine === digest
          ? "equal"
          : "other";
  return html`<div class="class-box" id="class-my-bits" data-standing=${standing} role="status">
    <p>${tell("same.mine_digits")} <${DigestDigits} digest=${mine} /></p>
    <p>${tell(`same.mine_${standing}`, { same: bits.num_same, n: bits.num_finished })}</p></div>`;
}
