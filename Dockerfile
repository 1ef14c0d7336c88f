# Keepwell in a container: the wheel is built in one stage and installed, with what it needs, into the next. The second
# has no compiler, no source and no root. compose.yaml runs it; docs/install.md has the steps.
#
# The Python is the one that the tests run on. Versions of libraries: deploy/compose/constraints.txt.
ARG PYTHON=python:3.11.14-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /source
COPY deploy/compose/constraints.txt constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY deploy/mosquitto deploy/mosquitto
COPY devices devices
COPY gateway gateway
COPY dashboards dashboards
# The environment is made without pip: nothing is to be installed where it runs. The file just built is named by its
# path; for its name an index might be asked.
RUN python -m pip wheel --no-deps --wheel-dir /wheels . \
    && python -m venv --without-pip /opt/keepwell \
    && for wheel in /wheels/keepwell-*.whl; do \
        python -m pip --python /opt/keepwell/bin/python install --constraint constraints.txt "${wheel}[grafana,oidc]" \
            || exit 1; \
    done

FROM ${PYTHON}
LABEL org.opencontainers.image.title="Keepwell" \
      org.opencontainers.image.description="Assistive-technology telemetry gateway" \
      org.opencontainers.image.licenses="Apache-2.0"
# Folders that volumes are put over: a new volume takes their owner and mode.
RUN groupadd --gid 10001 keepwell \
    && useradd --uid 10001 --gid 10001 --home-dir /var/lib/keepwell --no-create-home --shell /usr/sbin/nologin \
        keepwell \
    && install -d -m 0700 -o keepwell -g keepwell /var/lib/keepwell /var/backups/keepwell \
    && install -d -m 0755 -o keepwell -g keepwell /var/lib/tokens/keepwell /var/lib/tokens/grafana \
    && install -d -m 0755 /etc/keepwell
COPY --from=build /opt/keepwell /opt/keepwell
ENV PATH=/opt/keepwell/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Commands find keepwell.toml here without being told.
WORKDIR /etc/keepwell
USER 10001:10001
STOPSIGNAL SIGTERM
# Ready: connected to the broker, and journal and database take what comes; docs/running.md. Docker shows it and starts
# nothing again for it: healthcheck_url is what tells people.
HEALTHCHECK --interval=30s --timeout=10s --start-period=2m --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8730/readyz', timeout=5)"]
ENTRYPOINT ["keepwell"]
CMD ["run", "--log-json"]
