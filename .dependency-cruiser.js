import { existsSync } from 'node:fs';

/**
 * The house's rooms and the one direction of imports between them:
 * features → targets → adapters → resilience → telemetry, errors, config. The composition root may import everything.
 */
const FEATURES = 'query|ingest|health|admin';
const ADAPTERS = 'huggingface|local|postgres|cache';
const GROUND = 'telemetry|errors|config';

const room = (names) => `^src/(${names})/`;

/** Only `owner` may import `packages`. */
const soleImporter = (owner, packages) => ({
  name: `only-${owner}-imports-${packages[0].replace(/^@/, '').replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: room(owner) },
  to: { path: `(^|/)node_modules/(@types/)?(${packages.join('|')})/` },
});

/** A room that may not import from `to`. */
const never = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: room(from) },
  to: { path: `^src/(${to})(/|\\.ts$)` },
});

/** Files of logic alone: reading, judging and writing text, and deciding from what was counted. */
const PURE_FILES = [
  'src/cache/classify.ts',
  'src/huggingface/classify.ts',
  'src/ingest/chunking.ts',
  'src/ingest/chunking-blocks.ts',
  'src/ingest/chunking-pieces.ts',
  'src/local/extraction.ts',
  'src/postgres/classify.ts',
  'src/query/context.ts',
  'src/query/fitted-prompt.ts',
  'src/query/fusion.ts',
  'src/query/prompt.ts',
  'src/resilience/circuit.ts',
  'src/resilience/trip-strategies.ts',
];

/** A pattern for these files alone. @throws Error for one that does not exist: its rule would hold for nothing */
const files = (paths) => {
  const missing = paths.filter((path) => !existsSync(new URL(path, import.meta.url)));
  if (missing.length > 0)
    throw new Error(`an import rule names files that do not exist: ${missing.join(', ')}`);
  return `^(${paths.map((path) => path.replaceAll('.', String.raw`\.`)).join('|')})$`;
};

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'features-apart',
      severity: 'error',
      from: { path: room(FEATURES) },
      to: { path: room(FEATURES), pathNot: '^src/$1/' },
    },
    {
      name: 'adapters-apart',
      severity: 'error',
      from: { path: room(ADAPTERS) },
      to: { path: room(ADAPTERS), pathNot: '^src/$1/' },
    },
    never('features-import-down', FEATURES, 'app\\.module|main'),
    never('targets-import-down', 'targets', `app\\.module|main|${FEATURES}`),
    never('adapters-import-down', ADAPTERS, `app\\.module|main|${FEATURES}|targets`),
    never('resilience-imports-down', 'resilience', `app\\.module|main|${FEATURES}|targets|${ADAPTERS}`),
    never('ground-imports-down', GROUND, `app\\.module|main|${FEATURES}|targets|${ADAPTERS}|resilience`),
    {
      name: 'known-rooms-only',
      comment: 'A new folder needs its place in the direction of imports.',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: room(`${FEATURES}|targets|${ADAPTERS}|resilience|${GROUND}`) },
    },
    soleImporter('huggingface', ['@huggingface/inference']),
    soleImporter('postgres', ['pg', 'pgvector', 'node-pg-migrate', '@electric-sql/[^/]+']),
    soleImporter('cache', ['keyv', '@keyv/[^/]+', '@redis/[^/]+']),
    soleImporter('resilience', ['cockatiel']),
    {
      name: 'pure-files-without-framework',
      severity: 'error',
      from: { path: files(PURE_FILES) },
      to: { path: '(^|/)node_modules/@nestjs/' },
    },
    {
      name: 'production-code-without-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
