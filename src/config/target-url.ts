import { HEADER_LINE, SENDABLE_KEY } from './env.ts';
import { FORBIDDEN_PORTS } from './forbidden-ports.ts';
import type { CallOptions, ModelLimits, RequestOptions, RetryOptions } from './app-config.ts';

/** The keys of targets: `HF_TOKEN` and the variables named by `key_env`, `header.…` and `query.…`. */
export interface TargetSecrets {
  hfToken: string | undefined;
  lookup: (variable: string) => string | undefined;
}

/** The URLs of targets are not valid. Each fault is one line and contains no secret. */
export class TargetFault extends Error {
  readonly faults: string[];

  constructor(...faults: string[]) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/** Upper bound of the answer for a model that declares only its context; a quarter of the context is kept for the answer. */
const USUAL_OUTPUT_TOKENS = 2_048;
const MIN_CONTEXT_TOKENS = 256;

/** The parameters that say what a model takes, and how it is called. */
export const MODEL_PARAMETERS = [
  'context_tokens',
  'max_output_tokens',
  'max_tokens_field',
  'temperature',
  'system',
  'retries',
] as const;

/** Far more than any context window has. */
const MAX_TOKENS = 99_999_999;
/** Raising it lets a question spend more of its time on one target. */
const MAX_RETRIES = 5;
const TOKENS_FIELDS = ['max_tokens', 'max_completion_tokens', 'none'] as const;
const SYSTEM_ROLES = ['system', 'user'] as const;
const FREE_PARAMETER = /^(header|query)\.(.+)$/;
/** Headers that belong to the HTTP client. */
const OWN_HEADERS =
  /^(connection|content-.*|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade|accept-encoding)$/i;
const SECRET_NAME = /auth|key|token|secret|cookie|password|credential|signature|^sig$/i;
const VARIABLE = 'env:';

/** The URL of one target, read parameter by parameter. The faults are collected, so that one start shows all of them. */
export class TargetUrl {
  readonly url: URL;
  private readonly faults: string[] = [];
  private readonly parameters: Map<string, string>;

  /** @throws TargetFault when the text is no URL of a target */
  constructor(
    text: string,
    known: readonly string[],
    private readonly secrets: TargetSecrets,
  ) {
    this.url = parseUrl(text);
    this.parameters = new Map(this.url.searchParams);
    for (const key of this.parameters.keys()) {
      if (this.url.searchParams.getAll(key).length > 1) this.addFault(`${key} is given twice`);
      if (known.includes(key) || FREE_PARAMETER.test(key)) continue;
      const hint = this.isHttp ? `; write query.${key}= to send it to the service` : '';
      this.addFault(`unknown parameter ${key}${hint}`);
    }
  }

  /** The URL without its parameters, for messages. */
  get shown(): string {
    return show(this.url);
  }

  get isHttp(): boolean {
    return this.url.protocol.startsWith('http');
  }

  /** The URL to call: without parameters and without a trailing slash. */
  get endpoint(): string {
    return `${this.url.origin}${this.url.pathname}`.replace(/\/+$/, '');
  }

  /** Refuses an address that ends as those of another API. */
  refusePath(end: RegExp): void {
    const [path] = end.exec(new URL(this.endpoint).pathname) ?? [];
    if (path === undefined) return;
    this.addFault(
      `${path} is another API: give the base of the OpenAI-compatible one, which often ends with /v1`,
    );
  }

  addFault(fault: string): void {
    this.faults.push(`${this.shown}: ${fault}`);
  }

  get(name: string): string | undefined {
    return this.parameters.get(name);
  }

  /** The parameter that must be there. */
  require(name: string, example: string): string {
    const value = this.get(name);
    if (!value) this.addFault(`needs ${example}`);
    return value ?? '';
  }

  /** The parameter, which must be one of the values. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.get(name);
    const found = values.find((candidate) => candidate === value);
    if (value !== undefined && found === undefined)
      this.addFault(`${name} must be one of ${values.join(', ')}`);
    return found;
  }

  /** The key in the variable that `key_env` names. */
  readApiKey(): string | undefined {
    const variable = this.get('key_env');
    if (variable === undefined) return undefined;
    const key = this.secrets.lookup(variable);
    if (!key) this.faults.push(`key_env names ${variable}, which is not set`);
    else if (!SENDABLE_KEY.test(key))
      this.faults.push(`${variable} contains characters that are not allowed in an HTTP header`);
    return key;
  }

  /** The provider, the model and the key of an `hf:` URL. */
  readHub(): { provider: string; model: string; apiKey: string } {
    const provider = this.url.hostname;
    const model = this.url.pathname.slice(1);
    const apiKey = this.readApiKey() ?? this.secrets.hfToken;
    if (!provider || !model) this.addFault('must look like hf://provider/model');
    else if (!apiKey) this.addFault('needs HF_TOKEN');
    return { provider, model, apiKey: apiKey ?? '' };
  }

