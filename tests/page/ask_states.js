// States of *Ask a real CLIP* by name, made from what Python sends: examples with answers, readings, the list of
// models.
//
//   states(fixtures) -> [{name, state}]

import { numbersOf, plainReason } from "../../assets/page/ask/answer.js";
import { REAL } from "../../assets/page/ask/asking.js";
import { emptyAsk } from "../../assets/page/ask/store.js";
import { say } from "../../assets/page/words.js";

const refused = (sentence) => plainReason(new Error(sentence), REAL[0].name);

export function states({ examples: { pictures, models, scenes }, listed, readings, unread, texts }) {
  const small = (place) =>
    models.map(({ answers, leaderboard, ...model }) => ({
      ...model,
      isReal: false,
      scores: leaderboard.scenes,
      halfTruths: leaderboard.half_truths,
      verdict: leaderboard.verdict,
      ...(answers[place]
        ? { answer: numbersOf(answers[place]), document: answers[place] }
        : { answer: null, document: null }),
    }));
  const opened = (place, changes = {}) => {
    const { image, swapped, name, captions } = pictures[place];
    return {
      ...emptyAsk(),
      examples: pictures,
      example: place,
      listed,
      scenes,
      pictures: [{ uri: image, name, captionIndex: 0, swapped }],
      caption: captions[0],
      others: captions.slice(1),
      reading: readings[captions[0]],
      rows: small(place),
      question: { captions },
      open: models[0].name,
      ...changes,
    };
  };
  const estimate = (value) => ({ value, low: value - 0.08, high: value + 0.07, chance: 0.5, n: 168 });
  const grid = (most) =>
    Array.from({ length: 7 }, (_, y) => Array.from({ length: 7 }, (_, x) => (x === most && y === 3 ? 0.2 : 1 / 60)));
  const real = (place, cosines, spread, changes = {}) => {
    const document = {
      cosine: cosines,
      order_free: { spread: cosines.map(() => spread) },
      logit_scale: 100,
      logit_bias: null,
      relevance: { why: "", maps: cosines.map(() => [grid(2), grid(5)]), method: "" },
      notes: [],
      warnings: ["Caption 1 has words."],
      confusion: { captions: [2, 3], right: [1], chance: 1 / 3 },
      preprocessing: { size: [224, 224], resize_mode: "shortest", interpolation: "bicubic" },
      activation: "QuickGELU",
      snippet: "images = ['image-1.png']\n",
    };
    return {
      ...REAL[place],
      parameters: place === 2 ? 203155970 : 151277313,
      isReal: true,
      scores: { binding_accuracy: estimate(0.56 + place / 50), size_bias: estimate(0.5), mention_bias: estimate(0.51) },
      halfTruths: { fooled: estimate(0.58), longer: estimate(0.61) },
      verdict: "at chance",
      answer: numbersOf(document),
      document,
      ...changes,
    };
  };
  const desk = (changes = {}) =>
    opened(3, {
      unread,
      seconds: 4.2,
      open: REAL[0].name,
      rows: [
        real(0, [[0.3045, 0.3]], 0.02),
        real(1, [[0.3, 0.3066]], 0.016),
        real(2, [[0.33, 0.295]], 0.0141),
        ...small(3),
      ],
      ...changes,
    });
  const wording = (kind, text, margin) => ({
    kind,
    captions: [text, text.replace("red", "green")],
    why: margin === null ? "not readable" : "",
    margin: margin === null ? null : [margin, margin],
    same: margin === null ? null : [Number(margin > 0), Number(margin > 0)],
  });
  const word = (text, effect) => ({ word: text, by_picture: [effect, effect] });
  const detailed = (margins, words) => {
    const effects = [0.001, 0.031, 0.088, 0.002, 0, -0.006, 0.064].map((each, place) =>
      word("a red mug and a green book".split(" ")[place], each),
    );
    const kinds = ["order", "photo", "case", "period", "article", "clause", "there", "comma"];
    return {
      wordings: {
        wordings: margins.map((each, place) => wording(kinds[place], `a red mug and a green book (${place})`, each)),
        num_asked: margins.filter((each) => each !== null).length,
        same: Array(2).fill(margins.filter((each) => each > 0).length),
        band_words: [words, words],
      },
      half_truths: [
        ["object", "and an elephant", true, -0.01, null],
        ["attribute", "and the mug is blue", true, 0.004, 1],
        ["count", "and there are three mugs", false, 0.002, 0],
      ].map(([kind, detail, is_safe, gain, longer]) => ({
        kind,
        caption: `a red mug and a green book ${detail}`,
        detail,
        is_safe,
        counts: is_safe,
        why: "",
        longer: longer === null ? null : [longer, longer],
        gain: [gain, gain],
        fooled: [Number(gain > 0), Number(gain > 0)],
      })),
      words: {
        caption: { caption: "", other: null, whole: [0.3], words: effects },
        difference: { caption: "", other: "", whole: [0.01], words: effects },
        relevance: { why: "", method: "", words: [], against: [] },
      },
    };
  };
  /** The same of a drawn scene, of which every detail is false. */
  const allFalse = (details) => ({
    ...details,
    half_truths: details.half_truths.map((each) => ({ ...each, is_safe: true, counts: true })),
  });
  const withDetails = (row, details) => ({ ...row, document: { ...row.document, ...details } });
  const reworded = (isDrawn = false) =>
    desk({
      rows: [
        withDetails(
          real(0, [[0.3045, 0.3]], 0.02),
          (isDrawn ? allFalse : (each) => each)(
            detailed([0.01, 0.008, 0.005, 0.005, 0.004, -0.002, 0.01, 0.007], "steady"),
          ),
        ),
        withDetails(
          real(1, [[0.3, 0.3066]], 0.016),
          detailed([0.01, -0.008, 0.005, -0.005, 0.004, -0.002, 0.01, 0.007], "it wavers"),
        ),
        withDetails(
          real(2, [[0.33, 0.295]], 0.0141),
          detailed([0.01, null, 0.005, null, null, null, null, null], "too few to say"),
        ),
        ...small(3),
      ],
    });
  const load = (name, each) => ({ loads: { [REAL[0].name]: each }, open: null, ...(name ?? {}) });
  const pair = {
    pictures: [
      { uri: pictures[0].image, name: "", captionIndex: 0 },
      { uri: pictures[0].swapped, name: "", captionIndex: 1 },
    ],
    at: 1,
  };
  const of = (name, state) => ({ name, state });
  return [
    of("l-ask", opened(0)),
    of("m-ask-own", desk()),
    of("ask-words", reworded()),
    of("ask-words-all-ticked", reworded(true)),
    of(
      "ask-words-of-the-swap",
      desk({
        ...pair,
        rows: [
          withDetails(
            real(
              0,
              [
                [0.3045, 0.3],
                [0.3, 0.31],
              ],
              0.02,
            ),
            {
              ...detailed([0.01, 0.008, 0.005, 0.005, 0.004, -0.002, 0.01, 0.007], "steady"),
              right: [0, 1],
            },
          ),
          ...small(3),
        ],
      }),
    ),
    of("ask-words-few", { ...reworded(), open: REAL[2].name }),
    of(
      "m2-ask-loading",
      opened(0, {
        loads: {
          [REAL[0].name]: { phase: "fetching", text: texts.fetched, done: 0.35, left_s: 41 },
          [REAL[2].name]: { phase: "next" },
        },
      }),
    ),
    of(
      "reading-it",
      opened(0, load(null, { phase: "reading", text: "reading it", done: null, left_s: null, stage: "build" })),
    ),
    of("no-network", opened(0, load(null, { why: refused(texts.far) }))),
    of("does-not-fit", opened(0, load(null, { why: refused(texts.large) }))),
    of("broken", opened(0, load(null, { why: refused(texts.broken) }))),
    of(
      "fetches-none",
      opened(0, { isClosed: true, listed: listed.filter((each) => each.kind === "shipped"), isNaming: true }),
    ),
    of(
      "by-name",
      opened(0, { isNaming: true, named: "hf-hub:laion/CLIP", loads: { "hf-hub:laion/CLIP": { phase: "next" } } }),
    ),
    of("in-one-file", opened(0, { isStatic: true, isClosed: true, listed: [] })),
    of(
      "in-one-file-own",
      opened(0, {
        isStatic: true,
        isClosed: true,
        listed: [],
        rows: small(0).map((row) => ({ ...row, document: null })),
      }),
    ),
    of("never-read", opened(3, { unread, nouns: ["boat", "bus", "submarine"] })),
    of(
      "one-object",
      opened(0, {
        caption: "a red bus",
        reading: readings["a red bus"],
        others: [],
        question: null,
        problem: "Nothing to swap: the caption needs two things with different words.",
        rows: small(3),
        example: null,
      }),
    ),
    of("other-captions-by-hand", opened(0, { isChanging: true, isByHand: true, others: ["a red bus", "a bus red"] })),
    of(
      "a-missed-word",
      opened(0, { isMissing: true, reading: readings.corrected, caption: readings.corrected.caption }),
    ),
    of(
      "nothing-typed",
      opened(0, {
        caption: "",
        reading: null,
        others: [],
        question: null,
        rows: small(3),
        example: null,
        note: say`It was too large for the server, so it was scaled down to ${2048} × ${1536} pixels.`,
      }),
    ),
    of(
      "four-pictures",
      desk({
        example: null,
        at: 2,
        pictures: [0, 1, 2, 3].map((place) => ({ uri: pictures[place].image, name: `${place}.png`, captionIndex: 0 })),
        rows: [
          real(
            0,
            [
              [0.31, 0.3],
              [0.3, 0.34],
              [0.3, 0.3001],
              [0.33, 0.3],
            ],
            0.012,
          ),
          ...small(3),
        ],
        open: null,
      }),
    ),
    of(
      "winoground",
      desk({
        example: null,
        ...pair,
        rows: [
          real(
            0,
            [
              [0.31, 0.3],
              [0.32, 0.3],
            ],
            0.012,
          ),
          ...small(3),
        ],
      }),
    ),
    of(
      "asking",
      opened(0, {
        open: null,
        rows: small(0).map((row, index) =>
          index ? { ...row, isAsked: true } : { ...row, answer: null, document: null, isAsked: true },
        ),
      }),
    ),
    of(
      "refused",
      opened(0, {
        rows: [
          real(0, [[0.3, 0.3]], 0.01, {
            answer: null,
            document: null,
            why: "Its weights are not those of ViT-L-14.",
            scores: null,
            whyScores: "it",
          }),
          ...small(0),
        ],
      }),
    ),
  ];
}
