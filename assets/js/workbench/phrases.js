// Sentences about a run and its answers. Numbers come in, words come out; nothing here is measured. Knows no Gradio.

import { percent, say, sigmoid } from "./dom.js";

/** How sure a picture is: the softmax over the two captions at the model's logit scale. */
export const sureness = (cosines, scale) => sigmoid(scale * (cosines[0] - cosines[1]));

/** {answer, kind, head, rest} for the probability that a picture gives to its own caption. */
export function choice(own) {
  const isRight = own >= 0.5, most = Math.max(own, 1 - own), whole = Math.round(100 * most);
  const odds = whole >= 100 ? say("over 99 to 1") : say`${whole} to ${100 - whole}`;
  if (most < 0.56) {
    return { isRight, isLuck: true, head: say`Practically a coin toss: ${odds}`,
      rest: say(isRight ? "by luck for its own caption" : "this time for the wrong one") };
  }
  const degree = most < 0.75 ? 0 : most < 0.95 ? 1 : 2;
  return { isRight, isLuck: false, head: say((isRight ? SURE_OF_OWN : SURE_OF_WRONG)[degree]), rest: odds };
}

const SURE_OF_OWN = ["Leans to its own caption", "Fairly sure of its own caption", "Sure of its own caption"];
const SURE_OF_WRONG = ["Leans to the wrong caption", "Fairly sure of the wrong caption", "Sure of the wrong caption"];

/** The quick evaluation at a step, null where none was made. */
export const measuredAt = (run, step) => run.curve.find((point) => point.step === step) ?? null;

const START = {
  nothing: ["Nothing is trained yet.", "Until then a model answers that was trained before."],
  ready: ["Your turn.", "Press Train. The curve comes step by step, and the two pictures answer at every dot."],
  fresh: "Fresh weights know nothing: what they prefer is luck.",
};

/** [bold, plain, link or null]: what the run knows at a checkpoint. */
export function story(run, step, { isAsking }) {
  if (!run) return [...(isAsking ? START.nothing : START.ready), null];
  if (run.status === "queued") return ["Waiting.", "It begins by itself. You may close the page.", null];
  const broke = broken(run);
  if (broke && (run.checkpoints.length < 2 || step === run.checkpoints.at(-1).step)) {
    const point = best(run, step), has = point && percent(point.binding), words = point && known(point);
    const knew = !point ? "" : point.binding > 0.9 ? say`It knew the words (${words}), and who has what (${has}).` : say`The words: ${words}; who has what: ${has}, where a coin toss gives 50 %.`;
    return [broke, knew, null];
  }
  if (step === 0 || step === null) {
    return [say`Step ${step ?? 0}.`, run.spec.train.init === "scratch" ? START.fresh : say`It starts from ${run.spec.train.init}.`, null];
  }
  const point = best(run, step);
  if (!point) return [say`Step ${step}.`, "No evaluation was made at this step.", null];
  return told(run, step, point);
}

/** How a run ended before its last step, empty for any other. */
function broken({ status, step, reason }) {
  if (status === "failed") return reason ? say`It failed at step ${step}: ${reason}.` : say`It failed at step ${step}.`;
  if (status === "interrupted") return reason ? say`It was interrupted at step ${step}: ${reason}.` : say`It was interrupted at step ${step}.`;
  return status === "stopped" ? say`Stopped early at step ${step}.` : "";
}

const known = (point) => (point.recognition === null ? say("not asked") : percent(point.recognition));

/** What was measured at a step: at the last one of a run that was evaluated in full, that evaluation. */
function best(run, step) {
  const point = measuredAt(run, step);
  if (!run.final || step !== run.checkpoints.at(-1)?.step) return point;
  return { step, binding: run.final.binding.value, recognition: run.final.recognition.value };
}

function told(run, step, point) {
  const has = percent(point.binding), words = known(point);
  const before = run.curve.filter((each) => each.step < step).at(-1);
  const isLast = isEnd(run, step), head = isLast ? say`Step ${step}, finished.` : say`Step ${step}.`;
  if (step === run.bound_at) {
    const said = before ? say`Who has what goes from ${percent(before.binding)} to ${has}; the words: ${words}.` : say`Who has what is at ${has}; the words: ${words}.`;
    return [say`Step ${step}: it snaps in.`, said, null];
  }
  if (point.binding > 0.9) return [head, say`It knows the words (${words}) and who has what (${has}).`, null];
  if (run.bound_at !== null && step > run.bound_at) return [head, say`It knows the words (${words}), and who has what in part (${has}).`, null];
  if (!isLast && point.low > 0.5) return [head, say`It knows the words (${words}), and who has what in part (${has}).`, null];
  if (!isLast && point.recognition < 0.75) return [head, say`It is learning the words (${words}), not yet who has what (${has}).`, null];
  if (!isLast) return [head, say`It knows the words (${words}), not yet who has what (${has}).`, null];
  return never(run, has, words, point);
}

function never(run, has, words, point) {
  const link = { text: "See the evidence", claim: run.spec.train.init === "scratch" ? "single-flaws" : "fine-tuning" };
  if (run.spec.train.init !== "scratch" && point.recognition > 0.9) {
    return ["Finished, and it never snapped in.",
      say`It knows every word (${words}) and still cannot say who has what (${has}): to know the words is not to bind them.`, link];
  }
  return ["Finished, and it never snapped in.", say`It knows the words (${words}), not who has what (${has}).`, link];
}

const isEnd = (run, step) => ["finished", "stopped"].includes(run.status) && step === run.curve.at(-1)?.step;
