"""Open questions of the study, whose trainings visitors' computers repeat: the list, and the ledger of results."""
