"""The part of the study that the product reads: the law that is evaluated, and frozen results.

`law` has kappa, the share told and the predicted time; `evidence_store` and `nearest` serve frozen results to pages and
commands, `real_captions` places the captions of others, `keys` says which specs are one. How they were made stands in
the folder `research`, which is no part of the package.
"""
