"""Random work on a small plan: edits, drags, undo and redo, as a hand would do them, from one seed.

Also a program: ``python random_edits.py FOLDER KILLS LONGEST_S`` works KILLS times on a new ``FOLDER/SEED.frostline``
in a process of its own, and kills it with SIGKILL after a random time; ``SEED.said`` lists the plans it said were kept.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from planner.domain.errors import PlanInvalid
from planner.domain.gantry import Gantry
from planner.domain.geometry import Grid, PatientPosition, Side
from planner.domain.identity import PatientIdentity, Sha256
from planner.domain.measurement import Measurement, MeasurementKind
from planner.domain.plan import Plan
from planner.domain.probe import ProbePlacement
from planner.domain.protocol import Phase, PhaseKind, Protocol, SkinWarming
from planner.domain.review import Acknowledgement
from planner.domain.structure import Structure, StructureKind, StructureOrigin
from planner.domain.target import DiagnosticBlock, NerveCurve, Target
from planner.domain.volume import Volume, VolumeRef
from planner.domain.waiver import Waiver
from planner.persistence.blobs import BlobStore
from planner.persistence.resources import protocols
from planner.planning.phase_edits import COMMON
from planner.planning.target_copies import mirrored_target, moved_target
from planner.services.commands import PutMeasurement, RemoveMeasurement, RenamePlan, SetProtocol
from planner.services.history import History
from planner.services.probe_commands import (
    AddProbe,
    LockProbe,
    MoveProbe,
    OrderProbe,
    RemoveProbe,
    RenameProbe,
    SetGantry,
    SetPosition,
    SetProbeModel,
)
from planner.services.protocol_commands import ChooseProtocol, CommonSchedule, OwnSchedule, SetPhases, WarmSkin
from planner.services.rule_commands import UseRules
from planner.services.session import Session
from planner.services.structure_commands import (
    AddStructures,
    ConfirmStructure,
    EditStructure,
    RemoveStructure,
    ReplaceMask,
    WaiveExpected,
    WithdrawWaiver,
)
from planner.services.target_commands import Acknowledge, PutTarget, RemoveTarget, WithdrawAcknowledgement

GRID = Grid.from_axes((6, 7, 8), origin_lps_mm=(0, 0, 0), spacing_ijk_mm=(2, 2, 2))
REF = VolumeRef("a" * 64, GRID, PatientPosition.HFS, "1", "2", "3")
VOLUME = Volume(REF, np.zeros(GRID.shape_kji, np.int16))
NAMES = ("one", "two", "three")


def new_session(blobs: BlobStore | None = None) -> Session:
    """Return a session on an empty plan, with a store of its own when none is given; its owner closes both."""
    return Session(
        blobs=blobs or BlobStore.temporary(),
        volume=VOLUME,
        identity=PatientIdentity(patient_id="T"),
        history=History(Plan("plan", "plan", REF)),
    )


@dataclass
class Hand:
    """Does one random thing after another to a session."""

    session: Session
    dice: random.Random

    def act(self) -> str:
        """Edit, drag, undo or redo, and say which; an edit that the plan refuses leaves it as it is."""
        what = self.dice.random()
        if what < 0.15:
            self.session.undo()
            return "undo"
        if what < 0.25:
            self.session.redo()
            return "redo"
        if what < 0.4 and self.free_probes():
            self.drag()
            return "drag"
        self.edit()
        return "edit"

    def free_probes(self):
        """Return the probes that may be moved."""
        plan = self.session.plan
        return [probe for probe in plan.probes if not plan.is_locked(probe.id)]

    def drag(self) -> None:
        """Move a tip in a few steps that are one."""
        probe = self.dice.choice(self.free_probes())
        with self.session.gesture():
            for _ in range(self.dice.randint(1, 4)):
                tip = self.place()
                if np.linalg.norm(np.subtract(tip, probe.entry_lps_mm)) > 1:
                    move = MoveProbe(probe.id, probe.label, probe.entry_lps_mm, tip, "tip")
                    self.session.apply(move, initiator="hand")

    def edit(self) -> None:
        """Apply one random command."""
        try:
            self.session.apply(self.command(), initiator="hand")
        except PlanInvalid:
            return

    def command(self):
        """Return a command that fits the plan most of the time."""
        plan, dice = self.session.plan, self.dice
        makers = [self.probe, self.target, self.structure, self.measurement, self.protocol, self.name, self.gantry]
        makers += [self.waiver, lambda: SetPosition(dice.choice(list(PatientPosition)))]
        makers += [lambda: UseRules(Sha256(dice.choice("abc") * 64)), lambda: UseRules(Sha256("no hash"))]
        if plan.probes:
            probe = dice.choice(plan.probes)
            makers += [
                lambda: RemoveProbe(probe.id, probe.label),
                lambda: SetProbeModel(probe.id, probe.label, dice.choice(NAMES)),
                lambda: LockProbe(probe.id, probe.label, dice.random() < 0.5),
                lambda: RenameProbe(probe.id, probe.label, dice.choice(("P1", "medial", "a name that is too long"))),
                lambda: OrderProbe(probe.id, probe.label, dice.randint(-1, 9)),
            ]
        if plan.targets:
            target = dice.choice(plan.targets)
            makers += [
                lambda: RemoveTarget(target.id, "target"),
                lambda: PutTarget(replace(target, side=dice.choice(list(Side)))),
                lambda: PutTarget(replace(target, block=DiagnosticBlock("2026-01-02", "lidocaine", 60.0, "4 h"))),
                lambda: PutTarget(
                    replace(target, end_organ_mm=dice.uniform(1, 400), end_organ_source="CT"), what="set"
                ),
                lambda: PutTarget(replace(target, course=self.segment(target.course))),
                lambda: self.copy(mirrored_target(target, midline_x_mm=6.0)),
                lambda: self.copy(moved_target(target, "T9", first_lps_mm=self.place())),
                lambda: Acknowledge(Acknowledgement("block", "No block.", "who", "why", "when", target.id)),
                lambda: WithdrawAcknowledgement("block", target.id),
            ]
        if plan.structures:
            structure = dice.choice(plan.structures)
            makers += [
                lambda: RemoveStructure(structure.id, structure.name),
                lambda: AddStructures((replace(structure, mask=self.mask()),)),
                lambda: AddStructures((replace(structure, id=self.new_id()), replace(structure, id=self.new_id()))),
                lambda: ConfirmStructure(structure.id, structure.name, dice.choice(("", "Dr A")), "when"),
                lambda: EditStructure(replace(structure, kind=dice.choice(list(StructureKind))), "change kind"),
                lambda: ReplaceMask(structure.id, self.mask(), "brush", structure.name),
            ]
        if plan.measurements:
            measured = dice.choice(plan.measurements)
            makers.append(lambda: RemoveMeasurement(measured.id, measured.name))
        return dice.choice(makers)()

    def waiver(self):
        """Answer for an expected structure, or take that back."""
        name = self.dice.choice(NAMES)
        if self.dice.random() < 0.5:
            return WithdrawWaiver(name, "artery")
        return WaiveExpected(Waiver(name, "artery", "who", "when", self.dice.choice(("why", "why else"))))

    def gantry(self):
        """Say or forget the bore."""
        return SetGantry(self.dice.choice((None, Gantry(700.0, 180.0), Gantry(780.0, 150.0, 40.0))))

    def place(self):
        """Return a point of the scan."""
        return tuple(round(self.dice.uniform(0, 12), 1) for _ in range(3))

    def mask(self):
        """Put a random mask into the store, ready for a plan file."""
        bits = np.random.default_rng(self.dice.getrandbits(32)).random(GRID.shape_kji) < self.dice.choice(
            (0.0, 0.02, 0.4)
        )
        ref = self.session.blobs.put(bits)
        self.session.blobs.packed(ref)
        return ref

    def new_id(self):
        """Return an id nobody has, from the dice alone."""
        return f"{self.dice.getrandbits(64):016x}"

    def probe(self):
        """Place a probe."""
        entry = self.place()
        tip = (entry[0], entry[1] + 5.0, entry[2])
        return AddProbe(ProbePlacement(self.new_id(), self.session.plan.next_probe_label(), "one", entry, tip))

    def target(self):
        """Draw a nerve."""
        course = NerveCurve((self.place(), self.place(), self.place()))
        return PutTarget(Target(self.new_id(), "nerve", "stellate", self.dice.choice(list(Side)), course))

    def copy(self, target):
        """Put a copy; its id is of this hand's dice."""
        return PutTarget(replace(target, id=self.new_id()), what="copy")

    def segment(self, course):
        """Treat another part of a nerve; part of the time the ends are the wrong way round."""
        return replace(course, segment_mm=(self.dice.uniform(0, 9), self.dice.uniform(0, 9)))

    def structure(self):
        """Draw a structure."""
        name, kind = self.dice.choice(NAMES), self.dice.choice(list(StructureKind))
        return AddStructures((Structure(self.new_id(), name, kind, self.mask(), StructureOrigin.DRAWN),))

    def measurement(self):
        """Measure a distance."""
        ends = (self.place(), self.place())
        return PutMeasurement(Measurement(self.new_id(), MeasurementKind.DISTANCE, ends, (0.0, 0.0, 1.0), "M1"))

    def protocol(self):
        """Choose a freeze, edit a schedule, give a probe its own or take it away, warm the skin."""
        dice, probes = self.dice, self.session.plan.probes
        phases = (Phase(PhaseKind.FREEZE, float(dice.randint(60, 600)), dice.choice((1.0, 0.6))),)
        phases += (Phase(PhaseKind.PASSIVE_THAW, 60.0),) * dice.randint(0, 2)
        warmth = dice.choice((None, SkinWarming(40.0, 100.0)))
        commands = [
            SetProtocol(Protocol(dice.choice(NAMES), phases)),
            ChooseProtocol(dice.choice(protocols())),
            SetPhases(COMMON, phases, "change phase 1"),
            WarmSkin(warmth),
        ]
        if probes:
            probe = dice.choice(probes)
            commands += [
                OwnSchedule(probe.id, probe.label),
                CommonSchedule(probe.id, probe.label),
                SetPhases((None, probe.id), phases, "change phase 1"),
                SetPhases((probe.id,), dice.choice(((), phases)), "change phase 1"),
            ]
        return dice.choice(commands)

    def name(self):
        """Rename the plan."""
        return RenamePlan(self.dice.choice(NAMES))


def plans_of(seed: int, *, acts: int) -> list[str]:
    """Return the plan's hash before the first act of a seed's hand and after each."""
    session = new_session()
    hand = Hand(session, random.Random(seed))
    hashes = [str(session.plan.hash)]
    for _ in range(acts):
        hand.act()
        hashes.append(str(session.plan.hash))
    session.blobs.close()
    return hashes


def work_for_ever(folder: Path, seed: int) -> None:
    """Work on a new plan file, and note after each act the hash of the plan that is said to be on disk."""
    session = new_session()
    session.keep_in(folder / f"{seed}.frostline", source_folder="")
    hand = Hand(session, random.Random(seed))
    said = os.open(folder / f"{seed}.said", os.O_WRONLY | os.O_CREAT)
    while True:
        os.write(said, f"{session.plan.hash}\n".encode())
        hand.act()


if __name__ == "__main__":
    folder, kills, longest_s = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    when = random.Random(33)
    for seed in range(kills):
        child = os.fork()
        if child == 0:  # it never returns
            work_for_ever(folder, seed)
        time.sleep(when.uniform(0, longest_s))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
