"""The order in which a browser is looked for, and what is said when one is wrong."""

import json

import pytest

from analysis.figures import browser, npm, npm_chromium
from survey.errors import ReportError

RUNS = "#!/bin/sh\necho Chromium 1.2.3.4\n"
BROKEN = "#!/bin/sh\necho cannot find libnss3.so >&2\nexit 127\n"


def executable(path, text=RUNS):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def starts(monkeypatch):
    """Starting a fake browser is running it: no real one is needed for the order."""

    def why_not(found, seconds=0):
        return "" if found.version() else browser._first_words(found) or "there is no such file"

    monkeypatch.setattr(browser, "why_not", why_not)


@pytest.fixture
def machine(tmp_path):
    """A checkout and a PATH folder of its own, so that nothing of this machine is seen."""
    (tmp_path / "bin").mkdir()
    return tmp_path, {"PATH": str(tmp_path / "bin")}


def unpacked(root):
    return executable(npm_chromium.folder(root) / "chromium")


class TestFind:
    def test_browser_path_comes_first(self, machine):
        root, env = machine
        executable(root / "bin" / "chromium")
        own = executable(root / "own" / "chrome")
        found = browser.find(root, {**env, "BROWSER_PATH": str(own)})
        assert (found.path, found.origin) == (own, "BROWSER_PATH")

    def test_path_comes_before_the_npm_build(self, machine):
        root, env = machine
        unpacked(root)
        installed = executable(root / "bin" / "google-chrome")
        assert browser.find(root, env).path == installed

    def test_chromium_comes_before_chrome(self, machine):
        root, env = machine
        executable(root / "bin" / "google-chrome")
        chromium = executable(root / "bin" / "chromium")
        assert browser.find(root, env).path == chromium

    def test_the_npm_build_comes_last_with_its_libraries(self, machine):
        root, env = machine
        build = unpacked(root)
        found = browser.find(root, env)
        assert found.path == build
        assert found.environment(env)["LD_LIBRARY_PATH"] == str(build.parent / "lib")

    def test_one_that_does_not_run_is_passed_over(self, machine):
        root, env = machine
        executable(root / "bin" / "chromium", BROKEN)
        build = unpacked(root)
        assert browser.find(root, env).path == build

    @pytest.mark.parametrize("name", ["nowhere/chrome", "bin/list"])
    def test_a_wrong_browser_path_is_named(self, machine, name):
        root, env = machine
        executable(root / "bin" / "list", "#!/bin/sh\necho list 9.1\n")
        with pytest.raises(ReportError, match=f"BROWSER_PATH names .*{name}"):
            browser.find(root, {**env, "BROWSER_PATH": str(root / name)})

    def test_none_at_all_says_what_to_do(self, machine):
        root, env = machine
        with pytest.raises(ReportError, match="make setup"):
            browser.find(root, env)

    def test_fonts_are_those_of_the_checkout(self, machine):
        root, env = machine
        unpacked(root)
        config = browser.find(root, env).environment(env)["FONTCONFIG_FILE"]
        assert config == str(root / "report_templates" / "fonts" / "fonts.conf")


@pytest.mark.usefixtures("starts")
class TestProvide:
    def test_a_wrong_browser_path_is_not_replaced(self, machine):
        root, env = machine
        unpacked(root)
        with pytest.raises(ReportError, match="BROWSER_PATH names /nowhere"):
            browser.provide(root, print, {**env, "BROWSER_PATH": "/nowhere"})

    def test_one_that_does_not_start_is_told_of_and_the_next_taken(self, machine):
        root, env = machine
        executable(root / "bin" / "chromium", BROKEN)
        build, told = unpacked(root), []
        assert browser.provide(root, told.append, env).path == build
        assert "libnss3.so" in told[0]

    def test_the_npm_build_is_fetched_only_when_there_is_no_other(self, machine, monkeypatch):
        root, env = machine
        fetched = browser.Browser(unpacked(root), "npm package", root)
        monkeypatch.setattr(browser, "_unpacked", lambda root: [])
        monkeypatch.setattr(browser, "_fetched", lambda root, tell: [fetched])
        assert browser.provide(root, print, env) is fetched
        installed = executable(root / "bin" / "chromium")
        assert browser.provide(root, print, env).path == installed

    def test_the_choice_is_kept_until_the_machine_changes(self, machine):
        root, env = machine
        first = executable(root / "bin" / "chromium", BROKEN)
        build = unpacked(root)
        browser.provide(root, lambda step: None, env)
        executable(first)  # runs now, but set-up has chosen
        assert browser.find(root, env).path == build
        second = executable(root / "bin" / "chromium-browser")
        assert browser.find(root, env).path == first
        first.unlink()
        assert browser.find(root, env).path == second

    def test_a_spoilt_record_is_as_none(self, machine):
        root, env = machine
        build = unpacked(root)
        for text in ("", "[]", json.dumps({"chosen": "x"})):
            (root / ".browser" / "choice.json").write_text(text)
            assert browser.find(root, env).path == build

    def test_other_machines_are_told_to_install_one(self, machine, monkeypatch):
        root, env = machine
        monkeypatch.setattr(npm_chromium.platform, "machine", lambda: "aarch64")
        with pytest.raises(ReportError, match="aarch64"):
            browser.provide(root, print, env)


class TestNpm:
    package = npm.Package("@some/browser", "1.0.0", "AAAA")

    def fake_npm(self, root, text):
        return executable(root / "bin" / "npm", f"#!/bin/sh\n{text}\n")

    def test_an_altered_tarball_is_refused(self, machine, monkeypatch):
        root, _ = machine
        self.fake_npm(
            root, 'while [ "$1" != --pack-destination ]; do shift; done; echo x > "$2/a.tgz"'
        )
        monkeypatch.setenv("PATH", f"{root / 'bin'}:/usr/bin:/bin")
        with (
            pytest.raises(ReportError, match=r"@some/browser@1\.0\.0 is not the file"),
            npm.fetched(self.package, root, lambda step: None),
        ):
            pytest.fail("an unchecked tarball was handed out")
        assert list((root / ".browser").iterdir()) == []

    def test_npm_is_quoted_when_it_fails(self, machine, monkeypatch):
        root, _ = machine
        self.fake_npm(root, "echo 'npm error network getaddrinfo ENOTFOUND' >&2; exit 1")
        monkeypatch.setenv("PATH", f"{root / 'bin'}:/usr/bin:/bin")
        with (
            pytest.raises(ReportError, match="network getaddrinfo ENOTFOUND"),
            npm.fetched(self.package, root, lambda step: None),
        ):
            pytest.fail("npm failed")


class TestTheRealOne:
    @pytest.fixture
    def real_browser(self, checkout):
        return browser.find(checkout.root)

    def test_it_starts(self, real_browser):
        assert browser.why_not(real_browser) == ""

    def test_a_file_that_is_no_browser_does_not(self, tmp_path):
        path = executable(tmp_path / "chrome", BROKEN)
        reason = browser.why_not(browser.Browser(path, "BROWSER_PATH", tmp_path))
        assert reason == "cannot find libnss3.so"
