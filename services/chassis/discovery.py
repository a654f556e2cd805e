"""Finds the services: every package under ``services`` that has a ``service.py`` with a Service in it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import services

if TYPE_CHECKING:
    from services.chassis.service import Service


class UnknownService(Exception):
    """There is no service of that name; the message lists those there are."""


def names(room: str = "service") -> list[str]:
    """The services that have a module called ``room``, in alphabetical order. Imports none of them."""
    return sorted(
        package.name
        for package in pkgutil.iter_modules(services.__path__)
        if package.ispkg
        and package.name != "chassis"
        and find_spec(f"services.{package.name}.{room}") is not None
    )


def room(service: str, module: str) -> Any:
    """The module ``services.<service>.<module>``."""
    if service not in names(module):
        known = ", ".join(names(module))
        raise UnknownService(f"{service}: there is none with a {module}; there are {known}")
    return importlib.import_module(f"services.{service}.{module}")


def service_class(spec: str) -> type[Service]:
    """The class of a service by its name, or by ``module:Class`` for one that lives elsewhere."""
    from services.chassis.service import Service

    module_name, _, class_name = spec.partition(":")
    if class_name:
        found: type[Service] = getattr(importlib.import_module(module_name), class_name)
        return found
    module = room(spec, "service")
    for _, candidate in inspect.getmembers(module, inspect.isclass):
        if issubclass(candidate, Service) and candidate.__module__ == module.__name__:
            return candidate
    raise UnknownService(f"{spec}: its service.py holds no Service")
