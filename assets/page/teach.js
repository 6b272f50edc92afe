// A link for a class: the teacher chooses what it shows, and the link follows. Nothing is stored: all of it is in the
// link.
//
//   linkOf(form, dials)                     // "./?tab=workbench&preset=web-like&dials=steps&question=..."
//   formOf(query, page parts)               // what an address asks, as the form begins

import { OF_OLD, TABS } from "./address.js";
import { LANGUAGES } from "./languages.js";
import { benchOf, Dials } from "./bench/dials.js";
import { readOptions } from "./bench/link.js";
import { valueText } from "./numbers.js";
import { copied } from "./save-file.js";
import { styled } from "./styles.js";
import { html, render } from "./vendor/preact.js";
import { listed, say } from "./words.js";

const OWN_PARTS = ["lang", "view", "dark", "light", "plan", "room"];
const LONGEST_QUESTION = 200,
  COPIED_MS = 2000,
  ALONE = ["localhost", "127.0.0.1", "[::1]"];
const PARTS = ["tab", "preset", "run", "claim", "form", "metric", "dials", "question", "view", "lang"];

export async function open(element, page) {
  const { backend, catalog } = page,
    dials = new Dials({ catalog, engine: page.engine });
  const [{ command }] = await Promise.all([backend.view("classroom", {}), styled("form")]);
  const teach = new TeachPage(element, page, dials, command);
  teach.begin();
  page.dials.watch(() => {
    if (!teach.isTouched) teach.begin();
  }); // the Workbench may be read later than this page
  return { shown: () => teach.begin() };
}

/** The form of an address; what cannot be kept is left out, with a sentence. */
export function formOf(query, { dials, catalog }) {
  const { preset, values, notes } = dials.read(query),
    options = readOptions(query, catalog),
    asked = query.get("tab") ?? "workbench",
    tab = OF_OLD[asked] ?? asked;
  const study = Object.fromEntries(
    ["claim", "form", "metric"].map((name) => [name, (query.get(name) ?? "").slice(0, 40)]),
  );
  return {
    tab: tab in TABS ? tab : "workbench",
    preset,
    values,
    run: options.run,
    study,
    dials: options.dials,
    question: options.question,
    view: query.get("view") === "projector" ? "projector" : "",
    lang: query.get("lang") in LANGUAGES ? query.get("lang") : "en",
    notes: [...notes, ...options.notes],
  };
}

/** The link of a form, relative to the page. */
export function linkOf(form, dials) {
  const { tab, preset, values, run, study, question, view, lang } = form,
    shown = form.dials && (form.dials.join(",") || "none");
  const parts = {
    tab,
    ...dials.written({ preset, values }),
    run,
    ...study,
    dials: shown,
    question: question.trim().slice(0, LONGEST_QUESTION),
    view,
    lang: lang === "en" ? "" : lang,
  };
  return `./?${new URLSearchParams(Object.entries(parts).filter(([, value]) => value))
    .toString()
    .replaceAll("%2C", ",")}`;
}

class TeachPage {
  constructor(element, page, dials, command) {
    const bench = benchOf(page.catalog);
    Object.assign(this, { element, page, dials });
    this.state = {
      form: null,
      copied: "",
      command,
      isAlone: ALONE.includes(location.hostname),
      dials: [...bench.main, ...bench.others].map(({ name, plain, help }) => ({ name, plain, help })),
      presets: page.catalog.presets.map(({ name, title }) => [name, title]),
      links: { class: page.address.link("class"), lesson: page.address.link("lesson") },
    };
    this.acts = this.makeActs();
  }

  /** Begin with the parts of the address, else with the page that led here, else with the dials of the Workbench. */
  begin() {
    this.isTouched = false;
    this.change({ form: formOf(this.asked(), { dials: this.dials, catalog: this.page.catalog }), copied: "" });
  }

  asked() {
    const own = this.page.address.query(),
      before = document.referrer && new URL(document.referrer),
      bench = this.page.dials.get();
    if ([...own.keys()].some((name) => !OWN_PARTS.includes(name))) return own;
    if (bench) {
      const parts = {
        ...this.dials.written(bench),
        run: document.getElementById("workbench-training")?.dataset.run ?? "",
        lang: own.get("lang") ?? "",
      };
      return new URLSearchParams(Object.entries(parts).filter(([, value]) => value));
    }
    return before && before.host === location.host
      ? new URLSearchParams(
          [...before.searchParams].filter(([name]) => PARTS.includes(name) || name in this.page.catalog.dials),
        )
      : own;
  }

  change(parts) {
    const { state } = this;
    Object.assign(state, parts);
    const link = new URL(linkOf(state.form, this.dials), location.href).href;
    render(html`<${Teach} state=${{ ...state, link, changes: this.changes() }} acts=${this.acts} />`, this.element);
  }

  /** The dials that go with the link, in words. */
  changes() {
    const { preset, values } = this.state.form,
      written = this.dials.written({ preset, values });
    return listed(
      this.state.dials
        .filter(({ name }) => written[name])
        .map(({ name, plain }) => `${say(plain)} ${valueText(values[name])}`),
      ", ",
    );
  }

