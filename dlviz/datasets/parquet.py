"""Parquet: a table that says its own types. Read by pyarrow only; nothing in it is executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput
from dlviz.datasets.dialect import MOST_COLUMNS
from dlviz.datasets.encoding import plain
from dlviz.datasets.numbers import usable

MOST_BYTES = 2 * 2**30
MOST_LETTERS = 512 * 2**20


def parquet_frame(file: Path) -> pd.DataFrame:
    """Number columns as floats (NaN where empty), all others as texts. Raises `WrongInput`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with file.open("rb") as stream:
        mark = stream.read(4)
    if mark != b"PAR1":
        raise WrongInput(
            f"{file.name} must be a Parquet file, which begins with PAR1. Received: {mark!r}. Wrong ending?"
        )
    try:
        with pq.ParquetFile(file) as parquet:
            head = parquet.metadata
            if head.num_columns > MOST_COLUMNS:
                raise WrongInput(f"{file.name}: a table may have at most {MOST_COLUMNS:,} columns.")
            unpacked = sum(head.row_group(number).total_byte_size for number in range(head.num_row_groups))
            if unpacked > MOST_BYTES or head.num_rows * head.num_columns > 20_000_000:
                raise WrongInput(f"{file.name}: too large for memory: {head.num_rows:,} rows. Make it smaller.")
            schema = parquet.schema_arrow
        # a word that stands in a million rows is stored once: left so until it is known how long all rows are
        texts = [column.name for column in schema if _is_text(column.type)]
        nested = [column.name for column in schema if pa.types.is_nested(column.type)]
        if nested:  # their length cannot be known before they are unpacked
            raise WrongInput(
                f"{file.name}: each cell must hold one value. Column `{nested[0][:80]}` holds lists or records. "
                "Leave it out of the file."
            )
        with pq.ParquetFile(file, read_dictionary=texts) as parquet:
            table = parquet.read()
        if sum(map(_letters, table.columns)) > MOST_LETTERS:
            raise WrongInput(f"{file.name}: its texts unpack to more than 512 MB. Make it smaller.")
        cells = [_cells(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        if isinstance(error, WrongInput):
            raise
        raise WrongInput(
            f"{file.name} must be a whole Parquet file. Received one that is damaged ({str(error)[:120]})."
        ) from None
    if table.num_rows == 0:
        raise WrongInput(f"{file.name} holds no rows. A table needs a row per example.")
    if table.num_columns < 2:
        raise WrongInput(f"{file.name}: a table needs at least two columns. Received: {table.num_columns}.")
    names = [plain(name) for name in table.column_names]
    if len(set(names)) < table.num_columns:
        raise WrongInput(f"{file.name}: each column needs a name of its own.")
    return pd.DataFrame(dict(zip(names, cells, strict=True)))


def _is_text(form: Any) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(form)
        or pa.types.is_binary(form)
        or pa.types.is_large_string(form)
        or pa.types.is_large_binary(form)
    )


def _letters(column: Any) -> int:
    """How many bytes a column's texts have when each row holds its own; 0 for numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_dictionary(column.type) and _is_text(column.type.value_type)):
        return 0
    lengths = [pc.take(pc.binary_length(chunk.dictionary), chunk.indices) for chunk in column.chunks]
    return sum(pc.sum(pc.cast(each, pa.int64())).as_py() or 0 for each in lengths)


def _cells(column: Any) -> NDArray[Any]:
    """A pyarrow column as floats or texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    form = column.type
    if pa.types.is_integer(form) or pa.types.is_floating(form) or pa.types.is_decimal(form):
        floats = np.array(pc.cast(column, pa.float64(), safe=False).to_pandas(), dtype=np.float64)
        return usable(floats)
    if pa.types.is_timestamp(form) or pa.types.is_date(form):
        column = pc.strftime(pc.cast(column, pa.timestamp("s"), safe=False), format="%Y-%m-%d %H:%M:%S")
    cells = np.empty(len(column), dtype=object)
    cells[:] = ["" if value is None else plain(str(value)).strip() for value in column.to_pylist()]
    return cells
