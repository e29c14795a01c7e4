"""Files that the browser loads: plotly.js as it lies in the installed plotly package."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

#: The version stands in the address, so a browser may keep the file for good.
PLOTLY_PATH = "/dlviz/assets/{version}/plotly.min.js"


@cache
def plotly_address() -> str:
    """Where this server offers plotly.js."""
    return PLOTLY_PATH.format(version=version("plotly"))


@cache
def plotly_file() -> Path:
    """plotly.js in the installed package, found without importing it."""
    spec = find_spec("plotly")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"


async def _plotly(request: Request) -> Response:
    if request.path_params["version"] != version("plotly"):
        return Response(status_code=404)
    return FileResponse(
        plotly_file(),
        media_type="text/javascript",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def routes() -> list[Route]:
    """The routes that serve these files."""
    return [Route(PLOTLY_PATH, _plotly, methods=["GET"])]
