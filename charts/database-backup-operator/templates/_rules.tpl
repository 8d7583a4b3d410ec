{{- /* Made by `npm run generate` from operator/rbac/cluster.yaml. Do not edit. */}}
{{- define "dbbackup.rules" -}}
- { apiGroups: [ dbbackup.dev ], resources: [ databasebackups, databaserestores, sheetsyncs ], verbs: [ get, list, watch ] }
- { apiGroups: [ dbbackup.dev ], resources: [ databasebackups/status, databasebackupruns/status, databaserestores/status, sheetsyncs/status, sheetsyncruns/status ], verbs: [ patch ] }
- { apiGroups: [ dbbackup.dev ], resources: [ databasebackupruns, sheetsyncruns ], verbs: [ get, list, watch, create, patch, delete ] }
- { apiGroups: [ dbbackup.dev ], resources: [ databasebackups/finalizers, databaserestores/finalizers, sheetsyncs/finalizers ], verbs: [ update ] }
- { apiGroups: [ batch ], resources: [ cronjobs ], verbs: [ get, list, watch, create, patch, update ] }
- { apiGroups: [ batch ], resources: [ jobs ], verbs: [ get, list, watch, create, patch, delete ] }
- { apiGroups: [ "" ], resources: [ pods ], verbs: [ list, watch ] }
- { apiGroups: [ events.k8s.io ], resources: [ events ], verbs: [ create, patch ] }
{{- end }}

{{- define "dbbackup.leaseRules" -}}
- { apiGroups: [ coordination.k8s.io ], resources: [ leases ], verbs: [ create ] }
- { apiGroups: [ coordination.k8s.io ], resources: [ leases ], resourceNames: [ {{ include "dbbackup.fullname" . }} ], verbs: [ get, update ] }
{{- end }}
