import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedSentence, specField } from './specField.ts';

const pod = 'spec.jobTemplate.spec.template.spec';
for (const [field, expected] of [
  ['spec.timeZone', 'spec.timeZone'],
  [`${pod}.tolerations[0].value`, 'spec.runner.tolerations[0].value'],
  [`${pod}.containers[0].resources.limits[nonsense]`, 'spec.runner.resources.limits[nonsense]'],
  [
    `${pod}.containers[0].env[3].valueFrom.fieldRef.fieldPath`,
    'spec.runner.env.valueFrom.fieldRef.fieldPath',
  ],
  [`${pod}.containers[0].image`, 'spec.runner.image'],
  [`${pod}.volumes[1].name`, 'volumes[1].name of the pod'],
  ['spec.template.spec.affinity.nodeAffinity', 'spec.runner.affinity.nodeAffinity'],
  ['spec.template.metadata.labels', 'spec.runner.podLabels'],
  ['spec.jobTemplate.spec.template.metadata.annotations[a/b]', 'spec.runner.podAnnotations'],
] as const) {
  test(`${field} comes from ${expected}`, () => assert.equal(specField(field), expected));
}

test('a refusal without fields is a sentence, too', () => {
  assert.equal(refusedSentence('Job', []), 'Kubernetes refuses the Job that this spec leads to.');
  assert.equal(
    refusedSentence('CronJob', ['spec.timeZone', `${pod}.nodeSelector`]),
    'Kubernetes refuses the CronJob that this spec leads to: correct spec.timeZone, spec.runner.nodeSelector.',
  );
});
