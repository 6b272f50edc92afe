// *Ask a real CLIP*: a picture and a caption of one's own, and which caption each model prefers.
//
//   open(element, page, {image, texts, models, middles})     // a picture, two captions and runs of another view

import { WORLD } from "../recipe.js";
import { loadStyles } from "../styles.js";
import { takeTyped } from "../kept.js";
import { useFocusKept } from "../ui.js";
import { html, render } from "../vendor/preact.js";
import { listen, AskQuestion } from "./question.js";
import { AskStore } from "./store.js";
import { keepQuestion } from "./typed.js";
import { TabModels } from "./tab.js";
import { ModelTable, TableHeading } from "./table.js";
import { Tests } from "./tests.js";
import { say } from "../words.js";

export function AskPage({ state, acts, backend }) {
  const answers = useFocusKept();
  return html`<div id="ask"><h1 class="ask-title">${say("Ask a real CLIP")}</h1>
  <${AskQuestion} state=${state} acts=${acts} />
  <section class="wb-col ask-answers" aria-labelledby="ask-answers-title" tabindex="-1" ref=${answers}><${TableHeading} />
    <${ModelTable} state=${state} acts=${acts} />
    ${!state.isStatic && html`<${Tests} state=${state} acts=${acts} backend=${backend} />`}</section></div>`;
}

export async function open(element, page, question) {
  await loadStyles("ask");
  const store = new AskStore(page, new TabModels(page.engine), (state, acts) =>
    render(
      html`<${AskPage} state=${state} acts=${acts}
    backend=${page.backend} />`,
      element,
    ),
  );
  store.state.nouns = await page.engine.loadWorld(WORLD).then(
    ({ description }) => description.nouns.map(({ word }) => word),
    () => [],
  );
  listen(() => page.isShown("ask"), store.acts);
  await store.open(question, takeTyped("ask"));
  return { arrive: (brought) => brought && store.openQuestion(brought), keepTyped: () => keepQuestion(store) };
}
