{{- define "dbbackup.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- /* Its suffixes (-prometheus…) fit into the 63 characters of a name. */}}
{{- define "dbbackup.fullname" -}}
{{- $name := include "dbbackup.name" . }}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- .Values.fullnameOverride | default $full | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "dbbackup.selector" -}}
app.kubernetes.io/name: {{ include "dbbackup.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "dbbackup.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "dbbackup.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "dbbackup.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "dbbackup.fullname" .) "default") }}
{{- end }}

{{- define "dbbackup.image" -}}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* spec.runner of the values as --runner-defaults takes it: without the image, which is an option of its own, and what is empty. */}}
{{- define "dbbackup.runnerDefaults" -}}
{{- $defaults := dict }}
{{- range $name, $value := omit .Values.runner "image" }}
{{- if $value }}{{ $_ := set $defaults $name $value }}{{ end }}
{{- end }}
{{- toJson $defaults }}
{{- end }}

{{- define "dbbackup.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "dbbackup.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end }}
