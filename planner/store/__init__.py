"""Cases and plan revisions that outlive the program."""

from planner.store.database import Store, StoreError, open_store
from planner.store.revisions import Case, Revision, case_of, cases, latest, plan_of, revisions, save_revision

__all__ = [
    "Case",
    "Revision",
    "Store",
    "StoreError",
    "case_of",
    "cases",
    "latest",
    "open_store",
    "plan_of",
    "revisions",
    "save_revision",
]
