"""Questions of lessons: each answer is what training gives; what is wrong is told; what was foretold is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlviz.core.problems import Problems, WrongInput
from dlviz.core.values import Value, Vector
from dlviz.lessons import lessons, read
from dlviz.training import worker
from dlviz.training.question import Question, measured, predict, prediction
from dlviz.training.spec import Spec
from tests.training.toys import make_run

#: They train for long: benchmarks/sequences.py asks them.
LONG = {
    "18-spam", "19-writing", "20-shakespeare", "21-fill-the-gap", "22-fine-tune", "23-backwards", "24-translation",
    "26-new-names", "28-cold-days", "29-spoken-digits", "30-who-speaks", "31-hear-digits", "32-tunes", "33-folk-tunes",
    "34-chorales",
}  # fmt: skip
ASKING = [name for name in lessons() if "question" in read(name) and name not in LONG]
ASKED: dict[str, Any] = {
    "asks": "How many?",
    "measures": "test.accuracy",
    "choices": [{"says": "few", "below": 0.5}, {"says": "some", "from": 0.5, "below": 0.8}, {"says": "all", "from": 1}],
    "answer": 2,
    "why": "So it is.",
}


def made(**changes: Any) -> Question:
    problems = Problems()
    question = Question.parse({**ASKED, **changes}, "question", problems)
    assert question is not None and not len(problems)
    return question


@pytest.mark.parametrize("name", ASKING)
def test_the_answer_of_a_lesson_is_what_its_training_measures(name: str, tmp_path: Path) -> None:
    document = read(name)
    question = Spec.parse(document).question
    assert question is not None
    training = Spec.parse(document).completed().training  # with the recipe's epochs where the lesson names none
    assert training is not None
    settings = {**training.model_dump(mode="json"), "device": "cpu", "threads": 1}
    run = make_run(tmp_path / "run", {**document, "training": settings})
    assert measured(question, run) is None
    assert worker.main(run.path) == "finished"
    number = measured(question, run)
    assert number is not None and question.right(question.answer, number), number
    others = [choice for choice in range(1, len(question.choices) + 1) if choice != question.answer]
    assert not any(question.right(choice, number) for choice in others)


def test_what_is_right_follows_from_what_was_measured() -> None:
    question = made()
    assert [question.choice(number) for number in (0.0, 0.49, 0.5, 0.79, 0.8, 1.0)] == [1, 1, 2, 2, None, 3]
    assert question.right(2, 0.6) and not question.right(1, 0.6) and not question.right(3, 0.9)
    number = made(choices=None, within=0.1, answer=0.5)
    assert number.right(0.55, 0.6) and number.right(0.7, 0.6) and not number.right(0.71, 0.6)
    for each in (question, number):
        assert Question.parse(each.document(), "question", Problems()) == each


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"asks": ""}, "asks"),
        ({"why": 3}, "why"),
        ({"measures": "accuracy"}, "measures"),
        ({"measures": "views.temperatures"}, "measures"),
        ({"answer": 4}, "answer"),
        ({"answer": True}, "answer"),
        ({"choices": [{"says": "one"}]}, "choices"),
        ({"choices": None}, "within"),
        ({"choices": [{"says": "one", "below": 0.5}, {"says": "two", "from": 0.4}], "answer": 1}, "choices.1"),
        ({"choices": [{"says": "one", "from": 2, "below": 1}, {"says": "two"}]}, "choices.0"),
        ({"colour": 1}, "colour"),
    ],
)
def test_what_is_wrong_with_a_question_is_told_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(WrongInput) as caught:
        Spec.parse({"version": 1, "data": "Digits", "question": {**ASKED, **changes}})
    assert f"question.{place}" in {problem.place for problem in caught.value.problems}


def test_it_is_measured_at_the_end_alone_and_the_first_guess_is_kept(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", {"version": 1, "data": {"kind": "Digits"}})
    assert prediction(run) is None
    predict(run, 2.0)
    predict(run, 1.0)
    assert prediction(run) == {"guess": 2.0, "epoch": 0}
    figures = {"metrics": {"test": {"accuracy": 0.6}}}
    for status, number in (("queued", None), ("failed", None), ("finished", 0.6)):
        run.write_state({"status": status, **figures})
        assert measured(made(), run) == number
    drawn = made(measures="views.bars.at 0.5")
    assert measured(drawn, run) is None
    (run.views / "test").mkdir(parents=True)
    Value(Vector(names=("at 0.5", "at 2")), np.array([[0.7, 9.0]])).save(run.views / "test" / "bars")
    assert measured(drawn, run) == 0.7 and measured(made(measures="views.bars.at 3"), run) is None
