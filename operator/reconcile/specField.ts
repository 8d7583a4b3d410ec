const runnerFields =
  /^(affinity|tolerations|nodeSelector|imagePullSecrets|priorityClassName|serviceAccountName)\b/;

/** The sentence for what the API server refuses of our CronJob or Job: `fields` of it, told as those of the backup. */
export function refusedSentence(kind: 'CronJob' | 'Job', fields: readonly string[]): string {
  const sentence = `Kubernetes refuses the ${kind} that this spec leads to`;
  return fields.length === 0 ? `${sentence}.` : `${sentence}: correct ${fields.map(specField).join(', ')}.`;
}

/** Where in a DatabaseBackup a field of our CronJob or Job comes from: the pod is made from spec.runner. */
export function specField(field: string): string {
  const inTemplate = field.replace(/^spec\.(jobTemplate\.spec\.)?template\./, '');
  if (inTemplate === field) return field;
  const inPod = inTemplate.replace(/^spec\./, '');
  if (runnerFields.test(inPod)) return `spec.runner.${inPod}`;
  // Ours are among the variables, too: their numbers would mislead.
  const inContainer = /^containers\[0\]\.(resources|imagePullPolicy|image|env)\b(?:\[\d+\])?(.*)$/.exec(
    inPod,
  );
  if (inContainer) return `spec.runner.${inContainer[1]}${inContainer[2]}`;
  const inMetadata = /^metadata\.(labels|annotations)\b/.exec(inTemplate);
  if (inMetadata) return `spec.runner.${inMetadata[1] === 'labels' ? 'podLabels' : 'podAnnotations'}`;
  return `${inPod} of the pod`;
}
