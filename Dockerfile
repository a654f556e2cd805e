# One image for every part of Trivsel; the command says which part runs:
#     run registry | run assessment | run meetings | run notifications | run consent | gateway | migrate | topology
#
# BASE is any image with Python 3.11 to 3.13 and its venv module. deploy/image/build.sh makes one from Debian's
# packages where no container registry can be reached.
ARG BASE=docker.io/library/python:3.11.14-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /opt/trivsel
COPY requirements.lock ./
# The secret `pip` (a pip.conf) is for houses that fetch packages through a mirror of their own.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/trivsel/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY services services
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/local/__init__.py deploy/local/assets.py deploy/local/processes.py deploy/local/
COPY deploy/assets deploy/assets
COPY requirements-node.lock ./
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    --mount=type=secret,id=npm,target=/etc/npmrc \
    python3 -m venv /tmp/node && NPM_CONFIG_GLOBALCONFIG=/etc/npmrc /tmp/node/bin/python -m deploy.local.assets
RUN /opt/trivsel/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation . \
 && /opt/trivsel/bin/python -m compileall -q /opt/trivsel/lib

FROM ${BASE}
RUN groupadd --system --gid 10001 trivsel \
 && useradd --uid 10001 --gid trivsel --home-dir /nonexistent --shell /usr/sbin/nologin trivsel
COPY --from=build /opt/trivsel /opt/trivsel
COPY --chmod=0755 deploy/image/healthy.py /usr/local/bin/healthy
ENV PATH=/opt/trivsel/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PSYCOPG_WAIT_FUNC=wait_selector \
    HEALTH_HOST=0.0.0.0 \
    HEALTH_PORT=8081
USER 10001:10001
WORKDIR /tmp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["healthy", "livez"]
ENTRYPOINT ["trivsel"]
CMD ["--help"]
