import { VERSION } from '../config/package-root.ts';
import type { Answer, AnswerMetadata, Source } from '../query/answer/answer.ts';
import { sourceUrl } from '../query/passages/source-url.ts';
import { findCitations } from '../query/generation/citations.ts';
import type { Completion } from './completion.schema.ts';
import { countTokens } from '../text/tokens.ts';

/** Of the header `Link`. Raised, proxies with small buffers refuse the response. */
const MAX_LINK_CHARS = 2_000;

/** The most places that are annotated. Raised, an answer that repeats its citations without end makes a longer response. */
const MAX_ANNOTATIONS = 1_000;

/** What all parts of one completion share. */
export interface CompletionContext {
  requestId: string;
  /** Epoch seconds. */
  created: number;
  /** The model that was asked for. */
  model: string;
  question: string;
  /** The address of this service, which begins the URLs of passages. */
  base: string;
  /** Whether a list of the sources follows the text. */
  listsSources: boolean;
}

/** The object of a whole completion. */
export function toCompletion(answer: Answer, context: CompletionContext, durationMs: number): Completion {
  const content = openingOf(answer.metadata) + answer.answer;
  const annotations = annotate(content, answer.sources, context);
  const message = {
    role: 'assistant',
    content: content + sourceList(answer.sources, context),
    refusal: null,
    annotations,
  } as const;
  return {
    ...headOf('chat.completion', context, answer.metadata.model),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(answer.metadata) }],
    usage: usageOf(answer, context),
    ...describeSources(answer.sources, context),
    failsoft: describeAnswer(answer, context, durationMs),
  };
}

/** The fields that begin a completion and each of its chunks. @param model the one that answered, where it is known */
export function headOf<O extends string>(object: O, context: CompletionContext, model: string | null = null) {
  return {
    id: `chatcmpl-${context.requestId}`,
    object,
    created: context.created,
    model: model ?? context.model,
    system_fingerprint: `failsoft-${VERSION}`,
  };
}

/** What a degraded answer begins with: excerpts begin with their own sentence, and other texts do not say what they are. */
export function openingOf({
  fallback_source,
  notice,
}: Pick<AnswerMetadata, 'fallback_source' | 'notice'>): string {
  const isSaid = fallback_source === null || fallback_source === 'excerpts' || notice === null;
  return isSaid ? '' : `${notice}\n\n`;
}

/** Why the text ends. A content filter ended the model's, also where the fallback ladder gave another. */
export function finishReason({
  finish_reason,
  fallback_reason,
}: AnswerMetadata): Completion['choices'][number]['finish_reason'] {
  if (fallback_reason?.startsWith('content_refused')) return 'content_filter';
  return finish_reason ?? 'stop';
}

/** The first places in the text that cite a source. */
export function annotate(text: string, sources: Source[], { base }: CompletionContext) {
  const byNumber = new Map(sources.map((source) => [source.number, source]));
  const annotations = [];
  for (const { number, start, end } of findCitations(text)) {
    const source = byNumber.get(number);
    if (!source) continue;
    const citation = {
      start_index: start,
      end_index: end,
      url: sourceUrl(source, base),
      title: nameOf(source),
    };
    annotations.push({ type: 'url_citation' as const, url_citation: citation });
    if (annotations.length === MAX_ANNOTATIONS) break;
  }
  return annotations;
}

/** The URLs of the sources: the first is that of number 1. */
export function describeSources(sources: Source[], { base }: CompletionContext) {
  return { citations: sources.map((source) => sourceUrl(source, base)) };
}

/** Metadata and sources, as in the response of `POST /query`; each source has a URL. */
export function describeAnswer(
  { metadata, sources }: Answer,
  context: CompletionContext,
  durationMs: number,
) {
  return {
    ...metadata,
    request_id: context.requestId,
    duration_ms: Number(durationMs.toFixed(1)),
    sources: withUrls(sources, context),
  };
}

/** The sources, each with a URL. */
export function withUrls(sources: Source[], { base }: CompletionContext) {
  return sources.map((source) => ({ ...source, url: sourceUrl(source, base) }));
}

/** The tokens that the model's service has counted, else those of the question and the text. */
export function usageOf({ usage, answer }: Answer, { question }: CompletionContext) {
  const { prompt, completion } = usage ?? { prompt: countTokens(question), completion: countTokens(answer) };
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

/** The list behind the text, for readers whose client shows the text alone; empty where none is wanted. */
export function sourceList(sources: Source[], { base, listsSources }: CompletionContext): string {
  if (!listsSources || sources.length === 0) return '';
  const lines = sources.map((source) => {
    const name = nameOf(source).replace(/[\\[\]<]/g, '\\$&');
    const url = encodeUrl(sourceUrl(source, base)).replaceAll('(', '%28').replaceAll(')', '%29');
    return `${source.number}. [${name}](${url})`;
  });
  return `\n\nSources:\n\n${lines.join('\n')}`;
}

/** The value of the header `Link`: the sources' URLs, as many as fit. */
export function toLinkHeader(sources: Source[], { base }: CompletionContext): string {
  let header = '';
  for (const url of new Set(sources.map((source) => encodeUrl(sourceUrl(source, base))))) {
    const next = `${header}${header && ', '}<${url}>; rel="related"`;
    if (next.length > MAX_LINK_CHARS) break;
    header = next;
  }
  return header;
}

/** In ASCII, without spaces and angle brackets. */
function encodeUrl(url: string): string {
  return URL.parse(url)?.href ?? url;
}

function nameOf({ title, heading, document_id }: Source): string {
  return (title ?? heading ?? document_id).replace(/\s+/g, ' ');
}
