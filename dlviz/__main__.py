"""`python -m dlviz` is `dlviz`."""

from dlviz.cli import main

if __name__ == "__main__":
    main()
