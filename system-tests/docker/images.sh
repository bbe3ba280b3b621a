# shellcheck shell=bash
# Local images under the names that docker-compose.yml and the Dockerfiles pin, made of the real programs on Debian.
# Users, entry points, busybox tools and volumes are as in the publishers' images where the compose file depends on them.

cache=${NOMAD_ML_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nomad-ml}/docker

pinned() { # image of docker-compose.yml → image:tag
  sed -n "s|^ *image: \(&[a-z-]* \)*\($1:[^ ]*\).*|\2|p" "$repository/docker-compose.yml" | sort -u
}

argument() { # ARG of a Dockerfile → its default
  sed -n "s/^ARG $2=//p" "$repository/$1"
}

server() { # name → folder of its binaries
  "$repository/tools/install" --paths --only "$1" | cut -d= -f2
}

local_images() {
  pinned '[a-z0-9./_-]*/[a-z_-]*' | grep -Ev '^(nomad-ml|nvcr.io)/' | sort -u
  sed -n 's/^restic_image=//p' "$repository/tools/setup/compose-keep.sh"
  pinned redis
  pinned postgres
  pinned nginx
  sed -n 's/^FROM //p' "$repository/tools/setup/mlflow.Dockerfile"
  sed -n 's/^FROM \([^ ]*\).*/\1/p' "$repository/tools/setup/backup.Dockerfile"
  argument trainer/Dockerfile JAVA_IMAGE
  argument trainer/Dockerfile CUDA_IMAGE
}

