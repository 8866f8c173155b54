# What every script here stands on: a working directory, processes that never outlive the script, and checks.
# Source it first. Start and stop processes in the script itself, never inside a check: a check runs in a subshell.

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
W=$(mktemp -d "${TMPDIR:-/tmp}/longshore.XXXXXX")
mkdir "$W/logs" "$W/ports" "$W/home"
PATH=$PATH:/usr/sbin:/sbin

# Clients read no configuration but what is written for them here, and go through no proxy; only a build may.
BUILD_ENVIRONMENT=(HOME="$HOME" https_proxy="${https_proxy:-}" http_proxy="${http_proxy:-}")
export HOME=$W/home
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY REGISTRY_AUTH_FILE DOCKER_CONFIG DOCKER_HOST

declare -A PIDS=()
PASSED=0
FAILED=0
SKIPPED=0

# --- checks -----------------------------------------------------------------------------------------------------------

# check NAME COMMAND…: passes when the command, with `set -e`, succeeds. When it fails, what it printed is shown, and
# what the mirror logged meanwhile.
check() {
    local name=$1 status logged
    shift
    logged=$(lines_of mirror)
    set +e
    (set -e; "$@") >"$W/logs/check" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        PASSED=$((PASSED + 1))
        echo "ok - $name"
    else
        FAILED=$((FAILED + 1))
        echo "not ok - $name"
        tail -n 40 "$W/logs/check" | sed 's/^/    /'
        show_log mirror $((logged + 1))
    fi
}

skip() {
    SKIPPED=$((SKIPPED + 1))
    echo "skipped - $1"
}

# The last line of a suite, and its verdict.
verdict() {
    ((SKIPPED == 0)) || echo "$SKIPPED skipped"
    echo "$PASSED passed, $FAILED failed"
    ((FAILED == 0))
}

die() {
    echo "$0: $*" >&2
    exit 1
}

# show_log NAME [FIRST_LINE]
show_log() {
    (($(lines_of "$1") >= ${2:-1})) || return 0
    echo "    --- the log of $1 ends"
    tail -n "+${2:-1}" "$W/logs/$1" | tail -n 15 | sed 's/^/    /'
}

lines_of() {
    cat "$W/logs/$1" 2>/dev/null | wc -l
}

require() {
    local command
    for command in "$@"; do
        command -v "$command" >/dev/null || die "$command is missing: interop/install installs what is needed"
    done
}

# --- processes --------------------------------------------------------------------------------------------------------

# spawn NAME COMMAND…: in the background, its output in logs/NAME. A shell's background jobs ignore Ctrl-C: undo that.
spawn() {
    local name=$1
    shift
    env --default-signal=INT,QUIT "$@" >>"$W/logs/$name" 2>&1 </dev/null &
    PIDS[$name]=$!
}

# stop NAME [SIGNAL [SECONDS]]: returns the exit status of the process, 124 if it had to be killed.
stop() {
    local name=$1 signal=${2:-TERM} seconds=${3:-20} pid status=0
    pid=${PIDS[$name]:-}
    [ -n "$pid" ] || return 0
    kill -s "$signal" "$pid" 2>/dev/null || true
    unset "PIDS[$name]"
    # The shell's own word about a killed job goes the same way as its errors.
    if ! await "$seconds" gone "$pid" 2>/dev/null; then
        kill -s KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        return 124
    fi
    wait "$pid" 2>/dev/null || status=$?
    return "$status"
}

gone() {
    ! kill -0 "$1" 2>/dev/null
}

# await SECONDS COMMAND…: until the command succeeds.
await() {
    local deadline=$(($(milliseconds) + $1 * 1000))
    shift
    until "$@" >/dev/null 2>&1; do
        (($(milliseconds) < deadline)) || return 1
        sleep 0.05
    done
}

# ready NAME URL [SECONDS]: waits for a server that was spawned, and gives up at once when its process is gone.
ready() {
    local name=$1 url=$2 seconds=${3:-20}
    await "$seconds" answered_or_gone "${PIDS[$name]}" "$url" || true
    if ! curl -fs -o "$W/logs/ready" "$url"; then
        show_log "$name" >&2
        die "$name did not start"
    fi
}

answered_or_gone() {
    curl -fs --max-time 2 "$2" || gone "$1"
}

milliseconds() {
    local now=${EPOCHREALTIME/[.,]/}
    echo $((now / 1000))
}

# A port of the loopback interface on which nobody listens, below the ephemeral range; never the same twice.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && mkdir "$W/ports/$port" 2>/dev/null && break
    done
    echo "$port"
}

# Ends every process and mount this script started, however the script ends.
clean_up() {
    local name mount
    trap - EXIT INT TERM
    for name in "${!PIDS[@]}"; do
        stop "$name" TERM 10 || true
    done
    for mount in $(awk -v w="$W/" 'index($2, w) == 1 {print $2}' /proc/mounts | sort -r); do
        umount -l "$mount" || true
    done
    chattr -R -i "$W" 2>/dev/null || true
    rm -rf --one-file-system "$W"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
