#!/bin/sh
# Points the containerd of a host at the mirror: a hosts.toml for each upstream below CERTS_D, which is gone again when
# this ends. A file that somebody else wrote is left as it is. UPSTREAMS is a file of names and addresses.
set -eu

case $HOST_IP in
  *:*) mirror="http://[$HOST_IP]:$PORT" ;;
  *) mirror="http://$HOST_IP:$PORT" ;;
esac
mark="# Written by longshore-containerd, which takes it away again."

begin() {
  while read -r name address; do
    file=$CERTS_D/$name/hosts.toml
    if foreign "$file"; then
      echo "$file is somebody else's: left as it is" >&2
      continue
    fi
    mkdir -p "$CERTS_D/$name"
    cat >"$file.new" <<TOML
$mark
server = "$address"

[host."$mirror"]
  capabilities = ["pull", "resolve"]
TOML
    # containerd may read it at any time.
    mv "$file.new" "$file"
  done <"$UPSTREAMS"
  echo "containerd asks $mirror"
}

end() {
  while read -r name address; do
    if ! foreign "$CERTS_D/$name/hosts.toml"; then
      rm -f "$CERTS_D/$name/hosts.toml"
      rmdir "$CERTS_D/$name" 2>/dev/null || true
    fi
  done <"$UPSTREAMS"
  echo "containerd asks the registries themselves"
}

foreign() {
  [ -e "$1" ] && ! grep -qxF "$mark" "$1"
}

trap 'end; exit 0' TERM INT
begin
# A trap waits for a command to end, but not for a command in the background.
while :; do
  sleep 3600 &
  wait $!
done
