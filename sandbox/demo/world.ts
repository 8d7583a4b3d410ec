import type { FakeGoogle } from '../google/fakeGoogle.ts';
import type { Mailbox } from '../smtp/startMailbox.ts';
import type { Stage } from './stage.ts';

/** What both acts of the demo play with. */
export interface DemoWorld {
  /** For files that go with the demo. */
  directory: string;
  /** Of the database. */
  uri: string;
  google: FakeGoogle;
  /** An empty one of the fake's account. */
  spreadsheetID: string;
  mailbox: Mailbox;
  formats: readonly string[];
}

/** Waits for a mail and shows its subject; `number` counts from the first mail of the demo. */
export async function showMail(stage: Stage, { mailbox }: DemoWorld, number: number): Promise<void> {
  if (stage.signal.aborted) return;
  const mail = await mailbox.waitForMessage((received) => received.number === number);
  stage.say(`In the inbox of ${mail.envelope.to.join(', ')}: ${stage.bold(mail.subject)}`);
}
