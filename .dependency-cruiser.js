/**
 * The rooms of the source and the one direction of imports between them, from top to bottom:
 *
 *   cli
 *   main, create-app, app.module        the composition root, with start-failure
 *   api-reference                       the description of all routes
 *   openai | ai-sdk | mcp | console     protocols over the features, which do not import each other
 *   query | ingest | health | admin     features, which do not import each other
 *   http                                what every HTTP route shares
 *   targets                             guarded models
 *   huggingface | local | postgres | cache   adapters, which do not import each other
 *   models                              the ports that adapters implement
 *   resilience
 *   telemetry | config | schemas | text the ground
 */
const PROTOCOLS = 'openai|ai-sdk|mcp|console';
const FEATURES = 'query|ingest|health|admin';
const ADAPTERS = 'huggingface|local|postgres|cache';
const GROUND = 'telemetry|config|schemas|text';
const ROOT = 'app\\.module|create-app|main|in-use|start-failure';

/** From top to bottom; each layer may import those below it. */
const LAYERS = [
  'cli',
  ROOT,
  'api-reference',
  PROTOCOLS,
  FEATURES,
  'http',
  'targets',
  ADAPTERS,
  'models',
  'resilience',
  GROUND,
];

const room = (names) => `^src/(${names})(/|\\.ts$)`;

/** Only `owner`, a room or a file of one, may import `packages`. */
const soleImporter = (owner, packages) => ({
  name: `only-${owner}-imports-${packages[0].replace(/^@/, '').replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: room(owner) },
  to: { path: `(^|/)node_modules/(@types/)?(${packages.join('|')})/` },
});

/** The rooms of one layer do not import each other. */
const apart = (name, names) => ({
  name,
  severity: 'error',
  from: { path: room(names) },
  to: { path: room(names), pathNot: '^src/$1/' },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    apart('protocols-apart', PROTOCOLS),
    apart('features-apart', FEATURES),
    apart('adapters-apart', ADAPTERS),
    ...LAYERS.slice(1).map((names, index) => ({
      name: `${names.split('|')[0].replace('\\', '')}-imports-down`,
      severity: 'error',
      from: { path: room(names) },
      to: { path: room(LAYERS.slice(0, index + 1).join('|')) },
    })),
    {
      name: 'known-rooms-only',
      comment: 'A new folder needs its place in the direction of imports.',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: room(LAYERS.join('|')) },
    },
    soleImporter('huggingface', ['@huggingface/inference']),
    soleImporter('postgres', ['pg', 'pgvector', 'node-pg-migrate', '@electric-sql/[^/]+']),
    soleImporter('cache', ['keyv', '@keyv/[^/]+', '@redis/[^/]+']),
    soleImporter('resilience/circuit/cockatiel-adapter', ['cockatiel']),
    soleImporter('mcp', ['@modelcontextprotocol/[^/]+']),
    soleImporter('cli', ['commander', 'cli-progress']),
    {
      name: 'text-without-input-or-output',
      severity: 'error',
      from: { path: room('text') },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-code-without-framework',
      severity: 'error',
      from: { path: '^src/(text|models|resilience/(time|limits|circuit|health)|ingest/chunking)/' },
      to: { path: '(^|/)node_modules/@nestjs/' },
    },
    {
      name: 'console-pages-apart',
      comment: 'The pages of the console share only console/shared.',
      severity: 'error',
      from: { path: '^console/(ask|operate|documents)/' },
      to: { path: '^console/', pathNot: '^console/($1|shared)/' },
    },
    {
      name: 'console-shared-below-pages',
      severity: 'error',
      from: { path: '^console/shared/' },
      to: { path: '^console/', pathNot: '^console/shared/' },
    },
    {
      name: 'console-without-service-code',
      comment:
        'The console runs in a browser, and meets the service through its API alone. Both know the same kinds of files.',
      severity: 'error',
      from: { path: '^console/' },
      to: {
        pathNot:
          '^console/|^src/schemas/file-kinds\\.ts$|node_modules/(preact|@preact/signals(-core)?|uplot|marked)/',
      },
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
