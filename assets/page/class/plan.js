// The plan for paper, one sheet: what to do before, and for each step its minutes, what to do, ask and expect.

import { html } from "../vendor/preact.js";

export function Plan({ state: { lesson, links }, acts, say }) {
  const steps = lesson.steps.filter(({ minutes }) => minutes > 0),
    minutes = steps.reduce((sum, step) => sum + step.minutes, 0);
  return html`<div class="class-plan"><nav><a href=${links.class}>← ${say("plan.to_class")}</a>${" "}
    <button type="button" class="class-button" id="class-print" onClick=${acts.print}>${say("plan.print")}</button>
      </nav>
    <h1>${say("plan.title")}</h1><p>${say("plan.for")}</p><h2>${say("plan.before")}</h2><ol>
      ${[1, 2, 3].map((number) => html`<li>${say(`plan.before.${number}`, { command: lesson.command })}</li>`)}</ol>
    <table><thead><tr><th scope="col">${say("plan.total", { n: minutes })}</th><td></td>
      ${["do", "say", "key"].map((column) => html`<th scope="col">${say(`plan.${column}`)}</th>`)}</tr></thead>
      <tbody>${steps.map(
        ({ name, minutes: n }, index) =>
          html`<tr key=${name}><td>${say("minutes", { n })}</td><th scope="row">
        ${`${index + 1}. `}${say(`plan.${name}`)}</th>
          ${["do", "say", "key"].map(
            (column) => html`<td data-column=${say(`plan.${column}`)}>
          ${say(`plan.${name}.${column}`)}</td>`,
          )}
        </tr>`,
      )}</tbody></table>
    <h2>${say("plan.things")}</h2><p>${say("plan.things.text", { n: lesson.minutes.things })}</p>
    <h2>${say("plan.same")}</h2><p>${say("plan.same.text")}</p>
    <h2>${say("plan.after")}</h2><p>${say("plan.after.1")}</p></div>`;
}
