from dlviz.ui import chrome


def test_home_says_its_question(one_page):
    test = one_page("home").run()
    assert not test.exception
    assert test.title[0].value == "See a neural network learn"
    assert chrome.page("home").question in test.markdown[0].value


def test_another_page_is_reached_through_the_menu(one_page):
    test = one_page("runs").run()
    assert not test.exception
    assert test.title[0].value == "Runs"


def test_an_error_is_a_sentence_with_a_log_and_never_a_traceback(dlviz_home):
    from streamlit.testing.v1 import AppTest

    def broken():
        from dlviz.core.problems import WrongInput
        from dlviz.ui import failure

        assert failure.shown(ValueError("secret detail"))
        assert failure.shown(WrongInput("The rule. What came. What mends it."))
        assert failure.shown(OSError(28, "No space left on device"))

    test = AppTest.from_function(broken, default_timeout=240).run()
    assert not test.exception
    assert "secret detail" not in test.error[0].value and "Reload the page" in test.error[0].value
    assert test.error[1].value == "The rule. What came. What mends it."
    assert "cannot be written: No space left on device" in test.error[2].value and "Make room" in test.error[2].value
    assert "secret detail" in (dlviz_home / "logs" / "app.log").read_text()


def test_each_page_declares_itself():
    names = [page.name for page in chrome.pages()]
    assert names == ["home", "data", "build", "train", "explain", "runs"]
    for page in chrome.pages():
        assert page.icon.startswith(":material/") and page.title
