// In the head of a page in another language than English; `translations.language_head` brings its settings.
// Texts of the server come translated. `words` is for texts that scripts make: {"Step {}.": "第 {0} 步。"}.
(({ language, tag, words }) => {
  window.explorerLanguage = language;
  window.explorerWords = words;
  // Gradio chooses the language of its own texts by the browser; here the address has the say.
  Object.defineProperty(navigator, "language", { configurable: true, get: () => tag });
  Object.defineProperty(navigator, "languages", { configurable: true, get: () => [tag] });
})
