"""Fetching files once: from several homes, checked by sha256, taken up again where a transfer broke off."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dlviz.core.places import downloads, ready_data
from dlviz.core.problems import WrongInput
from dlviz.datasets.dataset import Progress, silent

_PIECE = 16 * 1024  # at most this much is lost where a transfer breaks off
_SECONDS = (10, 30)  # to connect, to wait for the next piece


@dataclass(frozen=True)
class Files:
    """The files of one data set: its folder's name, the addresses that hold them, and each file's sha256."""

    name: str
    homes: tuple[str, ...]
    hashes: dict[str, str]

    def path(self, file: str) -> Path | None:
        """Where a file lies on this machine; None: it must be fetched."""
        for folder in (ready_data(), downloads()):
            if folder is not None and (folder / self.name / file).is_file():
                return folder / self.name / file
        return None

    def ready(self) -> bool:
        return all(self.path(file) is not None for file in self.hashes)

    def fetch(self, progress: Progress = silent) -> dict[str, Path]:
        """Every file's place, those that are missing fetched. `WrongInput` where no home could be reached."""
        return {file: self.path(file) or self._fetch(file, progress) for file in self.hashes}

    def _fetch(self, file: str, progress: Progress) -> Path:
        import pooch

        pooch.get_logger().setLevel("WARNING")  # progress is told by `progress`
        folder = downloads() / self.name
        part = folder / f"{file}.part"
        failures = []
        for home in self.homes:
            try:
                # pooch checks the sha256 and only then gives the file its name.
                found = pooch.retrieve(
                    home + file,
                    known_hash=self.hashes[file],
                    fname=file,
                    path=folder,
                    downloader=Resuming(part, progress),
                )
                return Path(found)
            except (OSError, ValueError) as error:  # requests' errors are OSErrors; ValueError: a wrong sha256
                failures.append(f"{urlsplit(home).hostname} {_told(error)}")
        raise WrongInput(
            f"{file} of {self.name} could not be fetched: {'; '.join(dict.fromkeys(failures))}. Nothing is lost. "
            "Connect to the internet and try again: it goes on where it broke off. Or put the file there by hand: into "
            f"{folder}, or into `{self.name}` in the folder that $DLVIZ_DATA names."
        )


@dataclass(frozen=True)
class Resuming:
    """A downloader for pooch that keeps what came so far in `part` and asks a server only for the rest."""

    part: Path
    progress: Progress = silent

    def __call__(self, url: str, output_file: str | os.PathLike[str], pooch: Any = None, **_: Any) -> None:
        import requests

        self.part.parent.mkdir(parents=True, exist_ok=True)
        have = self.part.stat().st_size if self.part.exists() else 0
        ask = {"Accept-Encoding": "identity"}  # else lengths count packed bytes
        if have:
            ask["Range"] = f"bytes={have}-"
        with requests.get(url, headers=ask, stream=True, timeout=_SECONDS) as answer:
            if answer.status_code == 416:  # nothing is left to send, or the part is no part of this file
                if _length(answer.headers.get("Content-Range", "")) != have:
                    self.part.unlink()
                    raise OSError("the part fetched before does not fit; it was thrown away, so try again")
            else:
                answer.raise_for_status()
                if answer.status_code != 206:  # the server begins anew
                    have = 0
                whole = have + int(answer.headers["Content-Length"]) if "Content-Length" in answer.headers else None
                self._receive(answer, url, have, whole)
        os.replace(self.part, output_file)

    def _receive(self, answer: Any, url: str, have: int, whole: int | None) -> None:
        name = url.rsplit("/", 1)[-1]
        with self.part.open("r+b" if have else "wb") as file:
            file.seek(have)
            for piece in answer.iter_content(_PIECE):
                file.write(piece)
                have += len(piece)
                self.progress(f"Fetching {name}", have, whole)
        if whole is not None and have < whole:
            raise OSError(f"the transfer broke off after {have:,} of {whole:,} bytes")


def _length(content_range: str) -> int:
    """The whole length that `bytes */123` tells; -1 where it tells none."""
    tail = content_range.rpartition("/")[2]
    return int(tail) if tail.isdigit() else -1


def _told(error: Exception) -> str:
    """What a home did, as the end of a sentence: not what a library says of sockets and retries."""
    from requests import ConnectionError, HTTPError, Timeout
    from requests.exceptions import ChunkedEncodingError

    if isinstance(error, HTTPError) and error.response is not None:
        return f"answered {error.response.status_code} {error.response.reason}".strip()
    if isinstance(error, ChunkedEncodingError):
        return "broke the transfer off"
    if isinstance(error, ConnectionError | Timeout):
        return "could not be reached"
    if isinstance(error, ValueError):  # pooch's, where the sha256 is another
        return "sent something that is not this file"
    return f"failed ({str(error)[:160] or type(error).__name__})"


def idx_files(hashes: Sequence[str]) -> dict[str, str]:
    """The four files of MNIST and its kin with their sha256: training pictures and labels, test pictures and labels."""
    files = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
             "t10k-labels-idx1-ubyte.gz")  # fmt: skip
    return dict(zip(files, hashes, strict=True))
