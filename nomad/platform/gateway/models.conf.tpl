{{- /* The gateway to served models, behind front.conf; rendered by Nomad from Consul. What anybody may register there gets in here
       only where it has the shape of a name, an IPv4 address, a port or a weight. */ -}}
{{- $name    := "^serve-[a-z0-9][a-z0-9-]{0,110}$" -}}
{{- $address := "^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])$" -}}
{{- $upstreams := "" }}{{ $names := "" }}{{ $draws := "" }}{{ $drawn := "" }}{{ $choices := "" -}}
{{- range services }}{{ if and (regexMatch $name .Name) (.Tags | contains "nomad-ml-serving") }}
{{- $service := .Name }}{{ $stable := "" }}{{ $canary := "" -}}
{{- range service $service }}{{ if and (.Tags | contains "nomad-ml-serving") (regexMatch $address .Address) (gt .Port 0) (lt .Port 65536) }}
{{- $server := printf "    server %s:%d max_fails=3 fail_timeout=5s;\n" .Address .Port -}}
{{- if .Tags | contains "canary" }}{{ $canary = print $canary $server }}{{ else }}{{ $stable = print $stable $server }}{{ end -}}
{{- end }}{{ end -}}
{{- $weight := trimSpace (keyOrDefault (printf "nomad-ml/gateway/%s/canary_weight" $service) "10") -}}
{{- if not (regexMatch "^([0-9]{1,2}|100)$" $weight) }}{{ $weight = "10" }}{{ end -}}
{{- $weighed := and (ne $stable "") (ne $canary "") (gt (parseInt $weight) 0) -}}
{{- $group := "  upstream %s {\n    zone %s 64k;\n    least_conn;\n%s%s    keepalive 64;\n  }\n" -}}

{{- /* The name in the address is the registered model's: any letter's case, and any other character where the service has a "-". */ -}}
{{- $model := trimPrefix "serve-" $service -}}
{{- $names = printf "%s    %s %s;\n" $names $model $service -}}
{{- if regexMatch "-" $model }}{{ $names = printf "%s    \"~*^%s$\" %s;\n" $names (replaceAll "-" "(?:(?:%\\w\\w)+|[^a-z0-9%])" $model) $service }}{{ end -}}

{{- /* Each group is the other one's reserve, but where the request or the weight says it may not. */ -}}
{{- if ne $stable "" }}{{ $upstreams = print $upstreams (printf $group $service $service $stable "") }}{{ $choices = printf "%s    \"%s never\" %s;\n" $choices $service $service }}{{ end -}}
{{- if ne $canary "" }}{{ $upstreams = print $upstreams (printf $group (print $service "_canary") (print $service "_canary") $canary "") }}{{ $choices = printf "%s    \"%s always\" %s_canary;\n" $choices $service $service }}{{ end -}}
{{- if $weighed -}}
{{- $upstreams = print $upstreams (printf $group (print $service "_drawn_stable") (print $service "_drawn_stable") $stable (replaceAll ";" " backup;" $canary)) -}}
{{- $upstreams = print $upstreams (printf $group (print $service "_drawn_canary") (print $service "_drawn_canary") $canary (replaceAll ";" " backup;" $stable)) -}}
{{- $variable := print "drawn_" (replaceAll "-" "_" $service) -}}
{{- $draws = printf "%s  split_clients $request_id $%s { %d%% canary; * stable; }\n" $draws $variable (parseInt $weight) -}}
{{- $drawn = printf "%s    %s $%s;\n" $drawn $service $variable -}}
{{- $choices = printf "%s    \"%s stable\" %s_drawn_stable;\n    \"%s canary\" %s_drawn_canary;\n" $choices $service $service $service $service -}}
{{- else if ne $stable "" }}{{ $choices = printf "%s    \"%s stable\" %s;\n" $choices $service $service -}}
{{- else if and (ne $canary "") (gt (parseInt $weight) 0) }}{{ $choices = printf "%s    \"%s stable\" %s_canary;\n" $choices $service $service }}{{ end -}}
{{- end }}{{ end -}}

pid models.pid;
error_log stderr warn;
worker_processes {{ env "GATEWAY_WORKERS" }};
worker_rlimit_nofile 8192;

events {
  worker_connections 4096;
}

