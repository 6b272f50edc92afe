// Worlds of one's own that this page knows, for its dials and its engine: the document by the name that a spec has.
//
//   const worlds = OwnWorlds.of(page);             // page.catalog, page.engine, page.backend
//   worlds.keep(document)                          // "own-0123456789abcdef"; from now on dials take it
//   worlds.document(name)                          // null for a world that nobody gave
//   await worlds.ofRun(spec, run)                  // the document of a server's run comes when it is first needed
//   await worlds.pairs(name)                       // {questionDigest, list}: pairs that its models are asked
//   await worlds.training(name)                    // what a training in this tab needs of it

import { evaluationOf, describeOwn } from "../engine/own_world.js";
import { checkWorld, reserveWords } from "./own-document.js";
import { isOwnWorld, worldFrom } from "../engine/world.js";
import { CaptionMarker } from "./samples.js";
import { WORLD } from "./recipe.js";
import { pictureOf } from "./drawing.js";

const PIXELS = 192;

export class OwnWorlds {
  /** The one of a page. */
  static of(page) {
    page.ownWorlds ??= new OwnWorlds(page);
    return page.ownWorlds;
  }

  constructor(page) {
    this.page = page;
    this.documents = new Map();
    const { source } = page.engine;
    page.engine.source = {
      ...source,
      world: async (name) => {
        if (!this.documents.has(name)) return source.world(name);
        const description = await this.description(name);
        return { description, atlas: null, sprites: description.sprites };
      },
    };
  }

  /** Once the built-in world is here, from which the others have their kinds and the words that no thing may have. */
  async ready() {
    this.things ??= await this.page.engine.loadWorld(WORLD);
    reserveWords(this.things.description);
  }

  async description(name) {
    await this.ready();
    return describeOwn(this.things, this.documents.get(name), name);
  }

  /** @returns {string} its name; throws a `WorldError` */
  keep(document) {
    const { catalog } = this.page,
      { name, document: checked } = checkWorld(document);
    if (!this.documents.has(name)) {
      this.documents.set(name, checked);
      catalog.kinds[name] = catalog.kinds[WORLD];
      catalog.drawn.push(name);
    }
    return name;
  }

  document(name) {
    return this.documents.get(name) ?? null;
  }

  async ofRun({ data: { world } }, run) {
    if (isOwnWorld(world) && !this.documents.has(world)) this.keep(await this.page.backend.view("own_world", { run }));
  }

  /** A description, and what is evaluated and asked in this world. */
  async training(name) {
    const { evaluation } = await this.page.engine.loadTraining(),
      world = await this.description(name);
    return { world, evaluation: evaluationOf(evaluation, world) };
  }

  async pairs(name) {
    const { engine } = this.page,
      { evaluation } = await this.training(name),
      { description, box } = await engine.loadWorld(name),
      { questionDigest, sides } = await engine.makeQuestion({ world: name, evaluation }),
      world = await worldFrom(description),
      marker = new CaptionMarker(world, box);
    const shown = sides.map(({ caption, objects, pixels }, index) => ({
      image: pictureOf(world, objects, box, PIXELS),
      pixels,
      words: marker.words(caption, sides[index ^ 1].caption),
    }));
    return {
      questionDigest,
      list: shown.filter((_, index) => index % 2 === 0).map((a, index) => [a, shown[2 * index + 1]]),
    };
  }
}
