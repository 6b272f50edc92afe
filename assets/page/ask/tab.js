// Small models in this tab: the engine embeds a picture and captions, without a server.
//
//   const tab = new TabModels();
//   await tab.canAnswer("things-web")        // false where the browser cannot run it
//   await tab.answer("things-web", question, signal)      // {cosines: [picture][caption], scale, spread: [picture]}

import { Engine, serverSource } from "../../engine/client.js";
import { loadOnce } from "../../engine/once.js";
import { spreadOf } from "./answer.js";
import { pixelsAtSide } from "./picture.js";
import { withoutSigns } from "../texts.js";

export class TabModels {
  constructor(engine = new Engine(serverSource(new URL("../", import.meta.url)))) {
    this.engine = engine;
    this.seen = new Map(); // pixels by picture and side
  }

  async canAnswer(name) {
    return this.engine.loadModel(name).then(
      () => true,
      () => false,
    );
  }

  async answer(name, { pictures, captions, orders }, signal) {
    const { imageSize } = await this.engine.loadModel(name),
      texts = [...captions, ...orders.flat()].map(withoutSigns),
      answer = { cosines: [], scale: 1, spread: [] };
    for (const { uri } of pictures) {
      const pixels = await this.pixels(uri, imageSize);
      signal.throwIfAborted();
      const {
        [name]: { cosines, logitScale },
      } = await this.engine.score({ models: [name], pixels, texts }, { signal });
      const shuffled = cosines.slice(captions.length),
        count = orders[0]?.length ?? 0;
      answer.cosines.push(cosines.slice(0, captions.length));
      answer.spread.push(spreadOf(captions.map((_, index) => shuffled.slice(index * count, (index + 1) * count))));
      answer.scale = logitScale;
    }
    return answer;
  }

  pixels(uri, side) {
    if (this.seen.size > 12) this.seen.clear();
    return loadOnce(this.seen, `${side} ${uri}`, () => pixelsAtSide(uri, side));
  }
}
