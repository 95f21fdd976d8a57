"""Does the code keep its own measure? Short functions, small files, calls that go down."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "marketplace").rglob("*.py"))
TREES = {path: ast.parse(path.read_text()) for path in MODULES}
LONGEST_FUNCTION, MEDIAN_FUNCTION, LONGEST_VIEW, LONGEST_FILE = 40, 8, 20, 400
FORBIDDEN_NAMES = {"utils", "helpers", "common", "services", "managers", "misc"}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_file_is_no_longer_than_one_can_overlook(path: Path) -> None:
    assert path.read_text().count("\n") <= LONGEST_FILE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_is_short_and_a_view_shorter(path: Path) -> None:
    bound = LONGEST_VIEW if path.name == "views.py" else LONGEST_FUNCTION
    assert [f"{f.name}: {length(f)}" for f in functions(TREES[path]) if length(f) > bound] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_its_question_and_imports_at_the_top(path: Path) -> None:
    tree = TREES[path]
    assert not tree.body or ast.get_docstring(tree), "a module opens with its question"
    inner = (s for f in functions(tree) for s in ast.walk(f) if isinstance(s, ast.Import | ast.ImportFrom))
    assert [s.lineno for s in inner] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_a_name_that_says_something(path: Path) -> None:
    assert not {path.stem, *path.relative_to(ROOT).parts} & FORBIDDEN_NAMES


def test_functions_are_short_in_the_middle() -> None:
    assert statistics.median(length(f) for tree in TREES.values() for f in functions(tree)) <= MEDIAN_FUNCTION


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=name_of)
def test_a_package_file_is_empty(path: Path) -> None:
    assert path.read_text() == ""
