// "Open questions" as a view.

import { Repeats } from "../repeat/repeats.js";
import { onceAFrame } from "../store.js";
import { loadStyles } from "../styles.js";
import { html, render } from "../vendor/preact.js";
import { dotsOf } from "./dots.js";
import { OpenQuestions } from "./store.js";
import { OpenPage } from "./view.js";

/** @param element of the view @param page see app.js */
export async function open(element, page) {
  await Promise.all(["open", "repeat"].map(loadStyles));
  element.innerHTML = '<div class="op-place"><div></div></div>';
  const [container] = element.children,
    [board] = container.children,
    repeats = new Repeats(page, container),
    open = (which, dot) => repeats.show(which, dot);
  let drawn = null;
  const draw = onceAFrame(() => {
    const { list, mine } = store.state;
    render(html`<${OpenPage} state=${store.state} acts=${{ ...store.acts, open }} />`, board);
    if (list !== drawn) repeats.setDots(dotsOf(list, mine));
    drawn = list;
  });
  const store = new OpenQuestions(page, draw);
  await store.start();
  draw.now();
  return { arrive: () => store.follow(), leave: () => store.stopPolling() };
}
