import { Command } from 'commander';
import { VERSION } from '../config/package-root.ts';
import { runCommand } from './command.ts';
import { addAsk } from './commands/ask.ts';
import { addCache } from './commands/cache.ts';
import { addCompletion } from './commands/completion.ts';
import { addDocuments } from './commands/documents.ts';
import { addDrill } from './commands/drill.ts';
import { addEval } from './commands/eval.ts';
import { addGuard } from './commands/guard.ts';
import { addIngest } from './commands/ingest.ts';
import { addMigrate } from './commands/migrate.ts';
import { addServe } from './commands/serve.ts';
import { addStatus } from './commands/status.ts';
import { addWarm } from './commands/warm.ts';

const HELP = `
Environment:
  HOST, PORT            where failsoft is looked for without --url
                        (127.0.0.1, 3000)
  CLIENT_HEADERS        headers of every call, one 'Name: value' a line
  ADMIN_TOKEN           the admin key, for guard, drill and cache
  NO_COLOR              no colours
A file .env in the working directory is read.

Exit codes: 0 done, 1 failed, 2 wrong usage; of status: 3 degraded, 4 down.

Examples:
  failsoft serve
  failsoft ingest ./handbook
  failsoft ask 'When does a fuse melt?'
  failsoft status --watch
  failsoft help guard`;

const program = new Command('failsoft')
  .description('A RAG assistant backend that keeps answering when the AI services behind it fail.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(failsoft help shows all commands)')
  .addHelpText('after', HELP);

const GROUPS = {
  'Run:': [addServe, addMigrate],
  'Ask and feed:': [addAsk, addIngest, addDocuments, addEval],
  'Operate:': [addStatus, addGuard, addDrill, addWarm, addCache],
  'Other:': [addCompletion],
};
for (const [heading, commands] of Object.entries(GROUPS)) {
  program.commandsGroup(heading);
  for (const add of commands) add(program);
}

// In the last group.
program.helpCommand(true);

await runCommand(() => program.parseAsync());
