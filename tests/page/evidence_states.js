// States of the evidence by name.

import { dialsOf, emptyEvidence, EvidencePage, Top } from "../../assets/page/evidence/page.js";
import { ColorMap } from "../../assets/page/evidence/map.js";
import { Theories } from "../../assets/page/evidence/theories.js";

/** The cell of three seeds that was measured at dials, with the pairs until each was bound. */
export function nearTo(times, changes = {}) {
  const values = {
    objects_in_image: 2,
    attribute_kinds: ["color"],
    attribute_density: 1,
    caption_completeness: 1,
    batch_size: 256,
    ...changes,
  };
  const seeds = times.map((time) => ({ own: time, canonical: time, end: time ? 0.99 : 0.52 }));
  return {
    cell: { values, seeds, edition: 4, engine: 1, pairs: 184_320 },
    dial: null,
    title: null,
    values,
    isFresh: true,
    hasOwnThings: false,
    isAlike: times[0] !== null,
  };
}

/** A picture whose objects have one polygon each: what they look like is no state. */
const plainly = (objects) => objects.map((each) => ({ ...each, shapes: [{ kind: "body", points: "0,0 1,0 1,1" }] }));

export function states({ line, tested, pictures: drawn, editions }) {
  const [tidy, web] = line.recipes,
    pictures = Object.fromEntries(Object.entries(drawn).map(([name, objects]) => [name, plainly(objects)]));
  const measured = nearTo([12_032, 13_056, 15_360]),
    unbound = nearTo([null, null, null], { caption_completeness: 0.5, saliency_bias: 1 });
  const page = (changes = {}) => [
    EvidencePage,
    {
      state: {
        ...emptyEvidence(),
        methods: "study/methods.html",
        line,
        pace: 0.001,
        pictures,
        guess: "skip",
        dials: dialsOf(tidy),
        recipe: tidy.name,
        base: tidy.name,
        tidy: tidy.name,
        measured,
        ...changes,
      },
    },
  ];
  /** A part of the page with the rows of a state of the fourth edition. */
  const edition = (Part, name, changes = {}) => [Part, { state: page({ ...editions[name], ...changes })[1].state }];
  return {
    loading: page({ line: null, dials: null }),
    "i-guess": page({ guess: null }),
    "j-named": page({ guess: "name", isSaid: true }),
    "j-told": page({ guess: "tell", isSaid: true, pace: null }),
    "j-same": page({ guess: "same", isSaid: true }),
    "j2-silent-dial": page({
      recipe: null,
      dials: { ...dialsOf(tidy), completeness: 0.5 },
      marked: { dial: "completeness", value: 0.5 },
    }),
    "j2-largest": page({ marked: { dial: "saliency", value: 1 } }),
    "j3-measured-unbound": page({ recipe: web.name, base: web.name, dials: dialsOf(web), measured: unbound }),
    "j3-nothing-measured": page({ recipe: null, dials: { ...dialsOf(tidy), kinds: 3 }, measured: null }),
    "k-finding": page({ open: 1 }),
    "k-losses": page({ open: 2 }),
    "k-line": page({ open: 0 }),
    tested: page({ line: { ...line, tested } }),
    "fourth-empty": page({ ...editions.empty, guess: null }),
    "order-empty": edition(Top, "empty", { part: "order" }),
    "order-part": edition(Top, "part"),
    "order-whole": edition(Top, "whole"),
    "order-refuted": edition(Top, "refuted"),
    "loop-part": edition(Top, "part", { part: "loop" }),
    "loop-whole": edition(Top, "whole", { part: "loop", chosen: "up to 0.35 41" }),
    "loop-asked-about-one": edition(Top, "divided", { loopForm: "single" }),
    "loop-fresh": edition(Top, "whole", { part: "loop", chosen: "named 1, told 0.25 40" }),
    "loop-kept": edition(Top, "kept"),
    "loop-divided": edition(Top, "divided"),
    "loop-refuted": edition(Top, "refuted", { part: "loop" }),
    "map-empty": edition(ColorMap, "empty"),
    "map-part": edition(ColorMap, "part"),
    "map-whole": edition(ColorMap, "whole"),
    "map-asked-about-one": edition(ColorMap, "divided", { mapForm: "single" }),
    "theories-waiting": [Theories, { theories: editions.part.fourth.theories, number: "3" }],
    "theories-scored": [Theories, { theories: editions.whole.fourth.theories, number: "3" }],
  };
}
