"""Pages in one HTML file, for commands.

export_page(store, "things-bound", Path("tidy.html"))       # a run as one file, for `runs export`
"""

from pathlib import Path

from explorer.runs.store import RunStore


def export_page(store: RunStore, name: str, path: Path) -> int:
    """Write a run or a shipped model as one HTML file; return its size in bytes."""
    # Templates and scripts belong to the pages, which take a second to import.
    from explorer.pages.site.run_file import write_run

    return write_run(store, name, path)
