"""Derived columns of a data set, as R and Python both read them from cases.json."""

from __future__ import annotations


def step(name: str, op: str, of: str | list[str] | None = None, **more) -> dict:
    """One derived column; the operations are listed in tests/parity/frames.py."""
    return {"name": name, "op": op, **({"of": of} if of else {}), **more}


def over(name: str, of: str, value: float) -> dict:
    """1 where `of` exceeds `value`, 0 elsewhere, missing where `of` is."""
    return step(name, "over", of, value=value)


def equals(name: str, of: str, value) -> dict:
    """1 where `of` equals `value`, 0 elsewhere, missing where `of` is."""
    return step(name, "equals", of, value=value)


def blank(name: str, of: str, every: int) -> dict:
    """`of` with every `every`-th row made missing."""
    return step(name, "blank", of, every=every)


def fill(name: str, of: str, value) -> dict:
    """`of` with `value` where missing."""
    return step(name, "fill", of, value=value)


def linear(name: str, of: str, a: float, b: float) -> dict:
    """a + b * of."""
    return step(name, "linear", of, a=a, b=b)
