import subprocess
import sys

import pytest
from llvmlite.binding import Linkage

from ibtui.engine.kernel import cache, measuring, training, warm
from tests.engine.kernel.loading import functions, trained

EPOCHS = 3


@pytest.fixture(scope="module")
def ready() -> None:
    warm.wait()


def test_a_function_holds_its_callees_where_no_other_code_can_replace_them(ready):
    for function in (training.train, measuring.measure):
        (compiled,) = function.overloads.values()
        own = compiled.fndesc
        names = {own.mangled_name, own.llvm_cpython_wrapper_name, own.llvm_cfunc_wrapper_name}
        held = [
            one
            for one in compiled.library._get_module_for_linking().functions
            if not one.is_declaration
        ]
        seen = {one.name for one in held if one.linkage != Linkage.internal}
        assert seen <= names, f"{function.__name__}: {sorted(seen - names)}"
        assert own.mangled_name in seen
        assert len(held) > 20  # callees are there, each in a copy of its own


def test_all_that_the_kernel_compiles_is_closed():
    compiled = list(functions())
    assert len(compiled) > 50
    assert {function._compiler.pipeline_class for function in compiled} == {cache.ClosedCompiler}


def test_bits_do_not_depend_on_which_functions_a_process_has_loaded_before(ready):
    """A process of its own: this one has loaded the kernel in the usual order."""
    words = [sys.executable, "-m", "tests.engine.kernel.loading", "callees", str(EPOCHS)]
    other = subprocess.run(words, capture_output=True, text=True, check=False)
    assert other.returncode == 0, other.stderr
    assert other.stdout.split()[0] == trained(EPOCHS)
