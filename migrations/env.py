"""Run by Alembic: on the connection of ``app.database.upgrade``, for developers on DATABASE_URL."""

from importlib import import_module
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from app.database import UtcTime, connect, metadata, writing
from app.settings import load_settings

for module in ("app.market.tables", "app.signals.tables"):  # they register what is compared
    import_module(module)


def run(connection: Connection) -> None:
    """Run the command's migrations inside the transaction that the caller holds."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,  # SQLite changes a column by building the table anew
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write our own types by what they are in the database: a migration outlives our code."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcTime) else False


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with writing(connect(load_settings().database_url.get_secret_value())) as own:
        run(own)
