import type { Stats } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { endingOf, FORMATS, isMadeByTool, type DocumentFormat } from '../schemas/file-kinds.ts';

/** A file that can be ingested. */
export interface DocumentFile {
  path: string;
  /** The document id: stable while the file keeps its path below the named folder. */
  id: string;
}

/** A document in the form of `POST /documents`. */
export interface FileDocument {
  id: string;
  text: string;
  format: DocumentFormat;
  metadata: { path: string };
}

/** A file or path cannot be ingested. The message says why. */
export class FileFault extends Error {}

/** The files found below a path. */
export interface FoundFiles {
  files: DocumentFile[];
  /** What was passed over: files by their ending, folders of tools by their name with a slash; hidden ones are not counted. */
  passedOver: Map<string, number>;
  /** One line per folder or link that cannot be read. */
  faults: string[];
}

/**
 * Lists the files of a path: the file itself, or all files below a folder that can be ingested, by name. Hidden files and
 * folders that tools make are skipped. Links to files count as files. Links to folders are followed after all real folders, and each folder is read
 * once, so that circles end and a folder's own name takes precedence over a link's.
 * @throws FileFault when the path does not exist
 */
export async function findFiles(path: string): Promise<FoundFiles> {
  const root = resolve(path);
  const stats = await stat(root).catch((error: unknown) => {
    throw toFault(path, error);
  });
  if (stats.isFile())
    return { files: [{ path: root, id: basename(root) }], passedOver: new Map(), faults: [] };
  const { files, faults, passedOver } = await walk(root);
  const named: DocumentFile[] = [];
  for (const file of files.sort()) {
    const ending = endingOf(file);
    if (FORMATS[ending])
      named.push({ path: file, id: basename(root) + file.slice(root.length).replaceAll(sep, '/') });
    else count(passedOver, ending || 'without ending');
  }
  return { files: named, passedOver, faults };
}

function count(passedOver: Map<string, number>, kind: string): void {
  passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);
}

/** All files below a folder. */
async function walk(root: string): Promise<Omit<FoundFiles, 'files'> & { files: string[] }> {
  const files: string[] = [];
  const passedOver = new Map<string, number>();
  const faults: string[] = [];
  const seen = new Set<string>();
  const folders = [root];
  const linkedFolders: string[] = [];
  for (let folder = folders.pop(); folder; folder = folders.pop() ?? linkedFolders.shift()) {
    try {
      const real = await realpath(folder);
      if (seen.has(real)) continue;
      seen.add(real);
      const entries = await readdir(folder, { withFileTypes: true });
      const siblings = new Set(entries.map(({ name }) => name));
      for (const entry of entries) {
        if (entry.name.startsWith('.')) continue;
        const path = join(folder, entry.name);
        const isLink = entry.isSymbolicLink();
        const kind = isLink ? await follow(path, faults) : entry;
        if (kind?.isFile()) files.push(path);
        if (!kind?.isDirectory()) continue;
        if (isMadeByTool(entry.name, siblings)) count(passedOver, `${entry.name}/`);
        else (isLink ? linkedFolders : folders).push(path);
      }
    } catch (error) {
      faults.push(unreadable(folder, error));
    }
  }
  return { files, faults, passedOver };
}

/** The target of a link. A broken link is reported. */
async function follow(link: string, faults: string[]): Promise<Stats | undefined> {
  return stat(link).catch((error: unknown) => {
    faults.push(unreadable(link, error));
    return undefined;
  });
}

/** The fault of a path that cannot be used. */
export function toFault(path: string, error: unknown, done: 'read' | 'written' = 'read'): FileFault {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const isMissing = code === 'ENOENT' && done === 'read';
  return new FileFault(
    isMissing ? `${path}: there is no such file or folder` : `${path}: cannot be ${done} (${code})`,
  );
}

/** Reads a file in UTF-8. @throws FileFault */
export function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw toFault(path, error);
  });
}

function unreadable(path: string, error: unknown): string {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return `${path}: cannot be read (${code})`;
}

/**
 * Reads a file as a document.
 * @throws FileFault for a wrong file type, a text that is not UTF-8, or an empty file
 */
export async function readDocument(file: DocumentFile): Promise<FileDocument> {
  const format = FORMATS[endingOf(file.path)];
  if (!format) throw new FileFault(`${file.path}: only Markdown, text and HTML are read`);
  const bytes = await readFile(file.path).catch((error: unknown) => {
    throw new FileFault(unreadable(file.path, error));
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
