/**
 * What an engine makes of worlds of one's own, in Node and in browsers: names, refusals, and digests of sprites.
 *
 *     await report(load, things, { made: document }, { contract })      // load(name): a module of the engine
 *     node own_atlas.js ENGINE < {"things", "documents", "contract", "counts", "evaluation"}
 */

const SIDES = [250, 532, 760, 1000, 1225],
  VALUES = [
    [0, 0, 0, 0, 0],
    [0, 0, 1, 0, 1],
    [0, 0, 2, 1, 0],
    [0, 0, 2, 0, 1],
  ];

export async function report(load, things, documents, { contract, counts = [], evaluation = null } = {}) {
  const { evaluationOf, describeOwn, openWorld } = await load("own_world.js");
  const { checkWorld, reserveWords } = await load("../page/own-document.js");
  (await load("../page/contract.js")).setContract(contract);
  const { PartsAtlas } = await load("atlas_from_parts.js");
  const { sha256 } = await load("sha256.js");
  const { makeQuestion } = await load("question.js");
  const { Grammar } = await load("grammar.js");
  const answers = {};
  reserveWords(things.description);
  for (const [name, document] of Object.entries(documents)) {
    let checked;
    try {
      checked = checkWorld(document);
    } catch (error) {
      answers[name] = { refused: error.message };
      continue;
    }
    const world = openWorld(describeOwn(things, checked.document, checked.name)),
      atlas = new PartsAtlas(world),
      bytes = [];
    for (const noun of world.nouns.keys())
      for (const values of VALUES)
        for (const side of SIDES) {
          const { top, left, height, width, counts } = atlas.sprite(noun, world.lookOf(values), side);
          bytes.push(Uint8Array.of(top + 128, left + 128, height, width), counts);
        }
    const joined = new Uint8Array(bytes.reduce((sum, each) => sum + each.length, 0));
    let at = 0;
    for (const each of bytes) {
      joined.set(each, at);
      at += each.length;
    }
    answers[name] = { name: checked.name, text: checked.text, digest: sha256(joined) };
    if (evaluation) {
      const drawn = { world, sprites: world.description.sprites, grammar: new Grammar(world) },
        { questionDigest: asked, sides } = makeQuestion(drawn, evaluationOf(evaluation, world.description));
      Object.assign(answers[name], { asked, captions: sides.map(({ caption }) => caption) });
    }
    if (counts.includes(name))
      Object.assign(answers[name], { sprites: [...joined], factors: world.nouns.map((noun) => noun.factor) });
  }
  return answers;
}

if (globalThis.process?.argv?.[2]) {
  const { readFileSync } = await import("node:fs");
  const { things, documents, ...more } = JSON.parse(readFileSync(0, "utf8"));
  const answers = await report((name) => import(`${process.argv[2]}/${name}`), things, documents, more);
  process.stdout.write(JSON.stringify(answers));
}
