# What `setup.sh backup --docker` needs to run by Nomad: bash, docker and its compose plugin. Context: tools/.
FROM docker:28.5.1-cli AS docker
FROM debian:bookworm-slim
COPY --from=docker /usr/local/bin/docker /usr/local/bin/docker
COPY --from=docker /usr/local/libexec/docker/cli-plugins/docker-compose /usr/local/libexec/docker/cli-plugins/docker-compose
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates procps && rm -rf /var/lib/apt/lists/*
