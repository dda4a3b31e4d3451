import { Component, type ComponentChild } from 'preact';
import type { Token, Tokens } from 'marked';
import { decodeEntities } from './entities.ts';
import { readBlocks } from './markdown-blocks.ts';

/** Makes something of a citation such as `[1]`; `undefined` leaves it as text. The function must not change. */
export type Cite = (number: number) => ComponentChild | undefined;

/** Raised, tokens of a kind that nests without end are shown deeper before the rest of them is text. */
const MAX_DEPTH = 30;
const CITATION = /\[(\d{1,4}(?:\s*,\s*\d{1,4})*)\]/g;

/** Markdown as elements. Every text can be shown: what is no Markdown, or HTML, is text. */
export function Markdown({ text, cite }: { text: string; cite?: Cite }) {
  return <MarkdownBlocks blocks={readBlocks(text)} cite={cite} />;
}

/** Blocks that were read already, such as those of a text that grows. */
export function MarkdownBlocks({ blocks, cite }: { blocks: readonly Token[]; cite: Cite | undefined }) {
  return (
    <div class="markdown" dir="auto">
      {blocks.map((token, index) => (
        <Block key={index} token={token} cite={cite} />
      ))}
    </div>
  );
}

interface BlockProps {
  token: Token;
  cite: Cite | undefined;
}

/** One block, which is rendered again only when it has become another one. */
class Block extends Component<BlockProps> {
  override shouldComponentUpdate({ token, cite }: BlockProps): boolean {
    return token !== this.props.token || cite !== this.props.cite;
  }

  override render() {
    return render(this.props.token, this.props.cite, 0);
  }
}

/** The text of Markdown without its marks, for those who listen. */
export function toPlainText(text: string): string {
  return readBlocks(text).map(readAloud).join('').replace(/\s+/g, ' ').trim();
}

function readAloud(token: Token): string {
  if (token.type === 'space' || token.type === 'hr') return ' ';
  if (token.type === 'list') return (token as Tokens.List).items.map(readAloud).join(' ');
  if (token.type === 'table') {
    const { header, rows } = token as Tokens.Table;
    return [header, ...rows].map((row) => `${row.map((cell) => cell.text).join(', ')}. `).join('');
  }
  const { tokens, text = token.raw } = token as Tokens.Generic;
  const said = tokens ? tokens.map(readAloud).join('') : decodeEntities(String(text));
  return /^(paragraph|heading|code|list_item|blockquote|plain)$/.test(token.type) ? `${said} ` : said;
}

function render(token: Token, cite: Cite | undefined, depth: number): ComponentChild {
  const inner = (tokens: Token[] | undefined) =>
    depth < MAX_DEPTH && tokens ? tokens.map((child) => render(child, cite, depth + 1)) : token.raw;
  const known = token as Tokens.Generic;
  switch (token.type) {
    case 'space':
    case 'checkbox':
      return null;
    case 'hr':
      return <hr />;
    case 'br':
      return <br />;
    case 'paragraph':
      return <p dir="auto">{inner(token.tokens)}</p>;
    case 'heading': {
      // The page has headings of its own above.
      const Heading = (['h3', 'h4', 'h5', 'h6'] as const)[Math.min(Number(known['depth']), 4) - 1] ?? 'h6';
      return <Heading dir="auto">{inner(token.tokens)}</Heading>;
    }
    case 'blockquote':
      return <blockquote dir="auto">{inner(token.tokens)}</blockquote>;
    case 'code':
      return (
        <pre tabIndex={0}>
          <code dir="ltr">{known['text']}</code>
        </pre>
      );
    case 'list':
      return renderList(token as Tokens.List, inner);
    case 'table':
      return renderTable(token as Tokens.Table, inner);
    case 'strong':
      return <strong>{inner(token.tokens)}</strong>;
    case 'em':
      return <em>{inner(token.tokens)}</em>;
    case 'del':
      return <del>{inner(token.tokens)}</del>;
    case 'codespan':
      return <code>{known['text']}</code>;
    case 'escape':
      return known['text'];
    case 'image':
      return renderLink(token as Tokens.Image, decodeEntities((token as Tokens.Image).text) || '🖼');
    case 'link':
      // A citation in a link would be a button in a link.
      return renderLink(
        token as Tokens.Link,
        depth < MAX_DEPTH && token.tokens
          ? token.tokens.map((child) => render(child, undefined, depth + 1))
          : token.raw,
      );
    case 'text':
      return token.tokens ? inner(token.tokens) : renderText(decodeEntities(String(known['text'])), cite);
    case 'plain':
      return <p class="plain-text">{token.raw}</p>;
    default:
      return token.raw;
  }
}

type Inner = (tokens: Token[] | undefined) => ComponentChild;

function renderList({ ordered, start, items }: Tokens.List, inner: Inner): ComponentChild {
  const children = items.map((item, index) => (
    <li key={index} dir="auto">
      {item.task && (item.checked ? '☑ ' : '☐ ')}
      {inner(item.tokens)}
    </li>
  ));
  return ordered ? <ol start={start === '' ? 1 : start}>{children}</ol> : <ul>{children}</ul>;
}

function renderTable({ header, rows }: Tokens.Table, inner: Inner): ComponentChild {
  return (
    <div class="table-frame" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((cell, index) => (
              <th key={index} scope="col" dir="auto">
                {inner(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} dir="auto">
                  {inner(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** An address to follow is a link, one of another kind stays as it was written, and a place in the document is its text. */
function renderLink({ href, raw }: Tokens.Link | Tokens.Image, content: ComponentChild): ComponentChild {
  const safe = toSafeAddress(href);
  if (safe === undefined) return URL.canParse(href) ? raw : content;
  return (
    <a href={safe} target="_blank" rel="noreferrer noopener">
      {content}
    </a>
  );
}

/** An address that may be followed from this page; undefined for every other. */
export function toSafeAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, href } = new URL(address);
  return ['http:', 'https:', 'mailto:'].includes(protocol) ? href : undefined;
}

function renderText(text: string, cite: Cite | undefined): ComponentChild {
  if (!cite) return text;
  const parts: ComponentChild[] = [];
  let end = 0;
  for (const { 0: match, 1: numbers = '', index } of text.matchAll(CITATION)) {
    const cited = numbers.split(',').map((number) => cite(Number(number)));
    if (cited.includes(undefined)) continue;
    parts.push(text.slice(end, index), ...cited);
    end = index + match.length;
  }
  return [...parts, text.slice(end)];
}
