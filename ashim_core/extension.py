"""The second door: all that a plugin of the server needs besides `ashim_core.plugin`.

Modules that entry points of the group `ashim.server` name import it. A tool never does, since no
worker has Flask.
"""

from ashim_core.cli.added import opened_server
from ashim_core.engine.above import Progress, ignore_progress
from ashim_core.engine.task import Output, Reply, Step, Task, TaskInput, TaskResult
from ashim_core.errors import (
    AshimError,
    AuthRequired,
    Forbidden,
    InvalidRequest,
    NotFound,
    ServerBusy,
    StorageFull,
    ValidationFailed,
)
from ashim_core.events import Event, EventName
from ashim_core.executors.executor import Executor, Load, Pending
from ashim_core.extensions.configs import PluginConfig
from ashim_core.extensions.data import PluginData
from ashim_core.extensions.pages import Panel, Site
from ashim_core.extensions.storage import Storage
from ashim_core.hookspecs import hookimpl
from ashim_core.identity.external import External
from ashim_core.jobs.folders import JobFolder
from ashim_core.jobs.kept import FolderResults, Results
from ashim_core.jobs.record import JobRecord
from ashim_core.jobs.service import View
from ashim_core.library.blobs import Blob, Blobs, FolderBlobs
from ashim_core.limits import Lane, Limits
from ashim_core.openapi.shapes import FileAnswer, Form
from ashim_core.policy import Actor, operator
from ashim_core.server.local import local_executor
from ashim_core.server.server import Server
from ashim_core.web.answers import send_output
from ashim_core.web.context import actor
from ashim_core.web.endpoint import file_view, json_view
from ashim_core.web.permissions import requires
from ashim_core.web.sign_in import sign_in
from ashim_core.web.uploads import received_files, receiving
from ashim_core.wire.bodies import Body, Ok, Query, Record

__all__ = [
    "Actor",
    "AshimError",
    "AuthRequired",
    "Blob",
    "Blobs",
    "Body",
    "Event",
    "EventName",
    "Executor",
    "External",
    "FileAnswer",
    "FolderBlobs",
    "FolderResults",
    "Forbidden",
    "Form",
    "InvalidRequest",
    "JobFolder",
    "JobRecord",
    "Lane",
    "Limits",
    "Load",
    "NotFound",
    "Ok",
    "Output",
    "Panel",
    "Pending",
    "PluginConfig",
    "PluginData",
    "Progress",
    "Query",
    "Record",
    "Reply",
    "Results",
    "Server",
    "ServerBusy",
    "Site",
    "Step",
    "Storage",
    "StorageFull",
    "Task",
    "TaskInput",
    "TaskResult",
    "ValidationFailed",
    "View",
    "actor",
    "file_view",
    "hookimpl",
    "ignore_progress",
    "json_view",
    "local_executor",
    "opened_server",
    "operator",
    "received_files",
    "receiving",
    "requires",
    "send_output",
    "sign_in",
]
