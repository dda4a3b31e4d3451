type Env = Record<string, string | undefined>;

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'];
/** Variables that Node reads before any code runs. */
const READ_BY_NODE = ['NODE_EXTRA_CA_CERTS', 'NODE_USE_ENV_PROXY', ...PROXIES];
const USE_PROXY = '--use-env-proxy';

/**
 * One line for each setting of the network that has no effect, which would otherwise be noticed by failing calls alone.
 * @param started the environment with which the process started
 * @param env the environment with the file `.env`
 * @param options the options of Node
 */
export function findUnusedSettings(started: Env, env: Env, options: readonly string[]): string[] {
  const isSet = (source: Env, name: string) => (source[name] ?? '').trim() !== '';
  const late = READ_BY_NODE.filter((name) => isSet(env, name) && !isSet(started, name));
  const lines = late.map(
    (name) =>
      `${name}: stands in .env, which is read too late for it; set it in the environment of the process`,
  );
  const proxy = PROXIES.find((name) => isSet(started, name));
  const given = [...options, ...(started['NODE_OPTIONS'] ?? '').split(/\s+/)];
  const isUsed = started['NODE_USE_ENV_PROXY'] === '1' || given.includes(USE_PROXY);
  if (proxy !== undefined && !isUsed)
    lines.push(
      `${proxy}: is set and not used; set NODE_USE_ENV_PROXY=1 in the environment of the process to use it`,
    );
  return lines;
}
