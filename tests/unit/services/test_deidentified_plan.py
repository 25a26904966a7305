"""Does a plan without identity hold no word that somebody typed or that came with a file, and all of its numbers?"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace

import pytest

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.gantry import Gantry
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import BlobRef, MeasurementId, PlanId, ProbeId, StructureId, TargetId
from planner.domain.measurement import Measurement, MeasurementKind
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, ProbeSchedule, Protocol
from planner.domain.review import Acknowledgement
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, NerveCurve, Target
from planner.domain.volume import VolumeRef
from planner.domain.waiver import Waiver
from planner.imaging.deidentify import Pseudonyms
from planner.persistence.resources import atlas, protocols
from planner.planning.permission import open_findings, target_findings
from planner.services.deidentified import leave
from planner.services.deidentified_plan import deidentified_plan, known_words

GRID = Grid.from_axes((6, 7, 8), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(2, 2, 2))
NOBODYS = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "2.25.1", "2.25.2", "2.25.3")
WORD = "Canarius"
FIXED = {"rule_set_id", "rule_set_hash", "case_kind", "model_id", "pixel_hash", "sha256", "dtype", "colour"}


def a_plan():
    """One of everything, with every text a canary that the plan takes."""
    mask = BlobRef("b" * 64, GRID.shape_kji, "bool")
    entry = next(entry for entry in atlas() if entry.id == "intercostal")
    target = Target(
        TargetId(f"{WORD}1"),
        f"Nerve of {WORD}",
        "intercostal",
        Side.LEFT,
        NerveCurve(((1, 1, 1), (9, 9, 9))),
        level=f"{WORD} T8",
        diameter_mm=2.0,
        diameter_source=f"told by {WORD}",
        block=DiagnosticBlock(f"2026-01-02 {WORD}", WORD, 60.0, WORD),
        end_organ_mm=90.0,
        end_organ_source=WORD,
    )
    return Plan(
        PlanId(f"{WORD}2"),
        f"Plan of {WORD}",
        replace(
            NOBODYS, series_label=WORD, scanner=WORD, compression=WORD, notes=(WORD,), study_instance_uid=f"1.2.{WORD}"
        ),
        structures=(
            Structure(
                StructureId(f"{WORD}3"),
                f"Left lung of {WORD}",
                StructureKind.LUNG,
                mask,
                StructureOrigin.IMPORTED,
                Side.LEFT,
                method=f"{WORD}.dcm; edited: brush by {WORD}",
                confirmed_by=WORD,
                confirmed_at=f"2026 {WORD}",
                margin_mm=4.0,
                margin_reason=WORD,
            ),
        ),
        targets=(target, replace(target, id=TargetId(f"{WORD}4"), atlas_id=WORD, block=None)),
        probes=(ProbePlacement(ProbeId(f"{WORD}5"), WORD, "generic-17g-short", (0, 0, 0), (9, 9, 9)),),
        protocol=Protocol(
            WORD,
            (Phase(PhaseKind.FREEZE, 60.0),),
            WORD,
            exceptions=(ProbeSchedule(ProbeId(f"{WORD}5"), (Phase(PhaseKind.FREEZE, 30.0),)),),
            based_on=WORD,
        ),
        acknowledgements=(
            Acknowledgement("spacing-thick", f"{WORD} is 4 mm.", WORD, WORD, f"2026 {WORD}"),
            Acknowledgement(WORD, WORD, WORD, WORD, WORD, TargetId(f"{WORD}4")),
        ),
        measurements=(
            Measurement(MeasurementId(f"{WORD}6"), MeasurementKind.DISTANCE, ((0, 0, 0), (1, 1, 1)), (0, 0, 1), WORD),
        ),
        waivers=(
            Waiver(WORD, WORD, WORD, WORD, WORD),
            Waiver(entry.expected[0].name, entry.expected[0].kind, WORD, WORD, WORD),
        ),
        gantry=Gantry(700.0, 200.0),
        locked_probes=(ProbeId(f"{WORD}5"),),
    )


def nobodys(plan, salt=b"s" * 32):
    return deidentified_plan(plan, NOBODYS, Pseudonyms(salt))


def numbers(value):
    if isinstance(value, dict):
        return [number for name in sorted(value) for number in numbers(value[name])]
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def test_H_43_the_test_plan_has_a_canary_in_every_text_it_can():
    """A field added to a plan later must be thought of here and there."""
    plain = json.loads(canonical_json(a_plan()))
    enums = {
        "kind",
        "side",
        "origin",
        "patient_position",
        "role",
        "planned_position",
        "modality",
        "series_instance_uid",
    }
    fine = FIXED | enums | {"frame_of_reference_uid", "name", "finding_code", "atlas_id"}

    def texts(value, name=""):
        if isinstance(value, dict):
            return [found for key, item in value.items() for found in texts(item, key)]
        if isinstance(value, list):
            return [found for item in value for found in texts(item, name)]
        return [(name, value)] if isinstance(value, str) else []

    assert {name for name, text in texts(plain) if WORD not in text} <= fine
    fields = {field.name for kind in (Plan, Structure, Target, Protocol, Waiver) for field in dataclasses.fields(kind)}
    assert fields <= {
        "acknowledgements", "at", "atlas_id", "based_on", "block", "case_kind", "colour", "confirmed_at",
        "confirmed_by", "course", "diameter_mm", "diameter_source", "end_organ_mm", "end_organ_source", "exceptions",
        "gantry", "id", "kind", "level", "locked_probes", "margin_mm", "margin_reason", "mask", "measurements",
        "method", "name", "origin", "phases", "planned_position", "probes", "protocol", "reason", "role",
        "rule_set_hash", "rule_set_id", "schema", "side", "skin_warming", "source", "structures", "targets", "volume",
        "waivers", "who",
    }  # fmt: skip


def test_H_43_no_canary_is_left_anywhere():
    assert WORD.lower() not in canonical_json(nobodys(a_plan())).decode().lower()
    assert "2026" not in canonical_json(nobodys(a_plan())).decode()


def test_every_number_stays():
    before, after = a_plan(), nobodys(a_plan())
    for field in ("structures", "targets", "probes", "protocol", "measurements", "gantry"):
        said = [json.loads(canonical_json(getattr(plan, field))) for plan in (before, after)]
        assert numbers(said[0]) == numbers(said[1]), field
    kept = [(s.kind, s.side, s.mask, s.origin, s.role, s.is_edited, s.is_blank) for s in before.structures]
    assert kept == [(s.kind, s.side, s.mask, s.origin, s.role, s.is_edited, s.is_blank) for s in after.structures]
    assert [s.is_confirmed for s in after.structures] == [True]
    assert after.is_locked(after.probes[0].id)
    assert after.protocol.phases_of(after.probes[0].id) == before.protocol.phases_of(before.probes[0].id)


def test_what_was_answered_stays_answered():
    plan = a_plan()
    open_before = open_findings(plan, atlas())
    answers = tuple(found.accepted(who=WORD, reason=WORD, when=WORD) for found in open_before)
    answered = replace(plan, acknowledgements=answers)
    assert target_findings(answered, atlas())
    assert not open_findings(answered, atlas())
    assert not open_findings(nobodys(answered), atlas())


def test_H_44_two_exports_share_no_id():
    one, two = nobodys(a_plan(), b"1" * 32), nobodys(a_plan(), b"2" * 32)
    for name in ("structures", "targets", "probes", "measurements"):
        assert not {item.id for item in getattr(one, name)} & {item.id for item in getattr(two, name)}
    assert len({one.id, two.id, a_plan().id}) == 3


def test_a_schedule_of_the_tables_keeps_its_name():
    known = protocols()[0]
    assert nobodys(replace(a_plan(), protocol=known)).protocol.name == known.name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Vertebral artery, right", "Vertebral artery, right"),
        ("iliac_artery_left", "Iliac artery left"),
        ("Rib 8", "Rib 8"),
        ("C7 root of Mr Canarius", "C7 root"),
        ("Canarius^Carla 19440606", ""),
        ("12", ""),
    ],
)
def test_a_name_keeps_the_words_that_anatomy_knows(name, kept):
    assert known_words(name) == kept


def test_every_name_of_the_atlas_is_known():
    for entry in atlas():
        for expected in entry.expected:
            words = known_words(expected.name).lower().replace(",", "").split()
            assert set(words) >= {
                w for w in expected.name.lower().replace(",", "").split() if len(w) > 3 and w.isalpha()
            }


def test_the_plan_is_pinned_to_the_new_ct_and_no_other():
    assert nobodys(a_plan()).volume == NOBODYS
    small = replace(NOBODYS, grid=Grid.from_axes((5, 7, 8), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(2, 2, 2)))
    with pytest.raises(PlanInvalid):
        deidentified_plan(a_plan(), small, Pseudonyms(b"s" * 32))


def test_H_43_a_package_goes_into_a_folder_of_its_own(tmp_path):
    package, out = tmp_path / "package", tmp_path / "out"
    package.mkdir()
    (package / "report.pdf").write_bytes(b"nobody's")
    out.mkdir()
    (out / "report.dcm").write_bytes(b"somebody's")
    with pytest.raises(InputRefused, match="holds other files, which would leave with a package"):
        leave(package, out)
    assert [path.name for path in out.iterdir()] == ["report.dcm"]
    assert leave(package, tmp_path / "new") == ("report.pdf",)
