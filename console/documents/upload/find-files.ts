import { endingOf, FORMATS, isMadeByTool } from '../../../src/schemas/file-kinds.ts';

/** A file that was named, or found in a folder. */
export interface FoundFile {
  /** The document's id: the file's name, or its path below the folder that was named, with that folder. */
  id: string;
  open(): Promise<File>;
}

/** What was found. */
export interface Found {
  files: FoundFile[];
  /** What was passed over: files by their ending, folders of tools by their name with a slash; hidden ones are not counted. */
  passedOver: Map<string, number>;
  /** One sentence for each folder that cannot be read, and for each file whose name another one has. */
  faults: string[];
}

/** A file or a folder of files. */
export type Entry = { name: string } & ({ open: () => Promise<File> } | { list: () => Promise<Entry[]> });

/** Finds the files to read: each one that was named, and in folders those that can be read. Never rejects. */
export async function findFiles(named: Entry[]): Promise<Found> {
  const found: Found = { files: [], passedOver: new Map(), faults: [] };
  const files = new Map<string, FoundFile>();
  const add = (file: FoundFile) => {
    if (!files.has(file.id)) files.set(file.id, file);
    else found.faults.push(`There are two files named ${file.id}: name the folder above both.`);
  };
  for (const entry of named) {
    if ('open' in entry) add({ id: entry.name, open: entry.open });
    else for (const file of await walk(entry.name, entry.list, found)) add(file);
  }
  found.files = [...files.values()];
  return found;
}

/** The files below a folder by their paths. */
async function walk(root: string, list: () => Promise<Entry[]>, found: Found): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  const folders = [{ path: root, list }];
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    const { path } = folder;
    const entries = await folder.list().catch(() => {
      found.faults.push(`The folder ${path} cannot be read.`);
      return [];
    });
    const siblings = new Set(entries.map(({ name }) => name));
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith('.')) continue;
      const id = `${path}/${name}`;
      const ending = endingOf(name);
      if ('list' in entry) {
        if (isMadeByTool(name, siblings)) count(found, `${name}/`);
        else folders.push({ path: id, list: entry.list });
      } else if (FORMATS[ending]) files.push({ id, open: entry.open });
      else count(found, ending || 'without ending');
    }
  }
  return files.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function count({ passedOver }: Found, kind: string): void {
  passedOver.set(kind, (passedOver.get(kind) ?? 0) + 1);
}

/** What was chosen with a file dialog: files, or a folder with everything below it. */
export function entriesOfFiles(files: Iterable<File>): Entry[] {
  const top = new Map<string, Entry>();
  const folders = new Map<string, Map<string, Entry>>();
  for (const file of files) {
    const path = file.webkitRelativePath.split('/').slice(0, -1);
    let inside = top;
    for (const [depth, name] of path.entries()) {
      const whole = path.slice(0, depth + 1).join('/');
      const entries = folders.get(whole) ?? new Map<string, Entry>();
      if (!folders.has(whole)) inside.set(name, { name, list: () => Promise.resolve([...entries.values()]) });
      folders.set(whole, entries);
      inside = entries;
    }
    // Two files chosen at once may have one name in different folders.
    inside.set(inside.has(file.name) ? `${file.name}\0${inside.size}` : file.name, {
      name: file.name,
      open: () => Promise.resolve(file),
    });
  }
  return [...top.values()];
}

/** What was dropped or pasted. The transfer is empty once its event is over, so this reads it at once. */
export function entriesOfTransfer(transfer: DataTransfer): Entry[] {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  return items.flatMap((item) => {
    const entry = item.webkitGetAsEntry();
    if (entry) return [toEntry(entry)];
    const file = item.getAsFile();
    return file ? [{ name: file.name, open: () => Promise.resolve(file) }] : [];
  });
}

function toEntry(entry: FileSystemEntry): Entry {
  const { name } = entry;
  if (entry.isDirectory) return { name, list: () => listFolder(entry as FileSystemDirectoryEntry) };
  const open = () =>
    new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
  return { name, open };
}

async function listFolder(folder: FileSystemDirectoryEntry): Promise<Entry[]> {
  const reader = folder.createReader();
  const entries: Entry[] = [];
  for (;;) {
    // A reader gives about a hundred entries at a time, and none at the end.
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (more.length === 0) return entries;
    entries.push(...more.map(toEntry));
  }
}
