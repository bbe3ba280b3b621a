{{- /* What clients connect to. It knows no model and so never changes: a reload closes connections that clients keep open,
       with no word to those who are about to ask by one. Behind it is models.conf, by a connection for each request. */ -}}
pid front.pid;
error_log stderr warn;
worker_processes {{ env "GATEWAY_WORKERS" }};
worker_rlimit_nofile 8192;

events {
  worker_connections 4096;
}

http {
  access_log off;
  client_body_temp_path tmp/front-body;
  proxy_temp_path       tmp/front-proxy;
  fastcgi_temp_path     tmp/front-fastcgi;
  uwsgi_temp_path       tmp/front-uwsgi;
  scgi_temp_path        tmp/front-scgi;

  server_tokens        off;
  default_type         application/json;
  keepalive_requests   1000000;
  client_max_body_size {{ env "GATEWAY_BODY" }};
  # All of it is read first: an answer that comes before the body's end would close the client's connection.
  client_body_buffer_size 1m;
{{- range (env "GATEWAY_TRUSTED") | split "," }}
  set_real_ip_from     {{ . }};
  real_ip_header       X-Forwarded-For;
{{- end }}

  server {
    listen {{ env "GATEWAY_LISTEN" }}{{ if env "GATEWAY_TLS" }} ssl{{ end }};
{{- with env "GATEWAY_TLS" }}
    ssl_certificate     {{ . }}/server.crt;
    ssl_certificate_key {{ . }}/server.key;
    ssl_protocols       TLSv1.2 TLSv1.3;
    ssl_session_cache   shared:tls:4m;
{{- end }}

    error_page 413     /=/large;
    error_page 502 504 /=/away;

    location / {
      proxy_pass         http://unix:models.sock:;
      proxy_http_version 1.1;
      proxy_set_header   Connection        close;
      proxy_set_header   Host              $host;
      proxy_set_header   X-Gateway-Client  $remote_addr;
      proxy_set_header   X-Forwarded-Proto $scheme;
      proxy_buffering    off;
      proxy_read_timeout 1h; # how long an instance may take is said behind
    }

    location = /=/large { internal; return 413 '{"error":"the body is larger than {{ env "GATEWAY_BODY" }}"}'; }
    location = /=/away  { internal; return 502 '{"error":"the gateway does not answer itself"}'; }
  }
}
