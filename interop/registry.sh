# Debian's docker-registry: the upstreams, and the stock registry that takes over the cache's directory.

# start_registry NAME PORT DIRECTORY [readonly]
start_registry() {
    local name=$1 port=$2 directory=$3 readonly=${4:+true}
    cat >"$W/$name.yml" <<YAML
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: $directory}
  maintenance: {readonly: {enabled: ${readonly:-false}}}
http: {addr: 127.0.0.1:$port}
YAML
    spawn "$name" docker-registry serve "$W/$name.yml"
    ready "$name" "http://127.0.0.1:$port/v2/"
}
