"""The page's colours can be told apart: every text on every background that it meets."""

import re

import pytest

from app.gateway.page_files import FOLDER

LEAST_TEXT, LEAST_BORDER = 4.5, 3.0  # WCAG 2.2, 1.4.3 and 1.4.11, level AA
ROWS = ("bg", "hover", "sel", "new")
TINT = 0x1F / 0xFF  # of the levels in the chart


def tokens(theme: str) -> dict[str, str]:
    css = (FOLDER / "tokens.css").read_text(encoding="utf-8")
    block = css[css.index(f'[data-theme="{theme}"]') :].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#\w{6});", block))


def channels(colour: str) -> list[float]:
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def luminance(rgb: list[float]) -> float:
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: list[float], other: list[float]) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast(channels("#000000"), channels("#ffffff")) == pytest.approx(21)
    assert contrast(channels("#777777"), channels("#ffffff")) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_can_be_read_on_every_background(theme: str) -> None:
    colour = tokens(theme)
    meets = {
        "t1": [*ROWS, "raise"],
        "t2": [*ROWS, "raise"],
        "up": [*ROWS, "failed"],
        "down": [*ROWS, "failed"],
        "act": ["bg", "raise", "sel"],
        "warn": ["bg", "raise", "failed"],
        "pat": ["bg"],
        "on-act": ["act"],
        "on-warn": ["warn"],
        "on-tag": ["tag"],
    }

    for text, backgrounds in meets.items():
        for background in backgrounds:
            found = contrast(channels(colour[text]), channels(colour[background]))
            assert found >= LEAST_TEXT, (text, background, round(found, 2))


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_words_on_the_levels_can_be_read(theme: str) -> None:
    colour = tokens(theme)

    for name in ("up", "down"):
        page, tint = channels(colour["bg"]), channels(colour[name])
        zone = [TINT * over + (1 - TINT) * under for over, under in zip(tint, page, strict=True)]
        for text in (name, "t1"):
            assert contrast(channels(colour[text]), zone) >= LEAST_TEXT, (text, name)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_controls_and_focus_can_be_seen(theme: str) -> None:
    colour = tokens(theme)

    for name in ("line2", "act"):
        for background in ("bg", "raise"):
            found = contrast(channels(colour[name]), channels(colour[background]))
            assert found >= LEAST_BORDER, (name, background, round(found, 2))
