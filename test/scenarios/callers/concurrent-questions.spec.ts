import { describeScenario } from '../../support/scenarios/describe-scenario.ts';
import { metadata } from '../../support/scenarios/expected.ts';

const QUESTION = 'When does the circuit open?';

describeScenario('concurrent questions', {}, (scenario) => {
  it('share one call, or one failure, when they are the same', async () => {
    const { service, fake, settled } = scenario;
    fake.fail('chat', { kind: 'slow_drip', everyMs: 15 }, { times: 1 });
    const spellings = [QUESTION, ` ${QUESTION} `, QUESTION.replaceAll(' ', '  ')];
    const asked = Array.from({ length: 30 }, (_, index) =>
      service.query(spellings[index % 3] ?? '', {}, { headers: { 'x-request-id': `caller-${index}` } }),
    );
    const replies = await Promise.all(asked);
    expect(fake.count('chat')).toBe(1);
    expect(new Set(replies.map(({ body }) => body.answer)).size).toBe(1);
    for (const [index, { body }] of replies.entries())
      expect(body.metadata).toEqual(metadata({ request_id: `caller-${index}` }));
    await settled();
  });

  it('do not share an answer that began before the documents changed', async () => {
    const { service, fake, settled } = scenario;
    const question = 'How many lamps does the harbour have?';
    await service.ingest([{ id: 'lamps', text: 'The harbour has seven lamps.' }]);
    fake.fail('chat', { kind: 'slow_drip', everyMs: 40 }, { times: 1 });
    const calls = fake.count('chat');
    const before = service.query(question);
    await fake.received('chat', calls + 1);
    await service.ingest([{ id: 'lamps', text: 'The harbour has eight lamps.' }]);
    const after = await service.query(question);
    expect(JSON.stringify(after.body.sources)).toContain('eight lamps');
    expect(JSON.stringify((await before).body.sources)).toContain('seven lamps');
    // Which ended last, and is not what is remembered.
    const again = await service.query(question);
    expect(again.body.metadata).toMatchObject({ from_cache: true, stale: false });
    expect(JSON.stringify(again.body.sources)).toContain('eight lamps');
    await settled();
  });

  it('make a call each when their top_k or filter differs', async () => {
    const { service, fake } = scenario;
    const calls = fake.count('chat');
    fake.fail('chat', { kind: 'slow_drip', everyMs: 5 });
    const replies = await Promise.all([
      service.query('How often does the circuit open?'),
      service.query('how often does the circuit open?'),
      service.query('How often does the circuit open?', { top_k: 1 }),
      service.query('How often does the circuit open?', { filter: { kind: 'none' } }),
    ]);
    expect(replies.map(({ body }) => body.metadata.no_context)).toEqual([false, false, false, true]);
    expect(fake.count('chat')).toBe(calls + 3);
  });
});
