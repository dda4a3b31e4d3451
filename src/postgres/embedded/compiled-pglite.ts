import { readFile } from 'node:fs/promises';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

declare global {
  /** The part of it that is used here: TypeScript has it among the types of browsers alone. */
  namespace WebAssembly {
    interface Module {
      readonly [Symbol.toStringTag]: 'WebAssembly.Module';
    }
    function compile(code: Uint8Array): Promise<Module>;
  }
}

const KEY = 'compiled PGlite';

/**
 * Keeps PGlite's code for as long as the process runs, for each later thread: V8 may end a process that frees the code
 * of a WebAssembly module while a thread makes other code (https://github.com/nodejs/node/issues/64500).
 */
export function keepCompiledPGlite(compiled: WebAssembly.Module): void {
  setEnvironmentData(KEY, compiled as unknown as Parameters<typeof setEnvironmentData>[1]);
}

/** In a thread: PGlite's code as a thread before compiled it, or compiled now. */
export async function compilePGlite(): Promise<WebAssembly.Module> {
  const compiled = getEnvironmentData(KEY) as unknown as WebAssembly.Module | undefined;
  if (compiled) return compiled;
  return WebAssembly.compile(
    await readFile(new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'))),
  );
}
