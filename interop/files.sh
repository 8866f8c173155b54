# An upstream that is nginx in front of the files of $W/content, at two speeds; any repository has every blob.

SLOW_PORT=$(free_port)
FAST_PORT=$(free_port)

# start_files RATE: bytes a second and connection of the slow one, as nginx writes it.
start_files() {
    cat >"$W/nginx.conf" <<NGINX
user root;
daemon off;
worker_processes 1;
pid $W/nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
    access_log $W/logs/upstream-requests;
    default_type application/octet-stream;
    sendfile on;
    client_body_temp_path $W/nginx-1; proxy_temp_path $W/nginx-2; fastcgi_temp_path $W/nginx-3;
    uwsgi_temp_path $W/nginx-4; scgi_temp_path $W/nginx-5;
    server {
        listen 127.0.0.1:$SLOW_PORT;
        limit_rate $1;
        include $W/nginx-locations.conf;
    }
    server {
        listen 127.0.0.1:$FAST_PORT;
        include $W/nginx-locations.conf;
    }
}
NGINX
    cat >"$W/nginx-locations.conf" <<'NGINX'
        location = /v2/ { return 200 '{}'; }
NGINX
    cat >>"$W/nginx-locations.conf" <<NGINX
        location ~ "^/v2/.+/blobs/sha256:(?<hex>[0-9a-f]{64})\$" { alias $W/content/\$hex; }
        location / { return 404; }
NGINX
    spawn nginx nginx -c "$W/nginx.conf"
    ready nginx "http://127.0.0.1:$FAST_PORT/v2/"
}

# random_blob SIZE: prints its digest.
random_blob() {
    head -c "$1" /dev/urandom >"$W/random"
    keep "$W/random"
}
