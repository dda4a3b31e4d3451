import { startFakeModel } from '../test/support/fakes/fake-model.ts';

const port = Number(process.argv[2] ?? 8_100);
const { url, env } = await startFakeModel(port);

process.stdout.write(`A model, a backup and an embedding service are listening. Start failsoft with them:

  GENERATION_TARGETS='${env.GENERATION_TARGETS}' \\
  EMBEDDING_TARGETS='${env.EMBEDDING_TARGETS}' npm start

Switch a fault of model, backup, embedder or all on, look at the faults, and switch all of them off:

  curl ${url}/faults -d '{"fault": "hang", "target": "model"}'
  curl ${url}/faults
  curl ${url}/faults -X DELETE
`);
