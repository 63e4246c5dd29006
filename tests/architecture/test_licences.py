"""Everything the program is distributed with allows a bundled application: no GPL code is linked in."""

import importlib.metadata
import re

from tests.architecture.sources import ROOT

GPL = re.compile(r"(?<![A-Za-z])(A?GPL|GNU (Affero )?General Public)", re.I)
# Licences that name the GPL only as one choice of several; the other choice is the one taken.
CHOSEN = {"pyside6-essentials": "LGPL-3.0", "shiboken6": "LGPL-3.0"}
FORBIDDEN = {"pylibjpeg-libjpeg": "GPL-3.0 JPEG decoder; python-gdcm decodes these instead"}


def _locked():
    return re.findall(r"^([a-z0-9._-]+)==", (ROOT / "installers" / "requirements.lock").read_text("utf-8"), re.M)


def _licence(name):
    metadata = importlib.metadata.metadata(name)
    classifiers = [text for text in metadata.get_all("Classifier", []) if text.startswith("License")]
    # A whole licence text in the field may quote others; its first lines name it.
    return " | ".join([metadata.get("License-Expression") or "", (metadata.get("License") or "")[:200], *classifiers])


def test_no_locked_package_is_only_under_the_gpl():
    found = {name: _licence(name) for name in _locked() if GPL.search(_licence(name))}
    assert {name: licence for name, licence in found.items() if name not in CHOSEN} == {}
    assert all(choice.split("-")[0] in found.get(name, choice) for name, choice in CHOSEN.items())


def test_every_locked_package_says_its_licence():
    assert [name for name in _locked() if not _licence(name).strip(" |")] == []


def test_the_page_of_licences_lists_what_is_locked():
    listed = re.findall(r"^\| ([a-z0-9._-]+) \|", (ROOT / "docs" / "licences.md").read_text("utf-8"), re.M)
    assert set(listed) - {"package"} == set(_locked())


def test_known_gpl_decoders_are_not_locked():
    assert set(_locked()) & set(FORBIDDEN) == set()


def test_a_gpl_licence_would_be_noticed():
    assert GPL.search("License :: OSI Approved :: GNU General Public License v3 (GPLv3)")
    assert GPL.search("GPL-3.0-only")
    assert not GPL.search("LGPL-3.0-only")
