"""One sheet from a template and its colours, and icons recoloured to match."""

from __future__ import annotations

import functools
import json
import os
import re
import string
import tempfile
from pathlib import Path

from qtpy.QtCore import QByteArray, Qt
from qtpy.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from qtpy.QtWidgets import QApplication

ROOT_NAME = "RexusBackups"
"""Object name of the one widget that carries the sheet."""
NAMES = ("light", "dark")
_PACKAGE = Path(__file__).resolve().parents[1]
_ICON = re.compile(r"\$\{icon:([\w-]+):(\w+)\}")
_STROKE = "currentColor"


def resources() -> Path:
    """Folder of sheet, colours and icons: inside the package where a host holds us, else beside the program."""
    inside = _PACKAGE / "resources"
    return inside if inside.is_dir() else _PACKAGE.parents[2] / "resources"


@functools.cache
def _tokens() -> dict[str, dict[str, str]]:
    document = json.loads((resources() / "qss/tokens.json").read_text("utf-8"))
    return {name: document[name] for name in (*NAMES, "font")}


@functools.cache
def _svg(name: str) -> str:
    return (resources() / "icons" / f"{name}.svg").read_text("utf-8")


class Theme:
    """Light or dark: colours by token, the sheet, icons."""

    def __init__(self, name: str) -> None:
        self.name = name if name in NAMES else NAMES[0]
        self._colors = _tokens()[self.name]
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
        self._sheet = ""

    def __getitem__(self, token: str) -> str:
        """``#rrggbb`` of a token."""
        return self._colors[token]

    def color(self, token: str) -> QColor:
        """The colour of a token, to paint with."""
        return QColor(self._colors[token])

    @property
    def families(self) -> list[str]:
        """Names of the fonts for text, the best first."""
        return re.findall('"([^"]+)"', _tokens()["font"]["ui"])

    def sheet(self) -> str:
        """The one sheet, for the root widget alone."""
        if not self._sheet:
            text = (resources() / "qss/theme.qss.tmpl").read_text("utf-8")
            fonts = {f"font_{name}": value for name, value in _tokens()["font"].items()}
            self._sheet = string.Template(_ICON.sub(self._icon_path, text)).substitute(self._colors, **fonts)
        return self._sheet

    def icon(self, name: str, token: str = "text2", size: int = 18) -> QIcon:
        """An icon in the colour of a token."""
        key = (name, token, size)
        if key not in self._icons:
            icon = QIcon(self.pixmap(name, token, size))
            icon.addPixmap(self.pixmap(name, "text_disabled", size), QIcon.Mode.Disabled)
            icon.addPixmap(self.pixmap(name, token, size), QIcon.Mode.Selected)
            self._icons[key] = icon
        return self._icons[key]

    def pixmap(self, name: str, token: str = "text2", size: int = 18) -> QPixmap:
        """The same as a picture of ``size`` logical pixels."""
        application = QApplication.instance()
        ratio = float(application.devicePixelRatio()) if isinstance(application, QApplication) else 1.0
        key = (name, token, size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = self._drawn(name, token, size, ratio)
        return self._pixmaps[key]

    def _drawn(self, name: str, token: str, size: int, ratio: float) -> QPixmap:
        from qtpy.QtSvg import QSvgRenderer

        side = round(size * ratio)
        image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        QSvgRenderer(QByteArray(self._recoloured(name, token).encode())).render(painter)
        painter.end()
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def _recoloured(self, name: str, token: str) -> str:
        return _svg(name).replace(_STROKE, self._colors[token])

    def _icon_path(self, match: re.Match[str]) -> str:
        """The file of a recoloured icon, which the sheet names: Qt reads no pictures from text."""
        path = _icon_folder() / f"{self.name}-{match[1]}-{match[2]}.svg"
        path.write_text(self._recoloured(match[1], match[2]), "utf-8")
        return path.as_posix()


@functools.cache
def _icon_folder() -> Path:
    """A folder of this process, gone with it."""
    holder = tempfile.TemporaryDirectory(prefix=f"rexus-backups-{os.getpid()}-", ignore_cleanup_errors=True)
    _kept.append(holder)
    return Path(holder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []
_current: list[Theme] = []


@functools.cache
def named(name: str) -> Theme:
    """The theme of that name, made once."""
    return Theme(name)


def current() -> Theme:
    """The theme in use in this process."""
    return _current[0] if _current else named(NAMES[0])


def use(name: str) -> Theme:
    """Use this theme from now on; whoever holds a root widget sets its sheet anew."""
    _current[:] = [named(name)]
    return _current[0]


def system_prefers_dark() -> bool:
    """What the desktop says of itself; False where it says nothing."""
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return False
    hints = application.styleHints()
    scheme = getattr(hints, "colorScheme", None)
    return bool(scheme is not None and scheme() == Qt.ColorScheme.Dark)
