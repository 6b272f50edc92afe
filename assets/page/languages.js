/** The languages of the page, by the part `lang` of an address, as each calls itself; their words: `assets/i18n/`. */
export const LANGUAGES = { en: "English", zh: "中文" };
