from survey.instrument.load import load_instrument


def add_wave(project, name: str, end: str, half: int) -> None:
    first = project.instrument("tiny") / "waves" / "2020H1.yml"
    text = first.read_text(encoding="utf-8")
    text = text.replace("2020-06-30", end).replace("2020-01-01", "2000-01-01")
    first.with_name(f"{name}.yml").write_text(text.replace("half: 1", f"half: {half}"), "utf-8")


class TestWaves:
    def test_waves_are_in_order_of_time_not_of_name(self, tiny):
        add_wave(tiny, "a_later", "2021-06-30", 1)
        add_wave(tiny, "z_first", "2019-06-30", 1)
        assert list(load_instrument(tiny, "tiny").waves) == ["z_first", "2020H1", "a_later"]

    def test_the_year_before_is_the_same_half_or_nothing(self, tiny):
        add_wave(tiny, "2021H1", "2021-06-30", 1)
        add_wave(tiny, "2020H2", "2020-12-31", 2)
        instrument = load_instrument(tiny, "tiny")
        assert instrument.year_before("2021H1") == "2020H1"
        assert instrument.year_before("2020H2") is None
        assert instrument.previous("2021H1") == "2020H2"
        assert instrument.previous("2020H1") is None
