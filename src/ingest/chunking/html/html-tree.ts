/** The used part of a node of the DOM. */
export interface DomNode {
  nodeName: string;
  nodeType: number;
  firstChild: DomNode | null;
  nextSibling: DomNode | null;
  parentNode: DomElement | null;
  textContent: string | null;
  remove(): void;
}

/** The used part of an element of the DOM. */
export interface DomElement extends DomNode {
  /** A snapshot: moving the nodes does not change the list. */
  childNodes: Iterable<DomNode>;
  appendChild(child: DomNode): void;
  /** A live list. */
  attributes: Iterable<{ name: string; value: string }>;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
  /** A live list. */
  children: Iterable<DomElement>;
  insertBefore(child: DomNode, before: DomNode | null): void;
  cloneNode(isDeep: boolean): DomElement;
  querySelector(selectors: string): DomElement | null;
  querySelectorAll(selectors: string): Iterable<DomElement>;
  closest(selectors: string): DomElement | null;
}

const elementNode = 1;
const textNode = 3;
/** Attributes whose values are compared, of which the first word counts. */
const words = new Set(['role', 'aria-hidden', 'aria-modal']);

/** Visits a tree in its order. Uses no recursion, because hostile pages are nested deeply. */
function walk(root: DomNode, enter: (node: DomNode) => void, leave: (node: DomNode) => void): void {
  for (let node = root; ;) {
    enter(node);
    if (node.firstChild) {
      node = node.firstChild;
      continue;
    }
    for (;;) {
      leave(node);
      if (node === root) return;
      if (node.nextSibling) {
        node = node.nextSibling;
        break;
      }
      if (!node.parentNode) return;
      node = node.parentNode;
    }
  }
}

/**
 * Joins neighbouring texts, which the parser splits at each character reference, replaces special spaces, and writes the
 * names of attributes as HTML compares them, in lower case, in place.
 * @returns the depth of the tree
 */
export function tidyTree(root: DomElement): number {
  let deepest = 0;
  let depth = -1;
  walk(
    root,
    (node) => {
      deepest = Math.max(deepest, ++depth);
      if (node.nodeType === textNode) tidyText(node);
      else if (node.nodeType === elementNode) tidyAttributes(node as DomElement);
    },
    () => depth--,
  );
  return deepest;
}

function tidyAttributes(element: DomElement): void {
  // A copy, because the loop changes the attributes.
  for (const { name, value } of Array.from(element.attributes)) {
    const lower = name.toLowerCase();
    const isWord = words.has(lower);
    if (lower === name && !isWord) continue;
    element.setAttribute(lower, isWord ? (value.trim().split(/\s+/)[0] ?? '').toLowerCase() : value);
  }
}

function tidyText(node: DomNode): void {
  let text = node.textContent ?? '';
  for (let next = node.nextSibling; next?.nodeType === textNode; next = node.nextSibling) {
    text += next.textContent ?? '';
    next.remove();
  }
  node.textContent = text.replace(/[^\S\n\r\t ]/g, ' ');
}

/** Elements that begin and end lines within preformatted text. */
const LINES = new Set('DIV P LI TR TD TH DT DD'.split(' '));
const AS_BLOCK = /(?:^|;)\s*display\s*:\s*(?:block|table|flex|grid)/i;

/** The lines of preformatted text, as a page shows them: by its line ends, its breaks, and elements that are lines. */
export function readPreformatted(root: DomElement): string {
  const parts: string[] = [];
  const isLine = (node: DomNode) =>
    node !== root &&
    node.nodeType === elementNode &&
    (LINES.has(node.nodeName) || AS_BLOCK.test((node as DomElement).getAttribute('style') ?? ''));
  const endLine = () => {
    const last = parts.at(-1);
    if (last !== undefined && !last.endsWith('\n')) parts.push('\n');
  };
  walk(
    root,
    (node) => {
      if (node.nodeName === 'BR') parts.push('\n');
      else if (node.nodeType === textNode && node.textContent) parts.push(node.textContent);
      else if (isLine(node)) endLine();
    },
    (node) => {
      if (isLine(node)) endLine();
    },
  );
  return parts.join('');
}

/** The characters of text in each element, white space and the text of links left out. */
export function measureProse(root: DomElement): Map<DomNode, number> {
  const lengths = new Map<DomNode, number>();
  let openLinks = 0;
  let length = 0;
  walk(
    root,
    (node) => {
      if (node.nodeName === 'A') openLinks++;
      if (node.nodeType !== textNode) lengths.set(node, length);
      else if (openLinks === 0) length += (node.textContent ?? '').replace(/\s+/g, '').length;
    },
    (node) => {
      if (node.nodeName === 'A') openLinks--;
      if (node.nodeType !== textNode) lengths.set(node, length - (lengths.get(node) ?? 0));
    },
  );
  return lengths;
}
