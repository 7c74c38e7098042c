"""Draw resources/icons/app.svg into app.png (256 pixels) and app.ico (every size that Windows asks for)."""

import os
import struct
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qtpy.QtCore import QBuffer, QByteArray, QIODevice, Qt
from qtpy.QtGui import QGuiApplication, QImage, QPainter
from qtpy.QtSvg import QSvgRenderer

ICONS = Path(__file__).parents[1] / "resources/icons"
SIDES = (16, 20, 24, 32, 40, 48, 64, 128, 256)


def png(svg: bytes, side: int) -> bytes:
    """The drawing as a PNG of ``side`` pixels."""
    image = QImage(side, side, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    held = QBuffer()
    held.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(held, "PNG")
    return bytes(held.data().data())


def ico(pictures: list[tuple[int, bytes]]) -> bytes:
    """Several PNGs in one .ico: directory, then the pictures."""
    head = struct.pack("<HHH", 0, 1, len(pictures))
    offset = len(head) + 16 * len(pictures)
    for side, data in pictures:
        head += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(data), offset)
        offset += len(data)
    return head + b"".join(data for _side, data in pictures)


def main() -> None:
    """Write both."""
    application = QGuiApplication([])
    svg = (ICONS / "app.svg").read_bytes()
    pictures = [(side, png(svg, side)) for side in SIDES]
    (ICONS / "app.png").write_bytes(pictures[-1][1])
    (ICONS / "app.ico").write_bytes(ico(pictures))
    application.quit()


if __name__ == "__main__":
    main()
