"""The browser side of Trunkline as static files: the SDK `CtiModel` and the `<cti-panel>` element."""

from pathlib import Path


def static_dir() -> Path:
    """The folder with `index.html` and the ES modules it loads; serve it at `/`. Nothing in it is generated."""
    return Path(__file__).parent / "static"
