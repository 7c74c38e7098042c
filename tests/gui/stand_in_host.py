"""A small application that treats its modules as a host does: builds, shows, overlaps and destroys them.

What it does and does not do is the point: no goodbye before a page goes, no parent before it is shown, sheets of
ancestors that reach into every page. The file is also the start-up of the tree that installations are tried on.
"""

from __future__ import annotations

import logging
import sys

from qtpy.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

logger = logging.getLogger(__name__)
ENTRIES = (("A", "Obras"), ("B", "Inventario"), ("C", "Pedidos"), ("D", "Auditoría"), ("E", "Configuración"))


class MainWindow(QMainWindow):
    """Sidebar left, one page right."""

    def __init__(self, user_data: dict[str, object], modulos_permitidos: list[str]) -> None:
        super().__init__()
        self.user_data = user_data
        self.modulos_permitidos = modulos_permitidos
        self.content_stack = QStackedWidget()
        middle = QWidget()
        self.setCentralWidget(middle)
        layout = QHBoxLayout(middle)
        layout.setSpacing(0)
        layout.setContentsMargins(0, 0, 0, 0)
        self._create_sidebar(layout)
        content = QFrame()
        content.setStyleSheet("QFrame { background-color: #ffffff; border-radius: 0px; }")
        inner = QVBoxLayout(content)
        inner.setContentsMargins(30, 30, 30, 30)
        self.content_stack.setStyleSheet(
            "QStackedWidget { border: 1px solid #ddd; border-radius: 8px; background-color: #f8f9fa; }"
        )
        inner.addWidget(self.content_stack)
        layout.addWidget(content)
        self.content_stack.addWidget(QLabel("Inicio"))
        self.resize(1366, 768)

    def actualizar_usuario_label(self, user_data: dict[str, object]) -> None:
        """Somebody else is logged in."""
        self.user_data = user_data

    def cargar_modulo(self, name: str) -> None:
        """What the dashboard calls: only modules that are permitted are gone to."""
        for one in self.modulos_permitidos:
            if one.lower() == name.lower():
                self.show_module(one)
                break

    def show_module(self, module_name: str) -> None:
        """The new page is built before the old ones go, and they go without a word."""
        try:
            module_widget = self._create_module_widget(module_name)
            while self.content_stack.count() > 0:
                widget = self.content_stack.widget(0)
                self.content_stack.removeWidget(widget)
                widget.deleteLater()
            self.content_stack.addWidget(module_widget)
            self.content_stack.setCurrentWidget(module_widget)
        except Exception as error:
            logger.exception("module %s", module_name)
            fallback = self._create_fallback_module(module_name, str(error))
            self.content_stack.addWidget(fallback)
            self.content_stack.setCurrentWidget(fallback)

    def _create_module_widget(self, module_name: str) -> QWidget:
        if module_name in {name for _sign, name in ENTRIES}:
            return QLabel(f"Módulo {module_name}")
        return self._create_fallback_module(module_name, "no implementado")

    def _create_fallback_module(self, module_name: str, error_details: str | None = None) -> QWidget:
        return QLabel(f"{module_name}: {error_details}")

    def _create_sidebar(self, main_layout: QHBoxLayout) -> None:
        sidebar = QFrame()
        sidebar.setFixedWidth(250)
        sidebar.setStyleSheet("QFrame { background-color: #3498db; border-right: 2px solid #217dbb; }")
        outer = QVBoxLayout(sidebar)
        outer.addWidget(QLabel(f"Usuario: {self.user_data['username']}"))
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        modules = QWidget()
        layout = QVBoxLayout(modules)
        for sign, name in ENTRIES:
            if name in self.modulos_permitidos:
                layout.addWidget(self._create_module_button(sign, name, name))
            else:
                layout.addWidget(self._create_disabled_module_button(sign, name, "Sin permisos"))
        layout.addStretch()
        scroll.setWidget(modules)
        outer.addWidget(scroll)
        main_layout.addWidget(sidebar)

    def _create_module_button(self, emoji: str, nombre: str, descripcion: str) -> QPushButton:
        button = QPushButton(f"{emoji}  {nombre}")
        button.setToolTip(descripcion)
        button.clicked.connect(lambda _checked, name=nombre: self.show_module(name))
        return button

    def _create_disabled_module_button(self, emoji: str, nombre: str, descripcion: str) -> QPushButton:
        button = QPushButton(f"{emoji}  {nombre}")
        button.setToolTip(descripcion)
        button.setEnabled(False)
        return button


def main() -> None:
    """Start, log somebody in, tell what the sidebar offers, end."""
    application = QApplication(sys.argv)
    # Inicializar el respaldo automático
    try:
        from rexus.core.backup_integration import initialize_backup_system

        started = initialize_backup_system()
        if started:
            print("respaldo automático iniciado")
        else:
            logger.warning("sin respaldo automático")
    except Exception as error:  # noqa: BLE001
        logger.warning("respaldo automático: %s", error)

    def logged_in(user_data: dict[str, object]) -> MainWindow | None:
        try:
            main_window = MainWindow(user_data, [name for _sign, name in ENTRIES])
            main_window.actualizar_usuario_label(user_data)
            main_window.show()
            return main_window  # noqa: TRY300
        except Exception:
            logger.exception("sin ventana")
            return None

    window = logged_in({"username": "ana", "role": "ADMIN"})
    for button in window.findChildren(QPushButton) if window is not None else ():
        if not window.content_stack.isAncestorOf(button):
            print(button.text().split()[-1], button.isEnabled())
    if window is not None:
        window.cargar_modulo("backups")
        page = window.content_stack.currentWidget()
        print("página", type(page).__name__, page.objectName())
        window.close()
    application.processEvents()


if __name__ == "__main__":
    main()
