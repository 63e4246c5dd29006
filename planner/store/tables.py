"""The tables of the store; rows are added, never changed or removed."""

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

CASES = Table(
    "cases",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("series_uid", String(128), nullable=False),
    Column("study_uid", String(128), nullable=False),
    Column("patient_id", String(128), nullable=False),
    Column("patient_name", String(256), nullable=False),
    Column("birth_date", String(32), nullable=False),
    Column("study_date", String(32), nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
    UniqueConstraint("series_uid", "patient_id"),
)

REVISIONS = Table(
    "revisions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("cases.id"), nullable=False),
    Column("parent_id", Integer, ForeignKey("revisions.id"), nullable=True),
    Column("at", String(40), nullable=False),
    Column("author", String(256), nullable=False),
    Column("label", Text, nullable=False),
    Column("program_version", String(40), nullable=False),
    Column("plan_schema", Integer, nullable=False),
    Column("plan_json", Text, nullable=False),
    Column("plan_sha256", String(64), nullable=False),
)
Index("ix_revisions_case_id", REVISIONS.c.case_id)
