// The parts of an address that the Workbench shows beside its dials: a run, the options of a teacher, and sentences on
// what was left out. Reading never fails. The dials themselves are read by dials.js.
//
//   readOptions(query, catalog)      // {run, dials: ["saliency_bias"] or null for all, question, notes}

import { contract, isKnownPart, tabTitles } from "../contract.js";
import { quote } from "../numbers.js";
import { LANGUAGES, say, refusalText } from "../words.js";

export const LONGEST_QUESTION = 200;
const LONGEST_RUN = 81;

/** @param query URLSearchParams @param catalog the view `catalog` */
export function readOptions(query, catalog) {
  const notes = [],
    isDial = (name) => Object.hasOwn(catalog.dials, name),
    views = Object.entries(contract.views).flatMap(([name, { old_names }]) => [name, ...old_names]),
    view = query.get("view") ?? "",
    dialsText = (query.get("dials") ?? "").trim();
  for (const name of query.keys()) {
    if (!isKnownPart(name, catalog))
      notes.push(say`${quote(name)}: the page knows no such part of an address; it was left out`);
  }
  const tab = query.get("tab") ?? "bench",
    language = query.get("lang") ?? "en";
  if (!views.includes(tab))
    notes.push(refusalText("tab", quote(tab), say`choose ${Object.keys(tabTitles()).join(", ")}; bench is shown`));
  if (!Object.hasOwn(LANGUAGES, language))
    notes.push(refusalText("lang", quote(language), say`choose ${Object.keys(LANGUAGES).join(", ")}; en is shown`));
  if (!["", "projector"].includes(view))
    notes.push(refusalText("view", quote(view), "choose projector; the usual view is shown"));
  const named = dialsText
      .slice(0, 2000)
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
    strange = named.find((name) => name !== "none" && !isDial(name));
  if (strange) notes.push(refusalText("dials", quote(strange), "is no dial; it was left out"));
  const shown = Object.keys(catalog.dials).filter((name) => named.includes(name)),
    dials = dialsText === "none" ? [] : shown.length ? shown : null;
  const line = (query.get("question") ?? "")
    .slice(0, 4000)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  if (line.length > LONGEST_QUESTION)
    notes.push(say`question: has more than ${LONGEST_QUESTION} characters; the rest was left out`);
  return {
    run: (query.get("run") ?? "").slice(0, LONGEST_RUN),
    dials,
    question: line.slice(0, LONGEST_QUESTION).trim(),
    notes,
  };
}
