/** A mail about one run, ready to be sent. */
export interface ReportMail {
  /** The same for every mail about the same thing (owner and run), so that a mail sent twice is seen as one. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** How sending ended. `message` is one sentence that says what went wrong and what to do, `permanent` whether another try is of no use. */
export type Delivery =
  | {
      readonly sent: true;
      /** Addresses that the server refused although it took the mail for others. */
      readonly rejected: string[];
    }
  | { readonly sent: false; readonly message: string; readonly permanent: boolean };

/** A way to tell people about a run. */
export interface Notifier {
  /** Sends, with retries. Never throws: a report that cannot be sent does not make a backup fail. */
  notify(mail: ReportMail, signal: AbortSignal): Promise<Delivery>;
}