  makeActs() {
    const form = (parts) => {
      this.isTouched = true;
      this.change({ form: { ...this.state.form, ...parts, notes: [] }, copied: "" });
    };
    return {
      form,
      preset: (preset) => form({ preset, values: {} }), // what was changed was changed of another preset
      dial: (name, isShown) =>
        form({
          dials: this.state.dials
            .map((each) => each.name)
            .filter((each) => (each === name ? isShown : this.state.form.dials?.includes(each))),
        }),
      copy: async (box) => {
        const isCopied = await copied(box.value, box);
        this.change({ copied: isCopied ? "Copied" : "Selected: press Ctrl-C" });
        if (isCopied) setTimeout(() => this.change({ copied: "" }), COPIED_MS);
      },
    };
  }
}

const Choice = ({ name, label, choices, value, onChoose }) =>
  html`<label>${label}${" "}<select name=${name} value=${value}
  onChange=${(event) => onChoose(event.target.value)}>
    ${choices.map(
      ([each, words]) => html`<option key=${each} value=${each}>${words}
  </option>`,
    )}</select></label>`;

/** The link is opened as a class opens it: `_self`, so that the page loads anew instead of turning to a view. */
export function Teach({ state, acts }) {
  const { form, link, changes, command, isAlone, links } = state,
    some = form.dials !== null;
  return html`<div class="form-page"><h1>A link for a class</h1>
    <p class="start"><a href=${links.class} class="button">Start a class</a>
      ${" "}A lesson of 45 minutes with a projector and the pupils’ phones. Below: only a link.</p>
    <p>
      Choose what a class shall see. Everything is in the link: nothing is stored here, and who opens it may still show all dials.</p>
    <form onSubmit=${(event) => event.preventDefault()}>
      ${changes && html`<p class="quiet" id="changes">${say`With it goes: ${changes}.`}</p>`}
      <fieldset><legend>Where it leads</legend>
        <${Choice} name="preset" label="Recipe" choices=${state.presets} value=${form.preset}
        onChoose=${acts.preset} />
        <${Choice} name="tab" label="Opens on" choices=${Object.entries(TABS)} value=${form.tab}
          onChoose=${(tab) => acts.form({ tab })} />
          <${Choice} name="lang" label="Language" choices=${Object.entries(LANGUAGES)} value=${form.lang}
          onChoose=${(lang) => acts.form({ lang })} /></fieldset>
      <fieldset><legend>Dials</legend><label><input type="radio" name="show" value="all" checked=${!some}
        onChange=${() => acts.form({ dials: null })} />${" "}<span>all of them</span></label>
        <label><input type="radio" name="show" value="some" checked=${some}
          onChange=${() => acts.form({ dials: form.dials ?? [] })} />
          ${" "}<span>only these:</span></label>
        <div class="dials">${state.dials.map(
          ({ name, plain, help }) =>
            html`<label key=${name} title=${help}><input type="checkbox" name="dials" value=${name}
          checked=${form.dials?.includes(name) ?? false} onChange=${(event) => acts.dial(name, event.target.checked)} />
            ${" "}<span>${plain}
          </span></label>`,
        )}</div></fieldset>
      <fieldset><legend>On top</legend><label for="question">
        ${say`A question that stands above the page, at most ${LONGEST_QUESTION} characters`}</label>
        <input type="text" id="question" name="question" maxlength=${LONGEST_QUESTION} value=${form.question}
          translate=${false}
          onInput=${(event) => acts.form({ question: event.target.value })} />
        <label><input type="checkbox" name="view" value="projector" checked=${form.view !== ""}
          onChange=${(event) => acts.form({ view: event.target.checked ? "projector" : "" })} />${" "}
          <span>projector view: large type and figures</span></label></fieldset></form>
    <div id="teach-notes" role="status">${
      form.notes.length > 0 &&
      html`<ul class="notes">
      ${form.notes.map((note) => html`<li>${note}</li>`)}</ul>`
    }</div>
    <h2>The link</h2><div class="link">
      <input type="text" id="link" readonly value=${link} aria-label="The link" translate=${false} />
      <button type="button" id="copy" onClick=${() => acts.copy(document.getElementById("link"))}>
        ${state.copied || "Copy"}</button>${" "}
      <a id="open" href=${link} target="_self">Open it</a></div>
    ${
      isAlone &&
      html`<p id="alone" class="bad-value">
      This address works on this computer only. For a room start the app with${" "}<code>
      ${command}</code>${" "}and open it by this computer's address in the network.</p>`
    }
    <h2>The lesson</h2><p>Six steps that a class can take alone, each some minutes:${" "}
      <a href=${links.lesson}>open it</a>
      ${" "}and share its address.</p>
    <h2>Watching one run together</h2><p>${
      form.run &&
      html`The link opens the run${" "}<code>${form.run}
      </code>.${" "}`
    }Start a training on the Workbench and come here from that page: its link opens the run for everybody, whose curves go on while it trains. Only your browser can stop or delete it.</p></div>`;
}
