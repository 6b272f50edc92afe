"""The part of the study that the product reads: numbers of data, and frozen results.

`kappa` has kappa and the share told; `evidence_store` and `cells` serve frozen results to pages and commands, those of
the first edition as `first_edition` declares them; `real_captions` places the captions of others, `keys` says which
specs are one. How they were made stands in the folder `research`, which is no part of the package.
"""
