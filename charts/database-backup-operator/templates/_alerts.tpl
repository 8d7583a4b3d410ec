{{- /* Alert, severity, how long, expression, and the two texts. Metrics are those of the one replica that acts. */}}
{{- define "dbbackup.alert" -}}
- alert: {{ .alert }}
  expr: |-
    {{- .expr | nindent 4 }}
  for: {{ .for }}
  labels:
    severity: {{ .severity }}
    {{- with .root.Values.metrics.rules.alertLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    summary: {{ .summary | quote }}
    description: {{ .description | quote }}
{{- end }}

{{- /* Those of a kind that runs on a schedule. Severities: "failed" of a run that failed or was missed, "stale" also of a dying token. */}}
{{- define "dbbackup.scheduledAlerts" -}}
{{- $each := printf "%s {{ $labels.namespace }}/{{ $labels.name }}" .noun }}
{{- $begin := printf "%s {{ $labels.namespace }}/{{ $labels.name }}" (title .noun) }}
{{- $look := include "dbbackup.look" .kind }}
{{- $metric := .metric }}
{{- $tokenDies := printf "%s_condition_reason{type=\"Ready\", reason=~\"TokenExpired|CredentialsInvalid|ClientInvalid|ScopeMissing\"} == 1" $metric }}
{{- include "dbbackup.alert" (dict "root" .root "alert" (printf "%sFailed" .kind) "severity" .severities.failed "for" "1m"
  "expr" (printf "%s_last_run_succeeded == 0" $metric)
  "summary" (printf "The last run of %s failed." $each)
  "description" (printf "%s %s" .failed $look)) }}
{{ include "dbbackup.alert" (dict "root" .root "alert" (printf "%sStale" .kind) "severity" .severities.stale "for" "1m"
  "expr" (printf "%s_stale == 1" $metric)
  "summary" (printf "%s is stale." $begin)
  "description" (printf "Two scheduled times in a row passed without a success. %s" $look)) }}
{{ include "dbbackup.alert" (dict "root" .root "alert" (printf "%sMissed" .kind) "severity" .severities.failed "for" "1m"
  "expr" (printf "%s_schedule_missed == 1" $metric)
  "summary" (printf "%s missed a scheduled run." $begin)
  "description" (printf "A scheduled time passed and no run began. %s" $look)) }}
{{ include "dbbackup.alert" (dict "root" .root "alert" (printf "%sTokenDying" .kind) "severity" .severities.stale "for" "5m"
  "expr" $tokenDies
  "summary" (printf "Google no longer takes the token of %s." $each)
  "description" (printf "The next run will fail: {{ $labels.reason }}. Run `%s` and replace the Secret. %s" .login $look)) }}
{{ include "dbbackup.alert" (dict "root" .root "alert" (printf "%sNotReady" .kind) "severity" .severities.notReady "for" "30m"
  "expr" (printf "%s_ready == 0 unless on (namespace, name) %s" $metric $tokenDies)
  "summary" (printf "%s is not ready." $begin)
  "description" (printf "Its check fails, or its CronJob could not be set up: a run would fail now. %s" $look)) }}
{{- end }}

{{- define "dbbackup.look" -}}
See `kubectl -n {{ "{{ $labels.namespace }}" }} describe {{ lower . }} {{ "{{ $labels.name }}" }}`.
{{- end }}

{{- define "dbbackup.alerts" -}}
{{- $backup := "{{ $labels.namespace }}/{{ $labels.name }}" }}
{{- $look := include "dbbackup.look" "DatabaseBackup" }}
{{- $leads := printf "leader_election_master_status{namespace=%q, name=%q}" .Release.Namespace (include "dbbackup.fullname" .) }}
{{- $hours := .Values.metrics.rules.noSuccessHours }}
{{- include "dbbackup.scheduledAlerts" (dict "root" . "kind" "DatabaseBackup" "noun" "backup" "metric" "dbbackup"
  "severities" (dict "failed" "warning" "notReady" "warning" "stale" "critical")
  "failed" "No older copy was removed for it." "login" "dbbackup auth login") }}
{{- if gt (int $hours) 0 }}
{{ include "dbbackup.alert" (dict "root" . "alert" "DatabaseBackupNoRecentSuccess" "severity" "critical" "for" "5m"
  "expr" (printf "time() - dbbackup_last_success_timestamp_seconds > %d * 3600 and on (namespace, name) dbbackup_next_run_timestamp_seconds" (int $hours))
  "summary" (printf "Backup %s had no success for %d hours." $backup (int $hours))
  "description" (printf "The last one was {{ $value | humanizeDuration }} ago. %s" $look)) }}
{{ include "dbbackup.alert" (dict "root" . "alert" "DatabaseBackupNeverSucceeded" "severity" "critical" "for" (printf "%dh" (int $hours))
  "expr" "dbbackup_next_run_timestamp_seconds unless on (namespace, name) dbbackup_last_success_timestamp_seconds"
  "summary" (printf "Backup %s has never succeeded." $backup)
  "description" (printf "It has had a schedule for %d hours and not one good copy. %s" (int $hours) $look)) }}
{{- end }}
{{ include "dbbackup.alert" (dict "root" . "alert" "DatabaseBackupDrillFailed" "severity" "warning" "for" "1m"
  "expr" "dbbackup_last_drill_succeeded == 0"
  "summary" (printf "The last drill of backup %s failed." $backup)
  "description" (printf "Its newest set could not be restored, or not as it was backed up. %s" $look)) }}
{{ include "dbbackup.alert" (dict "root" . "alert" "DatabaseBackupDrillOverdue" "severity" "warning" "for" "5m"
  "expr" "dbbackup_condition_reason{type=\"DrillSucceeded\", reason=\"DrillOverdue\"} == 1"
  "summary" (printf "No drill of backup %s succeeded for too long." $backup)
  "description" (printf "Whether it can be restored has not been tried for two scheduled times, or for maxAgeDays. %s" $look)) }}
{{ include "dbbackup.scheduledAlerts" (dict "root" . "kind" "SheetSync" "noun" "sync" "metric" "dbbackup_sync"
  "severities" (dict "failed" "info" "notReady" "warning" "stale" "warning")
  "failed" "Tabs that it did not complete may be old." "login" "dbbackup auth login --scope spreadsheets") }}
{{ include "dbbackup.alert" (dict "root" . "alert" "DatabaseBackupOperatorDown" "severity" "critical" "for" "10m"
  "expr" (printf "absent(%s) or max by (namespace, name) (%s) == 0" $leads $leads)
  "summary" "No database-backup-operator acts."
  "description" (printf "CronJobs go on firing, and runners mail what they can, but no failure without a report is noticed and no status is written. See `kubectl -n %s get pods -l app.kubernetes.io/instance=%s`." .Release.Namespace .Release.Name)) }}
{{- end }}
