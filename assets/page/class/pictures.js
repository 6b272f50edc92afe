// What the model of one phone makes of the pictures of the class's world: the pairs of the Workbench, each picture with
// its caption and a mark. Only the teacher's page asks for it, once a row of the wall is pressed.
//
//   await picturesOf(page, { world, pupil: 0 }, ask)   // {list, found}: pairs as own-worlds.js has them, and what
//                                                      // each of their pictures scores
//   html`<${Pictures} pictures=${...} nickname="Ada" close=${() => ...} tell=${tell} />`

import { OwnWorlds } from "../own-worlds.js";
import { Caption, Mark } from "../ui.js";
import { html, useEffect, useRef } from "../vendor/preact.js";
import { markOf } from "../words.js";

/**
 * @param {any} page @param {{world: string, pupil: number}} of
 * @param {(view: string, values: any) => Promise<any>} ask the room
 */
export async function picturesOf(page, { world, pupil }, ask) {
  const worlds = OwnWorlds.of(page),
    found = await ask("found_pictures", { pupil });
  if (!found.length) return { pupil, list: [], found };
  await worlds.ready();
  if (!worlds.document(world)) worlds.keep(await ask("class_world", {}));
  const { list } = await worlds.pairs(world);
  return { pupil, list, found };
}

export function Pictures({ pictures: { list, found }, nickname, close, tell }) {
  const box = useRef(null);
  useEffect(() => box.current.showModal?.(), []);
  return html`<dialog ref=${box} class="class-pictures" id="class-pictures" aria-labelledby="class-pictures-title"
    onClose=${close} onClick=${({ target }) => target === box.current && box.current.close()}>
    <header><h2 class="class-title" id="class-pictures-title" translate=${false}>${
      list.length
        ? tell("own.found", { name: nickname, n: found.reduce((sum, score) => sum + score, 0), of: found.length })
        : tell("own.no_pictures", { name: nickname })
    }</h2>
      <button type="button" class="class-button" onClick=${() => box.current.close()}>${tell("own.close")}</button></header>
    <ul>${list.map(
      (pair, index) =>
        html`<li key=${index}>${pair.map(({ image, words }, side) => {
          const mark = markOf(found[2 * index + side], 0.5);
          return html`<figure data-found=${mark}><span><img src=${image} alt="" />
          <${Mark} answer=${mark} /></span>
          <figcaption lang="en" translate=${false}><${Caption} words=${words} /></figcaption></figure>`;
        })}</li>`,
    )}</ul></dialog>`;
}
