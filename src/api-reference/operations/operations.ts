import type { OperationGroup } from '../operation.ts';
import { administration } from './admin.ts';
import { documents } from './documents.ts';
import { monitoring } from './health.ts';
import { mcp } from './mcp.ts';
import { aiSdk, openai } from './protocols.ts';
import { query } from './query.ts';
import { reference } from './reference.ts';

/** Every route of the service, in the order of the page. A new route is an entry in its group. */
export const groups: OperationGroup[] = [
  query,
  documents,
  openai,
  aiSdk,
  mcp,
  monitoring,
  administration,
  reference,
];
