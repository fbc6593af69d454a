"""Cases that give every row of reference_values_r_survey.csv, by its line number (0 is the first).

`line` of a case maps a row of its answer to that line; the file itself is read beside the checkout
by tests/shared/test_parity_shared.py.
"""

from __future__ import annotations

from tests.golden.parity.layout import design
from tests.golden.parity.polls import ANONYMITY_ITEMS, EURO_WAVES, WVS_YEARS
from tests.golden.parity.samples import ESS_ITEMS, YEARS

SRS = {"weight": "one"}
HOBBIES = (*("cinema", "bricol", "cuisine", "peche_chasse", "lecture_bd", "hard_rock", "sport"),)


def reference_designs() -> dict[str, dict]:
    """Designs that only the reference rows use."""
    found = {
        "ref_pew": design("pew", "taylor", "", weight="weight"),
        "ref_hdv": design("hdv2003", "taylor", "", weight="poids"),
        **{f"ref_wvs_{y}": design(f"wvs_{y}", "taylor", "", **SRS) for y in WVS_YEARS},
        **{
            f"ref_euro_{wave}": design(f"euro_{wave}", "taylor", "", weight="w")
            for wave in EURO_WAVES
        },
        **{
            f"ref_anonymity_{item}": design(f"anonymity_{item}", "taylor", "", **SRS)
            for item in ANONYMITY_ITEMS
        },
        "ref_anonymity": design("anonymity", "taylor", "", **SRS),
        "ref_browser": design("browser", "taylor", "", **SRS),
        "ref_jk1_apiclus1": design(
            *("apiclus1", "jk1", "made_replicates psu"),
            weight="pw",
            psu=["dnum"],
            fpc=["fpc"],
            replicates={"make": "jk1", "rho": None, "n": None, "mse": False},
        ),
    }
    for year in YEARS:
        found[f"ref_gss{year}"] = design(
            *(f"gss{year}", "taylor", "strata psu lonely"),
            weight="wtssps",
            strata=["vstrat"],
            psu=["vpsu"],
            nested=True,
            lonely="adjust",
        )
    return found


def _case(name, design_name, statistic, ask, line, *, where=None, by=None):
    return {
        "id": f"ref/{name}",
        "statistic": statistic,
        "design": design_name,
        "ask": ask,
        **({"where": where} if where else {}),
        **({"by": by} if by else {}),
        "line": line,
    }


