import shutil
import zipfile

import pytest

from analysis.results.manifest import digest, verify, write_manifests
from analysis.results.release import freeze
from survey.errors import VerifyError


@pytest.fixture
def built(tiny):
    """The tiny project with two outputs of its report and study, both called tiny."""
    report = tiny.templates("tiny") / "report.yml"
    report.write_text("studies: [tiny]\n", encoding="utf-8")
    (tiny.root / "requirements.lock").write_text("", encoding="utf-8")
    folder = tiny.build("tiny")
    folder.mkdir(parents=True)
    (folder / "estimates.parquet").write_bytes(b"numbers")
    (folder / "factors.parquet").write_bytes(b"secret")
    (folder / "stages").mkdir()
    (folder / "stages" / "report").touch()
    return tiny


def document(path, order: list[str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in order:
            archive.writestr(name, f"text of {name}")


class TestDigest:
    def test_a_document_is_compared_by_its_parts_not_its_bytes(self, tmp_path):
        document(tmp_path / "a.docx", ["one", "two"])
        document(tmp_path / "b.docx", ["two", "one"])
        document(tmp_path / "c.docx", ["one", "three"])
        a, b, c = (digest(tmp_path / f"{name}.docx") for name in "abc")
        assert (tmp_path / "a.docx").read_bytes() != (tmp_path / "b.docx").read_bytes()
        assert a == b != c


class TestManifest:
    def test_inputs_and_outputs_are_listed_and_stamps_are_not(self, built):
        (path,) = write_manifests(built, "tiny")
        text = path.read_text("utf-8")
        assert "build/tiny/estimates.parquet" in text
        assert "instruments/tiny/study.yml" in text
        assert "stages" not in text

    def test_an_altered_output_is_named(self, built, tmp_path):
        other = tmp_path / "other"
        shutil.copytree(built.root, other, ignore=shutil.ignore_patterns("other"))
        assert verify(built, "tiny", other).startswith("2 outputs equal")
        (other / "build" / "tiny" / "estimates.parquet").write_bytes(b"other numbers")
        with pytest.raises(VerifyError, match=r"estimates\.parquet: differs") as caught:
            verify(built, "tiny", other)
        assert caught.value.exit_code == 8


class TestRelease:
    def test_variance_factors_stay_behind(self, built):
        folder = freeze(built, "tiny")
        names = {path.name for path in folder.rglob("*") if path.is_file()}
        assert names == {"estimates.parquet", "SHA256SUMS"}

    def test_the_same_build_gives_the_same_release(self, built):
        assert freeze(built, "tiny") == freeze(built, "tiny")

    def test_without_a_build_it_says_what_to_run(self, tiny):
        (tiny.templates("tiny") / "report.yml").write_text("studies: [tiny]\n", "utf-8")
        with pytest.raises(VerifyError, match="make report"):
            freeze(tiny, "tiny")
