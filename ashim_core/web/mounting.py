"""The routes of packages: beside the core's own, never in their place, and all of them guarded."""

import re
from collections.abc import Iterable, Iterator

from flask import Blueprint, Flask, request
from werkzeug.routing import Rule

import ashim_core
from ashim_core.discovery import CORE, PluginProblem
from ashim_core.errors import NotFound
from ashim_core.extensions.loaded import Answer, Extensions
from ashim_core.web.permissions import permission_of
from ashim_core.web.sites import BesideTheApi, blueprint_of_panel, blueprint_of_site

_EXTENSION = "ashim-mounted"
_API = "/api"
_PART = re.compile(r"<[^>]*>")
_BY_FLASK = frozenset({"HEAD", "OPTIONS"})

Place = tuple[str, str]
"""A method, and a path whose parts have no names."""


def mount_all(app: Flask, extensions: Extensions) -> None:
    """Register the routes and pages of all plugins; one whose routes can't be is left out.

    Those of the core come first, so no package takes a path from it.
    """
    app.url_map.converters[BesideTheApi.NAME] = BesideTheApi
    core = f"{CORE} {ashim_core.__version__}"
    owners = _owned(app, core)
    mounted: set[str] = set()
    app.extensions[_EXTENSION] = mounted
    for answer in [
        *sorted(extensions.each("ashim_blueprints"), key=_is_strange),
        *_pages(extensions),
    ]:
        try:
            blueprints = _checked(app, answer, owners)
        except PluginProblem as problem:
            extensions.fail(answer.plugin, problem)
            continue
        for blueprint in blueprints:
            app.register_blueprint(blueprint)
        if _is_strange(answer):
            mounted |= {blueprint.name for blueprint in blueprints}
        else:
            owners |= _owned(app, core)


def _owned(app: Flask, owner: str) -> dict[Place, str]:
    """Give all places that are answered so far, as somebody's."""
    return {place: owner for rule in app.url_map.iter_rules() for place in _places(rule)}


def is_answered(app: Flask, path: str) -> bool:
    """Say whether somebody has a path of the application, to the letter."""
    return any(rule.rule == path for rule in app.url_map.iter_rules())


def of_packages(app: Flask) -> frozenset[str]:
    """Name the blueprints that packages brought."""
    return frozenset(app.extensions[_EXTENSION])


def keep_api() -> None:
    """Have paths of the API be answered by rules of the API alone, whatever else would match."""
    rule, path = request.url_rule, request.path
    if rule is None or not (path == _API or path.startswith(f"{_API}/")):
        return
    if not (rule.rule == _API or rule.rule.startswith(f"{_API}/")):
        raise NotFound(f"There is nothing at {path[:200]}.")


def _pages(extensions: Extensions) -> Iterator[Answer]:
    for site in extensions.sites:
        yield Answer(site.plugin, "ashim_sites", [blueprint_of_site(site.thing)])
    for panel in extensions.panels:
        yield Answer(panel.plugin, "ashim_panels", [blueprint_of_panel(panel.thing)])


def _is_strange(answer: Answer) -> bool:
    return answer.plugin.provenance.distribution != CORE


def _checked(app: Flask, answer: Answer, owners: dict[Place, str]) -> list[Blueprint]:
    """Give the blueprints of a plugin if all of them can be registered, and note their places.

    Those of the core aren't looked at: a test does, and each start would pay for it.
    """
    blueprints = _blueprints(answer)
    if not _is_strange(answer):
        return blueprints
    alone = _registered_alone(blueprints)
    who = str(answer.plugin.provenance)
    for blueprint in blueprints:
        if blueprint.name in app.blueprints:
            raise PluginProblem(
                f"there is a blueprint '{blueprint.name}' already",
                "give it a name that begins with that of the package",
            )
    _refuse_wide(alone)
    own: dict[Place, str] = {}
    for rule in alone.url_map.iter_rules():
        _refuse_open(alone, rule)
        for place in _places(rule):
            if place in owners:
                raise _taken(place, owners[place], who)
            own[place] = who
    owners.update(own)
    return blueprints


def _blueprints(answer: Answer) -> list[Blueprint]:
    given = answer.value if isinstance(answer.value, Iterable) else [answer.value]
    blueprints = list(given)
    for one in blueprints:
        if not isinstance(one, Blueprint):
            raise PluginProblem(
                f"{answer.hook}() yielded {one!r}, which is no blueprint",
                "yield blueprints of Flask",
            )
    return blueprints


def _registered_alone(blueprints: list[Blueprint]) -> Flask:
    """Register blueprints where nobody else is, to see what they would do."""
    alone = Flask(__name__, static_folder=None)
    alone.url_map.converters[BesideTheApi.NAME] = BesideTheApi
    try:
        for blueprint in blueprints:
            alone.register_blueprint(blueprint)
    except (Exception, SystemExit) as error:
        raise PluginProblem(
            f"its blueprints can't be registered: {type(error).__name__}: {error}",
            "register them with a Flask application of their own to see the whole error",
        ) from error
    return alone


def _refuse_wide(alone: Flask) -> None:
    """Refuse what would act on requests of others."""
    everywhere = (
        alone.before_request_funcs.get(None),
        alone.after_request_funcs.get(None),
        alone.teardown_request_funcs.get(None),
        alone.url_value_preprocessors.get(None),
        any(alone.error_handler_spec[None].values()),
        alone.teardown_appcontext_funcs,
    )
    if any(everywhere):
        raise PluginProblem(
            "its blueprints have functions for requests that aren't theirs",
            "use before_request, errorhandler and the like, not before_app_request",
        )


def _refuse_open(alone: Flask, rule: Rule) -> None:
    if permission_of(alone.view_functions[rule.endpoint]) is None:
        raise PluginProblem(
            f"its route {rule.rule} doesn't say who may use it",
            "decorate the view with @requires; folders of static files are sites",
        )


def _places(rule: Rule) -> Iterator[Place]:
    path = _PART.sub("<>", rule.rule)
    for method in (rule.methods or frozenset()) - _BY_FLASK:
        yield method, path


def _taken(place: Place, first: str, second: str) -> PluginProblem:
    method, path = place
    return PluginProblem(
        f"{method} {path} is answered twice: by {first} and by {second}; the first one has it",
        "uninstall one of the two, or name the one to keep in ASHIM_PACKAGES",
    )
