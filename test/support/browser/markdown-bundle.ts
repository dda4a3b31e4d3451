import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';

const SOURCE = `
  import { render } from 'preact';
  import { Markdown, MarkdownBlocks } from './shared/markdown.tsx';
  import { GrowingBlocks } from './shared/markdown-blocks.ts';
  function show(node) {
    const element = document.createElement('div');
    document.body.append(element);
    render(node(), element);
    return element;
  }
  globalThis.renderMarkdown = (text) => show(() => <Markdown text={text} />);
  globalThis.renderGrowing = (parts) => {
    const growing = new GrowingBlocks();
    for (const part of parts) growing.append(part);
    growing.settle();
    return show(() => <MarkdownBlocks blocks={growing.blocks} cite={undefined} />);
  };
`;

/** A script that puts the console's Markdown alone into a page, as `renderMarkdown(text)` and `renderGrowing(parts)`. */
export async function bundleMarkdown(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: SOURCE,
      loader: 'tsx',
      resolveDir: fileURLToPath(new URL('../../../console/', import.meta.url)),
    },
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
  });
  return `${outputFiles[0]!.text}; undefined`;
}
