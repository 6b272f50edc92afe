"""Commands of who maintains the project, and training in the foreground: sweeps, the study, shipped models, a Space."""
