// Listener of the tab Study: only the browser knows the address, so it becomes the first input of the handler.
() => (_, condition, guesses, run, visitor) => [location.search, condition, guesses, run, visitor]
