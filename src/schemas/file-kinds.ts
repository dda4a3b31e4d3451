// The command line and the console find files by the same rules.

/** The formats that `POST /documents` takes. `ingest/chunking/chunking.ts` reads each. */
export const DOCUMENT_FORMATS = ['markdown', 'text', 'html'] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** The formats of files by their ending. */
export const FORMATS: Record<string, DocumentFormat> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.mdown': 'markdown',
  '.mkdn': 'markdown',
  '.mkd': 'markdown',
  '.mdx': 'markdown',
  '.mdoc': 'markdown',
  '.qmd': 'markdown',
  '.rmd': 'markdown',
  '.txt': 'text',
  '.text': 'text',
  '.html': 'html',
  '.htm': 'html',
  '.xhtml': 'html',
};

/** Folders of dependencies, environments and caches, which nobody writes documents into. */
const TOOL_FOLDERS = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  '__pycache__',
  'site-packages',
  'venv',
  'dist',
  '_site',
  '_build',
  '__MACOSX',
]);

/** Folders of builds and copies, by a file beside them that says so. Elsewhere these are ordinary names. */
const BUILD_FOLDERS = new Map(
  Object.entries({
    build: [
      'package.json',
      'build.gradle',
      'build.gradle.kts',
      'setup.py',
      'pyproject.toml',
      'docusaurus.config.js',
      'docusaurus.config.ts',
    ],
    out: ['package.json', 'next.config.js', 'next.config.mjs', 'next.config.ts'],
    coverage: ['package.json'],
    target: ['Cargo.toml', 'pom.xml', 'build.sbt'],
    vendor: ['go.mod', 'composer.json', 'Gemfile'],
    site: ['mkdocs.yml', 'mkdocs.yaml'],
    public: ['hugo.toml', 'hugo.yaml', 'hugo.json', 'config.toml', 'gatsby-config.js', 'gatsby-config.ts'],
  }),
);

/** The ending of a file's name with its dot, in lower case; empty when there is none. */
export function endingOf(name: string): string {
  const at = name.lastIndexOf('.');
  return at > name.lastIndexOf('/') + 1 ? name.slice(at).toLowerCase() : '';
}

/** Whether a tool made the folder: by its name, or by its name and a file beside it. */
export function isMadeByTool(name: string, siblings: ReadonlySet<string>): boolean {
  return TOOL_FOLDERS.has(name) || BUILD_FOLDERS.get(name)?.some((file) => siblings.has(file)) === true;
}
