"""Figures of a life as one file: stacked under their titles, with their style inside.

The style is cut from the style sheet of the pages, so that a figure looks the same in both, and its
variables are put in, which many programs that show drawings do not know.
"""

import re
from collections.abc import Sequence
from importlib.resources import files
from xml.etree import ElementTree as ET

from markupsafe import Markup

from api.pages.plot_frame import WIDTH

_SECTION = "/* Charts of a life */"
_HEADING, _MARGIN = 28.0, 12.0
_SVG = "http://www.w3.org/2000/svg"
_FONTS = 'svg { font-family: "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }\n'


def stacked_svg(figures: Sequence[Markup]) -> str:
    """Return figures one below the other as the text of an SVG file."""
    outer = ET.Element("svg", {"xmlns": _SVG})
    ET.SubElement(outer, "style").text = "\n" + _FONTS + _chart_style()
    ET.SubElement(outer, "rect", {"width": "100%", "height": "100%", "fill": "#fff"})
    y = _MARGIN
    for figure in figures:
        drawn = ET.fromstring(figure)  # noqa: S314 # our own drawing
        *_, height = drawn.attrib["viewBox"].split()
        title = ET.SubElement(outer, "text", {"class": "life-heading", "x": "2", "y": f"{y + 12}"})
        title.text = drawn.findtext("title")
        y += _HEADING
        drawn.attrib.update({"y": f"{y:.1f}", "width": f"{WIDTH:.0f}", "height": height})
        outer.append(drawn)
        y += float(height) + _MARGIN
    outer.attrib["viewBox"] = f"{-_MARGIN:.0f} 0 {WIDTH + 2 * _MARGIN:.0f} {y:.0f}"
    outer.find("rect").attrib.update({"x": f"{-_MARGIN:.0f}"})  # type: ignore[union-attr]
    return ET.tostring(outer, encoding="unicode") + "\n"


def _chart_style() -> str:
    """Return the rules for charts of a life with all variables put in."""
    sheet = (files("api.pages") / "static/style.css").read_text(encoding="utf-8")
    values = dict(re.findall(r"(--[a-z-]+): ([^;]+);", sheet))
    section = sheet.split(_SECTION)[1].split("\n\n")[0]
    return re.sub(r"var\((--[a-z-]+)\)", lambda found: values[found[1]], section)
