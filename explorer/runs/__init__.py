"""Run folders and the worker that executes one."""
