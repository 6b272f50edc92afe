"""The study, in the order of its work.

What is asked: `sweeps` and `claims`, each with a TOML file. The trainings: `sweep_runner` runs them, `rows` keeps them.
What they say: `seed_statistics` and `compare` decide the claims; `time_model` fits the time to binding, `law` is its
frozen form, `forecasts` tests it, `changes` and `critics` stand beside it. What is written: `write` freezes rows and
writes `documents`, `pictures` and `page`. What is read: `evidence_store` and `nearest` serve pages and commands,
`real_captions` places the captions of others, `words` formats.
"""
