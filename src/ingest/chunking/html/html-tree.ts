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
  getAttribute(name: string): string | null;
  querySelector(selectors: string): DomElement | null;
  closest(selectors: string): DomElement | null;
}

const textNode = 3;

/**
 * Joins neighbouring texts, which the parser splits at each character reference, and replaces special spaces, in place.
 * Uses no recursion, because hostile pages are nested deeply.
 * @returns the depth of the tree
 */
export function tidyTree(root: DomElement): number {
  let deepest = 0;
  let depth = 0;
  for (let node: DomNode | null = root; node;) {
    deepest = Math.max(deepest, depth);
    if (node.nodeType === textNode) tidyText(node);
    if (node.firstChild) {
      node = node.firstChild;
      depth++;
      continue;
    }
    while (node && node !== root && !node.nextSibling) {
      node = node.parentNode;
      depth--;
    }
    node = node === root ? null : (node?.nextSibling ?? null);
  }
  return deepest;
}

function tidyText(node: DomNode): void {
  let text = node.textContent ?? '';
  for (let next = node.nextSibling; next?.nodeType === textNode; next = node.nextSibling) {
    text += next.textContent ?? '';
    next.remove();
  }
  node.textContent = text.replace(/[^\S\n\r\t ]/g, ' ');
}
