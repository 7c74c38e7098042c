"""The screens. Only here, in `view` and in `controller` is Qt known."""
