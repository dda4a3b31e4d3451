import { createServer } from 'node:http';
import { isMainThread } from 'node:worker_threads';
import { measureOwnHeap } from './heap.ts';

/** Loaded into the service before it starts: tells whoever asks what its main thread holds. */
if (isMainThread)
  createServer((_, response) => response.end(JSON.stringify(measureOwnHeap())))
    .listen(Number(process.env['HEAP_PORT']), '127.0.0.1')
    .unref();
