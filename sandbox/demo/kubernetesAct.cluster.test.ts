import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFakeGoogle } from '../google/fakeGoogle.ts';
import { kubernetesBinaries } from '../kubernetes/binaries.ts';
import { orSkip } from '../kubernetes/unavailable.ts';
import { startMailbox } from '../smtp/startMailbox.ts';
import { temporaryDirectory, testDatabase } from '../testing.ts';
import { kubernetesAct } from './kubernetesAct.ts';
import { Stage } from './stage.ts';

test('every scene of the act on Kubernetes goes as it should, in the words of real commands', async (t) => {
  // A control plane of its own: its operator looks at all namespaces.
  if (!(await orSkip(t, kubernetesBinaries()))) return;
  const directory = await temporaryDirectory(t);
  const uri = await testDatabase(t, 'CREATE TABLE items AS SELECT g AS id FROM generate_series(1, 7) g');
  await using google = await startFakeGoogle({ directory });
  await using mailbox = await startMailbox();
  const lines: string[] = [];
  const stage = new Stage({ signal: t.signal, write: (line) => void lines.push(line) });
  await kubernetesAct(stage, { directory, uri, google, mailbox, formats: ['csv'] });
  const text = lines.join('\n');
  assert.equal(stage.mistakes, 0, text);
  assert.match(text, /^shop-now +shop +Succeeded +Manual .* 7 /m);
  assert.match(text, /^ +Warning +FolderNotFound .* The folder was not found/m);
});
