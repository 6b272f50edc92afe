"""This repository as a Hugging Face Space: upload, checks, and a dry run."""
