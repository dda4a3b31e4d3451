import type { Command } from 'commander';

const HELP = `
Environment (.env.example has all of it; a file .env in the working directory
is read):
  HOST, PORT            where it listens (127.0.0.1, 3000)
  DATA_DIR              the embedded database (./data)
  DATABASE_URL          a PostgreSQL server with pgvector in its place
  HF_TOKEN, GENERATION_TARGETS, EMBEDDING_TARGETS
                        the models (without: models inside the process)
  ADMIN_TOKEN           the key of the admin API

Examples:
  failsoft serve
  PORT=8000 HF_TOKEN=hf_… failsoft serve
  GENERATION_TARGETS='http://localhost:8080/v1?model=llama3.2' failsoft serve`;

/** `failsoft serve`: runs the service, as `npm start` does, until a signal ends it. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .summary('run the service')
    .description(
      'Runs the service until Ctrl-C or SIGTERM. Its log goes to stdout, one line of JSON an event.',
    )
    .addHelpText('after', HELP)
    .action(async () => {
      process.setSourceMapsEnabled(true);
      await import('../../main.ts');
    });
}
