import type { Case, CaseGroup } from './case.ts';
import { RunningService } from './running-service.ts';
import { canMount, SmallDisk } from './small-disk.ts';

const DISK_MB = 150;
/** Less than the 16 MB that the database writes before it needs as much again at once. */
const ROOM_MB = 12;
/** The longest that a caller should wait for the store and a question, in milliseconds. */
const PATIENCE_MS = 15_000;
const BATCHES = 200;

const diskFull: Case = {
  name: 'The disk of the embedded database fills, and has room again',
  expected: 'no caller waits for more than 15 s, and documents are stored again without a restart',
  async run(signal) {
    await using disk = await SmallDisk.mount(DISK_MB);
    await using service = await RunningService.start({ DATA_DIR: disk.path }, signal);
    const store = async (batch: number) => {
      const documents = Array.from({ length: 10 }, (_, index) => ({
        id: `${batch}-${index}`,
        text: `Part ${batch} ${index}. `.repeat(1_500),
      }));
      return (await service.send('/documents', { documents })).status;
    };
    await disk.fill(ROOM_MB);
    let slowest = 0;
    let refused = 0;
    for (let batch = 0; batch < BATCHES && refused < 3; batch++) {
      const startedAt = performance.now();
      if ((await store(batch)) !== 200) refused++;
      await service.send('/query', { query: 'What is the upload limit?' });
      slowest = Math.max(slowest, performance.now() - startedAt);
    }
    await disk.makeRoom();
    const isBack = await service
      .until('documents are stored again', 90_000, async () => ((await store(-1)) === 200 ? true : undefined))
      .catch(() => false);
    return {
      text: `${refused} refused, at most ${Math.round(slowest)} ms, stored again: ${isBack}`,
      isExpected: refused > 0 && isBack && slowest < PATIENCE_MS,
    };
  },
};

/** Disks that fill. */
export const disks: CaseGroup = {
  title: 'Disks',
  missing: canMount ? undefined : 'only root on Linux can mount a disk to fill',
  cases: [diskFull],
};
