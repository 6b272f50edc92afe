// What the page says: texts in its language, numbers as people read them, sentences about a run and its answers.
// Numbers come in, words come out; nothing here is measured.

import { roundHalfEven } from "../engine/integers.js";
import { pairwise, sigmoid } from "../engine/metrics.js";
import { contract, hasBegunBound, isAboveLevel } from "./contract.js";
import { barePercent, fixedDigits } from "./numbers.js";
import { Refused } from "./refused.js";

/** The languages of the page, by the part `lang` of an address, as each calls itself; their words: `assets/i18n/`. */
export const LANGUAGES = { en: "English", zh: "中文" };

/**
 * A text in the language of the page: say("Train"), or say`Step ${step}.` with values, which are looked up too.
 * `explorerWords` is the table of translate.js where the page has another language than English.
 */
export function say(text, ...values) {
  const parts = typeof text === "string" ? [text] : text,
    said = values.map((value) => (typeof value === "string" ? say(value) : String(value)));
  const whole = parts.reduce((before, part, index) => before + said[index - 1] + part);
  return globalThis.explorerWords ? (explorerWords.fillParts(parts, said) ?? explorerWords.say(whole)) : whole;
}

/** A text of a table of the server, with {names} for values, in the language of the page. */
export const fillNames = (english, values) =>
  globalThis.explorerWords?.fill(english, values) ?? english.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** What is wrong with a value, as `UserError` words it. */
export const refusalText = (field, value, rule) => say`${field}=${value}: ${rule}`;

/** Take the keyed sentences of an answer or an error, in the order in which the table of words comes. */
export async function learn(sentences) {
  if (!sentences || globalThis.explorerLanguage === "en") return;
  await globalThis.explorerTable;
  globalThis.explorerWords?.learn(sentences);
}

/**
 * The English of a keyed sentence or list, by which it is shown; the words of another language know it from here on. A
 * plain text, or null, is its own.
 */
export function shownText(keyed) {
  if (typeof keyed !== "object" || keyed === null) return keyed;
  globalThis.explorerWords?.learn([keyed]);
  return keyed.text;
}

const NO_MEMORY = "there is not enough memory: lower batch_size or choose a smaller model";

/** Why a training of the tab broke off, in one clause: a text, or a keyed sentence of the engine. */
export function reasonOf({ message, sentence = message }) {
  if (typeof sentence !== "string") return sentence;
  // browsers say it in their own ways
  return /out of memory|memory size exceeded|allocation failed/i.test(sentence)
    ? NO_MEMORY
    : sentence.replace(/\.$/, "");
}

/** What is said of a training that broke off and leaves no run; what was refused has a sentence of its own. */
export const failureText = (error) =>
  error instanceof Refused ? error.message : say`It failed: ${shownText(reasonOf(error))}.`;

