# Every step is one of ./run's, so what is tested without Docker is what runs in it.
#   PACKAGES         the tool packages in the image, separated by commas; all that ./run serve has
#                    if none is named
#   PIL_FLAVOUR      pillow, or simd for Pillow-SIMD (docs/decisions/pillow-simd.md)
#   EXTRAS           drivers of databases and counters: postgresql, mysql, redis, separated by commas
#   SYSTEM_PACKAGES  Debian packages besides those of the programs that the tools declare
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
ARG PACKAGES=""
ARG PIL_FLAVOUR=pillow
ARG EXTRAS=""
WORKDIR /app
COPY . .
RUN case "$PIL_FLAVOUR" in \
      pillow) ./run install ${PACKAGES:+--only "$PACKAGES"} ;; \
      simd) ./run install ${PACKAGES:+--only "$PACKAGES"} --pillow-simd ;; \
      *) echo "PIL_FLAVOUR is '$PIL_FLAVOUR', but there are: pillow, simd" >&2; exit 2 ;; \
    esac \
    && if [ -n "$EXTRAS" ]; then .venv/bin/python -m pip install -c constraints.txt "ashim-core[$EXTRAS]"; fi \
    && ./run system-packages >system-packages \
    && touch .venv/ashim-image \
    && .venv/bin/python -m compileall -q ashim_core plugins

FROM ${BASE}
ARG PIL_FLAVOUR=pillow
ARG SYSTEM_PACKAGES=""
COPY --from=build /app/system-packages /tmp/system-packages
# Pillow brings its codecs along, Pillow-SIMD uses the system's. libfribidi lays out text.
RUN if [ "$PIL_FLAVOUR" = simd ]; then \
      codecs="libavif16 libfreetype6 libjpeg62-turbo liblcms2-2 libopenjp2-7 libraqm0 libtiff6 \
              libwebp7 libwebpdemux2 libwebpmux3"; \
    fi \
    && apt-get update \
    && apt-get install -y --no-install-recommends libfribidi0 ${codecs:-} \
         $(cat /tmp/system-packages) ${SYSTEM_PACKAGES} \
    && rm -rf /var/lib/apt/lists/* \
    && mkdir -m 0777 /data
# /data is open to all, as it may be run under any user id. Nothing else is written to but /tmp.
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HOST=0.0.0.0 \
    PORT=1349 \
    DATA_DIR=/data
USER 10001:0
VOLUME /data
EXPOSE 1349
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["python", "-c", \
  "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
ENTRYPOINT ["ashim"]
CMD ["serve"]
