"""A file measured in blocks gives the rows of the same file measured in memory."""

import datetime as dt
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from analysis.monitoring import large
from analysis.monitoring.bulk import distinct
from analysis.monitoring.bulkread import read_narrow
from analysis.monitoring.copies import merge_copies
from analysis.monitoring.estimates import scan_rows
from analysis.monitoring.run import run
from analysis.monitoring.scanned import Scanned
from analysis.monitoring.scans import read_scans
from analysis.results import schema
from analysis.results.store import read_estimates
from survey.errors import DataError
from survey.instrument.scanrules import ScanRules
from survey.io.source import sha256
from survey.progress import Progress
from survey.project import Project
from tests.unit.monitoring.conftest import STUDY, WAVE

P = "android.permission."
FIELDS = ("app", "signer", "store", "category", "version", "version_code", "scan_date",
          "permissions", "behaviours", "installs")  # fmt: skip
RECORD = st.fixed_dictionaries(
    {
        "app": st.sampled_from(["a.a", "a.b", "a.c", "a.d", "a.e", "bad"]),
        "signer": st.sampled_from(["x", "y"]),
        "store": st.sampled_from(["s1", "s2", "s3"]),
        "category": st.sampled_from(["games", "social", "finance"]),
        "version": st.sampled_from(["1", "1.0", "1.10", "1.9"]),
        "version_code": st.sampled_from([None, 3, 4]),
        "scan_date": st.sampled_from(
            [dt.date(2018, 1, 5), dt.date(2018, 2, 1), dt.date(2018, 5, 1), dt.date(2018, 6, 30)]
        ),
        "permissions": st.lists(
            st.sampled_from([P + "READ_SMS", P + "READ_CONTACTS", "own", P + "ACCESS_FINE_LOCATION",
                             P + "READ_PHONE_STATE"]),
            max_size=5,
        ),
        "behaviours": st.lists(
            st.sampled_from(["read_sms", "read_location", "embed_advertising", "read_imei"]),
            max_size=3,
        ),
        "installs": st.sampled_from([None, 0, 10, 250, 1_000_000, -5]),
    }
)  # fmt: skip
FORM = pa.schema(
    [
        *((name, pa.string()) for name in ("app", "signer", "store", "category", "version")),
        ("version_code", pa.int64()),
        ("scan_date", pa.date32()),
        ("permissions", pa.list_(pa.string())),
        ("behaviours", pa.list_(pa.string())),
        ("installs", pa.int64()),
    ]
)
BREAKDOWNS = [["period"], ["store"], ["category", "period"], ["store", "period"],
              ["category", "store"]]  # fmt: skip


def sorted_rows(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(kind="simulated", study="s", wave="w")
    rows["analysis_unit"] = (
        rows["analysis_unit"].fillna("app") if "analysis_unit" in rows else "app"
    )
    return schema.conform(rows).sort_values(list(schema.KEY), ignore_index=True)


def both_ways(path, wave, instrument, monitoring, terms) -> tuple[pd.DataFrame, large.Measured]:
    changed = type(wave).model_validate(
        {
            **wave.model_dump(exclude={"columns", "calibrate"}),
            "columns": {item: {"column": item} for item in FIELDS},
        }
    )
    rules = terms["rules"]
    scans = read_scans(path, changed, instrument, rules=rules)
    narrow = read_narrow(
        path, changed, instrument, monitoring.grouping, rules,
        rejects=path.with_name("rejects.parquet"), rows=7, installs=True,
    )  # fmt: skip
    assert narrow.rejected == scans.rejects["reason"].value_counts().to_dict()
    assume(len(scans.records))
    merged = merge_copies(scans.records, category_order=terms["levels"], rules=rules)
    rows = scan_rows(Scanned(records=scans.records, merged=merged, **terms))
    found = large.measure(large.Large(records=distinct(narrow)[0], **terms))
    assert (found.apps, found.older, found.further) == (
        len(merged.apps), merged.older, merged.further,
    )  # fmt: skip
    return rows, found


class TestEqualRows:
    @given(
        st.lists(RECORD, min_size=1, max_size=30),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["convenience", "complete"]),
        st.sampled_from([("app", "signer", "version"), ("app", "signer", "version_code")]),
    )
    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        max_examples=8,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes
    )
    def test_on_any_records(
        self, tmp_path, wave, instrument, monitoring, records, by_signer, last, reach, version
    ):
        scale = instrument.scale_of("category")
        levels = [scale.code(value) for value in scale.values()]
        rules = ScanRules.model_validate(
            {
                "same_app": ["app", "signer"] if by_signer else ["app"],
                "same_version": version,
                "category": "last_scan" if last else "most_records",
                "newest_by": ["version_code"] if last else ["version"],
                "breakdowns": BREAKDOWNS,
            }
        )
        path = tmp_path / "scans.parquet"
        table = pa.Table.from_pylist(records, schema=FORM)
        pq.write_table(table, path, row_group_size=10)
        rows, found = both_ways(
            path, wave, instrument, monitoring,
            {
                "grouping": monitoring.grouping, "rules": rules, "levels": levels,
                "domains": {"category": levels}, "conf_level": 0.95, "min_base": 3,
                "indicators": frozenset(entry.id for entry in instrument.study.indicators),
                "reach": reach, "source": "a log", "lonely": "fail",
            },
        )  # fmt: skip
        pd.testing.assert_frame_equal(
            sorted_rows(rows), sorted_rows(found.rows), check_exact=False, rtol=1e-13, atol=1e-15
        )


