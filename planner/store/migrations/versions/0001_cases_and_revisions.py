"""Cases and their plan revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "cases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("series_uid", sa.String(128), nullable=False),
        sa.Column("study_uid", sa.String(128), nullable=False),
        sa.Column("patient_id", sa.String(128), nullable=False),
        sa.Column("patient_name", sa.String(256), nullable=False),
        sa.Column("birth_date", sa.String(32), nullable=False),
        sa.Column("study_date", sa.String(32), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.UniqueConstraint("series_uid", "patient_id", name="uq_cases_series_uid"),
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("cases.id", name="fk_revisions_case_id"), nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("revisions.id", name="fk_revisions_parent_id"), nullable=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("author", sa.String(256), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("program_version", sa.String(40), nullable=False),
        sa.Column("plan_schema", sa.Integer, nullable=False),
        sa.Column("plan_json", sa.Text, nullable=False),
        sa.Column("plan_sha256", sa.String(64), nullable=False),
    )
    op.create_index("ix_revisions_case_id", "revisions", ["case_id"])
