import type { StoredDocument } from '../documents-api.ts';
import type { NewDocument } from './read-document.ts';

/** A document that is on its way into the service. */
export interface Upload {
  key: number;
  /** What the row is called: the path of a file, or the beginning of a pasted text. */
  name: string;
  /** The id that is sent; undefined when the service makes one. */
  id: string | undefined;
  /** Reads the document. @throws ReadFault */
  read: () => Promise<NewDocument>;
  /** Of the file; not known before a file of a dropped folder is read. */
  bytes: number;
  state: UploadState;
}

export type UploadState =
  | { kind: 'queued' | 'reading' | 'sending' | 'waiting' }
  | { kind: 'cancelled'; mayBeStored: boolean }
  | { kind: 'failed'; reason: string }
  | StoredState;

/** The service has the document. `refused` says which text has no vector and why. */
export interface StoredState {
  kind: 'stored';
  id: string;
  status: StoredDocument['status'];
  chunks: number;
  /** Undefined while it is not known how many chunks have a vector. */
  embedded: number | undefined;
  refused: string | undefined;
}

/** Whether the service does not have the document yet and is to get it. */
export function isUnsent({ state }: Upload): boolean {
  return ['queued', 'reading', 'sending', 'waiting'].includes(state.kind);
}
