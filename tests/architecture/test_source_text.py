"""Rules of the house that a machine can see in the text: lengths, left-over marks, swallowed errors, kernel options."""

import ast
import re

import pytest

from tests.architecture.sources import PACKAGES, ROOT, project_files, python_files, short, tree_of

LONGEST_FILE = 400
LONGEST_FUNCTION = 70
LARGEST_FILE_BYTES = 5_000_000
# Put together from parts, so that this file does not find itself.
LEFT_OVER = re.compile(
    r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b|raise NotImplemented" + "Error"
)
SERVERS = re.compile(
    "|".join([r"py" + r"pi\.org", r"python" + r"hosted\.org", r"deb\.deb" + r"ian\.org", r"registry\.np" + r"mjs"])
)
UNSAFE_CALLS = {"eval", "exec"}
UNSAFE_MODULES = {"pickle", "shelve", "marshal"}
TEXT_SUFFIXES = {".py", ".md", ".toml", ".lock", ".in", ".json", ".txt", ".typ", ".csv", ".yml", ".yaml", ".ini", ".spec", ""}
SOURCES = python_files(*PACKAGES)


def _functions(path):
    return [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_there_is_something_to_read():
    assert len(SOURCES) > 30


def test_no_source_file_is_longer_than_a_person_reads():
    lengths = {short(path): path.read_text("utf-8").count("\n") for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen():
    long = {
        f"{short(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in SOURCES
        for node in _functions(path)
        if node.end_lineno - node.lineno >= LONGEST_FUNCTION
    }
    assert long == {}


def test_nothing_is_left_for_later():
    found = {short(path): LEFT_OVER.findall(path.read_text("utf-8")) for path in python_files()}
    assert {name: marks for name, marks in found.items() if marks} == {}


def test_no_error_is_swallowed():
    swallowed = [
        f"{short(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
        and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert swallowed == []


def test_no_data_is_run_as_code():
    calls = [
        f"{short(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in UNSAFE_CALLS)
        or (isinstance(node, ast.Import) and {alias.name for alias in node.names} & UNSAFE_MODULES)
        or (isinstance(node, ast.ImportFrom) and node.module in UNSAFE_MODULES)
    ]
    assert calls == []


def _silent_tests(path):
    """Tests that assert nothing, neither themselves nor in a function of the same file that they call."""
    asserts = re.compile(r"\bassert|raises|warns|approx|assert_|waitSignal|waitUntil")
    texts = {node.name: ast.unparse(node) for node in _functions(path)}
    speaking = [name for name, text in texts.items() if asserts.search(text)]
    calls = re.compile(r"\b(" + "|".join(map(re.escape, speaking)) + r")\(") if speaking else re.compile("(?!)")
    return [
        f"{short(path)}:{name}"
        for name, text in texts.items()
        if name.startswith("test") and name not in speaking and not calls.search(text.partition("\n")[2])
    ]


def test_every_test_asserts_something():
    assert [name for path in python_files("tests") for name in _silent_tests(path)] == []


def test_a_test_without_an_assertion_is_seen(tmp_path, monkeypatch):
    file = tmp_path / "test_x.py"
    file.write_text("def check(a):\n    assert a\n\n\ndef test_a():\n    check(1)\n\n\ndef test_b():\n    print(1)\n", "utf-8")
    monkeypatch.setattr("tests.architecture.sources.ROOT", tmp_path)
    assert _silent_tests(file) == ["test_x.py:test_b"]


def test_no_file_names_a_package_server():
    texts = {path: path.read_text("utf-8", errors="replace") for path in project_files() if path.suffix in TEXT_SUFFIXES}
    assert [short(path) for path, text in texts.items() if SERVERS.search(text)] == []


def test_no_file_is_too_large_for_git():
    assert [short(path) for path in project_files() if path.stat().st_size > LARGEST_FILE_BYTES] == []


def _jit_options(node):
    for decorator in node.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        name = call.func if call else decorator
        if isinstance(name, ast.Name) and name.id in ("njit", "jit", "vectorize", "guvectorize"):
            yield {} if call is None else {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}


@pytest.mark.parametrize("path", [path for path in SOURCES if "kernels" in path.parts], ids=short)
def test_kernels_are_cached_release_the_lock_and_keep_nan(path):
    for node in _functions(path):
        for options in _jit_options(node):
            assert options.get("cache") == "True", node.name
            assert options.get("nogil") == "True", node.name
            assert "fastmath" not in options, node.name


def test_the_rules_read_the_project_they_stand_in():
    assert (ROOT / "main.py") in project_files()
