# The cluster under test: that of deploy/local/cluster, in front of a fake upstream, and what may be asked of it.

LONGSHORE=${LONGSHORE:-$CHECKOUT/longshore}
UPSTREAM_PORT=$(free_port)
UPSTREAM=http://127.0.0.1:$UPSTREAM_PORT
REPOSITORY=docker.io/library/fake
NODES=(node-0 node-1 node-2)

export LONGSHORE
export CLUSTER_DATA=$W/cluster CLUSTER_COMMON=$W/common.yml CLUSTER_PORT=$((12000 + RANDOM % 100 * 60))
# An address of its own where that is permitted, so that it can be cut off.
export CLUSTER_HAZELCAST=127.0.$((${ISOLATED:-0} * 2)).1

declare -a BLOBS=()

# What a load runs: the memory that the load was given is its own.
ORDER="env --unset=LONGSHORE_JAVA_OPTS $CHECKOUT/deploy/local/cluster"

cluster() {
    "$CHECKOUT/deploy/local/cluster" "$@"
}

# start_upstream SIZE…: BLOBS are the digests, in this order; it counts what it sends.
start_upstream() {
    spawn upstream "$LONGSHORE" loadtest fake-registry --listen "$UPSTREAM_PORT" --blob "$@"
    await 120 manifest_is_announced || die "the upstream did not start"
    grep '^{' "$W/logs/upstream" >"$W/contents"
    mapfile -t BLOBS < <(jq -r 'select(.path | contains("/blobs/")).digest' "$W/contents")
    MANIFEST=$(jq -r 'select(.path | contains("/manifests/")).digest' "$W/contents")
}

manifest_is_announced() {
    grep -q /manifests/ "$W/logs/upstream"
}

# order_upstream heal|rate/BYTES|flip/OFFSET
order_upstream() {
    curl -fsS -X POST -o /dev/null "$UPSTREAM/_$1"
}

start_cluster() {
    cat >"$CLUSTER_COMMON" <<YAML
drain-timeout: $DRAIN
upstreams:
  docker.io: {url: "$UPSTREAM", tag-ttl: 1s}
YAML
    cluster start >"$W/logs/cluster" 2>&1 || { show_log cluster >&2; die "the cluster did not start"; }
    GATEWAYS=("http://$(cluster address gateway-0)" "http://$(cluster address gateway-1)")
    BALANCER=http://$(cluster address balancer)
    # What a failed check shows.
    ln -s "$CLUSTER_DATA/logs/gateway-0" "$W/logs/mirror"
    settle
}

# Views of the cluster travel for a moment.
settle() {
    sleep 2
}

# Nothing is worth a drain any more.
stop_cluster() {
    cluster kill node-3 "${NODES[@]}" gateway-0 gateway-1 balancer s3 >>"$W/logs/cluster" 2>&1 || true
}

# Nodes that were lost come back as they were.
revive() {
    cluster start "$@" >>"$W/logs/cluster" 2>&1
    settle
}

# --- loads ------------------------------------------------------------------------------------------------------------

# load NAME SCENARIO OPTION…: runs it and prints its figures; the report is kept for holds.
load() {
    local name=$1 scenario=$2
    shift 2
    LONGSHORE_JAVA_OPTS="-Xmx384m -XX:MaxDirectMemorySize=256m" "$LONGSHORE" loadtest "$scenario" --json \
        --repository "$REPOSITORY" --upstream-stats "$UPSTREAM/_stats" --patience 30 "$@" \
        >"$W/$name.json" 2>"$W/logs/$name" || true
    jq -r '"    \(.ok) ok, \(.failed) failed, \(.wrongDigest) wrong; \(.bytes / 1e6 | round) MB in " +
        "\(.seconds * 10 | round / 10) s; first byte p99 \(.firstByteMillis.p99 | round) ms, " +
        "longest stall \(.longestStallMillis | round) ms" +
        (if .upstream then "; amplification \(.upstream.amplification * 1000 | round / 1000)" else "" end)' \
        "$W/$name.json" || cat "$W/logs/$name"
}

# holds NAME JQ_EXPRESSION: whether it is true of the report.
holds() {
    jq -c 'del(.failures, .commands)' "$W/$1.json"
    jq -r '.commands[] | "exit code \(.exitCode) after \(.seconds) s: \(.command)"' "$W/$1.json"
    jq -r '.failures[:5][]' "$W/$1.json"
    jq -e "$2" "$W/$1.json"
}

# --- pulls by curl ----------------------------------------------------------------------------------------------------

# serves BASE_URL DIGEST…: each of them, right.
serves() {
    local url=$1 digest sum
    shift
    for digest in "$@"; do
        sum=$(curl -fsS --max-time 60 "$url/v2/$REPOSITORY/blobs/$digest" | sha256sum)
        [ "sha256:${sum%% *}" = "$digest" ] || { echo "$digest was served as ${sum%% *}"; return 1; }
    done
}

# --- where bytes are --------------------------------------------------------------------------------------------------

# The file of a blob below the folder of a node or bucket.
file_of() {
    local hex=${1#sha256:}
    echo "docker/registry/v2/blobs/sha256/${hex:0:2}/$hex/data"
}

# The node that has published a blob; the first one pull brings it to its owner alone.
holder() {
    local node
    for node in "${NODES[@]}"; do
        [ ! -e "$CLUSTER_DATA/$node/$(file_of "$1")" ] || { echo "$node"; return; }
    done
    return 1
}

bucket_has() {
    local digest
    for digest in "$@"; do
        [ -e "$CLUSTER_DATA/s3/longshore/$(file_of "$digest")" ] || { echo "the bucket has no $digest"; return 1; }
    done
}

# The bucket is written behind: in so many seconds it has everything.
bucket_gets() {
    local seconds=$1
    shift
    await "$seconds" bucket_has "$@" || bucket_has "$@"
}

# Objects of the bucket that are the bytes of this blob.
objects_of() {
    find "$CLUSTER_DATA/s3/longshore" -type f -path "*/blobs/*${1#sha256:}*" | tee /dev/stderr | wc -l
}

# Bytes that a process has written, to sockets and files, by the kernel's count.
written_by() {
    awk '$1 == "wchar:" {print $2}' "/proc/$(cluster pid "$1")/io"
}
