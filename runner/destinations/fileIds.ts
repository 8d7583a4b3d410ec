import { BackupError } from '../../crds/failureReason.ts';
import type { DriveAPI } from './driveApi.ts';

const batch = 20;

/**
 * IDs for new files, fetched in batches. Creating with an ID of one's own can be repeated without making two files.
 * https://developers.google.com/workspace/drive/api/reference/rest/v3/files/generateIds
 */
export class FileIDs {
  readonly #api: DriveAPI;
  #left: string[] = [];

  constructor(api: DriveAPI) {
    this.#api = api;
  }

  /** An ID that no file has yet. Throws BackupError. */
  async next(signal: AbortSignal): Promise<string> {
    const ready = this.#left.pop();
    if (ready !== undefined) return ready;
    const { data } = await this.#api.call({ what: 'give IDs for new files' }, signal, (api, options) =>
      api.files.generateIds({ count: batch, space: 'drive', type: 'files' }, options),
    );
    const [first, ...others] = data.ids ?? [];
    if (first === undefined) throw new BackupError('UploadFailed', 'Google Drive gave no IDs for new files.');
    this.#left.push(...others);
    return first;
  }
}