def reference_cases() -> list[dict]:
    """One case per group of lines."""
    found = [
        _case("apistrat mean", "apistrat", "mean", {"y": "api00"}, {"": 0}),
        _case("apistrat deff", "apistrat", "deff", {"y": "api00"}, {"mean": 0}),
        _case("apistrat total", "apistrat", "total", {"y": "enroll"}, {"": 1}),
        _case(
            *("apistrat by type", "apistrat", "mean", {"y": "api00"}),
            {"stype=E": 2, "stype=H": 3, "stype=M": 4},
            by="stype",
        ),
        _case(
            *("apistrat quantiles", "apistrat", "quantile"),
            {"y": "api00", "p": [0.25, 0.5, 0.75]},
            {"p=0.25": 5, "p=0.5": 6, "p=0.75": 7},
        ),
        _case("apistrat ratio", "apistrat", "ratio", {"a": "api_stu", "b": "enroll"}, {"": 8}),
        _case("apiclus1 mean", "apiclus1", "mean", {"y": "api00"}, {"": 9}),
        _case("apiclus1 deff", "apiclus1", "deff", {"y": "api00"}, {"mean": 9}),
        _case(
            *("apiclus1 stype", "apiclus1", "share", {"x": "stype"}),
            {"stype=E": 10, "stype=H": 11, "stype=M": 12},
        ),
        _case("apiclus1 raked", "raked_apiclus1", "mean", {"y": "api00"}, {"": 13}),
        _case("apiclus1 post", "post_apiclus1", "total", {"y": "enroll"}, {"": 14}),
        _case("apiclus1 greg", "greg_apiclus1", "mean", {"y": "api00"}, {"": 15}),
        _case("apiclus2 mean", "apiclus2", "mean", {"y": "api00"}, {"": 16}),
        _case("apiclus2 total", "apiclus2", "total", {"y": "enroll"}, {"": 17}),
        _case("apiclus1 jk1", "ref_jk1_apiclus1", "mean", {"y": "api00"}, {"": 18}),
        _case("nhanes mean", "nhanes", "mean", {"y": "HI_CHOL"}, {"": 19}),
        _case("nhanes deff", "nhanes", "deff", {"y": "HI_CHOL"}, {"mean": 19}),
        *(
            _case(
                *(f"nhanes sex {sex}", "nhanes", "mean", {"y": "HI_CHOL"}),
                {f"race={race}": 15 + 4 * sex + race for race in (1, 2, 3, 4)},
                where=f"RIAGENDR == {sex}",
                by="race",
            )
            for sex in (1, 2)
        ),
        _case(
            *("nhanes chisq", "nhanes", "chisq", {"a": "HI_CHOL", "b": "RIAGENDR"}, {"F": 28}),
        ),
        _case("syc mean", "syc", "mean", {"y": "age"}, {"": 29}),
        _case("agstrat total", "agstrat", "total", {"y": "acres92"}, {"": 30}),
        _case("agstrat mean", "agstrat", "mean", {"y": "acres92"}, {"": 31}),
        *(
            _case(f"ess {item}", "ess", "mean", {"y": item}, {"": 32 + k})
            for k, item in enumerate(ESS_ITEMS)
        ),
        _case("recs mean", "recs_fay", "mean", {"y": "TOTALDOL"}, {"": 38}),
        _case("recs total", "recs_fay", "total", {"y": "TOTALBTU"}, {"": 39}),
        *(
            _case(f"nhanes2 {y}", "nhanes2", "mean", {"y": y}, {"": 40 + k})
            for k, y in enumerate(("highbp", "zinc", "diabetes"))
        ),
        _case("nhanes2 deff", "nhanes2", "deff", {"y": "highbp"}, {"mean": 40}),
        *(
            _case(
                *(f"gss {year}", f"ref_gss{year}", "mean", {"y": "very_happy"}, {"": 43 + k}),
            )
            for k, year in enumerate(YEARS)
        ),
        *(
            _case(f"wvs {year}", f"ref_wvs_{year}", "mean", {"y": "satisfinancial"}, {"": 49 + k})
            for k, year in enumerate(WVS_YEARS)
        ),
        *(
            _case(f"euro EP {wave}", f"ref_euro_{wave}", "mean", {"y": "ep"}, {"": 55 + k})
            for k, wave in enumerate(EURO_WAVES[:8])
        ),
        *(
            _case(
                *(f"pew {q}", "ref_pew", "share", {"x": q}),
                {
                    f"{q}=Approve": 63 + 3 * k,
                    f"{q}=Disapprove": 64 + 3 * k,
                    f"{q}=Don't know/Refused (VOL.)": 65 + 3 * k,
                },
            )
            for k, q in enumerate(("q1", "q45"))
        ),
        _case(
            *("pew raked", "raked_pew", "share", {"x": "q1"}),
            {
                "q1=Approve": 69,
                "q1=Disapprove": 70,
                "q1=Don't know/Refused (VOL.)": 71,
            },
        ),
        _case("profresp raked", "raked_profresp", "mean", {"y": "main"}, {"": 72}),
        *(
            _case(f"hdv {x}", "ref_hdv", "share", {"x": x}, {f"{x}=Oui": 73 + k})
            for k, x in enumerate(HOBBIES)
        ),
        _case("anonymity rows", "ref_anonymity", "total", {"y": "one"}, {"": 80}),
        *(
            _case(f"anonymity {y}", f"ref_anonymity_{y}", "mean", {"y": y}, {"": 81 + k})
            for k, y in enumerate(ANONYMITY_ITEMS)
        ),
        _case(
            *("browser consent", "ref_browser", "mean", {"y": "consent"}),
            {"showdata=true": 87, "showdata=false": 88},
            by="showdata",
        ),
        *(
            _case(
                *(f"euro parliament {wave}", f"ref_euro_{wave}", "mean"),
                {"y": "parliament"},
                {"": 89 + k},
            )
            for k, wave in enumerate(EURO_WAVES)
        ),
    ]
    return found
