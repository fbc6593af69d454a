"""One self-contained page of weighting diagnostics.

plotly.js stands in the page once, as the installed package holds it; nothing is asked of the net.
Figures come from pictures.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from importlib.util import find_spec
from pathlib import Path
from string import Template

from survey.errors import ReportError
from survey.io.atomic import write_text
from survey.weights.sheet import Figure, look, plain, require_language, word

PAYLOAD = "figures"  # id of the element that holds the figures' JSON
PAGE = Template("""<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$heading</title>
<style>
body { margin: 0 auto; max-width: ${width}px; padding: 24px; color: $ink; background: $paper;
  font: 16px/1.6 $font; }
h1 { font-size: 24px; }
figure { margin: 0 0 32px; overflow-x: auto; }
</style>
<script>$plotly</script>
</head>
<body>
<h1>$heading</h1>
$holders
<script type="application/json" id="figures">$payload</script>
<script>
const figures = JSON.parse(document.getElementById("figures").textContent);
for (const name of $order) {
  const figure = figures[name];
  Plotly.newPlot(name, figure.data, figure.layout, {displayModeBar: false, responsive: false});
}
</script>
</body>
</html>
""")


def write_diagnostics(
    figures: Mapping[str, Figure],
    path: Path,
    *,
    language: str,
    title: str | None = None,
) -> Path:
    """One self-contained page with the figures in order; the same bytes for the same figures.

    Parameters
    ----------
    figures : mapping of str to dict
        Name, which becomes the element's id, to a figure.
    path : Path
        Written whole or not at all.
    title : str, optional
        Heading of the page.

    Raises
    ------
    ReportError
        If plotly is not installed, there is no figure, or a name cannot be an id.
    """
    require_language(language)
    _require_names(list(figures), str(path))
    style = look()
    payload = json.dumps(plain(dict(figures)), ensure_ascii=False, separators=(",", ":"))
    html = PAGE.substitute(
        language="zh-CN" if language == "zh" else "en",
        heading=escape(title or word("page_plain", language)),
        width=style["width"] + 60,
        ink=style["ink"],
        paper=style["paper"],
        font=style["font"],
        plotly=_plotly(),
        holders="\n".join(_holder(name, figure) for name, figure in figures.items()),
        payload=payload.replace("<", "\\u003c"),
        order=json.dumps(list(figures), ensure_ascii=False),
    )
    return write_text(Path(path), html)


def _require_names(found: list[str], where: str) -> None:
    """Names that can be ids of elements."""
    if not found:
        raise ReportError("a page of diagnostics needs a figure", where=where)
    for name in found:
        if name == PAYLOAD or not name.replace("_", "").replace("-", "").isalnum():
            raise ReportError(
                f"figure name '{name}' cannot be an id",
                where=where,
                expected=f"letters, digits, - and _, and not '{PAYLOAD}'",
            )


def _holder(name: str, figure: Figure) -> str:
    """Where a figure is drawn."""
    label = escape(_title(figure))
    return f'<figure><div id="{name}" role="img" aria-label="{label}"></div></figure>'


def _title(figure: Figure) -> str:
    """What the figure is called, for readers who cannot see it."""
    return figure["layout"]["title"]["text"].replace("<b>", "").replace("</b>", "")


def _plotly() -> str:
    """plotly.js as the installed package holds it; plotly itself is not imported."""
    found = find_spec("plotly")
    if found is None or found.origin is None:
        raise ReportError("plotly is not installed", hint="run make setup")
    path = Path(found.origin).parent / "package_data" / "plotly.min.js"
    return path.read_text(encoding="utf-8").replace("</script", "<\\/script")
