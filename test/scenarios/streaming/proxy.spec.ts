import { ScriptedModel } from '../../support/fakes/scripted-model.ts';
import { openAiClient } from '../../support/protocols/openai-client.ts';
import { startNginx, type Proxy } from '../../support/proxy/nginx.ts';
import { describeWithNginx } from '../../support/requirements.ts';
import { circuitQuestion } from '../../support/scenarios/documents.ts';
import { startWithFake, type Scenario } from '../../support/scenarios/scenario.ts';
import { EventReader } from '../../support/service/event-reader.ts';

const WORDS = ['The circuit ', 'opens after ', 'five failures [1].'];

describeWithNginx('the service behind nginx with its defaults', () => {
  const model = new ScriptedModel();
  let scenario: Scenario;
  let proxy: Proxy;
  let calls = 0;

  beforeAll(async () => {
    await model.start();
    scenario = await startWithFake({ GENERATION_TARGETS: model.url });
    proxy = await startNginx(scenario.service.url);
  });

  afterAll(async () => {
    await proxy.stop();
    await scenario.close();
    await model.stop();
  });

  it('brings each token of POST /query before the model has said the next one', async () => {
    const asked = EventReader.open(`${proxy.url}/query`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: circuitQuestion(calls) }),
    });
    const call = await model.call(calls++);
    const reader = await asked;
    expect((await reader.next())?.event).toBe('sources');
    for (const word of WORDS) {
      call.say(word);
      const events = await reader.until('token');
      expect(events.at(-1)?.data['text']).toContain(word.trim().split(' ')[0]);
    }
    call.finish();
    expect((await reader.rest()).at(-1)?.event).toBe('done');
    expect(reader.response.headers.get('content-encoding')).toBeNull();
    expect(reader.response.headers.get('server')).toContain('nginx');
  });

  it('brings each chunk of OpenAI’s API before the model has said the next one', async () => {
    const asked = openAiClient(proxy).chat.completions.create({
      model: 'failsoft',
      messages: [{ role: 'user', content: circuitQuestion(calls) }],
      stream: true,
    });
    const call = await model.call(calls++);
    const waiting = [...WORDS];
    let text = '';
    for await (const chunk of await asked) {
      text += chunk.choices[0]?.delta.content ?? '';
      const word = waiting.shift();
      if (word !== undefined) call.say(word);
      else if (text.includes('failures')) call.finish();
    }
    expect(text).toBe(WORDS.join(''));
  });

  it('serves below a path ids with slashes, and the URL of an answer that comes later', async () => {
    const below = await startNginx(scenario.service.url, '/rag/');
    try {
      await scenario.service.ingest([{ id: 'guides/fuses.md', text: 'A fuse melts.' }]);
      const one = `${below.url}/rag/documents?id=${encodeURIComponent('guides/fuses.md')}`;
      expect(await (await fetch(one)).json()).toMatchObject({ id: 'guides/fuses.md' });
      expect((await fetch(one, { method: 'DELETE' })).status).toBe(204);

      await model.stop();
      const asked = await fetch(`${below.url}/rag/query`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: circuitQuestion(calls), defer: true }),
      });
      const { metadata } = (await asked.json()) as { metadata: { deferred: { url: string } } };
      const later = await fetch(new URL(metadata.deferred.url, asked.url));
      expect(later.status).toBe(202);
    } finally {
      await below.stop();
    }
  });
});
