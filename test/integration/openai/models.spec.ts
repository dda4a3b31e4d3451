import { openAiClient } from '../../support/protocols/openai-client.ts';
import { startService, type Service } from '../../support/service/service.ts';

describe('the models of the API of OpenAI', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });

  afterAll(() => service.close());

  const model = (id: string) => ({ id, object: 'model', created: expect.any(Number), owned_by: 'failsoft' });

  it('are listed', async () => {
    const { data } = await openAiClient(service).models.list();
    expect(data).toEqual([model('failsoft'), model('failsoft/whole')]);
  });

  it.each(['failsoft', 'failsoft/whole'])('are described by their names: %s', async (id) => {
    expect(await openAiClient(service).models.retrieve(id)).toEqual(model(id));
    const { body } = await service.request('GET', `/v1/models/${id}`);
    expect(body).toEqual(model(id));
  });
});
