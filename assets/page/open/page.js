// "Open questions" as a view.

import { styled } from "../styles.js";
import { html, render } from "../vendor/preact.js";
import { OpenQuestions } from "./store.js";
import { OpenPage } from "./view.js";

/** @param element of the view @param page see app.js */
export async function open(element, page) {
  await styled("open");
  let frame = 0;
  const draw = () => {
    frame = 0;
    render(html`<${OpenPage} state=${store.state} acts=${store.acts} />`, element);
  };
  const store = new OpenQuestions(page, () => {
    frame ||= requestAnimationFrame(draw);
  });
  await store.start();
  draw();
  return { shown: () => store.follow(), hidden: () => store.rest() };
}
