"""``perception diff-waves``: whether this wave's questions are last wave's."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EXAMPLES = """\
example
  perception diff-waves OLD NEW --study security_perception
  perception diff-waves --all --study security_perception --html waves.html --lang zh
  perception diff-waves OLD NEW --write     (adds drafts of what nobody has decided)

Proposals follow declared rules; a person decides, in comparability.yml. A change nobody has decided
on is not compared, and `perception check` names it.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("diff-waves", _diff, "compare the questions of two waves, item by item")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("waves", nargs="*", metavar="WAVE", help="the earlier one, the later one")
    parser.add_argument("--study", metavar="S", help="default: the only one that has both waves")
    parser.add_argument("--all", action="store_true", help="all neighbouring waves of the study")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page with all differences"
    )
    parser.add_argument(
        "--lang", choices=("zh", "en"), default="en", help="of the page and the list"
    )
    parser.add_argument("--write", action="store_true", help="add drafts of undecided changes")


def _diff(options: argparse.Namespace) -> None:
    from survey.instrument.comparability.drafts import add_drafts, draft_text
    from survey.instrument.comparability.page import page
    from survey.instrument.comparability.standing import Standings
    from survey.instrument.comparability.view import view_pair, word
    from survey.instrument.load import load_instrument
    from survey.io.atomic import write_text
    from survey.project import Project

    project = Project.find(options.project)
    study = _study(project, options)
    instrument = load_instrument(project, study)
    standings = Standings(instrument)
    lang = options.lang if options.lang in instrument.study.languages else "en"
    chosen = _pairs(options, list(instrument.waves), study)
    views = [view_pair(standings, old, new, lang) for old, new in chosen]
    for view in views:
        _tell(view, lang)
    _tell_summary(views, lang)
    if options.html:
        text = page(instrument, views, lang, simulated=_simulated(project, study, chosen))
        print(project.relative(write_text(options.html, text)))
    if options.write:
        text = ""
        for old, new in chosen:
            compared = [standings.compared(item, old, new) for item in standings.items(old, new)]
            text += draft_text(compared, instrument.study.languages)
        path = project.instrument(study) / "comparability.yml"
        if not text:
            print(word("none_written", lang))
            return
        add_drafts(path, project.relative(path), text)
        count = sum(line.startswith("- ") for line in text.splitlines())
        print(word("written", lang, file=project.relative(path), count=count))


def _study(project, options: argparse.Namespace) -> str:
    """The study asked for, or the only one that has the waves."""
    from survey.errors import UsageError, one_of

    if options.study:
        return project.require_study(options.study)
    having = [s for s in project.studies() if set(options.waves) <= set(project.waves(s))]
    if len(having) != 1:
        raise UsageError(
            f"{len(having)} studies have these waves",
            expected=one_of(having or project.studies()),
            hint="name it with --study",
        )
    return having[0]


def _pairs(options: argparse.Namespace, known: list[str], study: str) -> list[tuple[str, str]]:
    """Pairs of waves, the earlier one first whatever the order typed."""
    from itertools import pairwise

    from survey.errors import UsageError, did_you_mean, one_of

    if options.all and options.waves:
        raise UsageError("--all compares all waves, so none is named", hint="leave one of them out")
    if options.all:
        if len(known) < 2:
            raise UsageError(f"study '{study}' has {len(known)} wave", expected="two or more")
        return list(pairwise(known))
    if len(options.waves) != 2 or len(set(options.waves)) != 2:
        raise UsageError("two waves are compared", expected="WAVE WAVE, or --all")
    for wave in options.waves:
        if wave not in known:
            raise UsageError(
                f"there is no wave '{wave}' in {study}",
                expected=one_of(known),
                hint=did_you_mean(wave, known),
            )
    old, new = sorted(options.waves, key=known.index)
    return [(old, new)]


def _simulated(project, study: str, pairs: list[tuple[str, str]]) -> bool:
    from survey.errors import DataError
    from survey.io.source import read_source

    for wave in {wave for pair in pairs for wave in pair}:
        try:
            if read_source(project, study, wave).kind == "simulated":
                return True
        except DataError:  # a wave whose file has not come yet
            continue
    return False


def _tell(view, lang: str) -> None:
    """One pair as a table of what changed, and a line of what did not."""
    from dashboards.commands.terminal import table
    from survey.instrument.comparability.view import aspect_word, word

    rows = [
        (word("whole_wave", lang), aspect_word(m.aspect, lang), _plain(m), m.proposal, "")
        for m in view.whole
    ]
    rows = [(a, f"{b}: {c}", word(f"status_{d}", lang), "", e) for a, b, c, d, e in rows]
    for shown in view.changed:
        told = [f"{aspect_word(m.aspect, lang)}: {_plain(m)}" for m in shown.found]
        decision = word("undecided", lang)
        if shown.decision == "draft":
            decision = word("draft", lang)
        elif shown.decision:
            decision = word(f"status_{shown.decision}", lang) + (" ≠" if shown.disagrees else "")
        because = "\n".join(part for part in (shown.reason, shown.bridge) if part)
        proposal = word(f"status_{shown.proposal}", lang)
        rows.append((shown.item, "\n".join(told), proposal, decision, because))
    title = word("between", lang, old=view.old, new=view.new)
    if rows:
        heads = ("item", "changes", "proposal", "decision", "reason")
        table(title, [word(h, lang) for h in heads], rows, numbers=False)
    else:
        print(f"{title}: {word('nothing', lang)}")
    join = word("join", lang)
    for state in ("new", "dropped"):
        if named := [shown.item for shown in view.of(state)]:
            print(f"{word(f'mean_{state}', lang)}: {join.join(named)}")
    named = [shown.item for shown in view.of("same") if shown not in view.changed]
    if named and rows:
        print(f"{word('unchanged', lang)}: {join.join(named)}")


def _plain(marked) -> str:
    """A difference in one line: [-gone-] and {+come+}, as in a word diff."""
    signs = {"old": "[-{}-]", "new": "{{+{}+}}", "same": "{}"}
    told = []
    for language, lines in marked.lines:
        text = " / ".join("".join(signs[p.kind].format(p.text) for p in line) for line in lines)
        told.append(f"{language} {text}" if language else text)
    return "\n  ".join(told)


def _tell_summary(views, lang: str) -> None:
    from survey.instrument.comparability.view import summary, word

    undecided, disagreeing = summary(views)
    join = word("join", lang)
    if undecided:
        items = join.join(dict.fromkeys(shown.item for shown in undecided))
        print(word("open_items", lang, count=len(undecided), items=items))
    else:
        print(word("none_open", lang))
    if disagreeing:
        items = join.join(dict.fromkeys(shown.item for shown in disagreeing))
        print(word("disagreements", lang, count=len(disagreeing), items=items))
