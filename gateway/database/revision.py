"""The registry's revision: a number that grows with every change, so that the running gateway notices."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.database.tables import RevisionRow

_REVISION = 1


def revision(session: Session) -> int:
    """Grows with every change; 0 before the first."""
    return session.scalar(select(RevisionRow.number).where(RevisionRow.id == _REVISION)) or 0


def raise_revision(session: Session) -> None:
    """Tell the running gateway, once this transaction commits, that there is a change."""
    row = session.get(RevisionRow, _REVISION)
    if row is None:
        session.add(RevisionRow(id=_REVISION, number=1))
    else:
        row.number += 1
