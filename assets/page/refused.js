/**
 * What a person can correct: the field that is wrong, and a sentence that names it, its value and what is allowed.
 * `status` is that of HTTP, 0 where nobody answered.
 */
export class Refused extends Error {
  constructor(field, sentence, status = 422) {
    super(sentence);
    this.name = "Refused";
    this.field = field;
    this.status = status;
  }
}

/** Whether the same may succeed later: nobody answered, or a server that is busy or has a fault of its own. */
export const mayRepeat = ({ status = 0 }) => status === 0 || status === 429 || status >= 500;
