"""Makes model, view and controller in the order, and with the mercilessness, of a host's loader."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtWidgets import QWidget

LOADS = ("cargar_datos_iniciales", "actualizar_tabla", "inicializar_datos", "refresh_data")


class ModuleManager:
    """Keeps references to what it made, though the pages may be gone."""

    def __init__(self) -> None:
        self.loaded_modules: dict[str, dict[str, object]] = {}
        self.load_errors: list[Exception] = []
        """In a host each would be a modal box."""

    def create_module_safely(  # noqa: PLR0917
        self,
        module_name: str,
        model_class: Callable[..., object],
        view_class: Callable[[], QWidget],
        controller_class: Callable[[object, QWidget], object],
        db_connection: object = None,
        fallback_callback: Callable[[str], QWidget] | None = None,
    ) -> QWidget:
        """Only some errors, and only of the model, come to the fallback; the rest goes on to whoever called."""
        try:
            try:
                model = model_class(db_connection) if db_connection else model_class()
            except (ImportError, TypeError, AttributeError) as error:
                raise ImportError(f"{model_class.__name__}: {error}") from error
            view = _made("view", view_class)
            controller = _made("controller", lambda: controller_class(model, view))
            if hasattr(view, "set_controller"):
                _made("set_controller", lambda: view.set_controller(controller))
        except ImportError as error:
            self.loaded_modules[module_name] = {"status": "failed", "error": str(error)}
            if fallback_callback is not None:
                return fallback_callback(module_name)
            raise
        self._load(controller)
        loaded = {"model": model, "view": view, "controller": controller, "status": "loaded"}
        self.loaded_modules[module_name] = loaded
        return view

    def get_module_status(self, module_name: str) -> dict[str, object]:
        """What became of a module."""
        return self.loaded_modules.get(module_name, {"status": "not_loaded"})

    def _load(self, controller: object) -> None:
        name = next((one for one in LOADS if hasattr(controller, one)), None)
        try:
            if name is not None:
                getattr(controller, name)()
        except Exception as error:  # noqa: BLE001
            self.load_errors.append(error)


def _made(what: str, make: Callable[[], object]) -> object:
    try:
        return make()
    except Exception as error:  # noqa: BLE001
        raise Exception(f"Error creando {what}: {error}") from None  # noqa: TRY002


module_manager = ModuleManager()
