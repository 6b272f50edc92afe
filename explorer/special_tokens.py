"""The tokens with which every vocabulary of this project begins; the id of each is its place."""

SPECIAL_TOKENS = PAD_TOKEN, BOS_TOKEN, EOS_TOKEN, UNKNOWN_TOKEN = ("[PAD]", "[BOS]", "[EOS]", "[UNK]")
