{{- /* What GET /models answers: the models whose names may be called, and the instances that pass their checks. */ -}}
{{- $comma := "" -}}
{"models":[
{{- range services }}{{ if and (regexMatch "^serve-[a-z0-9][a-z0-9-]{0,110}$" .Name) (.Tags | contains "nomad-ml-serving") }}
{{- $comma }}{"name":"{{ trimPrefix "serve-" .Name }}","instances":[{{ $comma = "," }}{{ $next := "" }}
{{- range service .Name }}{{ if .Tags | contains "nomad-ml-serving" }}
{{- $next }}{"group":"{{ if .Tags | contains "canary" }}canary{{ else }}stable{{ end }}","version":"{{ range .Tags }}{{ if regexMatch "^version-[0-9]{1,9}$" . }}{{ trimPrefix "version-" . }}{{ end }}{{ end }}"}{{ $next = "," }}
{{- end }}{{ end }}]}
{{- end }}{{ end }}]}
