import { glob, readFile, stat } from 'node:fs/promises';
import { basename, extname, join, resolve, sep } from 'node:path';

/** A file that can become a document. */
export interface DocumentFile {
  path: string;
  /** Stable as long as the file keeps its name and place below the named folder. */
  id: string;
}

/** A document as `POST /documents` takes it. */
export interface FileDocument {
  id: string;
  text: string;
  format: 'markdown' | 'text' | 'html';
  metadata: { path: string };
}

/** A file or a path that cannot be ingested, and why. */
export class FileFault extends Error {}

const FORMATS: Record<string, FileDocument['format']> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.txt': 'text',
  '.text': 'text',
  '.html': 'html',
  '.htm': 'html',
};

/**
 * The files a path stands for: itself, or all that can be read below a folder (hidden ones left out), by name.
 * @throws FileFault when there is nothing there
 */
export async function findFiles(path: string): Promise<DocumentFile[]> {
  const root = resolve(path);
  const stats = await stat(root).catch(() => undefined);
  if (!stats) throw new FileFault(`${path}: there is no such file or folder`);
  if (stats.isFile()) return [{ path: root, id: basename(root) }];
  const found = await Array.fromAsync(glob('**/*', { cwd: root, withFileTypes: true }));
  return found
    .filter((entry) => entry.isFile() && FORMATS[extname(entry.name).toLowerCase()])
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.slice(root.length).includes(`${sep}.`))
    .sort()
    .map((file) => ({ path: file, id: basename(root) + file.slice(root.length).replaceAll(sep, '/') }));
}

/**
 * Reads a file as a document.
 * @throws FileFault when it is none: wrong kind, not UTF-8, or empty
 */
export async function readDocument(file: DocumentFile): Promise<FileDocument> {
  const format = FORMATS[extname(file.path).toLowerCase()];
  if (!format) throw new FileFault(`${file.path}: only Markdown, text and HTML are read`);
  const bytes = await readFile(file.path).catch((error: NodeJS.ErrnoException) => {
    throw new FileFault(`${file.path}: cannot be read (${error.code ?? 'unknown'})`);
  });
  const text = decode(bytes, file.path);
  if (text.trim() === '') throw new FileFault(`${file.path}: is empty`);
  return { id: file.id, text, format, metadata: { path: file.id } };
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileFault(`${path}: is not UTF-8 text`);
  }
}
