import { parseAllDocuments, stringify } from 'yaml';

interface RbacObject {
  kind: string;
  metadata: { name: string };
  rules?: object[];
}

/** The rights of the operator as named templates, from operator/rbac/cluster.yaml: there alone they are written. */
export function rulesTemplate(clusterYaml: string): string {
  const objects = parseAllDocuments(clusterYaml).map((document) => document.toJS() as RbacObject);
  const rulesOf = (kind: string, name: string) => {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (!found?.rules) throw new Error(`operator/rbac/cluster.yaml has no ${kind} ${name}.`);
    return found.rules;
  };
  const rules = text(rulesOf('ClusterRole', 'database-backup-operator'));
  const lease = text(rulesOf('Role', 'database-backup-operator-lease'));
  return `{{- /* Made by \`npm run generate\` from operator/rbac/cluster.yaml. Do not edit. */}}
{{- define "dbbackup.rules" -}}
${rules}
{{- end }}

{{- define "dbbackup.leaseRules" -}}
${lease.replaceAll('database-backup-operator', '{{ include "dbbackup.fullname" . }}')}
{{- end }}
`;
}

function text(rules: object[]): string {
  return rules
    .map((rule) => `- ${stringify(rule, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`)
    .join('\n');
}
