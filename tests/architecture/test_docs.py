"""Every link in the project's documents leads somewhere."""

import re

import pytest

from tests.architecture.sources import ROOT, project_files, short

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
DOCUMENTS = [path for path in project_files() if path.suffix == ".md"]


def _anchors(path):
    headings = re.findall(r"^#+\s+(.*)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=short)
def test_links_resolve(path):
    broken = []
    for link in LINK.findall(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", "docs/architecture.md", "docs/clinical.md"])
def test_a_reader_finds_the_document(name):
    assert (ROOT / name).stat().st_size > 500


def test_the_readme_says_what_the_program_is_not():
    text = (ROOT / "README.md").read_text("utf-8").lower()
    assert "not a medical device" in text
    assert "research use" in text
