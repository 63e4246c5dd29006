"""A Plan as JSON text and back, checked strictly; older schemas are brought up to date by one table."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from planner.plan import SCHEMA, Plan
from recon.errors import PlannerError

UPGRADES: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From a schema number to the function that makes the next schema's JSON object of its own."""

_ADAPTER = TypeAdapter(Plan)
_ADVICE = "Open a plan that this program saved, or analyse the images again."


class PlanFileError(PlannerError):
    """A text that is not a plan this version can read."""


def plan_to_json(plan: Plan) -> str:
    """The plan as indented JSON; unknown facts are null."""
    return json.dumps(_ADAPTER.dump_python(plan, mode="json"), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plan_from_json(text: str) -> Plan:
    """The plan written in `text`.

    Raises PlanFileError for text that is no JSON, a schema newer than this program, wrong types, numbers that are not
    finite, and fields this version does not know: dropping one could drop a reader's decision.
    """
    upgraded = _upgraded(_parsed(text))
    try:
        plan = _ADAPTER.validate_json(json.dumps(upgraded), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the plan"
        raise PlanFileError("The plan has a value that cannot be used.", f"{where}: {first['msg']}.", _ADVICE) from None
    unknown = _unknown_fields(upgraded, _ADAPTER.dump_python(plan, mode="json"), "")
    if unknown:
        raise PlanFileError("The plan has fields this version does not know.", f"{', '.join(unknown)}.", _ADVICE)
    return plan


def plan_schema() -> dict[str, Any]:
    """The JSON schema of a plan file (also in resources/schema/plan.schema.json)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "CTO Planner plan"} | _ADAPTER.json_schema()


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise PlanFileError("This is not a plan.", f"Line {error.lineno}: {error.msg}.", _ADVICE) from None
    if not isinstance(value, dict) or not isinstance(value.get("schema"), int):
        raise PlanFileError("This is not a plan.", "It has no schema number.", _ADVICE)
    return value


def _refuse_constant(name: str) -> float:
    raise PlanFileError("The plan has a number that is not finite.", f"Found {name}.", _ADVICE)


def _upgraded(value: dict[str, Any]) -> dict[str, Any]:
    if value["schema"] > SCHEMA:
        raise PlanFileError(
            "The plan was saved by a newer version of the program.",
            f"Its schema is {value['schema']}, this version reads up to {SCHEMA}.",
            "Update the program; nothing was changed.",
        )
    while value["schema"] < SCHEMA:
        step = UPGRADES.get(value["schema"])
        if step is None:
            raise PlanFileError("The plan's schema is not known.", f"It is {value['schema']}.", _ADVICE)
        value = step(value) | {"schema": value["schema"] + 1}
    return value


def _unknown_fields(given: object, known: object, path: str) -> list[str]:
    """Dotted names that are in `given` but not in `known`."""
    if isinstance(given, dict) and isinstance(known, dict):
        missing = [f"{path}{key}" for key in given if key not in known]
        return missing + [
            name for key in given.keys() & known.keys() for name in _unknown_fields(given[key], known[key], f"{path}{key}.")
        ]
    if isinstance(given, list) and isinstance(known, list):
        return [name for a, b in zip(given, known, strict=False) for name in _unknown_fields(a, b, path)]
    return []
