from dlviz.ui import chrome


def test_home_says_its_question(one_page):
    test = one_page("home").run()
    assert not test.exception
    assert test.title[0].value == "Home"
    assert chrome.page("home").question in test.markdown[0].value


def test_another_page_is_reached_through_the_menu(one_page):
    test = one_page("runs").run()
    assert not test.exception
    assert test.title[0].value == "Runs"
