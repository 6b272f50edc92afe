"""The research behind the evidence, in the order of its work; it is not in the wheel, and the product never imports it.

What is asked: `research.sweeps` and `claims`, each with a TOML file. The trainings: `sweep_runner` runs them, `rows`
keeps them. What they say: `seed_statistics` and `compare` decide the claims; `time_model` fits the time to binding,
`law` freezes it and `frozen_law` reads it, `forecasts` tests it, `changes` and `critics` stand beside it. What is
written: `write` freezes rows and writes `documents` (from `study_facts`), `study_pictures`, `methods_pictures` and
`page`. `commands` and `sweep_command` are what `python -m research` runs; `corpora` names the captions of others that
were measured.

The fourth edition trains with the browser's engine: `fourth` has its questions, `engine` trains one phase,
`engine_runner` trains chains and repeats them, `browser_repeat` does so in a browser, `engine_results` are the records
that come of it, `engine_rows` freezes them, `dots` writes what the page draws and repeats, `theories` predicts,
`theory_outcomes` scores, `torch_side` trains the same by torch and `torch_results` compares, `engine_commands` runs
them all. `fourth_cells` names the
cells that are spoken of, and `fourth_rows` has the numbers of any cell; `fourth_page` says what follows for the page,
and `fourth_facts` for the documents.
"""
