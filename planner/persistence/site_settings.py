"""What has the site set for its reports? ``site.json`` in the user's settings folder: name, risks, language, paper."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused, PlannerError, ResourceInvalid
from planner.domain.site import SiteSettings
from planner.persistence import codec
from planner.persistence.leaving import put_in_place

_MOST_BYTES = 2_000_000


def site_settings_file() -> Path:
    """Return where the settings are kept; the file need not exist."""
    import platformdirs

    return Path(platformdirs.user_config_dir("frostline", appauthor=False)) / "site.json"


def site_settings() -> SiteSettings:
    """Return the site's settings as they are on disk now; without a file the plain ones.

    Raises
    ------
    ResourceInvalid
        When the file cannot be read: its own words on risks are never left out silently.
    """
    path = site_settings_file()
    try:
        if not path.exists():
            return SiteSettings()
        with path.open("rb") as stream:
            return codec.decode(stream.read(_MOST_BYTES), SiteSettings, where=path.name)
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror})") from error
    except (PlannerError, UnicodeError) as error:
        raise _unreadable(path, f"is no file of settings ({error})") from error


def keep_site_settings(settings: SiteSettings) -> None:
    """Keep the settings, as a whole or not at all; raises InputRefused when the disk does not take them."""
    path = site_settings_file()
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.write_bytes(canonical_json(settings))
        part.chmod(0o600)
        put_in_place(part, path)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise InputRefused(
            f"The settings cannot be kept ({error.strerror}); nothing is changed.", code="site-disk", where=str(path)
        ) from error


def _unreadable(path: Path, what: str) -> ResourceInvalid:
    return ResourceInvalid(
        f"The site's settings {what}. Put the file back from a copy, or move it away and enter them anew.",
        code="site-settings",
        where=str(path),
    )
