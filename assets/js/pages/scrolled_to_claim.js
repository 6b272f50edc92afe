// Listener after a click on a mark of the overview: the claim stands below the figure.
() => () => document.getElementById("study-claim")?.scrollIntoView({ block: "start" })
