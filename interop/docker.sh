# dockerd, with Longshore in `registry-mirrors`: it asks for /v2/library/app/… and names no upstream.
# Its own upstream does not hold these images, so only the mirror can have served them.

# Debian's client, which fits Debian's daemon, before any other on the path.
docker_cli() {
    PATH=/usr/bin:$PATH docker --host "unix://$W/docker.sock" "$@"
}

start_docker() {
    mkdir -p "$W/docker"
    cat >"$W/docker.json" <<JSON
{
  "registry-mirrors": ["$MIRROR"],
  "iptables": false,
  "ip6tables": false,
  "bridge": "none"
}
JSON
    spawn docker dockerd --config-file "$W/docker.json" --host "unix://$W/docker.sock" --pidfile "$W/docker.pid" \
        --data-root "$W/docker/root" --exec-root "$W/docker/exec"
    await 30 docker_cli version || { show_log docker >&2; die "dockerd did not start"; }
}

forget_docker() {
    stop docker || true
    rm -rf "$W/docker"
}

docker_pulls() {
    local name=$1 digest=$2
    docker_cli pull --quiet "$name:1"
    docker_cli image inspect --format '{{join .RepoDigests "\n"}}' "$name:1" | tee /dev/stderr | grep -qx "$name@$digest"
}

check_docker() {
    check "docker pulls a Docker image through registry-mirrors ($1)" docker_pulls app "${DIGESTS[app]}"
    check "docker pulls its platform of an index through registry-mirrors ($1)" docker_pulls multi "${DIGESTS[multi]}"
}
