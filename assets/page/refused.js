/** What a person can correct: the field that is wrong, and a sentence that names it, its value and what is allowed. */
export class Refused extends Error {
  constructor(field, sentence) {
    super(sentence);
    this.name = "Refused";
    this.field = field;
  }
}
