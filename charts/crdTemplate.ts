const keep = `  annotations:
    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    {{- end }}
`;

/**
 * A CRD as a template of the chart, from its YAML as it lies in crds/. In a chart's own folder crds/ Helm would never upgrade it.
 * https://helm.sh/docs/chart_best_practices/custom_resource_definitions/
 */
export function crdTemplate(yaml: string): string {
  const [header = '', ...rest] = yaml.split(/^(?=apiVersion: )/m);
  const crd = rest.join('');
  if (rest.length !== 1 || crd.includes('{{') || crd.includes('annotations:')) {
    throw new Error('A CRD is one document without braces of templates and without annotations.');
  }
  const named = crd.replace(/^( {2}name: .*\n)/m, (line) => `${line}${labels}${keep}`);
  return `${header}{{- if .Values.crds.install }}\n${named.trimEnd()}\n{{- end }}\n`;
}

const labels = '  labels: {{- include "dbbackup.labels" . | nindent 4 }}\n';
