"""Operations that run something: many files, pipelines, and each tool by itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ashim_core.openapi.answers import answer_of, answer_of_any, answer_of_many
from ashim_core.openapi.forms import batch_form, pipeline_form, tool_form
from ashim_core.openapi.parameters import RUN_PARAMETERS, path_parameters
from ashim_core.openapi.routes import Route, begun
from ashim_core.openapi.shapes import Runs
from ashim_core.openapi.words import RUN_ERRORS, Json, Terms, errors
from ashim_core.registry import Registry
from ashim_core.tool import SLASH, Tool


def run_of_many(route: Route, what: Runs, registry: Registry, terms: Terms) -> Json:
    """Describe how a batch or a pipeline is run."""
    tools = list(registry.enabled())
    if what == "batch":
        usual = next((tool for tool in tools if tool.min_files == 1 and not tool.extras), None)
        batch = _run(route, batch_form(terms.most_files, usual), answer_of_many())
        batch["parameters"] += path_parameters(route.path, {"toolId": usual.id} if usual else {})
        return batch
    many = what == "pipeline-batch"
    form = pipeline_form(tools, terms.most_files, many=many)
    return _run(route, form, answer_of_many() if many else answer_of_any(tools, registry))


def runs_of_tools(runs: Mapping[Runs, Route], registry: Registry) -> Iterator[tuple[Route, Json]]:
    """Describe how each tool is run, and each of its actions: at an address of its own.

    runs: the routes that all of them share.
    """
    for tool in registry.with_actions():
        name, _, action = tool.id.partition(SLASH)
        shared = runs["action" if action else "tool"]
        route = replace(
            shared,
            path=shared.path.format(toolId=name, action=action),
            operation=f"run{_camel(tool.id)}",
            summary=tool.summary or tool.name,
            description=f"Category: {tool.category}."
            + (f" Also answers as {', '.join(tool.aliases)}." if tool.aliases else ""),
        )
        operation = _run(route, tool_form(tool, settings_name(tool)), answer_of(tool, registry))
        if tool.experimental:
            operation["x-experimental"] = True
        yield route, operation


def settings_name(tool: Tool) -> str:
    """Name the schema of the settings of a tool."""
    return f"{_camel(tool.id)}Settings"


def _run(route: Route, form: Json, answers: Json) -> Json:
    """Describe how something is run. form, answers: what it takes and gives."""
    return begun(route) | {
        "parameters": [*RUN_PARAMETERS],
        "requestBody": {"required": True, "content": form},
        "responses": answers | errors(RUN_ERRORS),
    }


def _camel(tool_id: str) -> str:
    return "".join(part.capitalize() for part in re.split("[-/]", tool_id))
