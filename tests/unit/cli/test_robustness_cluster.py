"""Does ``--cluster`` give the command's own answer, and is where a plan must not go refused in one sentence?"""

from __future__ import annotations

import shutil

import pytest

from planner.__main__ import main
from planner.persistence.blobs import BlobStore
from tests.kept_case import keep_plan
from tests.running_cluster import has_openssl, make_certificates, running_cluster
from tests.ui.simple_patient import write_simple_patient


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("robust")
    (folder / "ct").mkdir()
    write_simple_patient(folder / "ct")
    blobs = BlobStore.temporary()
    try:
        keep_plan(folder / "plan.frostline", folder / "ct", blobs)
    finally:
        blobs.close()
    return folder / "plan.frostline"


def test_the_file_is_the_same_here_and_there(plan_file, tmp_path, capsys):
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    other = shutil.copy(plan_file, tmp_path / "other.frostline")  # in which nothing can be kept from the first
    words = ["--draws", "9", "--seed", "5", "--fine", "0", "--out"]
    here, there = tmp_path / "here.json", tmp_path / "there.json"
    pki = make_certificates(tmp_path / "pki") if has_openssl() else None
    with running_cluster(tmp_path / "cluster", workers=1, certificates=pki) as cluster:
        reached = ["--cluster", cluster.address, *(["--certificates", str(pki)] if pki else [])]
        status = main(["robustness", str(plan_file), *words, str(there), *reached])
        told = capsys.readouterr()
    assert not told.err
    assert status == main(["robustness", str(other), *words, str(here), "--processes", "1"])
    assert told.out == capsys.readouterr().out
    assert there.read_bytes() == here.read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cluster", "tcp://head.example:8786"], "readable to head.example"),
        (["--cluster", "tls://head.example:8786"], "--certificates"),
        (["--cluster", "head.example"], "looks like tls://"),
        (["--cluster", "127.0.0.1:8786", "--processes", "2"], "Give one of them"),
        (["--certificates", "pki"], "Give --cluster"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused(plan_file, capsys, words, sentence):
    assert main(["robustness", str(plan_file), "--draws", "3", "--fine", "0", *words]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert not told.out
