"""Commands beside the views: with files of this computer, and for who maintains the project.

Files: `asking` reads pictures and captions, `worlds` cut-outs, `training` trains in the foreground, `pages` serves the
page or writes it. Maintenance: `ship` writes shipped models, `space` a Space, `docs` tables of the docs,
`ask_examples` and `pretrained` what the page lists. `program`, `options` and `printer` are what every command has.
"""
