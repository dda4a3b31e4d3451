const DATA_BEGIN = '<![CDATA[';
const DATA_END = ']]>';
/** Code in the format in which Confluence stores pages. */
const CONFLUENCE_CODE = /<(\/?)ac:plain-text-body\b/gi;
/** A page in XML's syntax: by its declaration, its type or its namespace. */
const IS_XML = /^\s*(?:<\?xml|<!doctype[^<>]*xhtml|<html[^<>]*\sxmlns=)/i;
/** A tag that ends its element at once. */
const EMPTY_TAG = /<([a-z][\w:.-]*)((?:\s[^<>]*)?)\/>/gi;
/** Elements that have no end tag in HTML. */
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/i;

/**
 * Rewrites what only XML has as HTML has it: character data as text, and, in a page of XML's syntax, empty elements with an
 * end tag, without which HTML takes all that follows for their content. Takes linear time.
 */
export function xmlToHtml(source: string): string {
  const html = replaceCharacterData(source).replace(CONFLUENCE_CODE, '<$1pre');
  if (!IS_XML.test(html)) return html;
  return html.replace(EMPTY_TAG, (tag, name: string, attributes: string) =>
    VOID.test(name) ? tag : `<${name}${attributes}></${name}>`,
  );
}

/** HTML has no character data outside of drawings and formulas, and takes it for a comment. */
function replaceCharacterData(source: string): string {
  const [first = '', ...others] = source.split(DATA_BEGIN);
  const parts = others.map((part) => {
    const end = part.indexOf(DATA_END);
    return end < 0 ? DATA_BEGIN + part : escapeText(part.slice(0, end)) + part.slice(end + DATA_END.length);
  });
  return first + parts.join('');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
