import { parentPort } from 'node:worker_threads';
import type { CutReply } from './chunk-thread.ts';
import { cutDocument, type Uncut } from './document-preparation.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';

parentPort?.on('message', (document: Uncut) => parentPort?.postMessage(cut(document), []));

function cut(document: Uncut): CutReply {
  try {
    return cutDocument(document);
  } catch (error) {
    // Only a hostile text overflows the parser's stack. The worker stays usable.
    if (error instanceof RangeError) return { unreadable: 'is nested too deeply' };
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return { unreadable: error.message };
  }
}
