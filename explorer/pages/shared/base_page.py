"""Pages without Gradio: text and forms as HTML of a few kilobytes.

plain_page("About", "<h1>...</h1>")       # the response of a route
"""

from html import escape

from starlette.responses import HTMLResponse

from explorer.pages.i18n.translations import language_head
from explorer.pages.server.security_headers import strict_policy

_STYLE = """
:root { color-scheme: light dark; --line: #d4d4d8; --quiet: #52525b; --link: #1d4ed8;
        --paper: #ffffff; --ink: #18181b; }
@media (prefers-color-scheme: dark) { :root { --line: #3f3f46; --quiet: #b4b4bd; --link: #93c5fd;
        --paper: #18181b; --ink: #f4f4f5; } }
html { background: var(--paper); color: var(--ink); }
body { background: var(--paper); margin: 0 auto; max-width: 46rem; padding: 20px 16px 48px; line-height: 1.55;
       font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.55rem; margin: 12px 0; } h2 { font-size: 1.1rem; margin: 28px 0 6px; }
p, ul { margin: 6px 0; } li { margin: 3px 0; } a { color: var(--link); } code { overflow-wrap: anywhere; }
.quiet { color: var(--quiet); font-size: 0.92rem; }
fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 14px 0; padding: 8px 14px 12px; min-width: 0; }
legend { font-weight: 600; padding: 0 4px; }
label { display: inline-flex; gap: 6px; align-items: baseline; padding: 4px 14px 4px 0; min-height: 24px; }
.dials { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
input, select, button { font: inherit; max-width: 100%; box-sizing: border-box; }
input[type=text] { width: 100%; padding: 6px 8px; }
button, .button { padding: 6px 14px; min-height: 36px; cursor: pointer; }
.notes { border-left: 4px solid #b45309; padding-left: 10px; }
.link { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; } .link input { flex: 1 1 20rem; }
"""


def plain_page(title: str, body: str, script: str = "") -> HTMLResponse:
    """Return a whole page around `body`, which is HTML; `script` is the project's own, never a visitor's."""
    head = (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'><link rel='icon' href='data:,'>"
        f"<title>{escape(title)}: CLIP Binding Explorer</title><style>{_STYLE}</style>{language_head()}</head>"
    )
    back = "<p><a href='./'>← CLIP Binding Explorer</a></p>"
    code = f"<script>{script}</script>" if script else ""
    page = f"{head}<body>{back}<main>{body}</main>{code}</body></html>"
    return HTMLResponse(page, headers=strict_policy(head + code))
