"""From a report's table list to finished tables: number, title, notes and marks.

What a kind shows is decided where the kind is written (kinds.py lists them); here every table gets
the notes that its marks call for and says how much of it is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from analysis.results.bases import require_same_base
from analysis.results.wording import Words
from analysis.tables.kinds import KINDS
from analysis.tables.material import Draft, Material
from analysis.tables.reasons import in_words, shared_reasons, without_shared
from analysis.tables.shape import Cell, Table, how_simulated
from analysis.tables.spec import TableSpec
from survey.errors import ReportError, collect, did_you_mean, one_of


def build_tables(
    specs: Sequence[TableSpec], material: Material, numbers: Mapping[str, str]
) -> dict[str, Table]:
    """Every table of a report in one language, by name, in the order of its list.

    Raises
    ------
    ReportError
        With the faults of all tables: an unknown kind, rows that do not exist, wrong options,
        shares of different bases in one table.
    """
    tables = {}
    with collect(ReportError) as faults:
        for spec in specs:
            where = f"table '{spec.name}'"
            if spec.kind not in KINDS:
                faults.add(
                    f"there is no kind of table '{spec.kind}'",
                    where=where,
                    expected=one_of(KINDS, most=20),
                    hint=did_you_mean(spec.kind, KINDS),
                )
                continue
            try:
                draft = KINDS[spec.kind](spec, material)
                require_same_base(draft.rows)
            except ReportError as error:
                for fault in error.faults:
                    faults.add(fault.what, where=where, expected=fault.expected, hint=fault.hint)
                continue
            tables[spec.name] = _finished(spec, draft, material, numbers[spec.name])
    return tables


def _finished(spec: TableSpec, draft: Draft, material: Material, number: str) -> Table:
    words = material.words
    annex = "" if number.isdigit() else "annex_"
    simulated = how_simulated(draft.rows)
    mark = words.phrase(f"mark_{simulated}") if simulated else ""
    shared = shared_reasons(draft.rows, words)
    lines = without_shared(draft.lines, shared, words)
    return Table(
        name=spec.name,
        label=words.phrase(f"{annex}table", number=number),
        title=f"{mark}{spec.title[words.lang]}",
        columns=draft.columns,
        lines=lines,
        notes=_notes(spec, draft, lines, words, shared),
        simulated=simulated,
        chart=draft.chart,
        rows=draft.rows,
    )


def _notes(spec: TableSpec, draft: Draft, lines, words: Words, shared) -> tuple[str, ...]:
    simulated = how_simulated(draft.rows)
    cells = [cell for line in lines if line.kind != "group" for cell in line.cells]
    notes = []
    if spec.note:
        notes.append(f"{words.phrase('note')}{spec.note[words.lang]}")
    notes += draft.notes
    if simulated:
        notes.append(words.phrase(f"note_simulated_{simulated}"))
    if any(cell.mark == "suppressed" for cell in cells):
        notes.append(words.phrase("note_hidden"))
    if any(cell.mark == "broken" for cell in cells):
        notes.append(words.phrase("note_broken"))
    if shared:
        notes.append(words.phrase("note_shared", told=words.phrase("reason_join").join(shared)))
    own = [
        told for cell in cells if cell.mark == "caution" for told in in_words(cell.reason, words)
    ]
    if any(cell.mark == "caution" for cell in cells):
        told = dict.fromkeys(reason for reason in own if reason not in shared)
        notes.append(words.phrase("note_caution", told=words.phrase("reason_join").join(told)))
    if carried := [cell for cell in cells if cell.mark == "carried"]:
        told = dict.fromkeys(why for cell in carried for why in in_words(cell.reason, words))
        notes.append(words.phrase("note_carried", told=words.phrase("reason_join").join(told)))
    if filled := words.imputed(*(row.imputed for row in draft.rows if not row.suppressed)):
        notes.append(words.phrase("note_imputed", told=filled))
    if any(_dash(cell) for cell in cells):
        notes.append(words.phrase("note_absent"))
    if spec.source:
        notes.append(f"{words.phrase('source')}{spec.source[words.lang]}")
    return tuple(notes)


def _dash(cell: Cell) -> bool:
    return cell.absent and not cell.hidden
