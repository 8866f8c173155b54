# podman, with Longshore as the mirror of registries.conf: it asks for /v2/docker.io/library/app/…

podman_cli() {
    CONTAINERS_REGISTRIES_CONF=$W/registries.conf podman --root "$W/podman/root" --runroot "$W/podman/run" \
        --tmpdir "$W/podman/tmp" --storage-driver vfs --events-backend none --cgroup-manager cgroupfs "$@"
}

configure_podman() {
    mkdir -p "$HOME/.config/containers"
    echo '{"default": [{"type": "insecureAcceptAnything"}]}' >"$HOME/.config/containers/policy.json"
    cat >"$W/registries.conf" <<TOML
[[registry]]
prefix = "docker.io"
location = "docker.io"
[[registry.mirror]]
location = "127.0.0.1:$MIRROR_PORT/docker.io"
insecure = true

[[registry]]
prefix = "registry.local:5000"
location = "registry.local:5000"
[[registry.mirror]]
location = "127.0.0.1:$MIRROR_PORT/registry.local_5000"
insecure = true
TOML
}

forget_podman() {
    rm -rf "$W/podman"
}

podman_pulls() {
    podman_cli pull --quiet "$1"
    podman_cli image inspect --format '{{.Digest}} {{join .RepoDigests " "}}' "$1" | tee /dev/stderr | grep -qF "$2"
}

check_podman() {
    check "podman pulls a Docker image by registries.conf ($1)" \
        podman_pulls docker.io/library/app:1 "${DIGESTS[app]}"
    check "podman pulls its platform of an index by registries.conf ($1)" \
        podman_pulls docker.io/library/multi:1 "${DIGESTS[multi]}"
    check "podman pulls a nested repository from an upstream with a port ($1)" \
        podman_pulls registry.local:5000/org/team/app:1 "${DIGESTS[nested]}"
}
