// The plan for paper, one sheet: what to do before, and for each step its minutes, what to do, ask and expect.

import { html } from "../vendor/preact.js";

export function Plan({ state: { lesson, links }, acts, tell }) {
  const steps = lesson.steps.filter(({ minutes }) => minutes > 0),
    minutes = steps.reduce((sum, step) => sum + step.minutes, 0);
  return html`<div class="class-plan"><nav><a href=${links.class}>← ${tell("plan.to_class")}</a>${" "}
    <button type="button" class="class-button" id="class-print" onClick=${acts.print}>${tell("plan.print")}</button>
      </nav>
    <h1>${tell("plan.title")}</h1><p>${tell("plan.for")}</p><h2>${tell("plan.before")}</h2><ol>
      ${[1, 2, 3].map((number) => html`<li>${tell(`plan.before.${number}`, { command: lesson.command })}</li>`)}</ol>
    <table><thead><tr><th scope="col">${tell("plan.total", { n: minutes })}</th><td></td>
      ${["do", "say", "key"].map((column) => html`<th scope="col">${tell(`plan.${column}`)}</th>`)}</tr></thead>
      <tbody>${steps.map(
        ({ name, minutes: n }, index) =>
          html`<tr key=${name}><td>${tell("minutes", { n })}</td><th scope="row">
        ${`${index + 1}. `}${tell(`plan.${name}`)}</th>
          ${["do", "say", "key"].map(
            (column) => html`<td data-column=${tell(`plan.${column}`)}>
          ${tell(`plan.${name}.${column}`)}</td>`,
          )}
        </tr>`,
      )}</tbody></table>
    <h2>${tell("plan.things")}</h2><p>${tell("plan.things.text", { n: lesson.minutes.things })}</p>
    <h2>${tell("plan.same")}</h2><p>${tell("plan.same.text")}</p>
    <h2>${tell("plan.after")}</h2><p>${tell("plan.after.1")}</p></div>`;
}
