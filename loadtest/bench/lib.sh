# shellcheck shell=bash
# Peers, content and arithmetic of the benchmark. Sourced by run.

WORK=$(mktemp -d "${TMPDIR:-/tmp}/longshore-bench.XXXXXX")
OUT=$WORK/report.md
ROUNDS=${ROUNDS:-7}
MANIFEST_TYPE=application/vnd.oci.image.manifest.v1+json
PIDS=()
MIRROR_PID=

main() {
    trap 'stop_all; rm -rf "$WORK"' EXIT
    local figure
    for tool in nginx wrk curl jq ss docker-registry; do
        command -v "$tool" >/dev/null || { echo "bench: $tool is missing" >&2; exit 1; }
    done
    ./longshore --version >/dev/null
    : >"$OUT"
    for figure in "${@:-hot herd starts cold range memory hop}"; do
        for each in $figure; do "$each"; done
    done
}

say() { printf '%s\n' "$*" | tee -a "$OUT"; }

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wait_for() {
    local i
    for i in $(seq 300); do
        if curl -fso /dev/null "$1"; then return; fi
        sleep 0.1
    done
    echo "bench: $1 does not answer" >&2
    exit 1
}

start_mirror() {
    local port ops
    port=$(free_port)
    ops=$(free_port)
    MIRROR=http://127.0.0.1:$port
    rm -rf "$WORK/data"
    # A tag must not come due in the middle of a measurement.
    LONGSHORE_UPSTREAMS_DOCKER_IO_TAG_TTL=1h ./longshore standalone --listen "127.0.0.1:$port" \
        --ops-listen "127.0.0.1:$ops" --data "$WORK/data" --upstream "docker.io=$1" >"$WORK/mirror.log" 2>&1 &
    MIRROR_PID=$!
    wait_for "http://127.0.0.1:$ops/readyz"
}

stop_mirror() {
    if [ -n "$MIRROR_PID" ]; then
        kill "$MIRROR_PID" 2>/dev/null || true
        wait "$MIRROR_PID" 2>/dev/null || true
        MIRROR_PID=
    fi
}

