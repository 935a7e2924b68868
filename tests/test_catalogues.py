"""Every locale is whole, and proven on texts of its own."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from indexer.catalogues import problems_of
from knowledge.locales import CATALOGUES, catalogue_locales
from knowledge.model import Remark
from knowledge.phrasebook import meanings, registers_of
from knowledge.translation import interface_locales, render

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"N_": None, "Remark": None, "gettext": None, "ngettext": (1, 2), "_": None}
FIRST_26 = ("sl nb fil zh-Hans zh-Hant en de fr es pt it nl pl cs ru uk tr ar hi ja ko id vi sv da fi").split()


@pytest.mark.parametrize("tag", sorted(catalogue_locales()))
def test_a_locale_is_whole_and_passes_its_proofs(tag):
    assert list(problems_of(tag)) == []


def test_the_first_26_locales_are_there():
    assert set(FIRST_26) <= catalogue_locales()


@pytest.mark.parametrize(
    ("tag", "registers"), [("sl", 2), ("de", 2), ("ja", 2), ("en", 1), ("nb", 1), ("sv", 1), ("da", 1)]
)
def test_a_language_has_the_registers_it_has(tag, registers):
    assert len(registers_of(tag)) == registers


def test_the_purposes_an_answer_needs_are_there():
    purposes = {key.split(".")[0] for key in meanings()}
    assert {"apology", "empathy", "reassurance", "thanks", "remedy_question", "transfer", "closing"} <= purposes


def test_the_interface_template_is_what_the_code_says():
    method_map = [("plugin/templates/**.html", "jinja2"), ("plugin/**.py", "python"), ("knowledge/**.py", "python")]
    said = set()
    for folder in ("plugin", "knowledge"):
        for *_, message, _comments, _context in extract_from_dir(
            str(ROOT), method_map, keywords=KEYWORDS, directory_filter=lambda path, f=folder: f in Path(path).parts
        ):
            said.add(message[0] if isinstance(message, tuple) else message)
    with (CATALOGUES / "messages.pot").open("rb") as source:
        template = {m.id[0] if isinstance(m.id, tuple) else m.id for m in read_po(source) if m.id}
    assert said == template, "run make messages"


def test_remarks_are_told_in_the_agents_language():
    remark = Remark("{agent} speaks {language} and is on duty.", {"agent": "Kari", "language": "nb"})
    assert {"sl", "nb", "de", "en"} <= interface_locales()
    assert render(remark, "nb").startswith("Kari snakker")
    assert render(remark, "nn") == render(remark, "nb")
    assert render(remark, "th") == remark.in_english().replace(" nb ", " Norwegian Bokmål ")
