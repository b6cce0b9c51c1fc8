# The serving image: MLServer with its MLflow runtime, and MLflow to download a model with. It has an environment of
# its own because MLServer does not resolve with the toolbox; what a model is made of is the same in both.
# Build it in this folder: docker build --file serving.Dockerfile --tag <repository>/serving:<tag> .
# AWS's copy of Docker's own images: Docker Hub counts how often an address pulls.
ARG BASE=public.ecr.aws/docker/library/debian:12.12-slim
ARG UV=ghcr.io/astral-sh/uv:0.13.9

# hadolint ignore=DL3006
FROM ${UV} AS uv

# hadolint ignore=DL3006
FROM ${BASE} AS build
ARG PYTHON=3.11
ENV UV_PYTHON_INSTALL_DIR=/opt/python UV_MANAGED_PYTHON=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
COPY --from=uv /uv /usr/local/bin/uv
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
RUN uv python install "${PYTHON}"
COPY image/environment.sh /build/image/
COPY locks/serving.txt /build/locks/
RUN sh /build/image/environment.sh serving "${PYTHON}"

# hadolint ignore=DL3006
FROM ${BASE} AS serving
RUN --mount=type=bind,source=image,target=/build sh /build/system.sh serving
COPY --from=build /opt /opt
# The one package of the project, without what it needs elsewhere.
COPY src /opt/open_mlops
ENV PATH=/opt/serving/bin:$PATH \
    VIRTUAL_ENV=/opt/serving \
    PYTHONUNBUFFERED=1 \
    LANG=C.UTF-8 \
    DO_NOT_TRACK=1 \
    MLFLOW_DISABLE_TELEMETRY=true \
    PYTHONPATH=/opt/open_mlops
USER 1000
WORKDIR /home/model
ENTRYPOINT ["/usr/bin/tini", "-g", "--"]
CMD ["python", "-m", "open_mlops.serving", "/mnt/models"]