/** "40 s", "3 min", "2 h 10 min". */
export function duration(seconds) {
  const minutes = roundHalfEven(seconds / 60);
  if (seconds < 90) return say`${fixedDigits(seconds, 0)} s`;
  return minutes < 90 ? say`${minutes} min` : say`${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long something takes by an estimate: 20 s, 2½ min, 8 min, 3 h, 6 days. */
export function roughDuration(seconds) {
  if (seconds < 100) return say`${Math.max(1, seconds < 20 ? Math.round(seconds) : 5 * Math.round(seconds / 5))} s`;
  const halves = Math.round(seconds / 30),
    hours = Math.round(seconds / 3600);
  if (hours >= 48) return say`${Math.round(hours / 24)} days`;
  if (hours >= 3) return say`${hours} h`;
  return halves < 10 && halves % 2 ? say`${(halves - 1) / 2}½ min` : say`${Math.round(seconds / 60)} min`;
}

/** Texts with "; " or ", " between them, or what the page's language has for it. */
export const joinTexts = (texts, sign = "; ") => texts.join(globalThis.explorerWords?.between(sign) ?? sign);

/** Texts with a sign between them; a space only where it is not beside a sign that needs none. */
export const joinBySign = (texts, sign) =>
  texts.reduce((before, text) => `${before}${sign === " " ? space(before, text) : sign}${text}`);

/** The space between two texts: none beside signs that need none, those of Chinese. */
export const space = (before, after = "") =>
  /[。！？：；，、）]”?$/.test(before) || /^[（。；，、]/.test(after) ? "" : " ";

/** 0.997 as "99.7 %", 0.53 as "53 %": tenths only where a whole percent would hide that something is left. */
export const percent = (share) => `${bare(share)}\u00a0%`;

/** A share of a dial, a table or a sentence of Python, as Python writes it. */
export const plainPercent = (share) => say`${barePercent(share, contract.percent.plain)} %`;

/** A share that was measured, without the sign. */
export const bare = (share) => barePercent(share, contract.percent.measured);

/** As many of the 64 digits of a digest as two people compare, in fours. */
export const inFours = (digest) => digest.slice(0, 12).match(/.{4}/g).join(" ");

/** A caption of words as plain text. */
export const plainText = (words) => words.map((word) => word.text).join(" ");

// ---- Answers

/** What the pictures of a pair, their captions, and the options of a question are called. */
export const LETTERS = "ABCD";

/** What a comparison of two cosines, or of two shares, says: "right", "wrong", or "open" where a coin would decide. */
export const markOf = (own, other) => ({ 0: "wrong", 1: "right" })[pairwise(own, other)] ?? "open";

/** What it says, as one letter. */
export const MARK_SIGNS = { right: "✓", wrong: "✗", open: "?" };

/** How sure a picture is: the softmax over the two captions at the model's logit scale. */
export const sureness = (cosines, scale) => sigmoid(scale * (cosines[0] - cosines[1]));

/**
 * How sure a choice is, by the share of the likelier of two: 0 practically a coin toss, 1 it leans, 2 fairly sure, 3
 * sure.
 */
export const degreeOf = (share) => Object.values(contract.sureness).filter((least) => share >= least).length;

/** The words of sureness: alone, and of the caption that is chosen. */
export const SURENESS = {
  coin: { alone: () => say("a coin toss"), of: () => say("A coin toss") },
  leans: { alone: () => say("leans to it"), of: (caption) => say`Leans to ${caption}` },
  fairly: { alone: () => say("fairly sure"), of: (caption) => say`Fairly sure of ${caption}` },
  sure: { alone: () => say("sure"), of: (caption) => say`Sure of ${caption}` },
};

/** The entry for the share of the likelier of two. */
const wordsAt = (share) => Object.values(SURENESS)[degreeOf(share)];

/** "fairly sure" */
export const howSure = (share) => wordsAt(share).alone();

/** "Fairly sure of its own caption" */
export const sureOf = (share, caption) => wordsAt(share).of(caption);

/** "81 to 19", the larger number first. */
export function oddsOf(share) {
  const most = Math.round(100 * Math.max(share, 1 - share));
  return most >= 100 ? say("over 99 to 1") : say`${most} to ${100 - most}`;
}

/** {mark, isLuck, head, rest} for the probability that a picture gives to its own caption. */
export function choiceText(own) {
  const mark = markOf(own, 1 - own),
    most = Math.max(own, 1 - own),
    odds = oddsOf(own);
  if (degreeOf(most))
    return {
      mark,
      isLuck: false,
      head: sureOf(most, mark === "right" ? "its own caption" : "the wrong caption"),
      rest: odds,
    };
  return {
    mark,
    isLuck: true,
    head: say`Practically a coin toss: ${odds}`,
    rest: say(
      { right: "by luck, its own caption is nearer", wrong: "by luck, the wrong one is nearer", open: "a tie" }[mark],
    ),
  };
}

// ---- A run

/** Whether it waits, trains or ends now. */
export const isLive = (run) => ["queued", "running", "stopping"].includes(run?.status);

/** A step as it is counted: on from the last one of the run that this one went on from. */
export const countStep = (run, step) => (run.before?.counted ?? 0) + step;

/** The quick evaluation at a step, null where none was made. */
export const pointAt = (run, step) => run.curve.find((point) => point.step === step) ?? null;

/**
 * [bold, plain, link or null]: what the run knows at a saved step; before any run, what comes first. `isTaught` is
 * whether its captions teach fresh weights.
 */
export function story(run, step, { isAsking, isTaught = true }) {
  if (!run && isAsking)
    return [say("Nothing is trained yet."), say("Until then a model answers that was trained before."), null];
  if (!run)
    return [
      say("Your turn."),
      say("Press Train. The curve comes step by step, and the two pictures answer at every dot."),
      null,
    ];
  if (run.status === "queued") return [say("Waiting."), say("It begins by itself. You may close the page."), null];
  const broke = breakText(run);
  if (broke && (run.checkpoints.length < 2 || step === run.checkpoints.at(-1).step))
    return [broke, learnedText(evaluationAt(run, step)), null];
  if (step === 0 || step === null) {
    return [
      say`Step ${countStep(run, step ?? 0)}.`,
      run.spec.train.init === "scratch"
        ? say("Fresh weights know nothing: what they prefer is luck.")
        : say`It starts from ${run.before?.title ?? run.spec.train.init}.`,
      null,
    ];
  }
  const point = evaluationAt(run, step);
  if (!point) return [say`Step ${countStep(run, step)}.`, say("No evaluation was made at this step."), null];
  return hasBegunBound(run) && isEnd(run, step) ? keptText(point, isTaught) : stepText(run, step, point);
}

/** What became of a model that bound before. */
function keptText(point, isTaught) {
  const said = say`The words: ${recognitionText(point)}; who has what: ${percent(point.binding)}.`;
  if (isAboveLevel(point.binding))
    return [
      isTaught ? say("It keeps binding.") : say("It keeps binding on captions that never taught it to a fresh model."),
      said,
      say("What the study says"),
    ];
  return [
    point.binding >= contract.score.in_part
      ? say("It keeps a part of what it knew.")
      : say("It has forgotten who has what."),
    said,
    say("What the study says"),
  ];
}

/** How a run ended before its last step, empty for any other. */
function breakText(run) {
  const { status, step, reason } = run;
  const at = countStep(run, step);
  if (status === "failed") return reason ? say`It failed at step ${at}: ${reason}.` : say`It failed at step ${at}.`;
  if (status === "interrupted")
    return reason ? say`It was interrupted at step ${at}: ${reason}.` : say`It was interrupted at step ${at}.`;
  return status === "stopped" ? say`Stopped early at step ${at}.` : "";
}

/** What a run that broke off had learned. */
function learnedText(point) {
  if (!point) return "";
  const has = percent(point.binding),
    words = recognitionText(point);
  return point.binding > contract.score.reliable
    ? say`It knew the words (${words}), and who has what (${has}).`
    : say`The words: ${words}; who has what: ${has}, where a coin toss gives 50 %.`;
}

/** How many of the words a model knows at a point of its curve. */
export const recognitionText = (point) => (point.recognition === null ? say("not asked") : percent(point.recognition));

/** What was measured at a step: at the last one of a run that was evaluated in full, that evaluation. */
function evaluationAt(run, step) {
  if (!run.final || step !== run.checkpoints.at(-1)?.step) return pointAt(run, step);
  return { step, binding: run.final.binding.value, recognition: run.final.recognition.value };
}

function stepText(run, step, point) {
  const has = percent(point.binding),
    words = recognitionText(point),
    isLast = isEnd(run, step);
  const at = countStep(run, step),
    head = isLast ? say`Step ${at}, finished.` : say`Step ${at}.`;
  if (step === run.bound_at && !hasBegunBound(run)) {
    const before = run.curve.filter((each) => each.step < step).at(-1);
    const said = before
      ? say`Who has what goes from ${percent(before.binding)} to ${has}; the words: ${words}.`
      : say`Who has what is at ${has}; the words: ${words}.`;
    return [say`Step ${at}: it snaps in.`, said, null];
  }
  if (point.binding > contract.score.reliable)
    return [head, say`It knows the words (${words}) and who has what (${has}).`, null];
  const isPart = (run.bound_at !== null && step > run.bound_at) || (!isLast && point.low > 0.5);
  if (isPart) return [head, say`It knows the words (${words}), and who has what in part (${has}).`, null];
  if (isLast) return neverBoundText(run, has, words, point);
  return [
    head,
    point.recognition < contract.score.knows_words
      ? say`It is learning the words (${words}), not yet who has what (${has}).`
      : say`It knows the words (${words}), not yet who has what (${has}).`,
    null,
  ];
}

function neverBoundText(run, has, words, point) {
  const isFresh = run.spec.train.init === "scratch";
  const said =
    !isFresh && point.recognition > contract.score.reliable
      ? say`It knows every word (${words}) and still cannot say who has what (${has}): to know the words is not to bind them.`
      : say`It knows the words (${words}), not who has what (${has}).`;
  return [say("Finished, and it never snapped in."), said, say("See the evidence")];
}

const isEnd = (run, step) => ["finished", "stopped"].includes(run.status) && step === run.curve.at(-1)?.step;
