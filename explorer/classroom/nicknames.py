"""Nicknames of pupils, as a projector can show them.

clean_nickname("  Ada  L. ")     # "Ada L."; `UserError` for one of which nothing can be seen
fold_nickname("ＡＤＡ")            # "ada": by this two nicknames are compared
"""

import unicodedata

import regex

from explorer.errors import NO_VALUE, UserError
from explorer.world.own import check_marks

LONGEST_NICKNAME = 20
_INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}|[\p{So}--\p{Emoji}]", regex.VERSION1)
"""Signs that a font draws as nothing, fillers of Hangul among them, and symbols but emoji: a blank Braille is one."""
_VISIBLE = regex.compile(r"[\p{L}\p{N}\p{P}\p{S}]")
"""Signs that stand alone; a mark needs a letter below it."""


def clean_nickname(text: object) -> str:
    """Return the nickname with single spaces and without invisible characters; raise `UserError` if none is left."""
    plain = text[:200] if isinstance(text, str) else ""
    seen = _INVISIBLE.sub("", "".join(" " if letter.isspace() else letter for letter in plain))
    # Not printable: controls, marks that reverse the reading order, separators, unassigned characters.
    seen = "".join(letter for letter in seen if letter.isprintable())
    name = unicodedata.normalize("NFC", " ".join(seen.split()))
    if not 0 < len(name) <= LONGEST_NICKNAME or not _VISIBLE.search(name):
        wanted = "give 1 to {most} characters that can be seen"
        raise UserError("nickname", name or NO_VALUE, wanted, longest=80, most=LONGEST_NICKNAME)
    check_marks(name, "nickname")
    return name


def fold_nickname(name: str) -> str:
    """Return the nickname without case, widths and styles, which letters of a projector hardly show."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
