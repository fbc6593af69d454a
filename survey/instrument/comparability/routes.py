"""Whether two routes lead the same people to an item, however they are written.

Asked of the search in survey/instrument/reach.py, with the questionnaire of each wave: is there a
respondent for whom one route holds and the other does not?
"""

from __future__ import annotations

from survey.instrument.comparability.forms import Form
from survey.instrument.load import Instrument
from survey.instrument.reach import Reach, names_of

SAME, UNSETTLED, OTHER = 1.0, 0.5, 0.0


def same_people(instrument: Instrument, waves: tuple[str, str], old: Form, new: Form) -> float:
    """1 where the same people are asked, 0 where not, 0.5 where the search does not settle it.

    A route that looks at something the other wave did not ask cannot be compared: 0.5.
    """
    found = [_one_way(instrument, wave, old.route, new.route) for wave in waves]
    if OTHER in found:
        return OTHER
    return UNSETTLED if UNSETTLED in found else SAME


def _one_way(instrument: Instrument, wave: str, one: str, other: str) -> float:
    """The answer for the people of one wave's questionnaire."""
    asked = instrument.at(wave)
    questionnaire = instrument.questionnaires[instrument.waves[wave].questionnaire]
    reach = Reach(questionnaire, asked.items, asked.scales)
    order = set(questionnaire.order())
    known = {name for name, item in asked.items.items() if item.derive is not None} | order
    if any(reach.item_of(name) not in known for name in names_of(one) | names_of(other)):
        return UNSETTLED
    for yes, no in ((one, other), (other, one)):
        witness = reach.possible([(yes, True), (no, False)])
        if witness is None:
            return UNSETTLED
        if witness is not False:
            return OTHER
    return SAME
