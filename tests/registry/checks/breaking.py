"""Breaking a database on purpose, as only its owner can."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


async def as_owner(owner_url: str, *statements: str) -> None:
    """Run statements as a role that row-level security, triggers and privileges do not bind."""
    engine = create_async_engine(owner_url)
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement.replace(":", "\\:")))
    finally:
        await engine.dispose()
