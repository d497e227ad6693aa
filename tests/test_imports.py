"""The house: imports go one way, between modules and between folders, and none grows too large."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]


class House(NamedTuple):
    """A package, and how large what is in it may be."""

    name: str
    modules_in_a_folder: int
    lines_of_a_module: int
    lines_of_the_median: int

    @property
    def folder(self):
        (root,) = (ROOT / it for it in ("generator", "runtime") if (ROOT / it / self.name).is_dir())
        return root / self.name


GENERATOR = House("tfp_trainables_generator", 10, 350, 150)
RUNTIME = House("tfp_trainables_runtime", 10, 350, 150)
each = pytest.mark.parametrize("house", [GENERATOR, RUNTIME], ids=lambda house: house.name)


def modules(house):
    """The file of each module and package, by what it is imported as."""
    return {
        ".".join(path.relative_to(house.folder.parent).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in house.folder.rglob("*.py")
    }


def imports(house):
    """What each module imports of its own package; within functions too."""
    known = modules(house)
    found = {}
    for name, path in known.items():
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{name}: relative imports are not followed here"
                # What is imported from a package is a module of it, or a name that it defines.
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                names.update(it if it in known else str(node.module) for it in whole)
        found[name] = names.intersection(known) - {name}
    return found


def circle(graph):
    """Returns a circle of a graph, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def folder_of(name):
    """Returns the folder that a module is in; what is at the top stands for itself."""
    return ".".join(name.split(".")[:2])


@each
def test_modules_import_each_other_one_way(house):
    assert circle(imports(house)) == []


@each
def test_folders_import_each_other_one_way(house):
    graph = {}
    for name, others in imports(house).items():
        folder = folder_of(name)
        graph.setdefault(folder, set()).update({folder_of(it) for it in others} - {folder})
    assert circle(graph) == []


def test_what_has_an_underscore_stays_in_its_module():
    for name, path in modules(GENERATOR).items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith(GENERATOR.name):
                private = [alias.name for alias in node.names if alias.name.startswith("_")]
                assert not private, f"{name} imports {private} from {node.module}"


def test_a_circle_is_found():
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})


@each
def test_no_folder_holds_too_many_modules(house):
    folders = [path.parent for path in modules(house).values() if path.name != "__init__.py"]
    sizes = {str(folder): folders.count(folder) for folder in folders}
    assert {name: n for name, n in sizes.items() if n > house.modules_in_a_folder} == {}


@each
def test_no_module_is_too_long(house):
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in modules(house).items()
        if path.name != "__init__.py"
    }
    assert {name: n for name, n in lengths.items() if n > house.lines_of_a_module} == {}
    assert median(lengths.values()) <= house.lines_of_the_median
