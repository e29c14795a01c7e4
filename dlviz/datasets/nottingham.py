"""Nottingham: a thousand folk tunes of the British Isles."""

from __future__ import annotations

from typing import ClassVar

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Files
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.music_files import read_music
from dlviz.datasets.music_set import MusicSet, Pieces, dealt, unread
from dlviz.datasets.score import Score

_HASHES = {
    "ashover.abc": "6586eea8dca53866b42721050d11fc1408bdb2cf31a902b41c5c13504139b164",
    "hpps.abc": "6d035c6972ac0c204ba79d8128e2d71978ece2214a29ffceeb3e053e27f17db5",
    "jigs.abc": "5bb6f621e443bde552540810e3ea53e53531fd22258736e338d795e7a5bdcaf5",
    "morris.abc": "cbf60b212c87748dea226c76b72a15db5b4f606bb35a580763e9cd8f7294e7da",
    "playford.abc": "070877bc37176e0dedbcd038268d6669399201cd7b58d88b4ab36127528f9c76",
    "reelsa-c.abc": "f92ed0e66024e0a5bb7d21fe3172cd50c3fb4cb7f642b4ec7cd5aa8ad0396da8",
    "reelsd-g.abc": "33f535569116ec8cfb530c112f4cdc3bfb7fc042c271e0317cf6458bad30dfae",
    "reelsh-l.abc": "cb701d4ffe6839cb7a5655bc21785ecb71a72ab63d8560f7be3856f6aedaf7e5",
    "reelsm-q.abc": "a99f2967cf47460bba70bae40cd355a220b537a87180131c6d9433750bc446a1",
    "reelsr-t.abc": "f80a2c0f37a49b9b0c748e922924d59c40d82758abc5b0f7fc9245d7fd563be0",
    "reelsu-z.abc": "d104d7d1bb83eb1ca18f6b944dc22cf9f7bfe5f955d07cd573615985f69c2c1f",
    "slip.abc": "da686b3a0de20aab38e64f8c8ec57edace980bab6450a6c388d79a2866e5b16a",
    "waltzes.abc": "ffa773d012756be17784ab4a84e0e4618f316be5c6f244f9d60c06b23cd812c6",
    "xmas.abc": "05ebc4b856c8c5186bb828641e8f88f723c109d47ba7e3f1e5048b536e091249",
}


class Nottingham(Fetched, MusicSet):
    """A thousand folk tunes of the British Isles: jigs, reels, hornpipes, waltzes. Learn to make up tunes like them.

    A token is a note with its length. Each part of a tune is read once, without its repeats and chord symbols; tunes
    are dealt out to the parts, and one that stands in several books is kept once.

    Source: E. Foxley, Nottingham Music Database, in ABC notation, cleaned by Jukedeck (2017); licence GPL 3. 0.4 MB to
    download.
    """

    title: ClassVar[str] = "Folk tunes"
    files: ClassVar[Files] = Files(
        "nottingham-abc",
        ("https://raw.githubusercontent.com/jukedeck/nottingham-dataset/master/ABC_cleaned/",),
        _HASHES,
    )

    limit: int | None = setting(None, "Use only so many tunes.", ge=30, advanced=True)

    def pieces(self, progress: Progress = silent) -> Pieces:
        broken: list[str] = []
        tunes: list[Score] = []
        for name, path in self.files.fetch(progress).items():
            tunes += read_music(path.read_bytes(), name, broken)
            if self.limit is not None and len(tunes) >= self.limit:
                break
        made = dealt(tunes[: self.limit])
        made.notes.extend(unread(broken))
        return made
