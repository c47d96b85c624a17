"""Diagrams: drawn as SVG, shown as PNG.

JupyterLab shows no SVG that is attached to a cell, and GitHub shows no data URL; a PNG attachment shows in both, in
nbconvert, in feedback and in formgrader. So each SVG of a day's room has a PNG beside it, which the build makes and the
repository keeps.
"""

import hashlib
import io
from functools import lru_cache
from pathlib import Path

ZOOM = 2
"""Pixels for each unit of the drawing: sharp on a high-density screen."""
COLOURS = 128
"""In the PNG's palette: a drawing's few colours and their smoothed edges, in half the bytes."""
SOURCE = "Source"
"""Key of the PNG's text that holds the hash of the SVG that it was made from."""


class DrawingError(RuntimeError):
    """An SVG that has no PNG, and no way to make one."""


def shown(svg: Path) -> Path:
    """The file that a notebook shows for ``svg``."""
    return svg.with_suffix(".png")


def png(svg: Path) -> bytes:
    """What stands in :func:`shown`, or should: the file's bytes where it was made from this SVG, else a new drawing.

    A new drawing has the same bytes on every machine with the locked versions of resvg, Pillow and Matplotlib, whose
    font it uses. Raises :class:`DrawingError` where the SVG cannot be drawn.
    """
    text, path = svg.read_text(encoding="utf-8"), shown(svg)
    if path.is_file() and _source(path) == _hash(text):
        return path.read_bytes()
    try:
        return _drawn(text)
    except ImportError:
        raise DrawingError(
            f"{path.name} is missing or of another {svg.name}, and resvg is not installed"
        ) from None
    except ValueError as error:
        raise DrawingError(f"{svg.name} cannot be drawn: {error}") from None


def _source(path: Path) -> str | None:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return str(image.info.get(SOURCE))
    except OSError:
        return None


def _hash(text: str) -> str:
    return hashlib.sha256(f"{ZOOM} {COLOURS}\n{text}".encode()).hexdigest()


@lru_cache
def _drawn(text: str) -> bytes:
    import matplotlib
    import resvg_py
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    family = "DejaVu Sans"
    drawing = resvg_py.svg_to_bytes(
        svg_string=text,
        zoom=ZOOM,
        background="#ffffff",
        skip_system_fonts=True,
        font_files=[str(path) for path in sorted(fonts.glob("DejaVuSans*.ttf"))],
        font_family=family,
        sans_serif_family=family,
    )
    whole = Image.open(io.BytesIO(drawing)).convert("RGB")
    image = whole.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    note, file = PngInfo(), io.BytesIO()
    note.add_text(SOURCE, _hash(text))
    image.save(file, "PNG", optimize=True, pnginfo=note)
    return file.getvalue()
