"""The corpus as it is loaded, and the tools that wrote it."""

from collections import defaultdict

import pytest

from indexer.corpus.authored import AuthoringError, read_authored, unmark
from indexer.corpus.plan import LARGE_LANGUAGES, issues, plan
from indexer.corpus.splits import split_of, unseen_issues
from knowledge import corpus
from knowledge.locales import PRODUCT_LANGUAGES


def test_the_taxonomy_is_wide_and_its_neighbours_exist():
    codes = {issue.code for issue in corpus.issues()}
    assert len(codes) >= 150
    assert len({issue.sector for issue in corpus.issues()}) >= 15
    assert {neighbour.code for issue in corpus.issues() for neighbour in issue.neighbours} <= codes


def test_every_issue_has_a_good_a_second_and_a_failed_resolution():
    ranks: dict[str, set[str]] = {}
    for resolution in corpus.resolutions():
        ranks.setdefault(resolution.issue, set()).add(resolution.rank)
    assert set(ranks) == set(issues())
    assert all(found == {"good", "second", "failed"} for found in ranks.values())


@pytest.mark.parametrize("tag", corpus.languages())
def test_a_languages_complaints_cover_every_issue_and_mark_what_is_personal(tag):
    found = list(corpus.complaints(tag))
    wanted = 2 if tag in LARGE_LANGUAGES else 1
    assert len(found) == wanted * len(issues())
    assert len({complaint.text for complaint in found}) == len(found)
    for complaint in found:
        assert all(0 <= span.start < span.end <= len(complaint.text) for span in complaint.personal)
    assert len(list(corpus.others(tag))) >= 15
    assert sum(bool(draft.findings) for draft in corpus.drafts(tag)) >= 10


def test_the_corpus_speaks_only_the_products_languages():
    assert set(corpus.languages()) <= set(PRODUCT_LANGUAGES)


def test_a_plan_is_the_same_on_every_run():
    assert list(plan("sl")) == list(plan("sl"))
    assert len(list(plan("de"))) == 2 * len(list(plan("sl")))


def test_the_unseen_issues_are_all_in_the_test_split():
    unseen = unseen_issues(issues())
    assert all(c.split == "test" for tag in corpus.languages() for c in corpus.complaints(tag) if c.issue in unseen)
    assert split_of("x/any", next(iter(unseen)), unseen) == "test"


def test_marks_become_spans_of_the_plain_text():
    text, (name, number) = unmark("I am {{name:Ana Novak}}, order {{ref:A-1}}.")
    assert text == "I am Ana Novak, order A-1."
    assert (text[name.start : name.end], text[number.start : number.end]) == ("Ana Novak", "A-1")


def test_a_line_without_a_text_is_named(tmp_path):
    path = tmp_path / "parcels.txt"
    path.write_text("parcels.late.1\tfine\nparcels.late.2 no tab\n", encoding="utf-8")
    with pytest.raises(AuthoringError, match=r"parcels.txt:2"):
        list(read_authored(path))


def test_every_languages_sentences_stand_with_the_same_english():
    found = list(corpus.sentences())
    plain = {frozenset(english) for english in _english_by_language(row for row in found if row.issue is None).values()}
    first, *more = sorted(plain, key=len)  # all have the first list, the thin ones a second
    assert len(more) <= 1 and all(first <= english for english in more)
    assert all(row.text.strip() and row.text != row.english for row in found)


def test_sentences_that_complain_are_written_in_every_language_about_known_issues_only():
    found = [row for row in corpus.sentences() if row.issue]
    by_language = _english_by_language(found)
    assert by_language.keys() == set(PRODUCT_LANGUAGES) - {"en"}
    most = max(map(len, by_language.values()))
    assert all(len(english) > 0.97 * most for english in by_language.values())
    known = set(issues()) - unseen_issues(issues())
    assert {row.issue for row in found} == known


def _english_by_language(rows):
    found = defaultdict(set)
    for row in rows:
        assert row.language in PRODUCT_LANGUAGES
        found[row.language].add(row.english)
    return found


def test_every_language_had_a_second_reading():
    found = {review.language: review for review in corpus.reviews()}
    assert found.keys() == set(corpus.languages())
    assert all(review.read.complaints >= 60 and review.findings for review in found.values())
