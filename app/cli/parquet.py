"""Rows as Parquet: the one module that needs pyarrow."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import parquet

from app.cli.columns import COLUMNS, Kind

BATCH = 1_000  # rows that are held at a time

_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.DATE: pa.date32(),
    Kind.TIME: pa.timestamp("us", tz="Asia/Seoul"),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TRUTH: pa.bool_(),
}


def write(rows: Iterable[Mapping[str, Any]], file: BinaryIO) -> None:
    """Write rows with typed columns."""
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in COLUMNS.items()])
    left = iter(rows)
    with parquet.ParquetWriter(file, schema) as writer:
        while batch := list(islice(left, BATCH)):
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
