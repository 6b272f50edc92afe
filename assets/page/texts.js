// Sentences by key from a file of texts, one file a language with the same keys, and numbers as people read them.
//
//   const tell = tellFrom(await textsOf(page, "lessons"));
//   tell("guess.yours", { guess: 70 })          // "Your guess: 70 %."

import { decimal } from "./numbers.js";

/**
 * @param page of the shell
 * @param folder of assets/
 * @returns {Promise<Record<string, string>>} in the page's language
 */
export const textsOf = ({ backend, language }, folder) => backend.json(`${folder}/${language}.json`);

/** A number and its sign of percent stay on one line. */
export const tellFrom =
  (texts) =>
  (key, values = {}) =>
    (texts[key] ?? key)
      .replaceAll(" %", "\u00a0%")
      .replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** A margin with a true minus. */
export const signedText = (margin) => decimal(margin, 3);

/** Minutes and seconds of a clock. */
export function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** The sentence of an error: a refusal's own, else that nobody answered. */
export const sentenceOf = (error, otherwise) => (error?.field === undefined ? otherwise : error.message);

/** A typed caption without the signs that end no word: a word is a token, and none that a model reads holds one. */
export const withoutSigns = (text) => text.replace(/[.,;:!?]/g, " ");
