"""Design-based tests and regression models of the columns of a survey.

``ttest`` (ttest.py), ``chisq`` and ``gofchisq`` (raoscott.py, goodness.py), ``ranktest`` (rank.py),
``glm`` (glm.py), ``wald`` (wald.py); every one takes a `Survey`, column names and `where`, and
``by_domain`` (base.py) repeats one over the levels of a breakdown.
"""

from analysis.models.base import by_domain
from analysis.models.glm import Model, glm
from analysis.models.goodness import gofchisq
from analysis.models.rank import ranktest
from analysis.models.raoscott import chisq
from analysis.models.testresult import TestResult
from analysis.models.ttest import ttest
from analysis.models.wald import wald

__all__ = [
    "Model",
    "TestResult",
    "by_domain",
    "chisq",
    "glm",
    "gofchisq",
    "ranktest",
    "ttest",
    "wald",
]
