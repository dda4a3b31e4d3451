/** The formats that `POST /documents` takes. */
export type DocumentFormat = 'markdown' | 'text' | 'html';

/** The formats of files by their ending. A test holds the lists of this file equal to those of `failsoft ingest`. */
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
export const TOOL_FOLDERS = new Set([
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
export const BUILD_FOLDERS = new Map(
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
