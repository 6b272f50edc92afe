// A typed caption, answered by the engine of the page: words never read are named, pictures are compared.

import { pixelsOf } from "../pixels.js";
import { withoutSigns } from "../texts.js";
import { say } from "../words.js";
import { loadingWords } from "./scene.js";
import { verdictOf } from "./verdicts.js";
import { unreadWords } from "./view.js";

/**
 * Which of two pictures a caption fits better. The model is loaded at the first letter.
 * @param {{model: string, text: string, pictures: {image: string, pixels?: Uint8Array, letter: string}[]}} question
 *   pictures as data URIs without loss, of as many pixels as the model sees, or 3 x S x S of them
 * @param tell gets a sentence while the model comes
 * @returns {Promise<{unread: string, bold: string, plain: string}>}
 */
export async function answerTyped(engine, { model, text, pictures }, tell) {
  const typed = withoutSigns(text),
    cosines = [];
  let scale = 1;
  await engine.loadModel(model, { onProgress: ({ received, bytes }) => tell(loadingWords(received, bytes)) });
  const [read] = await engine.embed({ model, texts: [typed] });
  for (const { image, pixels = null } of pictures) {
    const shown = pixels ?? (await pixelsOf(image)),
      { [model]: score } = await engine.score({ models: [model], pixels: shown, texts: [typed] });
    cosines.push(score.cosines[0]);
    scale = score.logitScale;
  }
  const { more, less, isCoin, margin } = verdictOf({ cosines, logitScale: scale }, null),
    [a, b] = cosines.map((each) => each.toFixed(3)),
    odds = say`${more} to ${less}`;
  const bold = isCoin
    ? say`Practically a coin toss: ${odds}`
    : say`Fits picture ${new String(pictures[margin >= 0 ? 0 : 1].letter)} better: ${odds}`;
  return { unread: unreadWords(read), bold, plain: say`cosine with A ${a}, with B ${b}` };
}
