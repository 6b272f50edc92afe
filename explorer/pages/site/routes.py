"""Route of a run or a shipped model as one HTML file, which the browser saves.

routes = [take_home_route(store)]       # GET runs/<id>.html
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from explorer.errors import UserError
from explorer.pages.site.run_file import run_page
from explorer.runs.store import RunStore


def take_home_route(store: RunStore) -> Route:
    """Return the route; a name is looked up in the store and is never a path."""

    def download(request: Request) -> Response:
        name = request.path_params["run"]
        try:
            page = run_page(store, name)
        except UserError as error:
            return PlainTextResponse(str(error), status_code=404)
        headers = {"Content-Disposition": f'attachment; filename="{name}.html"'}
        return Response(page, headers=headers, media_type="text/html")

    return Route("/runs/{run}.html", download)
