"""Two finite populations whose every value is known, frozen in the repository.

Both have 6 regions of 20 strata of 200 PSUs of 12 to 20 people; answers differ in how alike the
people of one PSU are (intraclass correlation .02 and .2, of the answers themselves and within
strata). People who are easier to reach (`size`, which drives selection) give other answers, and
larger PSUs do too, so unweighted numbers are wrong. The data stand in
``tests/data/simulation``, with their hashes; `build` made them and makes them again. How samples
are drawn from them: samples.py.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parents[1] / "data" / "simulation"
REGIONS, STRATA, PSUS = 6, 20, 200  # strata in a region, PSUs in a stratum
SMALLEST, LARGEST = 12, 20  # people in a PSU
ICC = {"low": 0.02, "high": 0.2}
SHARES = {"rare": 0.02, "quarter": 0.25, "half": 0.5}
SEED = 20231
AGE_EFFECT = 0.6  # in standard deviations of a person's part, up and down from the middle group
REGION_EFFECT = (-0.55, -0.3, -0.1, 0.1, 0.3, 0.55)


@dataclass(frozen=True, eq=False)
class Population:
    """N people in PSUs, sorted by PSU.

    Attributes
    ----------
    name : str
    first : ndarray of int, shape (P + 1,)
        Where the people of every PSU begin.
    columns : dict of str to ndarray of int8, each of shape (N,)
        size 2-4, age 0-2, domain 0/1, rare, quarter, half 0/1, score 0-10, amount 0-3, and of
        the second wave score2 and quarter2.
    """

    name: str
    first: np.ndarray
    columns: dict[str, np.ndarray]

    @cached_property
    def psu(self) -> np.ndarray:
        """PSU of every person, shape (N,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @cached_property
    def people(self) -> np.ndarray:
        """Rows of every PSU's people, shape (P, LARGEST); -1 beyond the last one."""
        place = np.arange(LARGEST)
        rows = self.first[:-1, None] + place
        return np.where(place < np.diff(self.first)[:, None], rows, -1)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Size of every PSU's people, shape (P, LARGEST); 0 beyond the last one."""
        return np.where(self.people >= 0, self.columns["size"][self.people], 0).astype(np.int64)

    @cached_property
    def region(self) -> np.ndarray:
        """Region of every PSU, shape (P,)."""
        return np.arange(len(self.first) - 1) // (STRATA * PSUS)


@cache
def load(name: str) -> Population:
    """A frozen population; `name` is ``low`` or ``high``.

    Raises
    ------
    ValueError
        If the data are not those whose hash stands beside them.
    """
    with np.load(FOLDER / f"{name}.npz") as file:
        stored = {key: file[key] for key in file.files}
    if fingerprint(stored) != hashes()[name]:
        raise ValueError(f"population '{name}' is not the frozen one")
    return _unpacked(name, stored)


def hashes() -> dict[str, str]:
    """The committed sha256 of both populations."""
    return json.loads((FOLDER / "populations.json").read_text())["sha256"]


def fingerprint(stored: dict[str, np.ndarray]) -> str:
    """The sha256 of arrays with their names."""
    digest = hashlib.sha256()
    for key in sorted(stored):
        digest.update(key.encode() + np.ascontiguousarray(stored[key]).tobytes())
    return digest.hexdigest()


def icc(y: np.ndarray, psu: np.ndarray, stratum: np.ndarray) -> float:
    """Intraclass correlation of an answer within strata, by analysis of variance.

    Parameters
    ----------
    y, psu : ndarray, shape (N,)
    stratum : ndarray of int, shape (P,)
        Stratum of every PSU.
    """
    size = np.bincount(psu, minlength=len(stratum))
    kept = size > 0
    total = np.bincount(psu, y, minlength=len(stratum))[kept]
    size, stratum = size[kept], stratum[kept]
    counts = np.bincount(stratum, size)
    means = np.bincount(stratum, total) / np.where(counts > 0, counts, 1)
    between = (size * (total / size - means[stratum]) ** 2).sum()
    within = (y.astype(float) ** 2).sum() - (total**2 / size).sum()
    strata = int((counts > 0).sum())
    mean_between = between / (len(size) - strata)
    mean_within = within / (size.sum() - len(size))
    typical = (size.sum() - (size**2 / counts[stratum]).sum()) / (len(size) - strata)
    return float((mean_between - mean_within) / (mean_between + (typical - 1) * mean_within))


def build(name: str) -> dict[str, np.ndarray]:
    """The arrays of a population, made from a fixed seed."""
    rng = np.random.default_rng([SEED, list(ICC).index(name)])
    shared = rng.normal(size=REGIONS * STRATA * PSUS)
    pull = 1 / (1 + np.exp(-0.8 * shared))
    count = SMALLEST + rng.binomial(LARGEST - SMALLEST, pull)
    psu = np.repeat(np.arange(len(count)), count)
    region = np.arange(len(count)) // (STRATA * PSUS)
    age = rng.choice(3, size=len(psu), p=(0.3, 0.4, 0.3))
    trait = rng.normal(size=len(psu))
    maker = _Maker(rng, psu, region, age, shared, trait, ICC[name])
    answers = {key: maker.share(share) for key, share in SHARES.items()}
    score, person, place = maker.score()
    ease = 0.55 * person + 0.35 * shared[psu] + rng.normal(size=len(psu))
    cuts = np.quantile(ease, (1 / 3, 2 / 3))
    inside = np.where(rng.random(len(count)) < 0.3, 0.0, rng.beta(2, 3, size=len(count)))
    domain = rng.random(len(psu)) < inside[psu]
    amount = rng.binomial(3, 1 / (1 + np.exp(1.2 - 0.6 * person - 0.5 * place[psu])))
    later = maker.later(answers["quarter"][1:], (person, place))
    flags = [answers["rare"][0], answers["quarter"][0], answers["half"][0], domain, later[0]]
    return {
        "count": count.astype(np.uint8),
        "flags": np.packbits(np.column_stack(flags), axis=0),
        "size_age": (np.searchsorted(cuts, ease) + 3 * age).astype(np.uint8),
        "score": score.astype(np.uint8),
        "step": (later[1] - score + 10).astype(np.uint8),
        "amount": amount.astype(np.uint8),
    }


def _unpacked(name: str, stored: dict[str, np.ndarray]) -> Population:
    n = len(stored["score"])
    flags = np.unpackbits(stored["flags"], axis=0, count=n).astype(np.int8)
    names = ("rare", "quarter", "half", "domain", "quarter2")
    columns = {key: np.ascontiguousarray(flags[:, place]) for place, key in enumerate(names)}
    columns["size"] = (stored["size_age"] % 3 + 2).astype(np.int8)
    columns["age"] = (stored["size_age"] // 3).astype(np.int8)
    columns["score"] = stored["score"].astype(np.int8)
    columns["score2"] = (stored["score"] + stored["step"].astype(np.int8) - 10).astype(np.int8)
    columns["amount"] = stored["amount"].astype(np.int8)
    return Population(
        name, np.concatenate([[0], np.cumsum(stored["count"], dtype=np.int64)]), columns
    )


@dataclass(frozen=True, eq=False)
class _Maker:
    """Answers from parts of regions, PSUs and persons, mixed until the correlation is right."""

    rng: np.random.Generator
    psu: np.ndarray
    region: np.ndarray
    age: np.ndarray
    shared: np.ndarray
    trait: np.ndarray
    target: float

    def share(self, p: float):
        """A 0/1 answer that the part `p` of all people give, with its two parts."""
        return self._tuned(lambda latent: latent >= np.quantile(latent, 1 - p))

    def score(self):
        """A score of 0 to 10, with its two parts."""
        return self._tuned(_scored)

    def later(self, quarter, score):
        """Both answers one wave later: people and PSUs keep most of what they were."""
        parts = []
        for person, place in (quarter, score):
            new = 0.7 * person + np.sqrt(1 - 0.7**2) * self.rng.normal(size=len(person))
            moved = 0.85 * place + np.sqrt(1 - 0.85**2) * self.rng.normal(size=len(place))
            parts.append((new, moved))
        made = (lambda latent: latent >= np.quantile(latent, 1 - 0.28), _scored)
        return [self._solved(make, *part) for make, part in zip(made, parts, strict=True)]

    def _tuned(self, make):
        own = self.rng.normal(size=len(self.psu))
        person = AGE_EFFECT * (self.age - 1) + np.sqrt(1 - AGE_EFFECT**2 * 0.6) * (
            0.5 * self.trait + np.sqrt(0.75) * own
        )
        place = 0.7 * self.shared + np.sqrt(1 - 0.7**2) * self.rng.normal(size=len(self.shared))
        return self._solved(make, person, place), person, place

    def _solved(self, make, person, place):
        """The answer whose correlation within PSUs is the target, by bisection on its parts."""
        low, high = 0.0, 0.9
        area = np.array(REGION_EFFECT)[self.region]
        for _ in range(18):
            part = (low + high) / 2
            latent = np.sqrt(part) * place[self.psu] + np.sqrt(1 - part) * person + area[self.psu]
            answer = make(latent)
            if icc(answer, self.psu, self.region) < self.target:
                low = part
            else:
                high = part
        return answer


def _entry(key: str) -> zipfile.ZipInfo:
    """A file of the archive without a date, so that the same arrays give the same bytes."""
    entry = zipfile.ZipInfo(f"{key}.npy")
    entry.compress_type = zipfile.ZIP_LZMA
    return entry


def _scored(latent: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(5.6 + 2.1 * latent), 0, 10).astype(int)


def main() -> None:
    """Write both populations and their hashes."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = {name: build(name) for name in ICC}
    for name, stored in made.items():
        with zipfile.ZipFile(FOLDER / f"{name}.npz", "w", zipfile.ZIP_LZMA) as file:
            for key, values in stored.items():
                with file.open(_entry(key), "w") as part:
                    np.lib.format.write_array(part, values, version=(1, 0))
    record = {"numpy": np.__version__, "seed": SEED,
              "sha256": {name: fingerprint(stored) for name, stored in made.items()}}  # fmt: skip
    (FOLDER / "populations.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
