import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDemoData } from '../demoData/createDemoData.ts';
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
  const uri = await testDatabase(t);
  await createDemoData(uri, { seed: 1, rows: 1_000 });
  await using google = await startFakeGoogle({ directory });
  await using mailbox = await startMailbox();
  const lines: string[] = [];
  const stage = new Stage({ signal: t.signal, write: (line) => void lines.push(line) });
  const spreadsheetID = google.createSpreadsheet('Shop');
  await kubernetesAct(stage, { directory, uri, google, spreadsheetID, mailbox, formats: ['csv'] });
  const text = lines.join('\n');
  assert.equal(stage.mistakes, 0, text);
  assert.match(text, /^shop-now +shop +Succeeded +Manual .* [1-9]\d+ /m);
  assert.match(text, /^shop-sync-now +shop +Succeeded +Manual .* [1-9]\d+ *$/m);
  assert.match(text, /^ {2}month +orders +revenue *\n {2}2024-01 +\d+ +\d+/m);
  assert.match(text, /^ +Warning +FolderNotFound .* The folder was not found/m);
});
