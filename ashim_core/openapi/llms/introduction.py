"""What has to be known before any tool is called. BASE is the address of a server."""

INTRODUCTION = """\
# ashim

> A self-hosted image toolbox. Every tool is one POST of multipart/form-data: the file, and its
> settings as JSON in the field `settings`.

The answer is the resulting file. With `Accept: application/json` it is
`{jobId, downloadUrl, originalSize, processedSize, outputs, notes, expiresAt}`.
Errors are `{error, code, statusCode, message, details, requestId}`; `details` names each wrong
field with what was expected and received.

Send `Authorization: Bearer <token>` with every request, unless `GET /api/v1/config/auth` answers
with `"authEnabled": false`. The token is an API key, which starts with `si_`, or that of a login:

    curl BASE/api/auth/login -H 'Content-Type: application/json' \\
      -d '{"username":"NAME","password":"PASSWORD"}'

answers `{token, user, expiresAt}`. A `user` with `mustChangePassword` first has to
`POST /api/auth/change-password` with `{currentPassword, newPassword}`. `POST /api/v1/api-keys` with
`{name, permissions, expiresAt}`, all optional, answers with the new key in `key`, this once.

    curl -H 'Authorization: Bearer TOKEN' -F file=@photo.jpg -F 'settings={"width":800}' \\
      BASE/api/v1/tools/resize -o small.jpg

After 429 or 503, wait for the seconds in `Retry-After`.
"""

CALLING = """\
## How tools are called

`POST BASE/api/v1/tools/<id>` with `multipart/form-data`. Each tool below says how many files it
takes, and in which field; each file is a part of its own with a file name. Text fields, all but
what a tool requires of `settings` optional:

- `settings`: a JSON object. Unknown names are refused. Where a tool says `required`, it has to be
  there.
- `fileId`: 32 hexadecimal digits, a file in the library. The result is kept there as its new
  version; without an upload that file is also what is worked on. A file of the library that is
  only read is named by the text `/files/<id>` in the field where a file would be.
- `strict`: `true` answers 422 `WOULD_LOSE` rather than lose frames, metadata, colours or
  transparency. Otherwise losses are told in `notes`, and in the header `X-Ashim-Notes` (a JSON
  array).
- `manifest`: `true` puts a `manifest.json` into a ZIP of results.

A colour is text: `#rgb`, `#rrggbb`, `#rrggbbaa`, a CSS name such as `red`, or `transparent`.
Angles are degrees clockwise, coordinates count pixels from the top left, as the picture is seen.
Several resulting files come as one ZIP; in JSON `outputs` lists
`{name, mediaType, size, downloadUrl}` for each, and `zipUrl` is all of them. A tool that reports
answers JSON with keys of its own.

## Many files at once

`POST BASE/api/v1/tools/<id>/batch` runs a tool on each of MOST files or fewer: one part `files`
for each, `settings` once, a second picture once in the field of its name. The answer is a ZIP,
with a `manifest.json` if a file failed; the header `X-File-Results` is a JSON object, number of
the file (from 0) to the name of its result. Files are numbered in the order of the form, uploads
and `/files/<id>` alike; in JSON and in the manifest this number is `index`. One `fileId` for each
file keeps each result. `stream=true` sends the ZIP while it is made.

    curl -F files=@a.jpg -F files=@b.jpg -F 'settings={"width":800}' \\
      BASE/api/v1/tools/resize/batch -o results.zip

## Several tools in a row

`POST BASE/api/v1/pipeline/execute` with one `file` and the text field `pipeline`, a JSON array of
steps `{"toolId": ..., "settings": {...}}`; `settings` may be left out. Each step gets the result
of the one before. A tool whose line "In a pipeline" says so stands first or last only. In place
of `pipeline`, `pipelineId` names a saved one. `POST BASE/api/v1/pipeline/batch` takes many
`files` and answers a ZIP. An error has `step`, which of them failed (from 1), and
`completedSteps`.

    curl -F file=@photo.jpg \\
      -F 'pipeline=[{"toolId":"rotate","settings":{"angle":90}},{"toolId":"compress"}]' \\
      BASE/api/v1/pipeline/execute -o turned.jpg

## Jobs

Whatever is run may be run in the background: the header `Prefer: respond-async` is answered with
202 `{jobId, status, async, statusUrl, progressUrl}` at once, `Prefer: wait=30` only if it takes
longer than so many seconds, 60 at most. `GET` of `statusUrl` gives `status` (`queued`,
`processing`, `completed`, `failed`, `cancelled`), `progress` (0 to 100), and in the end `result`,
the JSON of an answer, or `error` and `code`. `progressUrl` streams the same as server-sent
events, the last one with the result. `DELETE` of `statusUrl` cancels. `Idempotency-Key`, a header
of up to 255 visible ASCII characters, makes sure that what is sent twice is run once. Results are
fetched from their `downloadUrl` as it is, until `expiresAt`.
"""
