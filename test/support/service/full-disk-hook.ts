// In each thread of the service: while the file of `FULL_DISK_MARK` exists, the disk of `DATA_DIR` takes nothing more.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { FULL_DISK_MARK: mark = '' } = process.env;
const { writeSync, ftruncateSync } = fs;

function refuseWhenFull(fd: number): void {
  // What the database writes to is a file; the log is a pipe.
  if (fd < 3 || !fs.existsSync(mark) || !fs.fstatSync(fd).isFile()) return;
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });
}

fs.writeSync = ((fd: number, ...rest: unknown[]) => {
  refuseWhenFull(fd);
  return (writeSync as (...all: unknown[]) => number)(fd, ...rest);
}) as typeof writeSync;
fs.ftruncateSync = (fd, length) => {
  refuseWhenFull(fd);
  ftruncateSync(fd, length);
};
syncBuiltinESMExports();
