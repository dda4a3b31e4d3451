import type { ComponentChildren } from 'preact';
import { linkTo } from '../shared/route.ts';
import { sayCount, sayList, sayMs, sayShare } from './format.ts';
import type { Counters } from './metrics.ts';
import type { OperateData } from './operate-data.ts';
import type { Dependency, Guard, Stored } from './types.ts';

const CACHES: Record<string, string> = {
  answers: 'Answers',
  embeddings: 'Vectors of questions',
  contexts: 'Passages of questions',
};

/** The rest of the service: targets, documents, caches, deferred questions. */
export function ServiceSection({ data }: { data: OperateData }) {
  const guards = Object.values(data.circuits.state.value.value?.circuit_breakers ?? {});
  const health = data.health.state.value.value;
  const counters = data.counters.state.value.value;
  const stored = data.stored.state.value.value;
  return (
    <section aria-labelledby="operate-service">
      <h2 id="operate-service">The service</h2>
      {health && health.status !== 'ok' && <Reasons details={health.details} />}
      <Targets guards={guards} />
      <div class="operate-tiles">
        <Tile title="Documents">
          <Corpus embedding={health?.details['embedding']} stored={stored} />
        </Tile>
        <Tile title="Caches">
          <Caches caches={counters?.caches ?? {}} cache={health?.details['cache']} />
        </Tile>
        <Tile title="Deferred questions">
          <Deferred deferred={counters?.deferred ?? {}} waiting={stored?.deferred_questions} />
        </Tile>
      </div>
    </section>
  );
}

function Tile({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="card operate-tile">
      <h3>{title}</h3>
      {children}
    </div>
  );
}

/** What is not as it should be, in the words of the service. */
function Reasons({ details }: { details: Record<string, Dependency> }) {
  const poor = Object.entries(details).filter(([, { status }]) => status !== 'up');
  if (poor.length === 0) return null;
  return (
    <ul class="operate-reasons">
      {poor.map(([name, { status, reason }]) => (
        <li key={name}>
          <strong>
            {name} is {status}
          </strong>
          {reason !== undefined && `: ${reason}`}
        </li>
      ))}
    </ul>
  );
}

/** Latency and errors of all instances together, where they tell each other. */
function Targets({ guards }: { guards: Guard[] }) {
  if (guards.length === 0) return null;
  const isShared = guards.some(({ health_of_all: ofAll }) => ofAll !== null);
  return (
    <div class="card operate-scroll" tabIndex={0} role="group" aria-labelledby="operate-targets">
      <table>
        <caption id="operate-targets">
          Latency and errors of the last hour, {isShared ? 'in all instances' : 'in this instance'}
        </caption>
        <thead>
          <tr>
            <th scope="col">Service</th>
            <th scope="col">Calls</th>
            <th scope="col">Errors</th>
            <th scope="col">Half in</th>
            <th scope="col">95 % in</th>
            <th scope="col">Served</th>
          </tr>
        </thead>
        <tbody>
          {guards.map(({ name, health, health_of_all: ofAll }) => {
            const { hour } = ofAll ?? health;
            return (
              <tr key={name}>
                <th scope="row">
                  <a href={linkTo('operate', name)}>{name}</a>
                </th>
                <td>{hour.calls.toLocaleString()}</td>
                <td>{sayShare(hour.error_rate)}</td>
                <td>{sayMs(hour.p50_ms)}</td>
                <td>{sayMs(hour.p95_ms)}</td>
                <td>{sayShare(hour.availability)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Corpus(props: { embedding: Dependency | undefined; stored: Stored | undefined }) {
  const { embedding, stored } = props;
  const { reembedding, ingestion, refused_chunks: refused = 0 } = embedding ?? {};
  const waiting = ingestion?.waiting_chunks ?? 0;
  return (
    <>
      {stored && (
        <p>
          {sayCount(stored.documents, 'document')} in {sayCount(stored.chunks, 'chunk')},{' '}
          {stored.embedded === stored.chunks
            ? 'all of them embedded'
            : `of which ${stored.embedded.toLocaleString()} are embedded`}
        </p>
      )}
      {reembedding && (
        <p>
          Changing to <code>{reembedding.to}</code>: {reembedding.done.toLocaleString()} of{' '}
          {sayCount(reembedding.total, 'chunk')} embedded
        </p>
      )}
      {waiting > 0 && <p>{sayCount(waiting, 'chunk')} wait for their vectors</p>}
      {refused > 0 && <p>{sayCount(refused, 'chunk')} refused by the embedding model</p>}
      {!stored && <p class="soft">Counted for those with the admin key.</p>}
      <p>
        <a href={linkTo('documents')}>See the documents</a>
      </p>
    </>
  );
}

function Caches({ caches, cache }: { caches: Counters['caches']; cache: Dependency | undefined }) {
  return (
    <>
      <dl class="operate-numbers">
        {Object.entries(CACHES).map(([name, label]) => {
          const { hit = 0, miss = 0, stale = 0 } = caches[name] ?? {};
          const all = hit + miss + stale;
          return (
            <div key={name}>
              <dt>{label}</dt>
              <dd>
                {all === 0 ? 'not asked yet' : `${sayShare(hit / all)} of ${all.toLocaleString()} found`}
              </dd>
            </div>
          );
        })}
      </dl>
      {cache && (
        <p class="soft">{cache.shared ? 'Shared by all instances' : 'In the memory of this instance'}</p>
      )}
    </>
  );
}

function Deferred({ deferred, waiting }: { deferred: Record<string, number>; waiting: number | undefined }) {
  const known = Object.entries(deferred).filter(([, count]) => count > 0);
  return (
    <>
      {waiting !== undefined && (
        <p>{waiting === 0 ? 'None is waiting.' : `${sayCount(waiting, 'question')} waiting for an answer`}</p>
      )}
      <p class="soft">
        Since the start of this instance:{' '}
        {known.length === 0 ? 'none' : sayList(known.map(([result, count]) => `${count} ${result}`))}
      </p>
    </>
  );
}
