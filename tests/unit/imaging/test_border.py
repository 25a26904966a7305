"""Does every library error become a sentence, without patient data on the way?"""

from __future__ import annotations

import logging
import struct
import warnings
from pathlib import Path

import pytest

from planner.domain.errors import Cancelled, GeometryRefused, InputRefused
from planner.imaging.border import dicom_border

PATH = Path("/somewhere/slice 7")


@pytest.mark.parametrize(
    "error",
    [
        AttributeError("SECRET"),
        ValueError("SECRET"),
        NotImplementedError("SECRET"),
        struct.error("SECRET"),
        OSError("SECRET"),
        RecursionError("SECRET"),
        KeyError("SECRET"),
        OverflowError("SECRET"),
        UnicodeDecodeError("utf-8", b"", 0, 1, "SECRET"),
        MemoryError("SECRET"),
    ],
)
def test_H_38_library_errors_become_one_sentence_with_the_file(error) -> None:
    with pytest.raises(InputRefused) as refusal, dicom_border(PATH, doing="The header cannot be read", code="bad"):
        raise error
    assert refusal.value.where == "slice 7"
    assert "SECRET" not in str(refusal.value)
    assert str(refusal.value).startswith("slice 7: The header cannot be read (")


@pytest.mark.parametrize("error", [GeometryRefused("No.", code="x"), Cancelled(), KeyboardInterrupt()])
def test_refusals_and_interrupts_pass_unchanged(error) -> None:
    with pytest.raises(type(error)) as passed, dicom_border(PATH, doing="It", code="bad"):
        raise error
    assert passed.value is error


def test_H_43_library_logs_and_warnings_go_nowhere() -> None:
    seen: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    listener = Listener()
    root = logging.getLogger()
    root.addHandler(listener)
    try:
        with dicom_border(PATH, doing="It", code="bad"):
            logging.getLogger("pydicom.pixels").error("CANARY")
            warnings.warn("CANARY", stacklevel=1)
    finally:
        root.removeHandler(listener)
    assert seen == []


def test_warnings_are_heard_again_whoever_leaves_last() -> None:
    """Several threads read at once; they enter and leave in any order."""
    before = list(warnings.filters)
    first = dicom_border(PATH, doing="It", code="bad")
    second = dicom_border(PATH, doing="It", code="bad")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    warnings.warn("CANARY", stacklevel=1)  # nobody hears it: one is still inside
    second.__exit__(None, None, None)
    assert list(warnings.filters) == before
    with pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", stacklevel=1)
