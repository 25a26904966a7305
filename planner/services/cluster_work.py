"""Which work may be sent to a cluster, and how is it written for the way? Functions by name, text in and text out."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json
from planner.domain.errors import WorkerFailed
from planner.domain.identity import ProbeId
from planner.persistence import codec
from planner.services.cluster_parcel import Tokens, nobodys_plan, probe_there, protocol_there
from planner.services.robustness_draws import DrawsAsked, DrawsPlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.persistence.blob_parts import BlobPart
    from planner.persistence.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class Parcel:
    """A plan packed for one kind of work."""

    plan_text: str
    parts: tuple[BlobPart, ...]
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Work:
    """A function ``(store folder, plan text, parts text) -> reply text``, and how its texts are written for the way.

    Parameters
    ----------
    place
        Module and name, by which a member of the cluster finds it in its own program.
    pack
        Writes the plan's text anew and says which arrays it asks for.
    hide
        Writes the text of some parts anew under the same names; empty where they ask for more than travels, and are
        computed here.
    """

    place: tuple[str, str]
    pack: Callable[[str, BlobStore], Parcel]
    hide: Callable[[str, Tokens], str]

    def function(self) -> Callable[[str, str, str], str]:
        """Return the function in this program."""
        module, name = self.place
        found: Callable[[str, str, str], str] = getattr(importlib.import_module(module), name)
        return found


def is_listed(name: str, call: object) -> bool:
    """Whether a function is the one listed under a name."""
    return name in WORKS and WORKS[name].function() is call


def work_named(name: str) -> Work:
    """Return the work of a name; raise WorkerFailed when there is none."""
    if name not in WORKS:
        raise WorkerFailed("This work cannot be sent to a cluster.", code="cluster-work")
    return WORKS[name]


def _pack_draws(plan_text: str, blobs: BlobStore) -> Parcel:
    asked, tokens = codec.decode(plan_text, DrawsPlan, where="plan"), Tokens()
    there = nobodys_plan(asked.plan, asked.volume, asked.box, blobs=blobs, tokens=tokens)
    packed = DrawsPlan(there.volume, there.plan, asked.box, asked.rules_hash, is_standard=asked.is_standard)
    return Parcel(canonical_json(packed).decode(), there.parts, tokens)


def _hide_draws(draws_text: str, tokens: Tokens) -> str:
    asked = codec.decode(draws_text, DrawsAsked, where="draws")
    draws = tuple(
        replace(
            draw,
            errors=tuple(replace(one, probe_id=ProbeId(tokens.of("pi", one.probe_id))) for one in draw.errors),
        )
        for draw in asked.draws
    )
    return canonical_json(DrawsAsked(draws)).decode()


def _pack_places(plan_text: str, blobs: BlobStore) -> Parcel:
    from planner.services.suggest_places import PlacesPlan

    asked, tokens = codec.decode(plan_text, PlacesPlan, where="plan"), Tokens()
    there = nobodys_plan(asked.plan, asked.volume, asked.box, blobs=blobs, tokens=tokens)
    packed = PlacesPlan(there.volume, there.plan, asked.box, asked.rules_hash)
    return Parcel(canonical_json(packed).decode(), there.parts, tokens)


def _hide_places(places_text: str, tokens: Tokens) -> str:
    """Write placements anew; a whole assessment reads the whole plan, with who answered for what, and stays here."""
    from planner.services.suggest_places import PlacesAsked

    asked = codec.decode(places_text, PlacesAsked, where="placements")
    if any(place.is_assessed for place in asked.places):
        return ""
    places = tuple(
        replace(
            place,
            probes=tuple(probe_there(probe, tokens) for probe in place.probes),
            protocol=protocol_there(place.protocol, tokens),
        )
        for place in asked.places
    )
    return canonical_json(PlacesAsked(places)).decode()


WORKS = {
    "judge_draws": Work(("planner.services.robustness_draws", "judge_draws"), _pack_draws, _hide_draws),
    "judge_places": Work(("planner.services.suggest_places", "judge_places"), _pack_places, _hide_places),
    "shape_of_place": Work(("planner.services.suggest_places", "shape_of_place"), _pack_places, _hide_places),
}
"""By the function's name."""
