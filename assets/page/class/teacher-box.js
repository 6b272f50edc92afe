// What is for the teacher alone: a box that is closed on the projector, as the class sees that, too; on a narrow
// screen, the teacher's second device, it is open.

import { html, useState } from "../vendor/preact.js";

const NARROW = "(max-width: 900px)";

/** @param {{id: string, title: string, tell: any, children?: any}} props */
export function TeacherBox({ id, title, tell, children }) {
  const [isNarrow] = useState(() => Boolean(globalThis.matchMedia?.(NARROW).matches));
  return html`<details id=${id} class="class-teacher-box" open=${isNarrow}><summary>${title}</summary>
    <div class="class-wait-box"><p class="class-quiet">${tell("seen_by_all")}</p>${children}</div></details>`;
}