http {
  log_format json escape=json '{"time":"$time_iso8601","request_id":"$id","client":"$remote_addr","method":"$request_method","path":"$path","model":"$called",'
    '"group":"$group","version":"$sent_http_x_model_version","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,'
    '"upstream":"$upstream_addr","upstream_status":"$upstream_status","upstream_seconds":"$upstream_response_time"}';
  access_log /dev/stdout json;

  client_body_temp_path tmp/body;
  proxy_temp_path       tmp/proxy;
  fastcgi_temp_path     tmp/fastcgi;
  uwsgi_temp_path       tmp/uwsgi;
  scgi_temp_path        tmp/scgi;

  server_tokens            off;
  default_type             application/json;
  client_max_body_size     0;
  client_body_buffer_size  1m;
  map_hash_bucket_size     512;
  map_hash_max_size        8192;
  variables_hash_max_size  8192;
  variables_hash_bucket_size 256;
  set_real_ip_from         unix:;
  real_ip_header           X-Gateway-Client;

  limit_req_zone   $binary_remote_addr zone=clients:10m rate={{ env "GATEWAY_RATE" }}r/s;
  limit_req_status 429;
  limit_req_log_level info; # the access log tells them

  # All of it is read off the address as it came: what is decoded could not be passed on as it was meant.
  map $request_uri $path {
    ~^(?<asked_path>[^?]*) $asked_path;
  }
  map $request_uri $called {
    default "";
    "~^/models/(?<below_models>[^/?]+)/(?:invocations|ping|health|version|v2(?:/health/(?:live|ready)|/models/[^/?]+(?:/versions/[^/?]+)?(?:/(?:infer|ready))?)?)(?:\?|$)" $below_models;
    "~^/v2/models/(?<below_v2>[^/?]+)(?:/versions/[^/?]+)?(?:/(?:infer|ready))?(?:\?|$)" $below_v2;
  }
  map $request_uri $target {
    "~^/models/[^/?]+(?<rest>/.*)$" $rest;
    default $request_uri;
  }
  map $http_x_request_id $id {
    "~^[A-Za-z0-9._-]{1,128}$" $http_x_request_id;
    default $request_id;
  }

  map $called $service {
    default "";
{{ $names }}  }
{{ $draws }}  map $service $drawn {
    default stable;
{{ $drawn }}  }
  map $http_x_canary $group {
    default $drawn;
    always  always;
    never   never;
  }
  map "$service $group" $upstream {
    default "";
{{ $choices }}  }

{{ $upstreams }}
  server {
    listen unix:models.sock;

    add_header X-Request-Id $id always;
    error_page 404 405     /=/unknown.json;
    error_page 429         /=/limited;
    error_page 502 504     /=/unanswered;
    error_page 503         /=/absent;

    location / { return 404; }
    location = /health { access_log off; return 200 '{"status":"ok"}'; }
    location = /v2/health/live  { return 200 '{"live":true}'; }
    location = /v2/health/ready { return 200 '{"ready":true}'; }
    location = /models { root .; try_files /list.json =404; }

    location ~ ^/(v2/)?models/ {
      limit_req zone=clients burst={{ env "GATEWAY_BURST" }} nodelay;
      if ($service = "")  { return 404; }
      if ($upstream = "") { return 503; }

      proxy_pass                    http://$upstream$target;
      proxy_http_version            1.1;
      proxy_set_header              Connection        "";
      proxy_set_header              Host              $host;
      proxy_set_header              X-Request-Id      $id;
      proxy_set_header              X-Forwarded-For   $proxy_add_x_forwarded_for;
      proxy_set_header              X-Gateway-Client  "";
      proxy_hide_header             X-Request-Id;
      proxy_connect_timeout         1s;
      proxy_read_timeout            {{ env "GATEWAY_READ_TIMEOUT" }};
      # Inference changes nothing: a POST may be asked of another instance. Not of all: what kills one kills the next.
      proxy_next_upstream           error timeout invalid_header http_503 non_idempotent;
      proxy_next_upstream_tries     3;
      proxy_buffers                 16 16k;
    }

    location = /=/unknown.json { internal; root .; etag off; try_files /unknown.json =404; }
    location = /=/limited    { internal; add_header Retry-After 1 always; add_header X-Request-Id $id always; return 429 '{"error":"more than {{ env "GATEWAY_RATE" }} requests a second from this address"}'; }
    location = /=/unanswered { internal; add_header Retry-After 1 always; add_header X-Request-Id $id always; return 502 '{"error":"no instance of this model answered"}'; }
    location = /=/absent     { internal; add_header Retry-After 2 always; add_header X-Request-Id $id always; return 503 '{"error":"no instance of this model that the request may go to passes its health check"}'; }
  }
}
