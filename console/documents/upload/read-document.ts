import { endingOf, FORMATS, type DocumentFormat } from '../../../src/schemas/file-kinds.ts';
import type { FoundFile } from './find-files.ts';
import { describeBytes } from '../wording.ts';

/** A document in the form of `POST /documents`. */
export interface NewDocument {
  id?: string;
  title?: string;
  text: string;
  format: DocumentFormat;
  metadata?: { path: string };
}

/** A file cannot become a document. The message is a sentence that says why. */
export class ReadFault extends Error {}

/** What the service takes in one body; a larger file could not be sent. */
const MAX_BYTES = 20 * 1024 * 1024;
const MAX_ID = 200;
/** How files begin that are often taken for text. */
const OTHER_KINDS: [string, string][] = [
  ['%PDF-', 'a PDF'],
  ['PK\u0003\u0004', 'a Word file or another archive'],
  ['\u00d0\u00cf\u0011\u00e0', 'an old Word file'],
];

/** Reads a file whole. @throws ReadFault */
export async function readDocument({ id, open }: FoundFile): Promise<NewDocument> {
  const format = FORMATS[endingOf(id)];
  if (!format) throw new ReadFault('Only Markdown, text and HTML files can be read.');
  if (id.length > MAX_ID)
    throw new ReadFault(`Its path has ${id.length} characters. At most ${MAX_ID} are possible.`);
  const bytes = await readBytes(open);
  const text = decode(bytes);
  if (text.trim() === '') throw new ReadFault('The file is empty.');
  return { id, text, format, metadata: { path: id } };
}

async function readBytes(open: () => Promise<File>): Promise<Uint8Array> {
  try {
    const file = await open();
    if (file.size > MAX_BYTES)
      throw new ReadFault(
        `The file has ${describeBytes(file.size)}. A document may have ${describeBytes(MAX_BYTES)}.`,
      );
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    if (error instanceof ReadFault) throw error;
    throw new ReadFault('The file cannot be read. It may have been changed or moved since it was chosen.');
  }
}

function decode(bytes: Uint8Array): string {
  const begin = String.fromCharCode(...bytes.subarray(0, 8));
  const [, kind] = OTHER_KINDS.find(([sign]) => begin.startsWith(sign)) ?? [];
  if (kind !== undefined)
    throw new ReadFault(`The file is ${kind}, whatever its name says. Save it as text or HTML first.`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ReadFault('The file is not text in UTF-8. Save it in that encoding first.');
  }
}