# Its program is in no Go module, only in its repository.
find_cadvisor() {
  local version folder build
  version=v$(pinned ghcr.io/google/cadvisor | cut -d: -f2)
  folder=$cache/cadvisor-$version
  if [ ! -x "$folder/cadvisor" ]; then
    talk "building cAdvisor $version (three minutes, once)"
    build=$(mktemp -d)
    (git clone --quiet --depth 1 --branch "$version" https://github.com/google/cadvisor "$build" && mkdir -p "$folder" &&
      cd "$build/cmd" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/google/cadvisor/version.Version=$version" -o "$folder/cadvisor" .) >&2 ||
      fail "cAdvisor $version could not be built from its repository" "lay its program at $folder/cadvisor"
    chmod -R u+w "$build" && rm -rf "$build"
  fi
  echo "$folder"
}

# Loads the images from the cache; makes them first when anything they depend on has changed.
make_images() {
  step "Local images in place of the publishers'"
  local key file images
  mapfile -t images < <(local_images)
  key=$({ cat "$here/images.sh" "$here"/stand-ins/{consul,postgres,redis,grafana}* && printf '%s\n' "${images[@]}" && "$repository/tools/install" --paths --only "$servers"; } | sha256sum | cut -c1-12)
  file=$cache/images-$key.tar
  if [ -e "$file" ]; then
    docker load --quiet --input "$file" >/dev/null
  else
    make_bases
    make_servers
    make_languages
    mkdir -p "$cache" && docker save --output "$file.new" "${images[@]}" && mv "$file.new" "$file"
  fi
  docker images --format '{{.Repository}}:{{.Tag}}  {{.Size}}' | grep -v '^local/' | sort >&2
}

# The Dockerfile comes on stdin; files that it adds are copied into the context.
image() { # tag, files …
  local tag=$1 context
  shift
  context=$(mktemp -d "$work/context.XXXXXX")
  [ $# = 0 ] || cp -RL "$@" "$context/"
  cat >"$context/Dockerfile"
  DOCKER_BUILDKIT=0 docker build --quiet --tag "$tag" "$context" >/dev/null 2>"$work/build.log" || {
    cat "$work/build.log" >&2
    fail "the local image $tag could not be made" "the build's output is above"
  }
  rm -rf "$context"
}

make_bases() {
  local root=$work/bookworm
  debootstrap --variant=minbase --include=ca-certificates,busybox-static bookworm "$root" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 5 "$work/debootstrap.log" >&2; fail "debootstrap failed" "its last lines are above"; }
  # Whoever is between this machine and the package registries is trusted inside, too.
  cp "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "$root/etc/ssl/machine.crt"
  cp -L /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null && : >"$root/etc/apt/sources.list"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/usr/share/{doc,man,locale}
  tar -C "$root" -c . | docker import - local/bookworm >/dev/null
  # busybox: what the publishers' images of Prometheus, Nomad and Consul are made on.
  cp "$root/bin/busybox" "$work/busybox"
  rm -rf --one-file-system "$root"
  image local/busybox "$work/busybox" <<'DOCKERFILE'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox --install -s /bin && mkdir -p /etc /tmp /root /usr && ln -s ../bin /usr/bin && mkdir -p /usr/local/bin && chmod 1777 /tmp && printf 'root:x:0:0:root:/root:/bin/sh\nconsul:x:100:1000::/consul:/bin/sh\nnobody:x:65534:65534::/home:/bin/false\n' >/etc/passwd && printf 'root:x:0:\nconsul:x:1000:\nnobody:x:65534:\n' >/etc/group"]
CMD ["sh"]
DOCKERFILE
}

make_servers() {
  local folder
  folder=$(server consul)
  image "$(pinned hashicorp/consul)" "$folder/consul" "$here/stand-ins/consul-entrypoint.sh" <<'DOCKERFILE'
FROM local/busybox
COPY consul consul-entrypoint.sh /bin/
RUN mkdir -p /consul/data /consul/config && chown -R consul:consul /consul
VOLUME /consul/data
ENTRYPOINT ["/bin/consul-entrypoint.sh"]
CMD ["agent", "-dev", "-client", "0.0.0.0"]
DOCKERFILE
  folder=$(server nomad)
  image "$(pinned hashicorp/nomad)" "$folder/nomad" "$work/busybox" <<'DOCKERFILE'
FROM local/bookworm
COPY nomad busybox /bin/
RUN busybox --install -s /usr/local/bin
ENTRYPOINT ["nomad"]
CMD ["help"]
DOCKERFILE
  folder=$(server pushgateway)
  image "$(pinned prom/pushgateway)" "$folder/pushgateway" <<'DOCKERFILE'
FROM local/busybox
COPY --chown=nobody:nobody pushgateway /bin/pushgateway
RUN mkdir -p /pushgateway && chown nobody:nobody /pushgateway
WORKDIR /pushgateway
USER 65534
ENTRYPOINT ["/bin/pushgateway"]
DOCKERFILE
  folder=$(server prometheus)
  image "$(pinned prom/prometheus)" "$folder/prometheus" "$folder/promtool" <<'DOCKERFILE'
FROM local/busybox
COPY prometheus promtool /bin/
WORKDIR /prometheus
RUN chown nobody:nobody /prometheus
USER nobody
VOLUME /prometheus
ENTRYPOINT ["/bin/prometheus"]
DOCKERFILE
  folder=$(server node_exporter)
  image "$(pinned prom/node-exporter)" "$folder/node_exporter" <<'DOCKERFILE'
FROM local/busybox
COPY node_exporter /bin/node_exporter
USER nobody
ENTRYPOINT ["/bin/node_exporter"]
DOCKERFILE
  folder=$(server blackbox_exporter)
  image "$(pinned prom/blackbox-exporter)" "$folder/blackbox_exporter" <<'DOCKERFILE'
FROM local/busybox
COPY blackbox_exporter /bin/blackbox_exporter
ENTRYPOINT ["/bin/blackbox_exporter"]
CMD ["--config.file=/etc/blackbox_exporter/config.yml"]
DOCKERFILE
  folder=$(server versitygw)
  image "$(pinned versity/versitygw)" "$folder/versitygw" <<'DOCKERFILE'
FROM local/busybox
COPY versitygw /usr/local/bin/
ENV PATH=/usr/local/bin:/bin
ENTRYPOINT ["versitygw"]
DOCKERFILE
  folder=$(server restic)
  image "$(sed -n 's/^restic_image=//p' "$repository/tools/setup/compose-keep.sh")" "$folder/restic" <<'DOCKERFILE'
FROM local/busybox
COPY restic /bin/
ENTRYPOINT ["/bin/restic"]
DOCKERFILE
  folder=$(server postgres_exporter)
  image "$(pinned prometheuscommunity/postgres-exporter)" "$folder/postgres_exporter" <<'DOCKERFILE'
FROM local/busybox
COPY postgres_exporter /bin/
USER nobody
ENTRYPOINT ["/bin/postgres_exporter"]
DOCKERFILE
  folder=$(server redis_exporter)
  image "$(pinned oliver006/redis_exporter)" "$folder/redis_exporter" <<'DOCKERFILE'
FROM local/busybox
COPY redis_exporter /
USER 59000:59000
ENTRYPOINT ["/redis_exporter"]
DOCKERFILE
  folder=$(server loki)
  image "$(pinned grafana/loki)" "$folder/loki" <<'DOCKERFILE'
FROM local/busybox
COPY loki /usr/local/bin/
RUN mkdir -p /loki && chown 10001:10001 /loki && rm /usr/bin && mkdir /usr/bin && ln -s ../local/bin/loki /usr/bin/loki
USER 10001
ENTRYPOINT ["/usr/bin/loki"]
DOCKERFILE
  folder=$(server otelcol)
  image "$(pinned otel/opentelemetry-collector-contrib)" "$folder/otelcol" <<'DOCKERFILE'
FROM local/busybox
COPY otelcol /otelcol-contrib
USER 10001
ENTRYPOINT ["/otelcol-contrib"]
DOCKERFILE
  folder=$(find_cadvisor) || exit 1
  image "$(pinned ghcr.io/google/cadvisor)" "$folder/cadvisor" <<'DOCKERFILE'
FROM local/busybox
COPY cadvisor /bin/
ENTRYPOINT ["/bin/cadvisor", "-logtostderr"]
DOCKERFILE
  folder=$(server alertmanager)
  image "$(pinned prom/alertmanager)" "$folder/alertmanager" <<'DOCKERFILE'
FROM local/busybox
COPY alertmanager /bin/alertmanager
WORKDIR /alertmanager
RUN chown nobody:nobody /alertmanager
USER nobody
VOLUME /alertmanager
ENTRYPOINT ["/bin/alertmanager"]
DOCKERFILE
}

make_languages() {
  # The publisher's has curl, which the health check uses, and uid 101 is its user.
  image "$(pinned nginx)" <<'DOCKERFILE'
FROM local/bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends nginx-light curl && rm -rf /var/lib/apt/lists/*
CMD ["nginx", "-g", "daemon off;"]
DOCKERFILE
  # Debian's is 7.0; its entry point too becomes the user redis.
  image "$(pinned redis)" "$here/stand-ins/redis-entrypoint.sh" <<'DOCKERFILE'
FROM local/bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/* && mkdir /data && chown redis:redis /data
COPY redis-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /data
WORKDIR /data
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["redis-server"]
DOCKERFILE
  # 3.11 is bookworm's own Python; pip may install beside Debian's packages, as in the publisher's image.
  image "$(sed -n 's/^FROM //p' "$repository/tools/setup/mlflow.Dockerfile")" <<'DOCKERFILE'
FROM local/bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-pip && rm -rf /var/lib/apt/lists/* \
 && ln -s python3 /usr/bin/python && rm /usr/lib/python3*/EXTERNALLY-MANAGED
ENV PIP_CERT=/etc/ssl/machine.crt PIP_ROOT_USER_ACTION=ignore
DOCKERFILE
  image "$(pinned postgres)" "$here/stand-ins/postgres-entrypoint.sh" <<'DOCKERFILE'
FROM local/bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-common \
 && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
 && apt-get install --yes --no-install-recommends postgresql-15 && rm -rf /var/lib/apt/lists/*
COPY postgres-entrypoint.sh /usr/local/bin/
ENV PGDATA=/var/lib/postgresql/data PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["postgres-entrypoint.sh"]
CMD ["postgres"]
DOCKERFILE
  # The client and the plugin of this machine.
  mkdir "$work/client" && cp -L "$(command -v docker)" "$work/client/docker" && cp -L "$(type -P docker-compose)" "$work/client/docker-compose"
  image "$(sed -n 's/^FROM \(docker:[^ ]*\).*/\1/p' "$repository/tools/setup/backup.Dockerfile")" "$work/client/docker" "$work/client/docker-compose" <<'DOCKERFILE'
FROM local/busybox
COPY docker /usr/local/bin/
COPY docker-compose /usr/local/libexec/docker/cli-plugins/
DOCKERFILE
  image debian:bookworm-slim <<'DOCKERFILE'
FROM local/bookworm
CMD ["bash"]
DOCKERFILE
  image "$(argument trainer/Dockerfile JAVA_IMAGE)" <<'DOCKERFILE'
FROM local/bookworm
RUN mkdir -p /usr/share/man/man1 && apt-get update && apt-get install --yes --no-install-recommends openjdk-17-jre-headless && rm -rf /var/lib/apt/lists/*
ENV JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64
DOCKERFILE
  # No CUDA in it: torch's wheels bring the libraries, the base brings only what tells Docker to hand a GPU in.
  image "$(argument trainer/Dockerfile CUDA_IMAGE)" <<'DOCKERFILE'
FROM local/bookworm
RUN mkdir -p /usr/share/man/man1
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility PIP_CERT=/etc/ssl/machine.crt PIP_ROOT_USER_ACTION=ignore
DOCKERFILE
  image "$(pinned grafana/grafana)" "$here/stand-ins/grafana.py" "$work/busybox" <<DOCKERFILE
FROM $(sed -n 's/^FROM //p' "$repository/tools/setup/mlflow.Dockerfile")
COPY grafana.py busybox /usr/local/bin/
RUN printf '#!/bin/sh\nexec python /usr/local/bin/grafana.py\n' >/run.sh && chmod +x /run.sh && ln -s busybox /usr/local/bin/wget && useradd --uid 472 --gid 0 grafana && mkdir -p /var/lib/grafana && chown 472:0 /var/lib/grafana
USER 472
ENTRYPOINT ["/run.sh"]
DOCKERFILE
}
