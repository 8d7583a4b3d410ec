/** What we write on every file, so that retention sees its own files only (Drive: appProperties). */
export interface FileTags {
  /** Whose file it is: the DatabaseBackup's UID, from the command line a hash of namespace and name. */
  readonly owner: string;
  /** The set it belongs to: the common part of the names, `backup_20260210_020000`. */
  readonly set: string;
  /** RFC 3339 time after which the attempt that wrote it is certainly over. */
  readonly deadline: string;
}

/** A file as the destination lists it. */
export interface StoredFile {
  /** Drive's file ID; in a directory the file name. */
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex, as the destination computed it; undefined where it tells none. */
  readonly sha256: string | undefined;
  /** By the destination's own clock. */
  readonly createdAt: Date;
  /** Where a person opens it in a browser. */
  readonly link?: string;
  /** Undefined for a file that carries none of ours. */
  readonly tags?: FileTags;
}

/** What a look at the destination tells before the first byte is written. */
export interface DestinationState {
  /** The destination's clock. */
  readonly now: Date;
  /** Undefined where there is no limit. */
  readonly freeBytes: number | undefined;
  /** In words for the message about lack of room: "14.9 GB of 15 GB used, 2 GB of it in the bin". */
  readonly usage: string;
  /** When the credentials stop to work, if that is known. */
  readonly credentialsExpireAt?: Date;
  /** Where a person opens the folder. */
  readonly link?: string;
}

export interface NewFile {
  readonly name: string;
  readonly contentType: string;
  readonly tags: FileTags;
  /** The size, where it is known beforehand; finish throws UploadFailed if it turns out different. */
  readonly bytes?: number;
}

/** A file being written. Exactly one of finish and abort ends it. */
export interface Upload {
  /** Resolves when the bytes are taken: the caller may reuse the buffer. Calls do not overlap. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Resolves when the destination confirmed size and checksum; until then the file does not count.
   * Throws ChecksumMismatch if they differ. Whatever it throws, it has cleaned up like abort before.
   */
  finish(): Promise<StoredFile>;
  /**
   * Cancels and leaves nothing behind, as far as the destination can still be reached. Never throws, ends within
   * seconds, works after the signal of the run has aborted, and does nothing after finish.
   */
  abort(): Promise<void>;
}

/** A folder somewhere that keeps backups. One contract suite holds for all implementations. */
export interface Destination extends AsyncDisposable {
  readonly kind: 'googleDrive' | 'directory';
  /** Checks that the folder exists and is one, and reads room and clock; writes nothing. */
  inspect(signal: AbortSignal): Promise<DestinationState>;
  /** Proves by writing, reading back and removing a small file that a backup can be stored. */
  probe(signal: AbortSignal): Promise<void>;
  /** Starts a file. Never overwrites: a directory throws if the name exists, Drive allows equal names. */
  create(file: NewFile, signal: AbortSignal): Promise<Upload>;
  /** All files of the folder that are not in the bin; throws if a page fails or the listing is incomplete. */
  list(signal: AbortSignal): Promise<StoredFile[]>;
  /** A fresh look at one file; undefined if it is gone or in the bin. */
  get(id: string, signal: AbortSignal): Promise<StoredFile | undefined>;
  /** The file's bytes in order. */
  read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** By ID only. Trash is Drive's bin, in a directory the folder `.trash`. A missing file is no error. */
  remove(id: string, mode: 'Trash' | 'Delete', signal: AbortSignal): Promise<void>;
  /** Writes new tags on a file (adopt). */
  tag(id: string, tags: FileTags, signal: AbortSignal): Promise<void>;
}
