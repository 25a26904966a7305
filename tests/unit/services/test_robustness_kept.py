"""Is what draws said told as of its own plan alone, kept in its file, and there after a restart?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.domain.digest import array_hash
from planner.domain.errors import InputRefused
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PatientIdentity, PlanId, ProbeId, Sha256, TargetId
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.robustness import LimitValue
from planner.domain.rule import Verdict
from planner.domain.target import NerveCurve, Target
from planner.domain.volume import Volume, VolumeRef
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from planner.services import robustness_basis, robustness_kept
from planner.services.commands import RenamePlan
from planner.services.history import History
from planner.services.probe_commands import MoveProbe
from planner.services.robustness_shelf import (
    MOST_KEPT,
    RobustnessShelf,
    current_robustness,
    hash_for_report,
    keep_in_file,
    kept_in_file,
    shelf_of,
)
from planner.services.robustness_words import (
    broken_words,
    draw_words,
    failing,
    first_words,
    labels_of,
    limit_rows,
    off_words,
    share_words,
    technique_words,
)
from planner.services.session import Session
from tests.drawn_plan import drawn

GRID = Grid.from_axes((10, 10, 10), origin_lps_mm=(-9, -9, -9), spacing_ijk_mm=(2, 2, 2))


@pytest.fixture
def plan():
    hu = np.zeros((10, 10, 10), np.int16)
    ref = VolumeRef(array_hash(hu), GRID, PatientPosition.HFS, "1.2", "1.3", "1.4")
    nerve = NerveCurve(((-8.0, 0.0, 0.0), (8.0, 0.0, 0.0)))
    target = Target(TargetId("t1"), "Intercostal nerve", "intercostal", Side.MIDLINE, nerve, "T8", 2.0, "test")
    probe = ProbePlacement(ProbeId("p1"), "P1", "m", (0.0, -9.0, 0.0), (0.0, 0.0, 0.0))
    return Plan(PlanId("plan"), "Small", ref, (), (target,), (probe,))


@pytest.fixture
def session(plan, tmp_path):
    blobs = BlobStore(tmp_path / "blobs")
    blobs.folder.mkdir()
    volume = Volume(plan.volume, np.zeros((10, 10, 10), np.int16))
    made = Session(blobs=blobs, volume=volume, identity=PatientIdentity(), history=History(plan))
    made.keep_in(tmp_path / "plan.frostline", source_folder="")
    yield made
    made.close()


def test_it_is_told_of_its_own_plan_alone_and_undo_brings_it_back(session, plan):
    told = drawn(plan)
    shelf_of(session).put(told)
    assert current_robustness(session) is told
    assert hash_for_report(session) == told.inputs_hash
    session.apply(
        MoveProbe(ProbeId("p1"), "P1", entry_lps_mm=(0.0, -9.0, 0.0), tip_lps_mm=(0.0, 1.0, 0.0), part="tip"),
        initiator="user",
    )
    assert current_robustness(session) is None
    assert hash_for_report(session) is None
    assert shelf_of(session).latest(session.judged_hash) is told  # to be shown as STALE
    session.undo()
    assert current_robustness(session) is told


def test_by_other_rules_or_probe_figures_it_is_not_of_now_though_the_plan_is_the_same(session, plan, monkeypatch):
    told = replace(drawn(plan), basis_hash=robustness_basis.basis_hash(plan))
    shelf_of(session).put(told)
    keep_in_file(session, told)
    assert current_robustness(session) is told
    assert kept_in_file(session) == told.inputs_hash
    rules = robustness_basis.rule_set()
    with monkeypatch.context() as context:
        context.setattr(robustness_basis, "rule_set", lambda _id: replace(rules, treatment_isotherm_c=-25.0))
        assert current_robustness(session) is None
        assert hash_for_report(session) is None
        assert kept_in_file(session) is None
        assert shelf_of(session).latest(session.judged_hash) is told  # to be shown as STALE
    generic = replace(robustness_basis.probe_models()[0], id=plan.probes[0].model_id)
    monkeypatch.setattr(robustness_basis, "probe_models", lambda: (generic,))
    assert current_robustness(session) is None
    assert kept_in_file(session) is None


def test_a_shelf_holds_a_few_and_never_loses_the_last(plan):
    shelf = RobustnessShelf()
    for n in range(MOST_KEPT + 3):
        shelf.put(drawn(plan, plan_hash=Sha256(f"{n:064d}")))
    assert shelf.current(Sha256(f"{0:064d}")) is None
    assert shelf.latest(Sha256("f" * 64)).plan_hash == f"{MOST_KEPT + 2:064d}"
    newer = drawn(plan, plan_hash=Sha256(f"{MOST_KEPT + 2:064d}"))
    shelf.put_back(newer)  # of a file: what is here came later
    assert shelf.latest(Sha256("f" * 64)) is not newer


def test_the_plans_file_brings_it_into_another_store_byte_for_byte(session, plan, tmp_path):
    told = drawn(plan)
    keep_in_file(session, told)
    elsewhere = BlobStore(tmp_path / "other")
    elsewhere.folder.mkdir()
    session.blobs = elsewhere
    assert kept_in_file(session) == told.inputs_hash
    assert robustness_kept.kept(told.inputs_hash, elsewhere) == told
    assert elsewhere.note(robustness_kept.note_name(told.inputs_hash)) == session.file.result("robustness")


def test_one_of_another_state_is_not_for_the_report(session, plan):
    keep_in_file(session, drawn(plan, plan_hash=Sha256("e" * 64)))
    assert kept_in_file(session) is None


@pytest.mark.parametrize("data", [b"", b"nonsense", robustness_kept.zlib.compress(b'{"is":"no robustness"}')])
def test_a_damaged_one_is_refused_in_words_and_the_report_holds_no_draws(session, data):
    with pytest.raises(InputRefused):
        robustness_kept.unpacked(data)
    session.file.keep_result("robustness", data)
    assert kept_in_file(session) is None


def test_it_is_still_there_when_the_plan_is_opened_again(session, plan, tmp_path):
    keep_in_file(session, drawn(plan))
    session.apply(RenamePlan("Other"), initiator="user")
    session.close()
    again = PlanFile.open(tmp_path / "plan.frostline")
    assert robustness_kept.unpacked(again.result("robustness")) == drawn(plan)
    again.close()


# --- words -----------------------------------------------------------------------------------------------------------


def test_the_words_of_the_row(plan):
    told = drawn(plan)
    assert share_words(told) == "70 % of 10 draws hold"
    assert technique_words(told.technique) == "Freehand, in plane: lateral error 6.2 ± 2.7 mm"
    assert first_words(told) == "Skin, 0 °C edge fails first, from a tip error of 2.5 mm on."
    assert first_words(replace(told, fails_first=None, fails_most=None)) == "No limit fails in any draw."
    both = first_words(replace(told, fails_most=1))
    assert both.endswith("Target, treated length at −20 °C fails most often.")


@pytest.mark.parametrize(
    ("share", "words"), [(94.7, "94.7 %"), (79.6, "79.6 %"), (99.8, "99.8 %"), (100.0, "100 %"), (0.2, "0.2 %")]
)
def test_a_rounded_share_never_crosses_a_limit(plan, share, words):
    told = drawn(plan)
    assert share_words(replace(told, held=replace(told.held, share_percent=share))).startswith(f"{words} of")


def test_the_failing_draws_come_nearest_first_and_say_what_fails(plan):
    told = drawn(plan)
    found = failing(told)
    assert [outcome.draw.number for outcome in found] == [3, 5, 6]
    assert off_words(found[0], labels_of(plan)) == "tip 2.5 mm off"
    assert broken_words(told, found[0]) == "Skin, 0 °C edge 4.9 mm"
    # Half of the least length is missing, a fifth of the least distance: the nerve is told first.
    assert broken_words(told, found[2]) == "Target, treated length at −20 °C 2.0 mm; Skin, 0 °C edge 4.0 mm"
    assert broken_words(told, found[2], most=1).endswith(" · 1 more")
    assert draw_words(told, found[0], {}) == (
        "Draw 3, not the plan: tip 2.5 mm off (2.5 mm across, 0.0 mm too shallow, 1.0° turned). "
        "Fails: Skin, 0 °C edge 4.9 mm."
    )


def test_of_several_probes_the_one_farthest_off_is_named(plan):
    told = drawn(plan)
    outcome = failing(told)[0]
    other = replace(outcome.draw.errors[0], probe_id=ProbeId("p2"), lateral_mm=7.0)
    two = replace(outcome, draw=replace(outcome.draw, errors=(*outcome.draw.errors, other)))
    assert off_words(two, {ProbeId("p1"): "P1", ProbeId("p2"): "P2"}) == "tip of P2 7.0 mm off"


def test_a_limit_that_could_not_be_told_says_so_before_one_that_asks_for_attention(plan):
    told = drawn(plan)
    untold = replace(
        told.limits[0],
        failed=0,
        not_assessed=4,
        checked=1,
        first_fails_mm=None,
        worst=None,
        planned=LimitValue(Verdict.NOT_ASSESSED),
    )
    rows = limit_rows(replace(told, limits=(untold, *told.limits[1:])))
    assert [row.share for row in rows] == ["20 % FAIL", "40 % NOT ASSESSED"]
    assert rows[1].detail.startswith("planned NOT ASSESSED")
