"""Small data of one's own for tests: tables and pictures written to a folder."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from PIL import Image

from dlviz.datasets.midi import write_midi
from dlviz.datasets.score import Note, Score

SHARED = Path(os.environ["DLVIZ_DATA"]) if "DLVIZ_DATA" in os.environ else None


def mixed_frame(rows: int = 200, seed: int = 1) -> pd.DataFrame:
    """Numbers with gaps, words, dates, a class that follows from them, and a number that does."""
    random = np.random.default_rng(seed)
    size = random.normal(50, 12, rows).round(2)
    color = random.choice(["red", "green", "blue"], rows, p=[0.5, 0.3, 0.2])
    day = pd.Timestamp("2021-03-01") + pd.to_timedelta(random.integers(0, 700, rows), unit="D")
    weight = (size * 2 + random.normal(0, 9, rows)).round(3)
    kind = np.where(size + np.where(color == "red", 8, 0) + random.normal(0, 6, rows) > 54, "big", "small")
    frame = pd.DataFrame({"size": size.astype(str), "color": color, "day": day.strftime("%Y-%m-%d"),
                          "weight": weight.astype(str), "kind": kind})  # fmt: skip
    frame.loc[random.choice(rows, rows // 10, replace=False), "size"] = ""
    frame.loc[random.choice(rows, rows // 20, replace=False), "color"] = "?"
    return frame


def write_csv(folder: Path, frame: pd.DataFrame, name: str = "table.csv", sep: str = ",") -> str:
    path = folder / name
    frame.to_csv(path, index=False, sep=sep)
    return str(path)


def picture(color: int, side: int = 12, mode: str = "RGB", seed: int = 0, form: str = "PNG") -> bytes:
    """A noisy picture of about one colour as a file's content."""
    noise = np.random.default_rng(seed).integers(-20, 20, (side, side, 3))
    pixels = np.clip(np.array([color, 255 - color, 90]) + noise, 0, 255).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(stream, form)
    return stream.getvalue()


def zip_of(path: Path, files: dict[str, bytes]) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)


def two_classes(each: int = 8) -> dict[str, bytes]:
    return {
        f"{name}/{number}.png": picture(color, seed=number)
        for name, color in (("cats", 30), ("dogs", 220))
        for number in range(each)
    }


def sound(pitch: float, seconds: float = 0.25, rate: int = 8000, seed: int = 0, form: str = "WAV") -> bytes:
    """A tone with a little noise as a file's content."""
    time = np.arange(int(seconds * rate)) / rate
    noise = 0.01 * np.random.default_rng(seed).normal(size=len(time))
    stream = io.BytesIO()
    soundfile.write(stream, 0.5 * np.sin(2 * np.pi * pitch * time) + noise, rate, format=form)
    return stream.getvalue()


def two_tones(each: int = 8) -> dict[str, bytes]:
    return {
        f"{name}/{number}.wav": sound(pitch, seed=number)
        for name, pitch in (("low", 300), ("high", 1500))
        for number in range(each)
    }


def transcribed_tones(many: int) -> dict[str, bytes]:
    """Tones with a table of what they say."""
    made = {f"{place}.wav": sound(300 + 900 * (place % 2), seconds=0.2, seed=place) for place in range(many)}
    lines = [f"{name},{'It is high!' if place % 2 else 'low'}" for place, name in enumerate(made)]
    return {**made, "transcripts.csv": "\n".join(["file,text", *lines]).encode()}


def text_frame(rows: int = 120, seed: int = 2) -> pd.DataFrame:
    """Short texts whose label hangs on one word among many; some words occur once."""
    random = np.random.default_rng(seed)
    label = random.choice(["good", "bad"], rows)
    plain = ["the", "film", "was", "long", "story", "actors", "and", "music", "it", "of"]
    texts = []
    for number, own in enumerate(label):
        said = random.choice(plain, random.integers(3, 12)).tolist()
        said.insert(int(random.integers(0, len(said) + 1)), {"good": "lovely", "bad": "dull"}[own])
        texts.append(f"{' '.join(said).capitalize()}, word{number}!")
    return pd.DataFrame({"text": texts, "label": label, "stars": random.normal(3, 1, rows).round(2)})


def tagged_file(folder: Path, name: str = "own.conll") -> str:
    """Forty sentences with a person or a place in each, as BIO."""
    who = (("B-person", "aunt {} sleeps"), ("B-place", "the road to {}"))
    lines = []
    for number in range(40):
        tag, told = who[number % 2]
        for word in told.split():
            lines.append(f"{('Anna', 'Paris', 'Rome', 'Omar')[number % 4]}\t{tag}" if word == "{}" else f"{word}\tO")
        lines.append("")
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def series_frame(rows: int = 200, seed: int = 3) -> pd.DataFrame:
    """Days with a week's rhythm: what is sold and made, and the rain, with a few gaps."""
    random = np.random.default_rng(seed)
    day = pd.date_range("2023-01-02", periods=rows, freq="D")
    sold = 20 + 5 * np.sin(2 * np.pi * np.arange(rows) / 7) + random.normal(0, 1, rows)
    columns = {"sold": sold.round(2), "made": (2 * sold + 3).round(1), "rain": random.random(rows).round(3)}
    frame = pd.DataFrame({"day": day.strftime("%Y-%m-%d"), **{name: own.astype(str) for name, own in columns.items()}})
    frame.loc[[40, 41], "rain"] = ""
    return frame


def pairs_file(folder: Path, many: int = 60) -> str:
    """Sentences of two words in English and French, tab-separated, each once."""
    who = {"I": "je", "you": "tu", "we": "nous", "they": "ils", "she": "elle"}
    what = ["danse", "chante", "marche", "parle", "reste", "rit", "mange", "boit", "dort", "lit", "joue", "attend"]
    lines = [f"{one} {verb.upper()}\t{other} {verb}" for one, other in who.items() for verb in what]
    path = folder / "pairs.tsv"
    path.write_text("\n".join(["en\tfr", *lines[:many]]) + "\n", encoding="utf-8")
    return str(path)


def music_file(folder: Path, many: int = 30) -> str:
    """A zip of short tunes: half of them MIDI files with a second voice below, half in ABC notation."""
    random = np.random.default_rng(5)
    path = folder / "music.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(many):
            pitches = 60 + random.integers(0, 12, 12)
            if number % 2:
                notes = [Note(4 * place, 4, int(pitch)) for place, pitch in enumerate(pitches)]
                bass = [Note(8 * place, 8, int(pitch) - 24, 1) for place, pitch in enumerate(pitches[::2])]
                archive.writestr(f"{number}.mid", write_midi(Score(tuple(sorted([*notes, *bass])), 4)))
            else:
                letters = " ".join("CDEFGAB"[pitch % 7] + "2" for pitch in pitches)
                archive.writestr(f"{number}.abc", f"X:1\nT:Tune {number}\nL:1/8\nK:C\n{letters}|\n")
    return str(path)