  /** The headers and query parameters that each call carries. */
  readCallOptions(): CallOptions {
    const options = { header: {} as Record<string, string>, query: {} as Record<string, string> };
    for (const [key, text] of this.parameters) {
      const [, kind, name = ''] = FREE_PARAMETER.exec(key) ?? [];
      if (kind !== 'header' && kind !== 'query') continue;
      const value = this.readValue(key, name, text);
      if (kind === 'header') this.checkHeader(name, value);
      else if (!this.isHttp) this.addFault(`${key} is for http and https URLs`);
      if (value !== undefined) options[kind][name] = value;
    }
    return { headers: unlessEmpty(options.header), query: unlessEmpty(options.query) };
  }

  /** A literal value, or the value of the variable that `env:` names. */
  private readValue(key: string, name: string, text: string): string | undefined {
    if (!text.startsWith(VARIABLE)) {
      if (!SECRET_NAME.test(name)) return text;
      this.addFault(`${key} looks like a secret: name its variable, as in ${key}=${VARIABLE}VARIABLE`);
      return undefined;
    }
    const variable = text.slice(VARIABLE.length);
    const value = this.secrets.lookup(variable);
    if (!value) this.addFault(`${key} names ${variable}, which is not set`);
    return value;
  }

  private checkHeader(name: string, value: string | undefined): void {
    if (HEADER_LINE.exec(`${name}: value`)?.[1] !== name)
      this.addFault(`header.${name}: no such header can be sent`);
    else if (OWN_HEADERS.test(name)) this.addFault(`header.${name}: this header is set by failsoft itself`);
    else if (value !== undefined && !HEADER_LINE.test(`${name}: ${value}`))
      this.addFault(`header.${name} contains characters that are not allowed in an HTTP header`);
  }

  /** What the model takes, and how it is to be asked. */
  readModelOptions(): ModelLimits & RequestOptions & RetryOptions {
    return {
      ...this.readLimits(),
      maxTokensField: this.oneOf('max_tokens_field', TOKENS_FIELDS),
      temperature: this.readTemperature(),
      system: this.oneOf('system', SYSTEM_ROLES),
      retries: this.readWhole('retries', 0, MAX_RETRIES),
    };
  }

  private readTemperature(): RequestOptions['temperature'] {
    const text = this.get('temperature');
    if (text === undefined || text === 'none') return text;
    if (!/^\d(\.\d{1,3})?$/.test(text) || Number(text) > 2)
      this.addFault('temperature must be a number from 0 to 2, or none');
    return Number(text);
  }

  private readLimits(): ModelLimits {
    const contextTokens = this.readWhole('context_tokens', MIN_CONTEXT_TOKENS);
    const maxOutputTokens = this.readWhole('max_output_tokens', 1);
    if (contextTokens === undefined) return { maxOutputTokens };
    if (maxOutputTokens !== undefined && maxOutputTokens >= contextTokens)
      this.addFault('max_output_tokens must be below context_tokens');
    const usual = Math.min(USUAL_OUTPUT_TOKENS, Math.floor(contextTokens / 4));
    return { contextTokens, maxOutputTokens: maxOutputTokens ?? usual };
  }

  private readWhole(name: string, least: number, most = MAX_TOKENS): number | undefined {
    const text = this.get(name);
    if (text === undefined) return undefined;
    if (/^\d{1,8}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    this.addFault(`${name} must be a whole number from ${least} to ${most}`);
    return undefined;
  }

  /** The name of the guard, which must not be one of the `taken`. */
  checkName(name: string, taken: readonly string[]): string {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(name))
      this.faults.push(`the name ${name} must be lower-case letters, digits and _ (at most 63)`);
    else if (['postgres', 'redis'].includes(name) || taken.some((guard) => name.startsWith(guard)))
      this.faults.push(`the name ${name} is taken`);
    return name;
  }

  /** @throws TargetFault with all faults that were found */
  finish(): void {
    if (this.faults.length > 0) throw new TargetFault(...this.faults);
  }
}

function unlessEmpty(record: Record<string, string>): Record<string, string> | undefined {
  return Object.keys(record).length > 0 ? record : undefined;
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new TargetFault('has an entry that is not a URL');
  const url = new URL(text);
  if (!['hf:', 'http:', 'https:', 'local:'].includes(url.protocol))
    throw new TargetFault(`${show(url)}: the scheme must be hf, http, https or local`);
  if (url.username || url.password)
    throw new TargetFault(`${show(url)}: put no credentials into the URL, name their variable with key_env=`);
  if (FORBIDDEN_PORTS.has(Number(url.port)))
    throw new TargetFault(
      `${show(url)}: no HTTP client calls port ${url.port}: let the service listen on another`,
    );
  return url;
}

function show(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