stop_all() {
    stop_mirror
    if ((${#PIDS[@]})); then
        kill "${PIDS[@]}" 2>/dev/null || true
        wait "${PIDS[@]}" 2>/dev/null || true
        PIDS=()
    fi
}

# In MiB, since the mirror was started.
peak_memory() { awk '/VmHWM/ {printf "%.0f\n", $2 / 1024}' "/proc/$MIRROR_PID/status"; }

LOADTEST_OPTIONS="-Xmx1g -XX:MaxDirectMemorySize=1g"
loadtest() { LONGSHORE_JAVA_OPTS=$LOADTEST_OPTIONS ./longshore loadtest "$@"; }

# An upstream that counts, with blobs of 256 MiB and one of 4 MiB, and what else is asked for.
start_fake() {
    local port
    port=$(free_port)
    FAKE=http://127.0.0.1:$port
    # Not by the function: what is killed in the end must be the process itself.
    LONGSHORE_JAVA_OPTS=$LOADTEST_OPTIONS ./longshore loadtest fake-registry --listen "$port" --blob 4MiB "$@" \
        >"$WORK/fake.json" 2>"$WORK/fake.log" &
    PIDS+=($!)
    # Its last line is the manifest that holds the blobs.
    until grep -q /manifests/ "$WORK/fake.json"; do sleep 0.1; done
}

# The paths, or digests, of the upstream's blobs of a size in MiB.
fake() { jq -r --argjson mib "$2" 'select(.size == $mib * 1048576).'"$1" "$WORK/fake.json"; }

# One file of 1 GiB, sixteen of 4 MiB and their manifest: under $WORK/files for nginx, the same bytes in a registry.
seed() {
    local i file layers
    mkdir -p "$WORK/files"
    head -c 1073741824 /dev/urandom >"$WORK/files/big"
    store "$WORK/files/big" >"$WORK/big.digest"
    for i in $(seq 16); do
        head -c 4194304 /dev/urandom >"$WORK/files/small$i"
        store "$WORK/files/small$i"
    done >"$WORK/small.digests"
    layers=$(jq -R '{mediaType: "application/vnd.oci.image.layer.v1.tar", digest: ., size: 4194304}' \
        "$WORK/small.digests" | jq -sc '.[0:4]')
    jq -nc --argjson layers "$layers" --arg type "$MANIFEST_TYPE" \
        '{schemaVersion: 2, mediaType: $type, config: ($layers[0] + {mediaType: "application/vnd.oci.image.config.v1+json"}), layers: $layers}' \
        >"$WORK/files/manifest.json"
}

store() {
    local hex folder
    hex=$(sha256sum "$1" | cut -d' ' -f1)
    folder=$WORK/upstream/docker/registry/v2
    mkdir -p "$folder/blobs/sha256/${hex:0:2}/$hex" "$folder/repositories/library/bench/_layers/sha256/$hex"
    ln "$1" "$folder/blobs/sha256/${hex:0:2}/$hex/data"
    printf 'sha256:%s' "$hex" >"$folder/repositories/library/bench/_layers/sha256/$hex/link"
    echo "sha256:$hex"
}

start_nginx() {
    local port
    port=$(free_port)
    NGINX=http://127.0.0.1:$port
    cat >"$WORK/nginx.conf" <<CONF
user root;
worker_processes auto;
daemon off;
pid $WORK/nginx.pid;
error_log $WORK/nginx.log;
events { worker_connections 4096; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    open_file_cache max=1000;
    server { listen 127.0.0.1:$port; root $WORK/files; default_type application/octet-stream; }
}
CONF
    nginx -c "$WORK/nginx.conf" 2>/dev/null &
    NGINX_PID=$!
    PIDS+=("$NGINX_PID")
    wait_for "$NGINX/manifest.json"
}

# The best-tuned relay to that nginx: unbuffered, by pieces of 256 KiB, on connections that stay.
start_nginx_proxy() {
    local port
    port=$(free_port)
    NGINX_PROXY=http://127.0.0.1:$port
    cat >"$WORK/nginx-proxy.conf" <<CONF
user root;
worker_processes auto;
daemon off;
pid $WORK/nginx-proxy.pid;
error_log $WORK/nginx-proxy.log;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 100000000;
    upstream files { server ${NGINX#http://}; keepalive 16; }
    server {
        listen 127.0.0.1:$port;
        location / {
            proxy_pass http://files;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
            proxy_buffer_size 256k;
            proxy_buffers 8 256k;
        }
    }
}
CONF
    nginx -c "$WORK/nginx-proxy.conf" 2>/dev/null &
    NGINX_PROXY_PID=$!
    PIDS+=("$NGINX_PROXY_PID")
    wait_for "$NGINX_PROXY/manifest.json"
}

# One cache node, which fetches from $1 what it has not.
start_node() {
    local ops
    ops=$(free_port)
    NODE=127.0.0.1:$(free_port)
    MEMBER=127.0.0.1:$(free_port)
    head -c 32 /dev/urandom | sha256sum | cut -d' ' -f1 >"$WORK/cluster-secret"
    cat >"$WORK/node.yml" <<CONF
listen: $NODE
ops: {listen: "127.0.0.1:$ops"}
upstreams: {docker.io: {url: "$1", tag-ttl: 1h}}
default-upstream: docker.io
storage: {directory: $WORK/node-data}
cluster:
  name: bench
  secret-file: $WORK/cluster-secret
  advertise: $NODE
  public-url: http://$NODE
  members: ["$MEMBER"]
  hazelcast: {listen: "$MEMBER"}
CONF
    ./longshore cache-node --config "$WORK/node.yml" >"$WORK/node.log" 2>&1 &
    NODE_PID=$!
    PIDS+=("$NODE_PID")
    wait_for "http://127.0.0.1:$ops/readyz"
}

# A gateway before that node, which delivers blobs by $1: proxy or redirect.
start_gateway() {
    local ops
    ops=$(free_port)
    GATEWAY=127.0.0.1:$(free_port)
    cat >"$WORK/gateway.$1.yml" <<CONF
listen: $GATEWAY
ops: {listen: "127.0.0.1:$ops"}
upstreams: {docker.io: {}}
default-upstream: docker.io
blob-delivery: $1
cluster:
  name: bench
  secret-file: $WORK/cluster-secret
  members: ["$MEMBER"]
CONF
    ./longshore gateway --config "$WORK/gateway.$1.yml" >"$WORK/gateway.$1.log" 2>&1 &
    GATEWAY_PID=$!
    PIDS+=("$GATEWAY_PID")
    GATEWAY=http://$GATEWAY
    wait_for "http://127.0.0.1:$ops/readyz"
}

# Of the processes and their children, since they were started.
cpu_seconds() {
    local pid ticks=0 sum
    for pid in "$@" $(pgrep -P "$(IFS=,; echo "$*")"); do
        sum=$(awk '{print $14 + $15}' "/proc/$pid/stat")
        ticks=$((ticks + sum))
    done
    awk -v t="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN {printf "%.2f\n", t / hz}'
}

difference() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a - b}'; }

start_registries() {
    UPSTREAM_PORT=$(free_port)
    registry "$UPSTREAM_PORT" "$WORK/upstream" ""
    curl -fs -X PUT -H "Content-Type: $MANIFEST_TYPE" --data-binary "@$WORK/files/manifest.json" \
        "http://127.0.0.1:$UPSTREAM_PORT/v2/library/bench/manifests/1"
    local port
    port=$(free_port)
    PROXY=http://127.0.0.1:$port
    registry "$port" "$WORK/proxy" "proxy: {remoteurl: \"http://127.0.0.1:$UPSTREAM_PORT\"}"
}

registry() {
    cat >"$WORK/registry-$1.yml" <<CONF
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $2}, cache: {blobdescriptor: inmemory}}
http: {addr: "127.0.0.1:$1"}
$3
CONF
    docker-registry serve "$WORK/registry-$1.yml" >"$WORK/registry-$1.log" 2>&1 &
    PIDS+=($!)
    wait_for "http://127.0.0.1:$1/v2/"
}

# A file of the paths of the small blobs at one peer; its origin beside it.
paths() {
    local file=$WORK/paths.$1
    case $1 in
        nginx) seq 16 | sed 's|^|/small|' >"$file" && echo "$NGINX" >"$file.origin" ;;
        mirror) sed 's|^|/v2/library/bench/blobs/|' "$WORK/small.digests" >"$file" && echo "$MIRROR" >"$file.origin" ;;
        proxy) sed 's|^|/v2/library/bench/blobs/|' "$WORK/small.digests" >"$file" && echo "$PROXY" >"$file.origin" ;;
    esac
    echo "$file"
}

# A row: the medians of each peer, and the medians of the ratios of each round.
compare() {
    local title=$1 measure=$2 i a b c
    shift 2
    : >"$WORK/rows"
    "$measure" "$1" >/dev/null
    for i in $(seq "$ROUNDS"); do
        b=$("$measure" "$2")
        a=$("$measure" "$1")
        c=$("$measure" "$3")
        echo "$a $b $c $(ratio "$a" "$b") $(ratio "$a" "$c")" >>"$WORK/rows"
    done
    say "| $title | $(median 1) | $(median 2) | $(median 3) | $(median 4) | $(median 5) |"
}

median() { awk -v n="$1" '{print $n}' "$WORK/rows" | sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

ratio() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.2f", a / b}'; }

seconds() { curl -fs -o /dev/null -w '%{time_total}' "$@"; }

milliseconds() { awk -v s="$1" 'BEGIN {printf "%.0f", s * 1000}'; }
