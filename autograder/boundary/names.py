"""Functions and classes of libraries: both ends have them, so a name is enough."""

import builtins
import importlib
import sys
import types

MODULES = (
    "math",
    "operator",
    "collections",
    "torch",
    "torch.nn.functional",
    "torch.nn.init",
    "torch.nn.parameter",
    "numpy",
)
CLASSES_OF = ("torch.nn.modules.",)
# of Python's own functions, those that only compute
BUILTINS = (
    "abs all any ascii bin bool bytes callable chr complex dict divmod "
    "enumerate filter float format frozenset hash hex int isinstance len list "
    "map max min oct ord pow range repr reversed round set slice sorted str sum "
    "tuple zip object"
).split()


def is_named(module: str, name: str, value: object) -> bool:
    """Tell whether a function or class may be called for by its name."""
    if module == "builtins":
        error = isinstance(value, type) and issubclass(value, Exception)
        return error or name in BUILTINS
    if isinstance(value, type):
        return module in MODULES or module.startswith(CLASSES_OF)
    if module == "torch":  # what computes, and not what loads or saves
        return isinstance(value, types.BuiltinFunctionType) and name != "from_file"
    return module in MODULES and callable(value)


def name_of(value: object) -> tuple[str, str] | None:
    """Give module and name of a library's function or class; `None` for others."""
    name = getattr(value, "__name__", None)
    module = getattr(value, "__module__", None)
    modules = [module] if isinstance(module, str) else []
    if isinstance(value, types.BuiltinFunctionType):
        modules += ["builtins", "math", "operator", "torch", "torch.nn.functional"]
    for module in modules:
        found = getattr(sys.modules.get(module), str(name), None)
        if found is value and is_named(module, str(name), value):
            return module, str(name)
    return None


def find_name(module: str, name: str) -> object:
    """Give a library's function or class.

    Raises:
        LookupError: there is none of this name that may be called for.
    """
    known = module in MODULES or module.startswith(CLASSES_OF) or module == "builtins"
    value = None
    if known and module == "builtins":
        value = getattr(builtins, name, None)
    elif known:
        value = getattr(importlib.import_module(module), name, None)
    if value is None or not is_named(module, name, value):
        raise LookupError(f"{module}.{name}")
    return value