def project_with(checkout: Project, folder, above: int | None, take: int = 2500) -> Project:
    """The shipped study with some of its scans as Parquet with list columns."""
    for part in (f"instruments/{STUDY}", f"data/raw/{STUDY}"):
        shutil.copytree(checkout.root / part, folder / part)
    (folder / "pyproject.toml").touch()
    project = Project(folder)
    raw = project.raw(STUDY, WAVE)
    cells = pd.read_csv(raw / "scans.csv.gz", dtype="str", keep_default_na=False).head(take)
    for field in ("permissions", "behaviours"):
        cells[field] = cells[field].str.split(";")
    pq.write_table(pa.Table.from_pandas(cells, preserve_index=False), raw / "scans.parquet")
    _edit(raw / "source.yml", lambda card: card["files"].update(
        {"scans.parquet": sha256(raw / "scans.parquet")}))  # fmt: skip
    study = project.instrument(STUDY)
    _edit(study / "waves" / f"{WAVE}.yml", lambda wave: wave["raw"].update(
        {"file": "scans.parquet"}))  # fmt: skip
    blocks = None if above is None else {"above": above, "unit": "records", "source": "a test"}
    _edit(study / "scans.yml", lambda rules: rules.update({"in_blocks": blocks}))
    return project


def _edit(path, change) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture(scope="module")
def built(checkout, tmp_path_factory) -> dict[str, Project]:
    made = {}
    for name, above in (("memory", None), ("blocks", 1)):
        made[name] = project_with(checkout, tmp_path_factory.mktemp(name), above)
        run(made[name], [STUDY], Progress.silent())
    return made


class TestTheStage:
    def test_a_file_above_the_declared_number_gives_equal_rows(self, built):
        one, two = (read_estimates(built[name], STUDY) for name in ("memory", "blocks"))
        assert {"apps_in_both", "all_apps", "pooled", "installs", "ratio"} <= set(one["variant"])
        pd.testing.assert_frame_equal(one, two)

    def test_intake_says_the_same_and_rejects_stand_in_their_file(self, built):
        folders = {name: project.clean(STUDY, WAVE) for name, project in built.items()}
        one, two = (pd.read_csv(folders[name] / "intake.csv") for name in ("memory", "blocks"))
        pd.testing.assert_frame_equal(one, two)
        rejects = pq.read_table(folders["blocks"] / "rejects.parquet").to_pandas()
        kept = pd.read_csv(folders["memory"] / "rejects.csv", keep_default_na=False)
        assert rejects["source_row"].tolist() == kept["source_row"].tolist()
        assert rejects["reason"].tolist() == kept["reason"].tolist()

    def test_counts_of_apps_are_written_and_are_those_of_the_rows(self, built):
        counts = pd.read_csv(built["blocks"].clean(STUDY, WAVE) / "app_counts.csv")
        counts = counts.set_index(["breakdown", "indicator", "domain"])
        rows = read_estimates(built["blocks"], STUDY)
        rows = rows[rows["variant"].eq("wilson_by_period") & rows["indicator"].eq("device_info")]
        alone = rows[~rows["domain"].str.contains("&")]
        assert len(alone) == 2
        for row in alone.itertuples():
            told = counts.loc[("period", row.indicator, row.domain)]
            assert (told["count"], told["n"]) == (row.count, row.n)

    def test_files_of_the_other_way_do_not_stay_behind(self, built):
        assert (built["memory"].clean(STUDY, WAVE) / "apps.parquet").exists()
        names = {path.name for path in built["blocks"].clean(STUDY, WAVE).iterdir()}
        assert names == {"app_counts.csv", "intake.csv", "rejects.parquet"}

    def test_no_usable_record_is_said_and_traced_to_the_rejects(self, checkout, tmp_path):
        project = project_with(checkout, tmp_path, 1, take=50)
        _edit(project.instrument(STUDY) / "waves" / f"{WAVE}.yml", lambda wave: wave["columns"][
            "app"].update({"column": "store"}))  # fmt: skip
        with pytest.raises(DataError, match="no scan record is usable"):
            run(project, [STUDY], Progress.silent())
        told = pq.read_table(project.clean(STUDY, WAVE) / "rejects.parquet").to_pandas()
        assert told["reason"].eq("bad_package_name").all()
        assert len(told) == 50


class TestSums:
    def test_the_ratio_of_sums_is_that_of_plain_arithmetic(self):
        from analysis.monitoring.unused import Sums

        rng = np.random.default_rng(4)
        x = rng.integers(0, 6, 200)
        y = rng.binomial(x, 0.3)
        found = Sums.of(x, y)
        base = x > 0
        away = y[base] - found.ratio() * x[base]
        n = base.sum()
        assert found.ratio() == pytest.approx(y.sum() / x.sum(), rel=1e-15)
        assert found.error() == pytest.approx(
            np.sqrt((away**2).sum() * n / (n - 1)) / x.sum(), rel=1e-12
        )
