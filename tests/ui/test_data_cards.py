"""The cards of the page Data on a machine that is offline and has no data at hand."""

import pytest

from dlviz.core.problems import WrongInput
from dlviz.datasets.dataset import Dataset
from dlviz.datasets.download import Files
from dlviz.ui import data_cards


def test_every_card_has_its_picture_before_anything_was_fetched(dlviz_home, monkeypatch):
    def offline(*_, **__):
        raise WrongInput("It could not be fetched.")

    monkeypatch.delenv("DLVIZ_DATA", raising=False)
    monkeypatch.setattr(Files, "_fetch", offline)
    data_cards.experiment._fields.clear()
    icons = {name: data_cards._icon(name, part) for name, part in Dataset.kinds().items()}
    assert all(icon.startswith(":material/") for icon in icons.values())
    assert icons["TinyShakespeare"] == ":material/article:" and icons["Digits"] == ":material/image:"
    with pytest.raises(WrongInput):
        data_cards.experiment.fields({"data": {"kind": "TinyShakespeare"}})
