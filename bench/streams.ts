import { databaseCommand } from './database-choice.ts';
import { benchmarkFirstEvent } from './first-event.ts';
import { benchmarkManyStreams } from './many-streams.ts';
import { benchmarkPatience } from './patience.ts';
import { runParts } from './run-parts.ts';
import { benchmarkStreamOverhead } from './stream-overhead.ts';

await runParts(`${databaseCommand}npm run bench:streams`, {
  'The first useful byte of a stream': {
    note: `Time from the request to the event \`sources\`, for questions that are asked one after the other and never twice. The model’s
circuit stays closed, except where it is open. The ratio compares the p50 with that of 40 streams just before the outage.
The embedding service is known to be fast before it hangs.`,
    measure: benchmarkFirstEvent,
  },
  'What a stream adds to the model’s own': {
    note: `The model’s stream is read directly and through the service in turn. The time to the first token of the one and of a search
are subtracted from that of the other, p50 by p50. Before its first token the model waits for 50 ms,
and for 20 ms before each further one.`,
    measure: benchmarkStreamOverhead,
  },
  'Memory of 1,000 open streams': {
    note: `The concurrency of generations is raised to 1,000, and the time limits so that the model may wait until all streams are open.
Resident memory is that of the whole process, with an embedded database if there is one: idle after a garbage collection, otherwise
as the system shows it. Each stream speaks two tokens a second.`,
    measure: benchmarkManyStreams,
  },
  'Patience with a single target': {
    note: `Time from the request to the first text of the excerpts, for 40 streams that begin before the first of them is answered. All
limits have their defaults.

The target that is always slow needs 6 to 10 seconds to its first token, equally distributed. Its first-token timeout is 20 seconds, and
up to 1,000 generations run at once. Its first streams show excerpts after 4 seconds, because nobody knows yet what is usual; its
answer takes their place.`,
    measure: benchmarkPatience,
  },
});
