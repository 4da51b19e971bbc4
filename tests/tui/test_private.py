"""What is private in Textual and plotext is reached into in one file, and nowhere else."""

import ast
from pathlib import Path

import ibtui.tui

ROOT = Path(ibtui.tui.__file__).parent
PROGRAM = {
    path: ast.parse(path.read_text())
    for path in sorted(ROOT.rglob("*.py"))
    if path.name != "private.py"
}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def own_names() -> set[str]:
    names = set()
    for tree in PROGRAM.values():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.add(node.target.id)
    return names


def test_no_module_imports_what_is_private():
    for path, tree in PROGRAM.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                parts = [*node.module.split("."), *(alias.name for alias in node.names)]
                assert not any(map(is_private, parts)), f"{path}:{node.lineno}"
                assert parts[0] != "plotext", f"{path}:{node.lineno}"


def test_no_private_attribute_is_another_program_s():
    own = own_names() | {
        "_exit",
        "_asdict",
        "_replace",
    }  # os._exit, and those of a NamedTuple: public
    for path, tree in PROGRAM.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and is_private(node.attr):
                assert node.attr in own, f"{path}:{node.lineno}: {node.attr}"
