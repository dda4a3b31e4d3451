import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDataSet } from '../../../bench/data-set.ts';
import { runCommand } from '../../support/cli/running-command.ts';
import { makeTemporaryFolder } from '../../support/postgres/database.ts';
import { startService, type Service } from '../../support/service/service.ts';

const SET = fileURLToPath(new URL('../../evaluation-set', import.meta.url));

describe('the commands for documents', () => {
  let service: Service;
  let folder: Awaited<ReturnType<typeof makeTemporaryFolder>>;

  beforeAll(async () => {
    service = await startService();
    folder = await makeTemporaryFolder();
    await mkdir(join(folder.path, 'handbook/pumps'), { recursive: true });
    await writeFile(
      join(folder.path, 'handbook/fuses.md'),
      '# Fuses\n\nA fuse melts when the current is too high.',
    );
    await writeFile(join(folder.path, 'handbook/pumps/start.md'), '# 泵的启动\n\nOpen the valve first.');
    await writeFile(join(folder.path, 'handbook/picture.png'), 'x');
  });

  afterAll(async () => {
    await service.close();
    await folder.remove();
  });

  const run = (...args: string[]) => runCommand([...args, '--url', service.url]);

  it('ingest, list, show and delete', async () => {
    const ingested = await run('ingest', join(folder.path, 'handbook'), '--json');
    expect(ingested).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(ingested.output)).toEqual({
      created: 2,
      updated: 0,
      unchanged: 0,
      failed: 0,
      not_sent: 0,
      pending: 0,
      passed_over: { '.png': 1 },
    });
    const listed = await run('documents', 'list');
    expect(listed.output.split('\n')).toEqual([
      expect.stringMatching(/^ID +TITLE +CHUNKS +EMBEDDING +UPDATED$/),
      expect.stringMatching(/^handbook\/fuses\.md +Fuses +1 +ready +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
      expect.stringMatching(/^handbook\/pumps\/start\.md +泵的启动 +1 +ready +\d{4}-/),
      '',
    ]);
    const [first = ''] = (await run('documents', 'list', '--json', '--limit', '1')).output.split('\n');
    expect(JSON.parse(first)).toMatchObject({ id: 'handbook/fuses.md', chunks: 1 });

    const found = await run('documents', 'list', '--search', 'pumps', '--json');
    expect(JSON.parse(found.output)).toMatchObject({ id: 'handbook/pumps/start.md' });

    const shown = await run('documents', 'show', 'handbook/fuses.md');
    expect(shown.output).toMatch(/^id +handbook\/fuses\.md\ntitle +Fuses\n/);
    expect(shown.output).toMatch(/\n\n# Fuses\n\nA fuse melts when the current is too high\.\n$/);

    expect(await run('documents', 'delete', 'handbook/fuses.md', 'nothing')).toEqual({
      code: 1,
      output: 'deleted handbook/fuses.md\n',
      errors: 'nothing: there is no such document\n',
    });
    const gone = await run('documents', 'delete', 'handbook/pumps/start.md', '--json');
    expect(gone).toMatchObject({ code: 0, output: '{"deleted":["handbook/pumps/start.md"],"missing":[]}\n' });
    expect(await run('documents', 'show', 'handbook/fuses.md')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('answered 404: There is no such document.'),
    });
  });

  it('list every page', async () => {
    const ids = Array.from({ length: 105 }, (_, index) => `page-${String(index).padStart(3, '0')}`);
    await service.ingest(ids.map((id) => ({ id, text: `The text of ${id}.` })));
    const { output } = await run('documents', 'list', '--json');
    const listed = output.trim().split('\n');
    expect(listed.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(ids);
    expect((await run('documents', 'list', '--limit', '102')).output.trim().split('\n')).toHaveLength(103);
    await Promise.all(ids.map((id) => service.request('DELETE', `/documents/${id}`)));
  });

  it('measure how well the documents are found', async () => {
    const { documents, questions } = await readDataSet(SET);
    const file = join(SET, 'queries.jsonl');
    const nothing = await run('eval', file);
    expect(nothing.errors).toMatch(/^nothing expected was found/);
    await service.ingest(documents.map((document) => ({ ...document })));
    const { code, output, errors } = await run('eval', file, '--json', '--concurrency', '4');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const result = JSON.parse(output) as Record<string, number>;
    expect(result).toMatchObject({ mode: 'hybrid', questions: questions.length, degraded: 0, failed: 0 });
    expect(result['ndcg_at_10']).toBeGreaterThan(0.9);
    expect(result['mrr_at_10']).toBeGreaterThan(0.9);
    const shown = await run('eval', file, '--mode', 'lexical', '--misses');
    expect(shown.output).toMatch(/^Questions +\d+\nRecall@10 +[01]\.\d{3}\nnDCG@10 +/);
  });

  it('say that something else answers at the address', async () => {
    const other = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const line = `${url} answered with what is not failsoft's; check --url`;
    for (const args of [
      ['documents', 'list'],
      ['ask', 'Why?'],
      ['eval', join(SET, 'queries.jsonl')],
    ])
      expect(await runCommand([...args, '--url', url])).toEqual({ code: 1, output: '', errors: `${line}\n` });
    const status = await runCommand(['status', '--url', url]);
    expect(status).toMatchObject({ code: 4, output: expect.stringContaining(line) });
    other.close();
    other.closeAllConnections();
  });

  it('name the line of questions that is wrong', async () => {
    const file = join(folder.path, 'questions.jsonl');
    await writeFile(file, '{"text": "Why?", "qrels": {"a": 1}}\n\n{"text": "Why?", "qrels": {"a": 0}}\n');
    expect(await run('eval', file)).toEqual({
      code: 1,
      output: '',
      errors: expect.stringMatching(/^line 3 must be \{"text"/),
    });
  });
});
