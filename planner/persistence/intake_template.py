"""What does this site ask before a cryoneurolysis? The shipped checklist, or the site's own in the settings folder.

Both are read strictly: a field that is unknown, missing or mistyped is refused with file, question and field (H-52).
``intake.json`` in the user's settings folder stands in place of the shipped questions as a whole.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.domain.errors import InputRefused, PlannerError, ResourceInvalid
from planner.domain.intake import LONGEST_NAME, IntakeItem, IntakeSection, IntakeTemplate, ItemKind
from planner.persistence.leaving import put_in_place
from planner.persistence.record import read_record
from planner.persistence.resources import atlas, resources_dir, sources
from planner.persistence.site_rules import stamp_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from planner.persistence.record import Record
    from planner.persistence.site_rules import Stamp

MOST_ITEMS = 200
_ABOUT = "What this site asks before a cryoneurolysis, in its order. Made in Settings, page Intake."
_REMEDY = "Correct the file, or move it away: then the shipped questions are asked."


def site_intake_file() -> Path:
    """Return where the site's own questions are kept; the file need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("frostline", appauthor=False)) / "intake.json"


def intake_template() -> IntakeTemplate:
    """Return the questions in force: the site's own, or the shipped ones; also when they changed since the last call.

    Raises
    ------
    ResourceInvalid
        When the site's file cannot be read: its questions are never left out silently.
    """
    return _in_force(stamp_of(site_intake_file()))


def template_or_shipped() -> tuple[IntakeTemplate, str]:
    """Return the questions in force, or the shipped ones with the sentence why the site's own cannot be asked."""
    try:
        return intake_template(), ""
    except PlannerError as error:
        return shipped_intake_template(), f"{error} Until then the shipped questions are asked."


def shipped_intake_template() -> IntakeTemplate:
    """Return the questions as shipped."""
    return read_intake_template(resources_dir() / "intake" / "default.json")


@lru_cache(maxsize=4)
def _in_force(stamp: Stamp | None) -> IntakeTemplate:
    if stamp is None:
        return shipped_intake_template()
    path = Path(stamp[0])
    try:
        return read_intake_template(path)
    except ResourceInvalid as error:
        raise ResourceInvalid(f"{error.sentence} {_REMEDY}", code="intake-site", where=error.where) from error


def keep_site_intake(template: IntakeTemplate) -> None:
    """Keep the site's own questions, as a whole or not at all; what is answered already is not touched.

    Raises
    ------
    CaseInvalid, ResourceInvalid
        When they cannot be asked; what was kept before stays.
    InputRefused
        When the disk does not take them; what was kept before stays.
    """
    path = site_intake_file()
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.write_text(json.dumps(_plain(template), ensure_ascii=False, indent=1), encoding="utf-8")
        part.chmod(0o600)
        read_intake_template(part)
        put_in_place(part, path)
    except (OSError, PlannerError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, PlannerError):
            raise
        raise InputRefused(
            f"The questions cannot be kept ({error.strerror}); nothing is changed.", code="intake-disk", where=str(path)
        ) from error


def forget_site_intake() -> None:
    """Ask the shipped questions again; raises InputRefused when the site's file cannot be removed."""
    path = site_intake_file()
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InputRefused(
            f"The site's questions cannot be removed ({error.strerror}).", code="intake-disk", where=str(path)
        ) from error


def read_intake_template(path: Path) -> IntakeTemplate:
    """Read one file of questions; raises ResourceInvalid naming file, question and field."""
    table = read_record(path, sources=sources())
    name = table.text("name")
    if len(name) > LONGEST_NAME:
        raise table.fail("name", f"has {len(name)} characters; {LONGEST_NAME} are the most.", "resource-range")
    known = {entry.id for entry in atlas()}
    sections = tuple(_section(section, known) for section in table.records("sections"))
    table.finish()
    try:
        template = IntakeTemplate(name, sections)
        return _checked(template)
    except ResourceInvalid:
        raise
    except PlannerError as error:
        raise table.fail("sections", f"cannot be asked. {error.sentence}", "resource-intake") from error


def _checked(template: IntakeTemplate) -> IntakeTemplate:
    """Return the questions; refuse too many, and none about the block: whether a case is ready rests on it (S11)."""
    if not any(item.kind is ItemKind.BLOCK for item in template.items):
        raise ResourceInvalid("The question for the diagnostic block cannot be left out.", code="intake-no-block")
    if len(template.items) > MOST_ITEMS:
        raise ResourceInvalid(
            f"An intake asks at most {MOST_ITEMS} questions, not {len(template.items)}.", code="intake-many"
        )
    return template


def _section(entry: Record, known_atlas_ids: Collection[str]) -> IntakeSection:
    section = IntakeSection(entry.text("title"), tuple(_item(item, known_atlas_ids) for item in entry.records("items")))
    entry.finish()
    return section


def _item(entry: Record, known_atlas_ids: Collection[str]) -> IntakeItem:
    status, source = entry.sourced_status()
    only_for = entry.texts("only_for")
    unknown = [name for name in only_for if name not in known_atlas_ids]
    if unknown:
        raise entry.fail("only_for", f"names {unknown[0]}, which the atlas lacks.", "resource-choice")
    fields: dict[str, Any] = {
        "id": entry.text("id"),
        "question": entry.text("question"),
        "kind": entry.choice("kind", ItemKind) if entry.has("kind") else ItemKind.CHECK,
        "hint": entry.text("hint", default=""),
        "only_for": only_for,
        "is_alert": entry.flag("is_alert"),
    }
    entry.finish()
    try:
        return IntakeItem(**fields, status=status, source=source)
    except PlannerError as error:
        raise entry.fail("question", f"cannot be asked. {error.sentence}", "resource-intake") from error


def _plain(template: IntakeTemplate) -> dict[str, object]:
    sections = [
        {"title": section.title, "items": [_plain_item(item) for item in section.items]}
        for section in template.sections
    ]
    return {"schema": 1, "about": _ABOUT, "name": template.name, "sections": sections}


def _plain_item(item: IntakeItem) -> dict[str, object]:
    plain: dict[str, object] = {"id": item.id, "question": item.question, "kind": item.kind.value}
    if item.hint:
        plain["hint"] = item.hint
    if item.only_for:
        plain["only_for"] = list(item.only_for)
    if item.is_alert:
        plain["is_alert"] = True
    plain["status"] = item.status.value
    if item.source:
        plain["source"] = item.source
    return plain
