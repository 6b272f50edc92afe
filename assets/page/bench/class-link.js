// A link for a class, in the dialog that shares: a teacher chooses what it shows. Nothing is stored: all of it is in
// the link.
//
//   linkOf({ tab, dials: ["steps"], question: "Why?", view: "projector", lang: "en", run: "tidy-3" }, written)
//   // "./?tab=bench&preset=web-like&run=tidy-3&dials=steps&question=Why%3F&view=projector"

import { tabTitles } from "../contract.js";
import { html, useState } from "../vendor/preact.js";
import { LANGUAGES, say } from "../words.js";
import { LONGEST_QUESTION } from "./link.js";

/**
 * The link of a form, relative to the page.
 * @param {{tab: string, run: string, dials: string[] | null, question: string, view: string, lang: string}} form null
 *   shows all dials
 * @param {Record<string, string>} written recipe and dials as parts of an address
 */
export function linkOf({ tab, run, dials, question, view, lang }, written) {
  const parts = {
    tab,
    ...written,
    run,
    dials: dials && (dials.join(",") || "none"),
    question: question.trim().slice(0, LONGEST_QUESTION),
    view,
    lang: lang === "en" ? "" : lang,
  };
  const given = new URLSearchParams(Object.entries(parts).filter(([, value]) => value));
  return `./?${given.toString().replaceAll("%2C", ",")}`;
}

const SelectField = ({ name, label, choices, value, translate, onChoose }) => html`<label><span>${label}</span>
  <select name=${name} value=${value} translate=${translate} onChange=${({ target }) => onChoose(target.value)}>
    ${Object.entries(choices).map(([each, words]) => html`<option key=${each} value=${each}>${say(words)}</option>`)}
  </select></label>`;

/** The form with its link; `onCopy` copies a text of the box beside the button. */
export function ClassLink({ state, onCopy }) {
  const { catalog, options, run, written } = state,
    language = globalThis.explorerLanguage ?? "en";
  const [form, setForm] = useState({ tab: "bench", lang: language, view: "", ...options }),
    set = (parts) => setForm({ ...form, ...parts }),
    dials = [...catalog.main, ...catalog.others],
    shows = (name) => form.dials?.includes(name) ?? false;
  const relative = linkOf({ ...form, run: run?.name ?? "" }, written),
    link = globalThis.location ? new URL(relative, document.baseURI).href : relative;
  const turn = (name) =>
    set({ dials: dials.map((each) => each.name).filter((each) => (each === name ? !shows(name) : shows(each))) });
  return html`<details class="wb-class-link" open=${!run}><summary><h3>${say("A link for a class")}</h3></summary>
    <p>${
      run
        ? say("The link holds this recipe, these dials and this run. Whoever opens it can still show all dials.")
        : say("The link holds this recipe and these dials. Whoever opens it can still show all dials.")
    }</p>
    <div class="wb-class-form"><${SelectField} name="tab" label=${say("Opens on")} choices=${tabTitles()} value=${form.tab}
      onChoose=${(tab) => set({ tab })} /><${SelectField} name="lang" label=${say("Language")} choices=${LANGUAGES} translate=${false}
      value=${form.lang} onChoose=${(lang) => set({ lang })} />
      <label><input type="checkbox" name="view" checked=${form.view !== ""}
        onChange=${({ target }) => set({ view: target.checked ? "projector" : "" })} />
        <span>${say("projector view: large type and figures")}</span></label></div>
    <fieldset><legend>${say("Dials")}</legend>
      <label><input type="radio" name="show" checked=${!form.dials} onChange=${() => set({ dials: null })} />
        <span>${say("all of them")}</span></label>
      <label><input type="radio" name="show" checked=${Boolean(form.dials)}
        onChange=${() => set({ dials: form.dials ?? [] })} /><span>${say("only these:")}</span></label>
      ${
        form.dials &&
        html`<div class="wb-class-dials">${dials.map(
          ({ name, plain }) => html`<label key=${name}><input type="checkbox" name="dials" value=${name}
          checked=${shows(name)} onChange=${() => turn(name)} /><span>${say(plain)}</span></label>`,
        )}</div>`
      }</fieldset>
    <label for="wb-class-question">${say`A question that stands above the page, at most ${LONGEST_QUESTION} characters`}</label>
    <input type="text" id="wb-class-question" maxlength=${LONGEST_QUESTION} value=${form.question} translate=${false}
      onInput=${({ target }) => set({ question: target.value })} />
    <div class="wb-copy"><input type="text" id="link" readonly value=${link} aria-label=${say("The link")}
      translate=${false} /><button type="button" class="wb-btn wb-primary"
      onClick=${(event) => onCopy(event, link, say("Link copied."))}>${say("Copy the link")}</button>
      <a class="wb-btn" id="open" href=${link} target="_self">${say("Open it")}</a></div></details>`;
}
