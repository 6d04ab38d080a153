"""Schemas of answers that no model describes: what the registry tells about tools and plugins."""

from ashim_core.openapi.words import Json, object_of, ref

_TEXT: Json = {"type": "string"}
_MAYBE_TEXT: Json = {"type": ["string", "null"]}
_COUNT: Json = {"type": "integer", "minimum": 0}
_FLAG: Json = {"type": "boolean"}
_TEXTS: Json = {"type": "array", "items": _TEXT}

SCHEMAS: Json = {
    "Error": object_of(
        ["error", "code", "statusCode", "message", "requestId"],
        error=_TEXT,
        code=_TEXT | {"examples": ["INVALID_SETTINGS"]},
        statusCode={"type": "integer"},
        message=_TEXT,
        details={
            "type": "array",
            "items": object_of([], field=_TEXT, expected=_TEXT, received=_TEXT),
        },
        requestId=_TEXT,
        step=_COUNT | {"description": "Which step of a pipeline failed, counted from 1."},
        completedSteps={
            "type": "array",
            "items": object_of(["step", "toolId"], step=_COUNT, toolId=_TEXT),
            "description": "The steps of a pipeline before the one that failed.",
        },
    ),
    "Output": object_of(
        ["name", "mediaType", "size", "downloadUrl"],
        name=_TEXT,
        mediaType=_TEXT,
        size=_COUNT,
        width=_COUNT,
        height=_COUNT,
        downloadUrl=_TEXT,
    ),
    "FileResult": object_of(
        ["index", "input", "ms"],
        index=_COUNT | {"description": "The place of the file among those that were sent, from 0."},
        input=_TEXT | {"description": "The name of the file."},
        output=_TEXT | {"description": "The name of its result."},
        size=_COUNT | {"description": "Of the result, or of all of them, in bytes."},
        code=_TEXT | {"description": "Of the error that came instead."},
        message=_TEXT | {"description": "What this error is."},
        ms={"type": "number", "minimum": 0},
        report={"type": "object", "description": "Of a tool that reports."},
        facts={"type": "object", "description": "What the tool tells of the result."},
        savedFileId=_TEXT | {"description": "The new version in the library, with `fileId`."},
    )
    | {"description": "What came of one file of a batch."},
    "Result": object_of(
        ["jobId", "downloadUrl", "originalSize", "processedSize", "outputs", "notes", "expiresAt"],
        jobId=_TEXT,
        downloadUrl=_TEXT,
        zipUrl=_TEXT,
        originalSize=_COUNT,
        processedSize=_COUNT,
        outputs={"type": "array", "items": ref("Output")},
        notes=_TEXTS,
        facts={
            "type": "object",
            "description": "What the tool tells of the result. Each of them stands beside the "
            "other names here, too.",
        },
        expiresAt=_TEXT | {"format": "date-time"},
        savedFileId=_TEXT | {"description": "The new version in the library, with `fileId`."},
        stepsCompleted=_COUNT | {"description": "Of pipelines: how many steps there were."},
        steps={
            "type": "array",
            "items": object_of(
                ["step", "toolId", "ms", "size"],
                step=_COUNT,
                toolId=_TEXT,
                ms={"type": "number", "minimum": 0},
                size={"type": ["integer", "null"], "minimum": 0},
            ),
            "description": "Of pipelines: what each step took. The size is null where a step "
            "shared its encoding with the next.",
        },
        results={
            "type": "array",
            "items": ref("FileResult"),
            "description": "Of batches: what came of each file, in the order of the form.",
        },
    )
    | {
        "additionalProperties": True,
        "description": "Files that were made. A tool may tell more of them in keys of its own, "
        "the number of `pages`, for example.",
    },
    "Report": {
        **object_of(["jobId"], jobId=_TEXT),
        "additionalProperties": True,
        "description": "What a tool tells in place of making a file; its keys are the tool's own.",
    },
    "Accepted": object_of(
        ["jobId", "status", "async", "statusUrl", "progressUrl"],
        jobId=_TEXT,
        status=_TEXT,
        **{"async": _FLAG},
        statusUrl=_TEXT,
        progressUrl=_TEXT,
    ),
    "Job": object_of(
        ["jobId", "kind", "toolId", "status", "progress", "completedFiles", "totalFiles"],
        jobId=_TEXT,
        kind=_TEXT,
        toolId=_TEXT,
        status={
            "type": "string",
            "enum": ["queued", "processing", "completed", "failed", "cancelled"],
        },
        progress={"type": "number", "minimum": 0, "maximum": 100},
        message=_TEXT,
        completedFiles=_COUNT,
        failedFiles=_COUNT,
        totalFiles=_COUNT,
        createdAt=_TEXT | {"format": "date-time"},
        code=_TEXT,
        error=_TEXT,
        result=ref("Result"),
    ),
    "Tool": object_of(
        ["id", "name", "summary", "category", "installed", "enabled", "available"],
        id=_TEXT,
        aliases=_TEXTS,
        name=_TEXT,
        summary=_TEXT,
        category=_TEXT,
        version=_TEXT,
        distribution=_TEXT,
        inputs=object_of(
            ["min", "max", "takes", "extras"],
            min=_COUNT,
            max=_COUNT,
            takes={
                "type": "array",
                "items": _TEXT,
                "description": "Media types of the files; `image/*` for all pictures.",
            },
            extras={
                "type": "array",
                "description": "The fields of files that are taken besides.",
                "items": {
                    "type": "object",
                    "properties": {"name": _TEXT, "required": _FLAG, "description": _TEXT},
                    "required": ["name", "required", "description"],
                },
            },
        ),
        outputs=_TEXT
        | {
            "description": "`picture`, `files` or `report`; where it may be several of these, with "
            "` or ` between them."
        },
        settings={
            "type": "object",
            "description": "JSON schema of the settings; not in a list with `settings=false`.",
        },
        actions={"type": "array", "items": ref("Tool"), "description": "Each like a tool."},
        animation=_MAYBE_TEXT,
        gives=_TEXTS
        | {
            "description": "`picture`, `files`, `folders`, `report`, or the media type of a file; "
            "none if it isn't known."
        },
        report={
            "type": ["object", "null"],
            "description": "JSON schema of what it reports, null where that isn't known; not in a "
            "list with `settings=false`.",
        },
        pipelineStep=_FLAG,
        installed=_FLAG,
        enabled=_FLAG,
        available=_FLAG,
        reason=_MAYBE_TEXT,
        experimental=_FLAG,
        execution={"type": "string", "enum": ["fast", "heavy"]},
        panel=_MAYBE_TEXT,
        models=_TEXTS,
    ),
    "ToolList": object_of(["tools"], tools={"type": "array", "items": ref("Tool")}),
    "Plugin": object_of(
        ["name", "distribution", "status", "tools"],
        name=_TEXT,
        group=_TEXT,
        distribution=_TEXT,
        version=_TEXT,
        origin=_TEXT,
        status={"type": "string", "enum": ["loaded", "failed", "skipped"]},
        tools=_TEXTS,
        formats=_TEXTS,
        reason=_MAYBE_TEXT,
        nextStep=_MAYBE_TEXT,
    ),
    "FormatList": object_of(
        ["formats"],
        formats={
            "type": "array",
            "items": object_of(
                ["name", "mediaType", "extension", "read", "write"],
                name=_TEXT,
                mediaType=_TEXT,
                extension=_TEXT,
                read={"type": "boolean"},
                write={"type": "boolean"},
                alpha={"type": "boolean"},
                animation={"type": "boolean"},
                profile={"type": "boolean"},
                defaultQuality={"type": ["integer", "null"]},
                distribution=_TEXT,
            ),
        },
    ),
    "PluginList": object_of(["plugins"], plugins={"type": "array", "items": ref("Plugin")}),
    "Health": object_of(["status", "version"], status=_TEXT, version=_TEXT),
}
