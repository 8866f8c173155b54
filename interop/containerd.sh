# containerd, with Longshore in hosts.toml: it asks for /v2/library/app/…?ns=docker.io.
# registry.local:5000 holds a repository that docker.io does not, so a right answer proves that `ns` was heard.

ctr_cli() {
    ctr --address "$W/containerd.sock" "$@"
}

start_containerd() {
    local host
    for host in docker.io registry.local:5000; do
        mkdir -p "$W/hosts/$host"
        cat >"$W/hosts/$host/hosts.toml" <<TOML
server = "http://127.0.0.1:1"
[host."$MIRROR"]
  capabilities = ["pull", "resolve"]
TOML
    done
    mkdir -p "$W/containerd"
    cat >"$W/containerd.toml" <<TOML
version = 2
root = "$W/containerd/root"
state = "$W/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$W/containerd.sock"
TOML
    spawn containerd containerd --config "$W/containerd.toml"
    await 30 ctr_cli version || { show_log containerd >&2; die "containerd did not start"; }
}

forget_containerd() {
    stop containerd || true
    rm -rf "$W/containerd"
}

# containerd_pulls REFERENCE DIGEST PART [OPTION…]: PART is the manifest whose whole tree must then be there.
containerd_pulls() {
    local reference=$1 digest=$2 part=$3 each
    shift 3
    ctr_cli images pull --hosts-dir "$W/hosts" --snapshotter native "$@" "$reference"
    ctr_cli images ls | tee /dev/stderr | grep -F "$reference " | grep -qF "$digest"
    for each in "$digest" $(tree "$part"); do
        ctr_cli content get "$each" | cmp - "$(content "$each")"
    done
}

check_containerd() {
    check "containerd pulls a Docker image by ns ($1)" \
        containerd_pulls docker.io/library/app:1 "${DIGESTS[app]}" "${DIGESTS[app]}"
    check "containerd pulls an OCI image by digest ($1)" \
        containerd_pulls "docker.io/library/oci@${DIGESTS[oci]}" "${DIGESTS[oci]}" "${DIGESTS[oci]}"
    check "containerd pulls another platform of an index ($1)" \
        containerd_pulls docker.io/library/multi:1 "${DIGESTS[multi]}" "${DIGESTS[arm64]}" --platform linux/arm64
    check "containerd pulls all platforms of an index ($1)" \
        containerd_pulls docker.io/library/multi:1 "${DIGESTS[multi]}" "${DIGESTS[multi]}" --all-platforms
    check "containerd pulls a nested repository from an upstream with a port ($1)" \
        containerd_pulls registry.local:5000/org/team/app:1 "${DIGESTS[nested]}" "${DIGESTS[nested]}"
}
