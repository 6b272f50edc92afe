"""This repository as a Hugging Face Space: what is uploaded, whether it would run there, and the upload."""
